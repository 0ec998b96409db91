"""Kubeflow Pipelines and Data Science Pipelines: Pipeline, PipelineVersion, DataSciencePipelinesApplication."""

from collections.abc import Sequence
from pathlib import PurePath

from modelwright.model import Variant
from modelwright.resolve.workspace import Tenant, Workspace
from modelwright.targets import Pieces, Target
from modelwright.targets.pipelines import pipeline, server


def _pieces(variant: Variant, workspace: Workspace) -> Pieces:
    return pipeline.pieces(variant, workspace) if variant.document.kind == "Pipeline" else server.pieces(variant, workspace)


def _shared(tenants: Sequence[Tenant], workspace: Workspace) -> Pieces:
    return (), (*pipeline.shared_records(workspace), *pipeline.twins(workspace))


TARGET = Target(
    "pipelines",
    frozenset({"Pipeline", "PipelineServer"}),
    PurePath(__file__).parent,
    _pieces,
    _shared,
    records=pipeline.records,
)
