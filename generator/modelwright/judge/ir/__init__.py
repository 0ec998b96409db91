"""Compiled pipelines: the intermediate representation (IR) of Kubeflow Pipelines, judged as its server takes it.

The server admits nearly anything that parses, and finds dangling references, circles and wrong types only when a run is
made; here they are found before anything is committed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from modelwright.judge.ir.file import Pipeline, judge_file, read_pipeline, size, too_large
from modelwright.judge.ir.finding import Finding, told
from modelwright.judge.ir.flow import flow, kind_of, misfit
from modelwright.judge.ir.foreign import foreign, is_pipeline
from modelwright.judge.ir.graph import references
from modelwright.judge.ir.messages import EXECUTORS, KUBERNETES, PLATFORM, SPEC, Decoder, order, releases
from modelwright.judge.ir.secrets import secrets
from modelwright.judge.ir.spec import Spec
from modelwright.model import Path
from modelwright.problems import did_you_mean
from modelwright.typed import Any

__all__ = [
    "OLDEST",
    "Finding",
    "Pipeline",
    "is_pipeline",
    "judge_file",
    "judge_pipeline",
    "kind_of",
    "misfit",
    "order",
    "read_pipeline",
    "size",
    "told",
    "too_large",
]

SCHEMA_VERSION = "2.1.0"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,127}\Z")
"""Grammar of `pipelineInfo.name` (backend/src/apiserver/webhook/pipelineversion_webhook.go)."""
OLDEST = "2.14"
"""The first release that keeps pipelines as objects (backend/src/apiserver/storage/pipeline_store_kubernetes.go)."""
MOST = 100
"""So many findings about one pipeline are told."""


def judge_pipeline(spec: Any, platform: Any = None, release: str = "") -> tuple[Finding, ...]:
    """Everything wrong with a compiled pipeline: its first document, and the second where there is one.

    `release` is the minor release of Kubeflow Pipelines; empty where it is not known, when what any of 2.14 to 2.17
    takes is taken. Findings come in the order of the text: structure first, then what hangs on it.
    """
    said = foreign(spec)
    if said:
        code, message, hint = said
        return (Finding(code, message, "spec", (), hint, "rejected"),)
    decoder = Decoder(_known(release))
    data = decoder.message(spec, "PipelineSpec", (), SPEC)
    executors = _executors(decoder, data)
    added = _platform(decoder, platform) if platform is not None else {}
    judged = Spec(data, executors, added, decoder.written)
    spoilt = frozenset(f.path for f in decoder.findings if f.part == "spec" and f.code != "MW718")
    found = [*decoder.findings, *_head(judged, misspelt=any(len(path) < 2 for path in spoilt))]
    # A misspelt field is not there: what hangs on it would be told as missing, once more.
    lost = _lost(data, executors, spoilt)
    if "root" in data and not lost and not any(path[:1] in ((), ("root",), ("components",)) for path in spoilt):
        wrong = list(references(judged, spoilt))
        found += wrong
        if not any(finding.code == "MW723" for finding in wrong):
            found += flow(judged)
    if platform is not None and not lost and not any(path[:1] == ("deploymentSpec",) and len(path) < 3 for path in spoilt):
        found += _labels(judged)
    found += secrets(judged)
    return tuple(found[:MOST])


def _lost(data: Mapping[str, Any], executors: Mapping[str, Any], spoilt: frozenset[Path]) -> bool:
    """Whether components or executors are likely to stand under a word that was told as unknown or wrong."""
    top = any(len(path) == 1 for path in spoilt)
    below = any(len(path) == 2 and path[0] in ("deploymentSpec", "deployment_spec") for path in spoilt)
    return (top and not (data.get("components") and executors)) or (below and not executors)


def _known(release: str) -> str:
    """The known release that stands for this one: itself, else the nearest."""
    if not release:
        return ""
    known = releases()
    older = [each for each in known if order(each) <= order(release)]
    return older[-1] if older else known[0]


def _executors(decoder: Decoder, data: Mapping[str, Any]) -> Mapping[str, Any]:
    deployment = data.get("deploymentSpec")
    if deployment is None:
        return {}
    read = Decoder(decoder.release, decoder.findings, decoder.spelt)
    made = read.message(deployment, "PipelineDeploymentConfig", ("deploymentSpec",), EXECUTORS)
    executors: Mapping[str, Any] = made.get("executors") or {}
    return executors


def _platform(decoder: Decoder, platform: Any) -> Mapping[str, Any]:
    read = Decoder(decoder.release, decoder.findings)
    made = read.message(platform, "PlatformSpec", (), PLATFORM)
    kubernetes = (made.get("platforms") or {}).get("kubernetes")
    if not isinstance(kubernetes, Mapping):
        return {}
    found: dict[str, Any] = {}
    for label, body in ((kubernetes.get("deploymentSpec") or {}).get("executors") or {}).items():
        path: Path = ("platforms", "kubernetes", "deploymentSpec", "executors", label)
        found[label] = read.message(body, "KubernetesExecutorConfig", path, KUBERNETES)
    return found


def _head(spec: Spec, misspelt: bool) -> Iterator[Finding]:
    """What admission demands (backend/src/apiserver/webhook/pipelineversion_webhook.go, template/v2_template.go).

    Where a field of the first level is misspelt, nothing is said to be missing: it is likely that one.
    """
    version = spec.data.get("schemaVersion")
    if version != SCHEMA_VERSION and (version or not misspelt):
        said = f"`schemaVersion` is `{str(version)[:20]}`" if version else "`schemaVersion` is missing"
        path: Path = ("schemaVersion",) if version else ()
        hint = f"Kubeflow Pipelines takes {SCHEMA_VERSION} only: recompile with kfp 2"
        yield spec.finding("MW714", said, path, hint, effect="rejected")
    if not spec.data.get("root") and not misspelt:
        hint = "a pipeline's tasks are under `root.dag`; compile the pipeline, not a component of it"
        yield spec.finding("MW714", "`root` is missing", (), hint, effect="rejected")
    name = (spec.data.get("pipelineInfo") or {}).get("name")
    if not name and misspelt:
        return
    if not name:
        path = ("pipelineInfo",) if "pipelineInfo" in spec.data else ()
        yield spec.finding("MW715", "the pipeline has no name", path, "add `pipelineInfo.name`", effect="rejected", key=True)
    elif isinstance(name, str) and not NAME.match(name):
        fixed = re.sub(r"[^a-z0-9]+", "-", name[:200].lower()).strip("-")[:128]
        hint = f"`{fixed}` would do" if NAME.match(fixed) else "use lower case letters, digits and dashes"
        message = f"`{name[:60]}` is no name for a pipeline: lower case letters, digits and dashes, at most 128"
        yield spec.finding("MW715", message, ("pipelineInfo", "name"), hint, effect="rejected")


def _labels(spec: Spec) -> Iterator[Finding]:
    for label in spec.platform:
        if label not in spec.executors:
            path: Path = ("platforms", "kubernetes", "deploymentSpec", "executors", label)
            hint = did_you_mean(str(label), [str(known) for known in spec.executors])
            message = f"the pipeline has no executor `{label}` to configure"
            yield Finding("MW728", message, "platform", path, hint, "ignored", True, "error")

