"""What is given as a compiled pipeline and is none: another engine's format, a component, a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RECOMPILE = "recompile its source with kfp 2 or later: `kfp dsl compile --py pipeline.py --output pipeline.yaml`"
_WORDS = frozenset(("pipelineInfo", "deploymentSpec", "components", "root", "schemaVersion", "sdkVersion", "defaultPipelineRoot"))
_SNAKE = frozenset(("pipeline_info", "deployment_spec", "schema_version", "sdk_version", "default_pipeline_root"))


def is_pipeline(data: Any) -> bool:
    """Whether a document is a compiled pipeline, rather than a manifest or anything else."""
    if not isinstance(data, Mapping) or "apiVersion" in data or "kind" in data:
        return False
    return len((_WORDS | _SNAKE) & set(data)) >= 2


def is_platform(data: Any) -> bool:
    """Whether a document is what platforms add to a compiled pipeline."""
    return isinstance(data, Mapping) and "apiVersion" not in data and isinstance(data.get("platforms"), Mapping)


def foreign(data: Any) -> tuple[str, str, str] | None:
    """Code, message and hint, where a document cannot be a compiled pipeline."""
    if not isinstance(data, Mapping):
        return "MW710", "this is not a compiled pipeline", RECOMPILE
    version, kind = str(data.get("apiVersion") or ""), str(data.get("kind") or "")
    if version.startswith("argoproj.io/"):
        return "MW711", f"this is an Argo {kind[:40] or 'object'}, as kfp 1 compiled pipelines", RECOMPILE
    if version.startswith("tekton.dev/"):
        return "MW711", f"this is a Tekton {kind[:40] or 'object'}, as kfp-tekton compiled pipelines", RECOMPILE
    if version.startswith("pipelines.kubeflow.org/"):
        hint = "give what stands under its `spec.pipelineSpec`, or the file that kfp compiled"
        return "MW711", f"this is a {kind[:40]} manifest, not the compiled pipeline inside it", hint
    if version or kind:
        return "MW710", f"this is a {kind[:40] or 'Kubernetes object'}, not a compiled pipeline", RECOMPILE
    if "pipelineSpec" in data:
        hint = "give what stands under its `pipelineSpec`, or recompile to YAML with kfp 2"
        return "MW711", "this is a pipeline job, not the compiled pipeline inside it", hint
    if "implementation" in data and not (_WORDS | _SNAKE) & set(data):
        return "MW711", "this is a component of kfp 1, not a compiled pipeline", RECOMPILE
    if is_platform(data):
        hint = "the pipeline comes first, then `---` and the platform document"
        return "MW710", "this is a platform document without its pipeline", hint
    if not (_WORDS | _SNAKE) & set(data):
        return "MW710", "this is not a compiled pipeline", RECOMPILE
    return None
