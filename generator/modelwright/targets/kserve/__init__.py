"""KServe: InferenceService, ServingRuntime, ClusterServingRuntime."""

from pathlib import PurePath

from modelwright.targets import Target
from modelwright.targets.kserve.values import pieces

TARGET = Target("kserve", frozenset({"Model", "Runtime"}), PurePath(__file__).parent, pieces)
