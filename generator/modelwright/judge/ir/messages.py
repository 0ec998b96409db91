"""A compiled pipeline against its messages, read as the server's protobuf parser reads JSON.

The messages are those of kubeflow/pipelines `api/v2alpha1/pipeline_spec.proto` and `kubernetes_platform/proto/
kubernetes_executor_config.proto`, by release, in `messages.json`. What JSON may hold for each type follows
google.golang.org/protobuf `encoding/protojson/decode.go`: null leaves a field unset, both spellings of a name are read,
whole numbers may be written as `3.0` or as text, enumerations by name or number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from modelwright.judge.ir.finding import Finding, Part
from modelwright.judge.words import dotted, shown
from modelwright.load.secrets import is_secret_name, may_be_secret
from modelwright.model import Path
from modelwright.problems import Effect, did_you_mean
from modelwright.records import dataclass

_DURATION = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?s\Z")
_WHOLE = re.compile(r"-?[0-9]{1,20}\Z")
_BITS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1), "uint32": (0, 2**32 - 1), "uint64": (0, 2**64 - 1)}
_NOUN = {
    "string": "text",
    "bool": "true or false",
    "double": "a number",
    "float": "a number",
    "bytes": "text",
    "Duration": "a duration such as `60s`",
    "Struct": "a map",
    "ListValue": "a list",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """How the server takes a part of the document when it does not parse."""

    part: Part
    unknown: str
    """Code of an unknown field."""
    effect: Effect
    """What a wrong value leads to."""
    unknown_effect: Effect
    why: str
    """What the server makes of an unknown field, for the hint."""


SPEC = Stage("spec", "MW712", "rejected", "rejected", "")
"""A strict parse at admission; a document that fails it counts as no pipeline at all (backend/src/apiserver/template)."""
EXECUTORS = Stage("spec", "MW716", "broken", "ignored", "")
"""A second parse when a run is made, which discards unknown fields (backend/src/v2/compiler/visitor.go)."""
PLATFORM = Stage("platform", "MW717", "ignored", "ignored", "the server then drops the whole platform document")
"""A document that does not parse is skipped without a word (backend/src/apiserver/template/v2_template.go)."""
KUBERNETES = Stage("platform", "MW717", "broken", "broken", "no run can be made")
"""A strict parse when a run is made (backend/src/v2/driver/k8s.go)."""


@cache
def _table() -> Mapping[str, Any]:
    text = FilePath(__file__).with_name("messages.json").read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def releases() -> tuple[str, ...]:
    """The releases of Kubeflow Pipelines whose messages are known, oldest first."""
    return tuple(_table()["releases"])


def order(release: str) -> tuple[int, ...]:
    """A release as numbers, to compare."""
    return tuple(int(part) for part in re.findall(r"[0-9]+", release)[:2])


def camel(name: str) -> str:
    """A field's name as JSON spells it."""
    return re.sub(r"_+([a-z0-9])", lambda found: found[1].upper(), name)


@dataclass
class Decoder:
    """Reads messages into plain maps with JSON's names, without what cannot be used, and notes what is wrong."""

    release: str
    """Minor release of the server; empty where it is not known, when a field of any release is taken."""
    findings: list[Finding] = field(default_factory=list)
    spelt: dict[Path, str] = field(default_factory=dict)
    """Path with JSON's names -> the key as written, where that is another one (`component_ref`)."""

    secret: set[Path] = field(default_factory=set)
    """Messages whose `name` is that of a credential: nothing of them is repeated."""

    def message(self, value: Any, name: str, path: Path, stage: Stage) -> dict[str, Any]:
        """One message; an empty map where the value is none."""
        if not isinstance(value, Mapping):
            self._wrong(path, "a map", value, stage)
            return {}
        fields: Mapping[str, Mapping[str, Any]] = _table()["messages"][name]
        if isinstance(value.get("name"), str) and is_secret_name(value["name"]):
            self.secret.add(path)
        made: dict[str, Any] = {}
        groups: dict[str, str] = {}
        for word, item in value.items():
            proper = word if word in fields else camel(word)
            facts = fields.get(proper)
            if facts is None or (proper != word and facts.get("plain")):
                self._unknown(word, path, list(fields), item, stage)
                continue
            below = (*path, proper)
            if proper != word:
                self.spelt[below] = word
            if item is None and facts["type"] != "Value":
                continue
            if not self._in_release(facts, f"`{word}`", below, stage, fields):
                continue
            group = facts.get("oneof")
            if group and groups.setdefault(group, proper) != proper:
                both = f"`{groups[group]}` and `{proper}` exclude each other"
                self._add("MW713", both, below, f"keep one of them in `{self.dotted(path)}`", stage.effect, stage, key=True)
                continue
            found = list(self._field(item, facts, below, stage))
            if found:
                made[proper] = found[0]
        return made

    def _field(self, item: Any, facts: Mapping[str, Any], path: Path, stage: Stage) -> Iterator[Any]:
        shape = facts.get("in")
        if shape == "map":
            if not isinstance(item, Mapping):
                self._wrong(path, "a map", item, stage)
                return
            made: dict[str, Any] = {}
            for key, value in item.items():
                for found in self._value(value, facts["type"], (*path, key), stage):
                    made[key] = found
            yield made
        elif shape == "list":
            if not isinstance(item, list):
                self._wrong(path, "a list", item, stage)
                return
            whole = [list(self._value(value, facts["type"], (*path, i), stage)) for i, value in enumerate(item)]
            yield [found[0] if found else None for found in whole]
        else:
            yield from self._value(item, facts["type"], path, stage)

    def _value(self, value: Any, kind: str, path: Path, stage: Stage) -> Iterator[Any]:
        """The value where it fits, nothing where it does not."""
        if kind == "Value":
            yield value
        elif kind in _table()["messages"]:
            if isinstance(value, Mapping):
                yield self.message(value, kind, path, stage)
            else:
                self._wrong(path, "a map", value, stage)
        elif kind.startswith("enum "):
            yield from self._enum(value, kind[5:], path, stage)
        elif _fits(value, kind):
            yield value
        else:
            self._wrong(path, _NOUN.get(kind, "a whole number"), value, stage)

    def _enum(self, value: Any, name: str, path: Path, stage: Stage) -> Iterator[Any]:
        values: Mapping[str, Mapping[str, Any]] = _table()["enums"][name]
        if not isinstance(value, str) and _fits(value, "int32"):
            yield value
        elif not isinstance(value, str) or value not in values:
            words = [word for word in values if not word.endswith("UNSPECIFIED")]
            hidden = self._hidden(path, value)
            text = f"`{self.dotted(path)}` cannot be {'what it is' if hidden else shown(value)}"
            hint = did_you_mean(value[:60] if isinstance(value, str) and not hidden else "", words)
            self._add("MW713", text, path, hint, stage.effect, stage, conceal=hidden)
        elif self._in_release(values[value], f"`{value}`", path, stage, {}):
            yield value

    def _in_release(
        self, facts: Mapping[str, Any], what: str, path: Path, stage: Stage, fields: Mapping[str, Mapping[str, Any]]
    ) -> bool:
        since, until = facts.get("since"), facts.get("until")
        if not self.release or not (since or until):
            return True
        here = order(self.release)
        if since and here < order(since):
            message = f"{what} needs Kubeflow Pipelines {since}; this cluster runs {self.release}"
            hint = "compile with the kfp release of the cluster"
        elif until and here > order(until):
            message = f"Kubeflow Pipelines knew {what} up to {until}; this cluster runs {self.release}"
            newer = [word for word, other in fields.items() if word.startswith(str(path[-1])) and other.get("since")]
            hint = f"it is called `{newer[0]}` now" if newer else "recompile with the kfp release of the cluster"
        else:
            return True
        self._add("MW718", message, path, hint, stage.unknown_effect, stage, key=bool(fields))
        return False

    def _unknown(self, word: str, path: Path, known: list[str], item: Any, stage: Stage) -> None:
        if stage is EXECUTORS and word.startswith("@"):
            return  # the Struct may carry `@type`, which the server's second parse is made to pass over
        where = f"`{self.dotted(path)}`" if path else "a pipeline" if stage.part == "spec" else "a platform document"
        hint = did_you_mean(word[:60], known)
        if stage.why:
            hint = f"{hint} ({stage.why})" if hint else stage.why
        message = f"`{word[:60]}` is not a field of {where}"
        hidden = self._hidden((*path, word), item)
        self._add(stage.unknown, message, (*path, word), hint, stage.unknown_effect, stage, key=True, conceal=hidden)

    def _wrong(self, path: Path, wanted: str, value: Any, stage: Stage) -> None:
        where = f"`{self.dotted(path)}`" if path else "the pipeline" if stage.part == "spec" else "the platform document"
        is_shown = "" if self._hidden(path, value) else f", but is {shown(value)}"
        self._add("MW713", f"{where} must be {wanted}{is_shown}", path, "", stage.effect, stage, conceal=not is_shown)

    def _hidden(self, path: Path, value: Any = None) -> bool:
        """Whether what stands there may be a credential, by the names it stands under or by itself."""
        named = any(isinstance(step, str) and is_secret_name(step) for step in path)
        inside = bool(self.secret) and any(path[:steps] in self.secret for steps in range(len(path) + 1))
        return named or inside or may_be_secret("", value)

    def _add(
        self, code: str, message: str, path: Path, hint: str, effect: Effect, stage: Stage, key: bool = False, conceal: bool = False
    ) -> None:
        # A field that silently does nothing is an error here: nobody writes compiled pipelines by hand for fun.
        found = Finding(code, message, stage.part, self.written(path), hint, effect, key, "error", conceal=conceal)
        self.findings.append(found)

    def written(self, path: Path) -> Path:
        """A path as its author spelt it."""
        if not self.spelt:
            return path
        return tuple(self.spelt.get(path[: i + 1], step) for i, step in enumerate(path))

    def dotted(self, path: Path) -> str:
        """A path as its author spelt it, in one word."""
        return dotted(self.written(path))


def _fits(value: Any, kind: str) -> bool:
    if kind in ("string", "bytes"):
        return isinstance(value, str)
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "Struct":
        return isinstance(value, Mapping)
    if kind == "ListValue":
        return isinstance(value, list)
    if kind == "Duration":
        return isinstance(value, str) and bool(_DURATION.match(value))
    if kind in ("double", "float"):
        return _is_number(value) or (isinstance(value, str) and _number_text(value))
    if kind in _BITS:
        low, high = _BITS[kind]
        if isinstance(value, str) and _WHOLE.match(value):
            value = int(value)
        return _is_number(value) and value == value and abs(value) < 2**65 and value == int(value) and low <= value <= high
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number_text(value: str) -> bool:
    try:
        return bool(value.strip() == value and float(value[:400]) is not None)
    except ValueError:
        return False
