"""KServe: InferenceService, ServingRuntime, ClusterServingRuntime."""

from pathlib import PurePath

from modelwright.targets import Target
from modelwright.targets.kserve.values import pieces

TARGET = Target(
    name="kserve",
    kinds=frozenset({"Model", "Runtime"}),
    folder=PurePath(__file__).parent,
    pieces=pieces,
    modes=frozenset({"", "knative", "standard"}),
)
