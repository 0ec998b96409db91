"""PipelineVersion manifests: the compiled pipeline inside.

Rules: kubeflow/pipelines backend/src/apiserver/webhook/pipelineversion_webhook.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from modelwright.judge.ir import Pipeline, judge_pipeline, told, too_large
from modelwright.model import Manifest, Place, Release
from modelwright.problems import Problem, Resource
from modelwright.typed import Any

GROUP = "pipelines.kubeflow.org/"


def pipeline_problems(manifest: Manifest, release: Release) -> Iterator[Problem]:
    """What is wrong inside a Pipeline or PipelineVersion that somebody wrote. Ours hold what was judged in its own file."""
    spec = manifest.data.get("spec")
    if not manifest.api_version.startswith(GROUP) or not isinstance(spec, Mapping) or manifest.place is None:
        return
    resource = Resource(manifest.api_version, manifest.kind, manifest.name, manifest.namespace)
    for problem in _problems(manifest.kind, spec, manifest.place, release.kubeflow_pipelines):
        yield replace(problem, resource=resource)


def _problems(kind: str, spec: Mapping[str, Any], place: Place, release: str) -> Iterator[Problem]:
    inner = spec.get("pipelineSpec")
    if kind != "PipelineVersion" or inner is None:
        return  # a missing one is the schema's to tell
    platform = spec.get("platformSpec")
    places = {"spec": _at(place, "spec", "pipelineSpec"), "platform": _at(place, "spec", "platformSpec")}
    large = too_large(Pipeline(inner, platform, {"spec": places["spec"]}))
    if large is not None:
        yield large
    else:
        yield from told(judge_pipeline(inner, platform, release), places)  # type: ignore[arg-type]


def _at(place: Place, *steps: str, key: bool = False) -> Place:
    return replace(place, path=(*place.path, *steps), key=key)
