"""Schema findings in plain words, with a hint that leads to the right line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from modelwright.judge.catalog import Catalog, KindSchema, Schema, custom_kind, ranges
from modelwright.judge.facts import FORMATS, Finding, types_of
from modelwright.judge.names import Note
from modelwright.judge.packages import served, title
from modelwright.model import Path
from modelwright.problems import closest
from modelwright.quantities import advice
from modelwright.typed import Any

_NOUN = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map of fields",
    "key": "text",
}
_CODE = {"unknown": "MW501", "null": "MW513", "type": "MW502", "missing": "MW503", "value": "MW504", "quantity": "MW510"}
_LONGEST = 60


def note(
    finding: Finding,
    catalog: Catalog,
    api_version: str,
    kind: KindSchema,
    name: str,
    data: Any,
    *,
    hints: bool = True,
) -> Note:
    """One finding as code, path, message and hint. Without `hints`, those that take a search are left out."""
    if name == "Secret" and finding.path[:1] in (("data",), ("stringData",)):
        return _CODE[finding.defect], finding.path, *_secret(finding)
    message, hint = {
        "unknown": lambda: _unknown(finding, catalog, api_version, kind, name, data, hints),
        "null": lambda: _null(finding),
        "type": lambda: _type(finding),
        "missing": lambda: _missing(finding),
        "value": lambda: _value(finding),
        "quantity": lambda: _quantity(finding),
    }[finding.defect]()
    code = "MW515" if finding.machine and kind.custom else _CODE[finding.defect]
    return code, finding.path, message, hint


def dotted(path: Path) -> str:
    """A path as people write it: `spec.containers[0].name`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            plain = step.replace("-", "").replace("_", "").isalnum()
            text += (f".{step}" if text else step) if plain else f'["{step}"]'
    return text


def shown(value: Any) -> str:
    """A value in words, never long."""
    if value is None:
        return "empty (null)"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, str):
        cut = value if len(value) <= _LONGEST else value[: _LONGEST - 3] + "..."
        return f'the text "{cut}"'
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, list):
        return "a list"
    return "a map" if isinstance(value, dict) else f"a {type(value).__name__}"


# --- unknown fields ---------------------------------------------------------------------------------------------------


def _unknown(
    finding: Finding,
    catalog: Catalog,
    api_version: str,
    kind: KindSchema,
    name: str,
    data: Any,
    hints: bool,
) -> tuple[str, str]:
    *above, field = finding.path
    where = f"`{dotted(tuple(above))}`" if above else f"{name} (at the top level)"
    message = f"`{field}` is not a field of {where}"
    if not hints:
        return message, ""
    known = [word for word in finding.wanted if word != field]
    hint = (
        _needless_level(finding)
        or _other_release(finding.path, catalog, api_version, name)
        or _elsewhere(kind, tuple(above), str(field), data)
        or _near(str(field), known)
        or _same_group(catalog, api_version, name, finding.path)
    )
    return message, hint


def _needless_level(finding: Finding) -> str:
    """A level too many: all that stands below belongs right here."""
    value = finding.value
    if isinstance(value, dict) and value and set(value) <= set(finding.wanted):
        where = f"`{dotted(finding.path[:-1])}`" if len(finding.path) > 1 else "the top level"
        return f"remove the level `{finding.path[-1]}`: what it holds belongs right under {where}"
    return ""


def _near(field: str, known: list[str]) -> str:
    near = closest(field, known)
    if near:
        return f"did you mean `{near}`?"
    return "known here: " + ", ".join(f"`{word}`" for word in sorted(known)) if 0 < len(known) <= 12 else ""


def _other_release(path: Path, catalog: Catalog, api_version: str, name: str) -> str:
    """Whether another release of the same project knows the field."""
    platform = catalog.platform
    if (api_version.rpartition("/")[0], name) in catalog.covered:
        return ""
    here = served(platform, api_version, name)
    if here is None or not platform.runs(here.family):
        return ""
    rows = [row for row in ranges(api_version, name) if row.family == here.family]
    place, runs = rows.index(here), f"this cluster runs {platform.runs(here.family)}"
    for row in rows[place + 1 :]:
        if knows(custom_kind(row), path):
            return f"it needs {title(row.family)} {row.first}; {runs}"
    for row in reversed(rows[:place]):
        if knows(custom_kind(row), path):
            return f"{title(row.family)} knew it up to {row.last}; {runs}"
    return ""


def _same_group(catalog: Catalog, api_version: str, name: str, path: Path) -> str:
    """Whether another served version of the kind knows the field."""
    for other in catalog.versions(api_version.rpartition("/")[0], name):
        schema = catalog.schema(other, name) if other != api_version else None
        if schema is not None and knows(schema, path):
            return f"apiVersion `{other}` has this field"
    return ""


def resolve(root: Schema, node: Schema) -> Schema:
    """A node, or what it refers to."""
    while "$ref" in node:
        node = root["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return node


def at(kind: KindSchema, path: Path) -> Schema | None:
    """The schema of the value at a path, or None where the kind has no such field."""
    node = resolve(kind.schema, kind.schema)
    for step in path:
        if isinstance(step, int):
            sub = node.get("items")
        else:
            sub = node.get("properties", {}).get(step) or node.get("additionalProperties")
        if not isinstance(sub, dict):
            return None
        node = resolve(kind.schema, dict(sub))
    return node


def knows(kind: KindSchema, path: Path) -> bool:
    """Whether a kind has a field at a path."""
    return at(kind, path) is not None


def _elsewhere(kind: KindSchema, above: Path, field: str, data: Any) -> str:
    """The nearest level that does have the field: an outer one, else an inner one, those written first."""
    inner = list(_inner(kind, above, field, _value_at(data, above)))
    if inner:
        return f"it belongs under `{dotted(inner[0])}`"
    for depth in range(len(above) - 1, -1, -1):
        outer = at(kind, above[:depth])
        if outer and field in outer.get("properties", {}) and field not in ("apiVersion", "kind", "metadata"):
            return f"it belongs under `{dotted(above[:depth])}`" if depth else "it belongs at the top level"
        if outer and depth:
            beside = list(_inner(kind, above[:depth], field, _value_at(data, above[:depth]), 1))
            if beside and beside[0] != above:
                return f"it belongs under `{dotted(beside[0])}`"
    return ""


def _inner(kind: KindSchema, above: Path, field: str, value: Any, depth: int = 2) -> Iterator[Path]:
    """Levels below `above` that have the field: those present in the document, else a lone one or `model`."""
    written = value if isinstance(value, dict) else {}
    level: list[tuple[Path, Any, bool]] = [(above, written, True)]
    for _ in range(depth):
        below: list[tuple[Path, Any, bool]] = []
        for path, inside, present in level:
            node = at(kind, path) or {}
            for name in node.get("properties", {}):
                if name in ("metadata", "status", "apiVersion", "kind"):
                    continue
                item = inside.get(name) if isinstance(inside, dict) else None
                below.append(((*path, name), item, present and isinstance(item, dict)))
        found = [(p, here) for p, _, here in below if field in (at(kind, p) or {}).get("properties", {})]
        present_ones = [path for path, here in found if here]
        if present_ones:
            yield from present_ones
            return
        usual = [path for path, _ in found if path[-1] in ("predictor", "model", "spec", "template")]
        if usual or len(found) == 1:
            yield (usual or [found[0][0]])[0]
            return
        level = below
    return


def _value_at(data: Any, path: Path) -> Any:
    for step in path:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def _secret(finding: Finding) -> tuple[str, str]:
    """The values of a Secret are never repeated."""
    wanted = FORMATS[finding.wanted][1] if finding.rule == "format" else "text"
    if len(finding.path) == 1:
        wanted = "a map of fields"
    hint = "plain text goes under `stringData`" if finding.rule == "format" else "write the value in quotes"
    return f"`{dotted(finding.path)}` must be {wanted}", hint if len(finding.path) > 1 else ""


# --- wrong types and values ---------------------------------------------------------------------------------------------


def _null(finding: Finding) -> tuple[str, str]:
    types = types_of(finding.wanted)
    hint = "give it a value or remove the line"
    if types == ["object"] and "required" not in finding.wanted:
        hint = "write `{}` if an empty map is meant, else remove the line"
    return f"`{dotted(finding.path)}` is empty (null): the server drops it", hint


def _type(finding: Finding) -> tuple[str, str]:
    where, value, wanted = f"`{dotted(finding.path)}`", finding.value, finding.wanted
    if wanted == ["key"]:
        return f"the key {shown(value)} must be text", "write the key in quotes"
    if not wanted:
        return f"{where} needs a value, but is {shown(value)}", _type_hint(value, [""])
    nouns = " or ".join(_NOUN[kind] for kind in wanted)
    hint = _type_hint(value, wanted)
    if not hint and finding.rule and isinstance(value, str) and len(value) <= _LONGEST:
        hint = f"write `{{{finding.rule}: {value}}}`"
    return f"{where} must be {nouns}, but is {shown(value)}", hint


def _type_hint(value: Any, wanted: Iterable[str]) -> str:
    wanted = list(wanted)
    if value is None:
        return "give it a value or remove the line"
    if "string" in wanted and isinstance(value, (bool, int, float)):
        if isinstance(value, bool):
            quoted = '`"true"`' if value else '`"false"`'
            return (
                f"write it in quotes, {quoted}: without them YAML reads yes, no, on and off as true or false"
            )
        return f'write it in quotes, `"{value}"`: without them YAML reads a number'
    if isinstance(value, str):
        if wanted[0] in ("integer", "number") and _is_number(value, wanted[0]):
            return f"remove the quotes: `{value.strip()}`"
        if wanted[0] == "boolean" and value.casefold() in ("true", "false", "yes", "no", "on", "off"):
            return f"remove the quotes: `{'true' if value.casefold() in ('true', 'yes', 'on') else 'false'}`"
        if wanted[0] == "array":
            return "write a list: one item per line, each after `- `"
    if isinstance(value, float) and wanted == ["integer"]:
        return "use a whole number"
    if wanted[0] == "array" and isinstance(value, dict):
        return "write a list: put `- ` before the first field of each item"
    if wanted[0] == "object" and isinstance(value, list):
        return "write fields without the leading `- `"
    return ""


def _is_number(text: str, kind: str) -> bool:
    try:
        return (int(text) if kind == "integer" else float(text)) is not None
    except ValueError:
        return False


def _missing(finding: Finding) -> tuple[str, str]:
    *above, field = finding.path
    where = f"`{dotted(tuple(above))}`" if above else "the object"
    wanted = finding.wanted if isinstance(finding.wanted, dict) else {}
    noun = _NOUN.get(str(wanted.get("type")), "")
    return f"{where} needs the field `{field}`", f"add `{field}` ({noun})" if noun else f"add `{field}`"


def _value(finding: Finding) -> tuple[str, str]:
    where, value, wanted = f"`{dotted(finding.path)}`", finding.value, finding.wanted
    rule = finding.rule
    if rule == "enum":
        return f"{where} cannot be {shown(value)}", _enum_hint(value, wanted)
    if rule in ("minimum", "maximum"):
        low, high = wanted
        if finding.machine:
            return f"{where} is {value}, which is out of range", f"allowed: {low} to {high}"
        side = f"at least {low}" if rule == "minimum" else f"at most {high}"
        return f"{where} must be {side}, but is {value}", ""
    if rule == "unique":
        if not wanted:
            return f"{where} repeats {shown(value)}", "each item may appear once"
        same = ", ".join(f"`{key}` {_plain(value, key)}" for key in wanted)
        return f"{where} repeats an earlier item: {same}", "each item of this list needs its own name"
    if rule == "anyOf" and isinstance(wanted, list):
        return f"{where} needs one of the fields " + ", ".join(f"`{name}`" for name in wanted), ""
    if rule == "oneOf":
        return f"{where} mixes alternatives of which only one may be used", ""
    if rule == "not":
        return f"{where} cannot be {shown(value)}", ""
    if rule == "other":
        return f"{where if finding.path else 'the object'} is not valid: {wanted}", ""
    return f"{where} cannot be {shown(value)}", _rule_hint(rule, wanted)


def _plain(value: Any, key: str) -> str:
    return json.dumps(value.get(key), ensure_ascii=False, default=str) if isinstance(value, dict) else ""


def _enum_hint(value: Any, wanted: list[Any]) -> str:
    texts = [each for each in wanted if isinstance(each, str)]
    near = closest(value, texts) if isinstance(value, str) else ""
    if near:
        return f"did you mean `{near}`?"
    return "allowed: " + ", ".join(f"`{each}`" if each != "" else "empty text" for each in wanted[:20])


def _rule_hint(rule: str, wanted: Any) -> str:
    if rule == "pattern":
        return f"it must match the pattern {wanted}"
    if rule == "format":
        return f"it must be {FORMATS[wanted][1]}"
    words = {
        "minLength": f"use at least {wanted} characters",
        "maxLength": f"use at most {wanted} characters",
        "minItems": f"give at least {wanted} items",
        "maxItems": f"give at most {wanted} items",
        "minProperties": f"give at least {wanted} fields",
        "maxProperties": f"give at most {wanted} fields",
        "multipleOf": f"use a multiple of {wanted}",
    }
    return words.get(rule, "")


def _quantity(finding: Finding) -> tuple[str, str]:
    message = f"`{dotted(finding.path)}` must be a quantity, but is {shown(finding.value)}"
    return message, advice(str(finding.value))
