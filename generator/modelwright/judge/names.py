"""What the server demands of names, labels and annotations.

Rules: kubernetes/apimachinery `pkg/util/validation/validation.go`, `pkg/api/validation/objectmeta.go` and
`generic.go`; per kind: kubernetes/kubernetes `pkg/apis/*/validation`; InferenceService: kserve/kserve
`pkg/apis/serving/v1beta1/inference_service_validation.go`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from modelwright.judge.catalog import CLUSTER_SCOPED
from modelwright.model import Path
from modelwright.patterns import pattern
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.rules.check import Row, Run

Note = tuple[str, Path, str, str]
"""Code, path, message, hint."""

ANNOTATIONS_BYTES = 256 * 1024
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = pattern(_LABEL)
_DNS_SUBDOMAIN = pattern(rf"{_LABEL}(\.{_LABEL})*")
_DNS_1035 = pattern(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_QUALIFIED = pattern(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_PATH_SEGMENT_KINDS = frozenset(
    {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "PodDisruptionBudget"}
)
_STARTS_WITH_LETTER = {"Service": 63, "InferenceService": 253}
_LONGEST = {"Namespace": 63, "CronJob": 52, "Service": 63}


def identity(data: Mapping[str, Any], run: Run) -> Iterator[Row]:
    """What is wrong with an object's name and namespace."""
    metadata = data.get("metadata", {})
    if not isinstance(metadata, dict):
        return
    name = metadata.get("name")
    if isinstance(name, str) and name:
        said = name_advice(run.kind, name, run.embedded)
        if said:
            message = f"`{name}` is not a valid name for {_a(run.kind)}: {said}"
            hint = _suggest(name, lambda better: not name_advice(run.kind, better, run.embedded))
            yield ("metadata", "name"), message, hint
    elif name in (None, "") and not metadata.get("generateName"):
        yield ("metadata", "name"), f"this {run.kind} has no name", "add `metadata.name`"
    prefix = metadata.get("generateName")
    if isinstance(prefix, str) and prefix:
        # The server adds letters: a trailing `-` is none, and what stands before it goes unseen (`maskTrailingDash`).
        masked = prefix[:-2] + "a" if len(prefix) > 1 and prefix.endswith("-") else prefix
        said = name_advice(run.kind, masked, run.embedded)
        if said:
            yield ("metadata", "generateName"), f"`{_short(prefix)}` cannot begin a name for {_a(run.kind)}: {said}", ""
    namespace = metadata.get("namespace")
    if isinstance(namespace, str) and namespace and (run.embedded or run.kind not in CLUSTER_SCOPED):
        said = namespace_advice(namespace)
        if said:
            message = f"`{namespace}` is not a valid namespace: {said}"
            yield ("metadata", "namespace"), message, _suggest(namespace, lambda better: not namespace_advice(better))


def of_labels(metadata: Mapping[str, Any], run: Run | None = None) -> Iterator[Row]:
    """What is wrong with the labels of one `metadata`."""
    found = metadata["labels"]
    if not isinstance(found, dict):
        return
    for key, value in found.items():
        said = key_advice(key)
        if said:
            yield ("labels", key), f"`{key}` is not a valid label name: {said}", ""
        said = value_advice(value) if isinstance(value, str) else ""
        if said:
            message = f"label `{key}` cannot have the value `{_short(value)}`: {said}"
            yield ("labels", key), message, "put longer or freer text into an annotation"


def of_annotations(metadata: Mapping[str, Any], run: Run | None = None) -> Iterator[Row]:
    """What is wrong with the annotations of one `metadata`."""
    found = metadata["annotations"]
    if not isinstance(found, dict):
        return
    for key in found:
        said = key_advice(key.lower())
        if said:
            yield ("annotations", key), f"`{key}` is not a valid annotation name: {said}", ""
    texts = [text for text in (*found, *found.values()) if isinstance(text, str)]
    if sum(map(len, texts)) * 4 <= ANNOTATIONS_BYTES:
        return  # a character takes four bytes at most
    size = sum(map(_bytes, texts))
    if size > ANNOTATIONS_BYTES:
        message = f"the annotations take {size} bytes together; {ANNOTATIONS_BYTES} are allowed"
        yield ("annotations",), message, "keep large content in a ConfigMap"


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=8192)
def name_advice(kind: str, name: str, custom: bool = True) -> str:
    """Why a name is refused for a kind; empty when it is fine."""
    if kind in _PATH_SEGMENT_KINDS and not custom:
        odd = name in (".", "..") or "/" in name or "%" in name
        return "it must not be `.` or `..` nor contain `/` or `%`" if odd else ""
    if kind in _STARTS_WITH_LETTER and (custom or kind == "Service"):
        return _plain_name(name, _DNS_1035, _STARTS_WITH_LETTER[kind])
    return _plain_name(name, _DNS_LABEL if kind == "Namespace" else _DNS_SUBDOMAIN, _LONGEST.get(kind, 253))


@lru_cache(maxsize=2048)
def namespace_advice(name: str) -> str:
    """Why the name of a namespace is refused; empty when it is fine."""
    return _plain_name(name, _DNS_LABEL, 63)


def _plain_name(name: str, grammar: re.Pattern[str], longest: int) -> str:
    if len(name) > longest:
        return f"it has {len(name)} characters, at most {longest} are allowed"
    if grammar.fullmatch(name):
        return ""
    if grammar is _DNS_1035 and _DNS_LABEL.fullmatch(name):
        return "it must start with a lower-case letter"
    dots = ", `.`" if grammar is _DNS_SUBDOMAIN else ""
    first = "a letter" if grammar is _DNS_1035 else "a letter or digit"
    return f"use lower-case letters, digits, `-`{dots}; start with {first}, end with a letter or digit"


@lru_cache(maxsize=8192)
def key_advice(key: str) -> str:
    """Why a label or annotation name is refused; empty when it is fine."""
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > 253 or not _DNS_SUBDOMAIN.fullmatch(prefix)):
        return "the part before `/` must be a domain name in lower case"
    if not name:
        return "it must not be empty" if not slash else "a name must follow `/`"
    if len(name) > 63:
        return f"the name has {len(name)} characters, at most 63 are allowed"
    if not _QUALIFIED.fullmatch(name):
        return "use letters, digits, `-`, `_`, `.`; start and end with a letter or digit"
    return ""


@lru_cache(maxsize=8192)
def value_advice(value: str) -> str:
    """Why a label value is refused; empty when it is fine."""
    if len(value) > 63:
        return f"it has {len(value)} characters, at most 63 are allowed"
    if value and not _QUALIFIED.fullmatch(value):
        return "use letters, digits, `-`, `_`, `.`; start and end with a letter or digit"
    return ""


def _suggest(name: str, valid: Callable[[str], bool]) -> str:
    """A name like `name` that would be taken, as a hint."""
    better = re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip("-.")
    plain = better.replace(".", "-")
    for each in (better, plain, re.sub(r"\A[^a-z]+", "", plain)):
        if each and each != name and len(each) <= 63 and valid(each):
            return f"for example `{each}`"
    return ""


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."


def _a(kind: str) -> str:
    return f"an {kind}" if kind[:1] in "AEIOU" else f"a {kind}"
