"""A blueprint against the language: each mistake once, at its place, in the author's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from modelwright.load import language
from modelwright.load.language import Schema, kind_of
from modelwright.model import Document, Path
from modelwright.problems import Problem, did_you_mean

QUANTITY = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?\Z")
"""Kubernetes' quantity grammar (apimachinery pkg/api/resource/quantity.go)."""

SUFFIXES = {
    "": Decimal(1), "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "k": Decimal("1e3"),
    "M": Decimal("1e6"), "G": Decimal("1e9"), "T": Decimal("1e12"), "P": Decimal("1e15"), "E": Decimal("1e18"),
    "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40), "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}
SECRET_NAME = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|CREDENTIAL)S?\Z", re.IGNORECASE)
CREDENTIALS = re.compile(r"(password|secretkey|secretaccesskey|accesskey|accesskeyid|token|apikey|connectionstring)\Z")


class _Check:
    """One document's check: what is wrong so far, and the text for hints about spelling."""

    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.text = text
        self.problems: list[Problem] = []
        self._traps: Mapping[Path, str] | None = None

    def add(self, code: str, message: str, path: Path, hint: str = "", *, key: bool = False, also: Path = ()) -> None:
        related = (("the other one", self.document.place(also, key=True)),) if also else ()
        place = self.document.place(path, key=key)
        self.problems.append(Problem(code, message, place, hint, related=related))

    def spelling(self, path: Path) -> str:
        """How an unquoted value was written, where YAML read it as something other than text."""
        if self._traps is None:
            from modelwright.yamlio import plain_traps

            self._traps = plain_traps(self.text, self.document.index)
        return self._traps.get(path, "")


def check(document: Document, text: str) -> list[Problem]:
    """Every place where a document departs from the language."""
    run = _Check(document, text)
    for word in document.data:
        if word not in ("apiVersion", "kind", "metadata", "spec"):
            inside = word in language.schema(document.kind)["properties"]
            hint = "move it under `spec`" if inside else did_you_mean(word, ["metadata", "spec"])
            run.add("MW201", f"unknown field `{word}`", (word,), hint, key=True)
    if "metadata" not in document.data:
        run.add("MW203", "`metadata` is missing", (), "write `metadata: {name: my-name}`")
    else:
        _value(run, document.data["metadata"], language.metadata_schema(), ("metadata",), True)
    spec = document.data.get("spec")
    if spec is None:
        if any(problem.hint == "did you mean `spec`?" for problem in run.problems):
            return run.problems
        if language.schema(document.kind).get("required") or document.kind == "Model":
            run.add("MW203", "`spec` is missing", ("kind",), f"say what the {document.kind} is under `spec:`")
        return run.problems
    _value(run, spec, language.schema(document.kind), ("spec",), True)
    if isinstance(spec, Mapping) and not run.problems:
        _whole(run, spec)
    return run.problems


def _whole(run: _Check, spec: Mapping[str, Any]) -> None:
    if run.document.kind == "Model" and not any(spec.get(w) for w in ("format", "container", "runtime")):
        run.add("MW203", "`format` is missing", ("spec",), "say what the model was saved as: `format: sklearn`", key=True)


def _value(run: _Check, value: Any, schema: Schema, path: Path, whole: bool) -> None:
    """Check one value. `whole` is false inside overrides, where null deletes and nothing is required."""
    if value is None:
        if whole and not schema.get("free") and path not in (("spec",),) and not _may_be_empty(path):
            run.add("MW202", f"`{path[-1]}` has no value", path, f"write {kind_of(schema)}, or remove the line", key=True)
        return
    if not _fits(value, schema):
        _wrong_type(run, value, schema, path)
        return
    if schema.get("format") == "quantity" and value not in schema.get("words", ()):
        _quantity(run, value, path)
    if isinstance(value, Mapping):
        _map(run, value, schema, path, whole)
    elif isinstance(value, list):
        if isinstance(schema.get("items"), Mapping):
            for index, item in enumerate(value):
                _value(run, item, schema["items"], (*path, index), True)
    else:
        # A shorthand stands for one field of the long form, and keeps that field's rules.
        meant = (schema.get("properties") or {}).get(schema.get("as", ""), schema)
        _scalar(run, value, meant, path)


def _may_be_empty(path: Path) -> bool:
    return len(path) > 2 and path[1] in ("environments", "projects", "sizes", "defaults", "sidecars")


def _fits(value: Any, schema: Schema) -> bool:
    stated = schema.get("type", "object")
    types = [stated] if isinstance(stated, str) else list(stated)
    if any(_is(value, name) for name in types):
        return True
    return any(_is(value, w) if w in language.TYPES else value == w for w in schema.get("short", ()))


def _is(value: Any, name: str) -> bool:
    if name == "string":
        return isinstance(value, str)
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if name == "boolean":
        return isinstance(value, bool)
    return isinstance(value, Mapping) if name == "object" else isinstance(value, list)


def _named(value: Any) -> str:
    for name, word in (("boolean", "true or false"), ("integer", "a number"), ("number", "a number")):
        if _is(value, name):
            return word
    return "text" if isinstance(value, str) else "a list" if isinstance(value, list) else "a map"


def _label(path: Path) -> str:
    return f"item {path[-1] + 1}" if isinstance(path[-1], int) else f"`{path[-1]}`"


def _flow(value: Any) -> str:
    """An example on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    return str(value)


def _wrong_type(run: _Check, value: Any, schema: Schema, path: Path) -> None:
    words = [w for w in schema.get("short", ()) if w not in language.TYPES]
    if words and isinstance(value, str):
        run.add("MW204", f"`{path[-1]}` cannot be `{value}`", path, did_you_mean(value, words))
        return
    message = f"{_label(path)} must be {kind_of(schema)}, not {_named(value)}"
    stated = schema.get("type", "object")
    wants_text = "string" in ([stated] if isinstance(stated, str) else stated) or "string" in schema.get("short", ())
    hint = ""
    if wants_text and not isinstance(value, Mapping | list):
        spelt = run.spelling(path) or str(value).lower()
        hint = f'quote it: "{spelt}"' if spelt == str(value).lower() else f'YAML reads `{spelt}` as `{str(value).lower()}`; quote it: "{spelt}"'
    elif isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value) and _is(int(value), "integer") and "integer" in str(schema.get("type")) + str(schema.get("short")):
        hint = f"remove the quotes: {value}"
    elif isinstance(value, str) and value.lower() in ("true", "false", "yes", "no") and schema.get("type") == "boolean":
        hint = f"remove the quotes: {'true' if value.lower() in ('true', 'yes') else 'false'}"
    elif schema.get("examples"):
        hint = f"for example: `{path[-1]}: {_flow(schema['examples'][-1])}`"
    run.add("MW202", message, path, hint)


def _scalar(run: _Check, value: Any, schema: Schema, path: Path) -> None:
    allowed = schema.get("enum")
    if allowed and value not in allowed:
        run.add("MW204", f"`{path[-1]}` cannot be `{value}`", path, did_you_mean(str(value), [str(a) for a in allowed]))
    pattern = schema.get("pattern")
    if pattern and isinstance(value, str) and not re.search(pattern, value):
        examples = schema.get("description", "")
        run.add("MW204", f"`{path[-1]}` cannot be `{value}`", path, str(examples))
    if isinstance(value, int | float) and not isinstance(value, bool):
        if "minimum" in schema and value < schema["minimum"]:
            run.add("MW204", f"{_label(path)} must be at least {schema['minimum']}", path)
        if "maximum" in schema and value > schema["maximum"]:
            run.add("MW204", f"{_label(path)} must be at most {schema['maximum']}", path)


def _map(run: _Check, value: Mapping[str, Any], schema: Schema, path: Path, whole: bool) -> None:
    if schema.get("free") or (path[-1:] == ("cluster",)):
        return
    properties: Mapping[str, Schema] = schema.get("properties") or {}
    before = len(run.problems)
    extra = schema.get("additionalProperties")
    for word, item in value.items():
        here = (*path, word)
        if word in properties and properties[word].get("later") and item is not None:
            run.add("MW220", f"`{word}` is not supported yet", here, "remove it; nothing would be done with it", key=True)
        elif word in properties:
            _value(run, item, properties[word], here, whole)
        elif schema.get("overrides"):
            if item is not None:
                _value(run, item, language.override_schema(run.document.kind), here, False)
        elif schema.get("defaultsOf"):
            if word in schema["defaultsOf"]:
                _value(run, item, language.override_schema(word), here, False)
            else:
                run.add("MW201", f"there are no defaults for `{word}`", here, did_you_mean(word, schema["defaultsOf"]), key=True)
        elif isinstance(extra, Mapping):
            _value(run, item, extra, here, whole)
        else:
            _unknown(run, word, properties, here, schema)
    if whole:
        for word in schema.get("required") or ():
            if value.get(word) is None and word not in value:
                run.add("MW203", f"`{word}` is missing", path, str((properties.get(word) or {}).get("description", "")), key=True)
    for group in schema.get("exclusive", ()):
        said = [word for word in group if value.get(word) is not None]
        if len(said) > 1:
            both = " and ".join(f"`{w}`" for w in said)
            run.add("MW205", f"{both} exclude each other", (*path, said[1]), f"keep one of: {', '.join(group)}", key=True, also=(*path, said[0]))
    if len(run.problems) == before:
        _together(run, value, path)


def _unknown(run: _Check, word: str, properties: Mapping[str, Schema], path: Path, schema: Schema) -> None:
    if run.document.kind == "Connection" and CREDENTIALS.search(word.replace("_", "").lower()):
        run.add("MW216", f"`{word}` would put a credential into Git", path, "keep it in a Secret: `secret: name`, or `from:` a secret store", key=True)
        return
    inner = [f"{name}.{word}" for name, child in properties.items() if word in (child.get("properties") or {})]
    if inner:
        hint = f"it belongs under `{inner[0].partition('.')[0]}`"
    elif len(path) > 2 and word in language.schema(run.document.kind)["properties"]:
        hint = "it belongs directly under `spec`"
    else:
        hint = did_you_mean(word, list(properties))
    run.add("MW201", f"unknown field `{word}`", path, hint, key=True)


def _together(run: _Check, value: Mapping[str, Any], path: Path) -> None:
    """Rules between the members of one map."""
    name = path[-1]
    low, high = value.get("min"), value.get("max")
    if name == "replicas" and isinstance(low, int) and isinstance(high, int) and low > high:
        run.add("MW204", f"`min` {low} is more than `max` {high}", (*path, "min"), "raise `max` or lower `min`", also=(*path, "max"))
    if name == "env":
        for variable, item in value.items():
            text = item if isinstance(item, str) else item.get("value") if isinstance(item, Mapping) else None
            if isinstance(text, str) and text and SECRET_NAME.search(variable) and not text.startswith(("/", "$")):
                run.add("MW216", f"`{variable}` looks like a credential, and would be in Git", (*path, variable), f"keep it in a Secret: `{variable}: {{secret: name/key}}`")
    limits = value.get("limits")
    if isinstance(limits, Mapping):
        for resource, limit in limits.items():
            request = amount(value.get(resource))
            bound = amount(limit)
            if request is not None and bound is not None and bound < request:
                run.add("MW215", f"the limit of {resource}, {limit}, is below its request, {value[resource]}", (*path, "limits", resource), "raise the limit or lower the request", also=(*path, resource))


def amount(value: Any) -> Decimal | None:
    """A quantity as a number; None where it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return Decimal(str(value))
    found = QUANTITY.match(str(value))
    if not found:
        return None
    suffix = found[3] or ""
    number = Decimal(found[0][: len(found[0]) - len(suffix)])
    return number * SUFFIXES[suffix] if suffix in SUFFIXES else number.scaleb(int(suffix[1:]))


def _quantity(run: _Check, value: Any, path: Path) -> None:
    if isinstance(value, str) and not QUANTITY.match(value):
        run.add("MW214", f"`{value}` is not an amount", path, _respelt(value))
    elif (found := amount(value)) is not None and found < 0:
        run.add("MW214", f"`{path[-1]}` cannot be negative", path)


def _respelt(value: str) -> str:
    found = re.match(r"\s*([0-9.]+)\s*([a-zA-Z]*)", value)
    if not found:
        return "write a number with a unit, such as `500m` or `4Gi`"
    number, unit = found[1], found[2].lower()
    if unit[:1] in ("k", "m", "g", "t") and unit[1:] in ("", "b", "i", "ib", "bytes"):
        return f"did you mean `{number}{unit[0].upper()}i`?"
    if unit in ("cpu", "cpus", "core", "cores"):
        return f"did you mean `{number}`?"
    return "write a number with a unit, such as `500m` or `4Gi`"
