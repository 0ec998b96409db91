"""A blueprint against the language: each mistake once, at its place, in the author's words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from modelwright.load import language
from modelwright.load.amounts import amount_problem
from modelwright.load.keys import KEYS, RULES
from modelwright.load.language import AMOUNTS, Schema, kind_of, types_of
from modelwright.load.secrets import (
    credential_in,
    holds_password,
    holds_user,
    is_credential_word,
    is_secret_argument,
    is_secret_variable,
)
from modelwright.model import Document, Path
from modelwright.problems import Problem, did_you_mean
from modelwright.quantities import amount

PARTS = ("apiVersion", "kind", "metadata", "spec")
SHOWN = 60
"""How much of a value a message repeats."""


CREDENTIAL = "MW216"
"""A credential in a blueprint: told without printing the line that holds it."""


class _Check:
    """One document's check: what is wrong so far, and the text for hints about spelling."""

    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.text = text
        self.problems: list[Problem] = []
        self.unusable: list[Path] = []
        """Values that later rooms must not see: of the wrong type, unknown, or secret."""
        self.aliases: dict[tuple[int, Any], Path] = {}
        self._traps: Mapping[Path, str] | None = None

    def add(
        self, code: str, message: str, path: Path, hint: str = "", *, key: bool = False, also: Path = (), drop: bool = False
    ) -> None:
        related = (("the other one", self.document.place(also, key=True)),) if also else ()
        place = self.document.place(path, key=key)
        self.problems.append(Problem(code, message, place, hint, related=related, conceal=code == CREDENTIAL))
        if drop:
            self.unusable.append(path)

    def spelling(self, path: Path) -> str:
        """How an unquoted value was written, where YAML read it as something other than text."""
        if self._traps is None:
            from modelwright.yamlio.marks import plain_traps

            self._traps = plain_traps(self.text, self.document.index)
        return self._traps.get(path, "")

    def again(self, value: Any, path: Path) -> bool:
        """Whether an alias repeats what was checked already under the same word: one mistake, told once."""
        if not value or not isinstance(value, Mapping | list):
            return False
        first = self.aliases.setdefault((id(value), path[-1]), path)
        if first == path:
            return False
        inside = [p[len(first) :] for p in self.unusable if p[: len(first)] == first]
        self.unusable += [(*path, *rest) for rest in inside]
        return True


def check(document: Document, text: str) -> tuple[Document, list[Problem]]:
    """Every place where a document departs from the language, and the document without what cannot be used.

    Later rooms may trust the types of what is left.
    """
    run = _Check(document, text)
    _envelope(run)
    if "metadata" in document.data:
        _value(run, document.data["metadata"], language.metadata_schema(), ("metadata",), True)
    else:
        run.add("MW203", "`metadata` is missing", (), "write `metadata: {name: my-name}`")
    spec = document.data.get("spec")
    schema = language.schema(document.kind)
    if spec is not None:
        _value(run, spec, schema, ("spec",), True)
        if isinstance(spec, dict) and document.kind == "Model" and not run.problems:
            _model(run, spec)
        if isinstance(spec, dict) and not run.problems:
            _demands(run, spec, schema)
    elif document.kind != "Workspace" and not any(p.hint == "did you mean `spec`?" for p in run.problems):
        place: Path = ("spec",) if "spec" in document.data else ("kind",)
        run.add("MW203", "`spec` is missing", place, f"say what the {document.kind} is under `spec:`", key=True)
    return without(document, run.unusable), run.problems


def _envelope(run: _Check) -> None:
    schema = language.schema(run.document.kind)
    for word in run.document.data:
        if word not in PARTS:
            inside = [part for part, node in (("spec", schema), ("metadata", language.metadata_schema())) if word in node["properties"]]
            hint = f"move it under `{inside[0]}`" if inside else did_you_mean(word, ["metadata", "spec"])
            run.add("MW201", f"unknown field `{_cut(word)}`", (word,), hint, key=True, drop=True)


def _model(run: _Check, spec: Mapping[str, Any]) -> None:
    if not any(spec.get(word) for word in ("format", "container", "runtime")):
        hint = "say what the model was saved as: `format: sklearn`"
        run.add("MW203", "`format` is missing", ("spec",), hint, key=True)


def _demands(run: _Check, spec: Mapping[str, Any], schema: Schema) -> None:
    """What a connection of this type must say, for an address to be made of it."""
    kind = spec.get("type")
    for group in (schema.get("demands") or {}).get(kind, ()):
        if not any(spec.get(word) for word in group):
            words = " or ".join(f"`{word}`" for word in group[:2])
            about = str(schema["properties"][group[0]]["description"])
            run.add("MW203", f"{words} is missing: a connection of type `{kind}` needs it", ("spec",), about, key=True)


def without(document: Document, paths: Iterable[Path]) -> Document:
    """A document without the values at `paths`; a list with an unusable item goes whole, so that indexes hold."""
    gone = {path[: next((i for i, step in enumerate(path) if isinstance(step, int)), len(path))] for path in paths}
    if not gone:
        return document
    data = _pruned(document.data, (), frozenset(gone))
    return Document(document.kind, document.name, data, document.file, document.index)


def _pruned(node: Any, path: Path, gone: frozenset[Path]) -> Any:
    if not isinstance(node, dict) or not any(p[: len(path)] == path for p in gone):
        return node
    return {word: _pruned(item, (*path, word), gone) for word, item in node.items() if (*path, word) not in gone}


def _value(run: _Check, value: Any, schema: Schema, path: Path, whole: bool) -> None:
    """Check one value. `whole` is false inside overrides, where null deletes and nothing is required."""
    if value is None:
        if whole and not schema.get("free") and not schema.get("empty"):
            label = _label(path)
            run.add("MW202", f"{label} has no value", path, f"write {kind_of(schema)}, or remove the line", key=True, drop=True)
        return
    if run.again(value, path):
        return
    if isinstance(value, str) and (
        holds_password(value) or (schema.get("format") == "repository" and holds_user(value))
    ):
        hint = "write the address without them, and keep them in a Secret"
        run.add(CREDENTIAL, f"{_label(path)} holds a user name and password", path, hint, drop=True)
        return
    if not _fits(value, schema):
        _wrong_type(run, value, schema, path)
    elif isinstance(value, dict):
        _map(run, value, schema, path, whole or schema.get("replace") is True)
    elif isinstance(value, list):
        arguments = path[-1] in ("args", "command")
        for index, item in enumerate(value):
            before = value[index - 1] if index else None
            if arguments and isinstance(item, str) and is_secret_argument(item, before):
                hint = "keep it in a Secret: `env: {TOKEN: {secret: name/key}}`, and write `$(TOKEN)` here"
                run.add(CREDENTIAL, f"{_label((*path, index))} holds a credential, and would be in Git", (*path, index), hint, drop=True)
            elif isinstance(schema.get("items"), Mapping):
                _value(run, item, schema["items"], (*path, index), True)
    else:
        # A shorthand stands for one field of the long form, and keeps that field's rules.
        _scalar(run, value, (schema.get("properties") or {}).get(schema.get("as", ""), schema), path)


def _label(path: Path) -> str:
    last = path[-1]
    if isinstance(last, int):
        return f"item {last + 1}"
    return f"`{_cut(last)}`"


def _cut(value: Any) -> str:
    text = str(value) if isinstance(value, str | float | bool) or value is None else repr(value) if _small(value) else "..."
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _small(value: Any) -> bool:
    return not isinstance(value, int) or abs(value) < 10**SHOWN


_USUAL = {str: "string", int: "integer", bool: "boolean", dict: "object", list: "array"}


def _fits(value: Any, schema: Schema) -> bool:
    if schema.get("type", "object") == _USUAL.get(type(value)):
        return True  # as nearly always: it only saves time
    if any(_is(value, name) for name in types_of(schema)):
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
    return isinstance(value, dict) if name == "object" else isinstance(value, list)


def _named(value: Any) -> str:
    for name, word in (("boolean", "true or false"), ("integer", "a number"), ("number", "a number")):
        if _is(value, name):
            return word
    return "text" if isinstance(value, str) else "a list" if isinstance(value, list) else "a map"


def _wrong_type(run: _Check, value: Any, schema: Schema, path: Path) -> None:
    words = [w for w in schema.get("short", ()) if w not in language.TYPES]
    if words and isinstance(value, str):
        hint = did_you_mean(value[:SHOWN], words)
        run.add("MW204", f"{_label(path)} cannot be `{_cut(value)}`", path, hint, drop=True)
        return
    message = f"{_label(path)} must be {kind_of(schema)}, not {_named(value)}"
    run.add("MW202", message, path, _retyped(run, value, schema, path), drop=True)


def _retyped(run: _Check, value: Any, schema: Schema, path: Path) -> str:
    """How to write the value so that it has the right type."""
    wanted = {*types_of(schema), *schema.get("short", ())}
    kind = next((t for t in ("string", "boolean", "array", "object") if _is(value, t)), "number")
    if kind in (schema.get("instead") or {}):
        return str(schema["instead"][kind])
    if kind in ("boolean", "number") and "string" in wanted:
        return _quoted(run.spelling(path), value, sure="<<" not in run.text)
    if kind == "string" and "integer" in wanted and re.fullmatch(r"-?[0-9]{1,18}", value):
        return f"remove the quotes: {value}"
    if kind == "string" and "boolean" in wanted and value.lower() in ("true", "false", "yes", "no", "on", "off"):
        return f"remove the quotes: {'true' if value.lower() in ('true', 'yes', 'on') else 'false'}"
    if kind == "string" and wanted == {"array"} and len(value) <= SHOWN:
        return f"put it in a list: [{value}]"
    return f"for example: `{path[-1]}: {_flow(schema['examples'][-1])}`" if schema.get("examples") else ""


def _flow(value: Any) -> str:
    """An example on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    return f"[{', '.join(map(_flow, value))}]" if isinstance(value, list) else str(value)


def _quoted(spelt: str, value: Any, *, sure: bool) -> str:
    """The value in quotes. `sure` is false where a merge key may hide how it was spelt (`no` or `false`)."""
    read = str(value).lower() if isinstance(value, bool | float) or _small(value) else ""
    if not spelt:
        return "put it in quotes" if not sure or not read else f'quote it: "{read}"'
    if spelt == read or not read:
        return f'quote it: "{spelt}"'
    return f'YAML reads `{_cut(spelt)}` as `{read}`; quote it: "{_cut(spelt)}"'


def _scalar(run: _Check, value: Any, schema: Schema, path: Path) -> None:
    form = schema.get("format")
    if form in AMOUNTS and value not in schema.get("words", ()):
        found = amount_problem(str(path[-1]), value, form)
        if found:
            run.add("MW214", found[0], path, found[1], drop=True)
        return
    allowed = schema.get("enum")
    if allowed and value not in allowed:
        spelt = str(value).lower() if isinstance(value, bool) else _cut(value)
        told = str(schema.get("description", ""))
        hint = told if isinstance(value, bool) else did_you_mean(spelt, [str(a) for a in allowed])
        run.add("MW204", f"{_label(path)} cannot be `{spelt}`", path, hint, drop=True)
    elif isinstance(value, str):
        pattern = schema.get("pattern")
        if form == "file" and not is_inside(value):
            run.add("MW204", f"`{_cut(value)}` leads out of the workspace", path, "name a file inside it, such as `files/x.yaml`", drop=True)
        elif pattern and not re.fullmatch(pattern, value):
            run.add("MW204", f"{_label(path)} cannot be `{_cut(value)}`", path, str(schema.get("description", "")), drop=True)
    elif not isinstance(value, bool):
        if "minimum" in schema and value < schema["minimum"]:
            run.add("MW204", f"{_label(path)} must be at least {schema['minimum']}", path)
        elif "maximum" in schema and value > schema["maximum"]:
            run.add("MW204", f"{_label(path)} must be at most {schema['maximum']}", path)


def is_inside(path: str) -> bool:
    """Whether a relative path stays inside the workspace, on any system."""
    parts = path.split("/")
    return bool(path) and path.isprintable() and not path.startswith("/") and ".." not in parts and not set("\\:") & set(path)


def _map(run: _Check, value: Mapping[str, Any], schema: Schema, path: Path, whole: bool) -> None:
    if schema.get("free"):
        return
    before = len(run.problems)
    for word, item in value.items():
        _entry(run, word, item, schema, (*path, word), whole)
    _required(run, value, schema, path, whole)
    for group in schema.get("exclusive", ()):
        said = [word for word in group if value.get(word) is not None]
        if len(said) > 1:
            both = " and ".join(f"`{w}`" for w in said)
            first, second = (*path, said[0]), (*path, said[1])
            run.add("MW205", f"{both} exclude each other", second, f"keep one of: {', '.join(group)}", key=True, also=first)
            break
    if len(run.problems) == before:
        _together(run, value, path)


def _entry(run: _Check, word: str, item: Any, schema: Schema, path: Path, whole: bool) -> None:
    properties: Mapping[str, Schema] = schema.get("properties") or {}
    extra = schema.get("additionalProperties")
    keys = schema.get("keys")
    if word in properties and properties[word].get("later") and item is not None:
        later = properties[word]["later"]
        hint = later if isinstance(later, str) else "remove it; nothing would be done with it"
        run.add("MW220", f"`{word}` is not supported yet", path, hint, key=True, drop=True)
    elif word in properties:
        _value(run, item, properties[word], path, whole)
    elif schema.get("overrides"):
        _value(run, item, language.override_schema(run.document.kind), path, False)
    elif word in schema.get("defaultsOf", ()):
        _value(run, item, language.override_schema(word), path, False)
    elif schema.get("defaultsOf"):
        hint = did_you_mean(word, schema["defaultsOf"])
        run.add("MW201", f"there are no defaults for `{_cut(word)}`", path, hint, key=True, drop=True)
    elif keys and properties and not KEYS[keys].match(word):
        _unknown(run, word, schema, path)
    elif keys and not KEYS[keys].match(word):
        code = "MW207" if keys == "name" else "MW204"
        run.add(code, f"`{_cut(word)}` is no {_KEY_OF[keys]}", path, f"use {RULES[keys]}", key=True, drop=True)
    elif keys == "parameter" and (below := credential_in(word, item)) is not None:
        path = (*path, *below)
        word = next((step for step in reversed(below) if isinstance(step, str)), word)
        hint = "keep it in a Secret that the step reads: `kubernetes.use_secret_as_env(task, ...)`"
        run.add(CREDENTIAL, f"`{_cut(word)}` looks like a credential, and would be in Git", path, hint, drop=True)
    elif keys == "variable" and is_secret_variable(word, item.get("value") if isinstance(item, dict) else item):
        hint = f"keep it in a Secret: `{word}: {{secret: name/key}}`"
        run.add(CREDENTIAL, f"`{word}` looks like a credential, and would be in Git", path, hint, drop=True)
    elif isinstance(extra, dict) and (
        extra.get("free") or not (word in language.foreign_words() and isinstance(item, dict))
    ):
        _value(run, item, extra, path, whole)
    else:
        _unknown(run, word, schema, path)


_KEY_OF = {
    "name": "name",
    "variable": "name for an environment variable",
    "parameter": "name of a parameter",
    "path": "path to mount at",
    "key": "key of a Secret",
    "code": "problem code",
}


def _required(run: _Check, value: Mapping[str, Any], schema: Schema, path: Path, whole: bool) -> None:
    if not whole:
        return
    at_key = not isinstance(path[-1], int)
    replaced = "; an override says all of it anew" if schema.get("replace") is True and _in_override(path) else ""
    for word in schema.get("required") or ():
        if word not in value:
            about = (schema["properties"].get(word) or {}).get("description", "")
            run.add("MW203", f"`{word}` is missing", path, f"{about}{replaced}", key=at_key)
    for group in schema.get("needs", ()):
        if not any(value.get(word) is not None for word in group):
            words = " or ".join(f"`{word}`" for word in group[:2])
            run.add("MW203", f"{words} is missing", path, f"say one of: {', '.join(group)}{replaced}", key=at_key)


def _in_override(path: Path) -> bool:
    return path[:2] in (("spec", "environments"), ("spec", "defaults"))


def _unknown(run: _Check, word: str, schema: Schema, path: Path) -> None:
    properties: Mapping[str, Schema] = schema.get("properties") or {}
    if run.document.kind == "Connection" and is_credential_word(word):
        hint = "keep it in a Secret: `secret: name`, or `from:` a secret store"
        run.add(CREDENTIAL, f"`{_cut(word)}` would put a credential into Git", path, hint, key=True, drop=True)
        return
    inner = [name for name, child in properties.items() if word in (child.get("properties") or {})]
    top = language.schema(run.document.kind)["properties"]
    if word in language.NOT_OVERRIDDEN and word in top and _in_override(path):
        hint = "it cannot differ between environments"
    elif len(path) > 2 and word in top and word not in language.NOT_OVERRIDDEN:
        hint = "it belongs directly under `spec`"
    elif word in language.foreign_words():
        hint = language.foreign_words()[word]
    elif inner:
        hint = f"it belongs under {' or '.join(f'`{name}`' for name in inner[:2])}"
    elif word in language.metadata_schema()["properties"]:
        hint = "it belongs under `metadata`"
    else:
        hint = did_you_mean(word[:SHOWN], list(properties))
    run.add("MW201", f"unknown field `{_cut(word)}`", path, hint, key=True, drop=True)


def _together(run: _Check, value: Mapping[str, Any], path: Path) -> None:
    """Rules between the members of one map."""
    low, high = value.get("min"), value.get("max")
    if path[-1] == "replicas" and isinstance(low, int) and isinstance(high, int) and low > high:
        run.add("MW204", f"`min` {low} is more than `max` {high}", (*path, "min"), "raise `max` or lower `min`", also=(*path, "max"))
    if path[-1] == "autoscale" and value.get("metric") in ("cpu", "memory") and (value.get("target") or 0) > 100:
        hint = "the target of cpu and memory is a percentage: 1 to 100"
        run.add("MW204", "`target` must be at most 100", (*path, "target"), hint)
    limits = value.get("limits")
    # A quota counts requests and limits apart.
    for resource, limit in limits.items() if isinstance(limits, dict) and path[-1] != "quota" else ():
        request, bound = amount(value.get(resource)), amount(limit)
        if request is not None and bound is not None and bound < request:
            message = f"the limit of {resource}, {_cut(limit)}, is below its request, {_cut(value[resource])}"
            hint = "raise the limit or lower the request"
            run.add("MW215", message, (*path, "limits", resource), hint, also=(*path, resource))
