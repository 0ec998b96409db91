"""From rule files to `packed.json`, the form that is read to judge: `python -m modelwright.rules`.

Everything that can be found once is found here: what a subject's name means, which fields a check cannot do without,
which variables it reads, where types occur. What means nothing is refused with its place.
"""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from modelwright.cel import DYN, CelError, Program, compile_cel
from modelwright.cel.parser import parse
from modelwright.cel.syntax import Node
from modelwright.judge.catalog import core_minors
from modelwright.rules import author, needs, steps, types
from modelwright.rules.author import RuleFileError, TargetRules
from modelwright.rules.check import broken, function, named, referring
from modelwright.rules.releases import parsed
from modelwright.rules.steps import ANY

FILE = Path(__file__).with_name("packed.json")
OLD = ("oldSelf", "oldObject")
"""Only where there is an object before; a check that reads them is asked of updates alone."""
COMMON = ("self", "object", "key", "cluster", "embedded", *OLD)
"""Variables of every check; `item` and `index` of those with `each` or `unique`; and the enclosing subjects."""
TEXTS = ("message", "hint", "blueprint-message", "blueprint-hint")
Json = dict[str, Any]


def packed(minors: Iterable[str] | None = None, folder: Path = author.FOLDER) -> Json:
    """Everything that judging reads, from the rule files of the targets below `folder`. Raises RuleFileError."""
    edges, kinds = types.edges(tuple(minors or core_minors()))
    edges = {name: dict(fields) for name, fields in edges.items()}
    targets = author.authored(folder)
    authored = list(author.checks(folder))
    bases = frozenset(steps.variable(name) for name in (*edges, *_kind_names(authored)))
    rows = []
    for target, file, code, index, check, effect in authored:
        where = f"{target.name}/rules/{file}.yaml: {code}, check {index + 1}"
        try:
            rows.append(_check(f"{code}/{target.name}/{file}/{index + 1}", code, check, effect, target, edges, bases))
        except (steps.NotationError, CelError) as error:
            raise RuleFileError(f"{where}: {error}") from None
    rows.sort(key=lambda row: (row["code"], row["id"]))
    embeds = [row for target in targets if target.groups for each in target.embeds for row in _embed(each, target, edges)]
    for target in targets:
        if not target.groups:
            for each in target.embeds:
                _mark(each, target, edges)
    wanted = {name for row in rows for on in row["on"] for name in on.get("types", ())}
    leading = types.leading(edges, wanted)
    return {
        "minors": list(minors or core_minors()),
        "checks": rows,
        "embeds": [e for e in embeds if (e["type"] in leading)],
        "admission": [row for target in targets for row in _admission(target)],
        "kinds": {kind: root for kind, root in sorted(kinds.items()) if root in leading},
        "types": leading,
    }


def _kind_names(authored: Iterable[author.Authored]) -> set[str]:
    rows = [(target, check) for target, _, _, _, check, _ in authored if target.groups]
    return {subject.name for target, check in rows for subject in _subjects(check["subject"], target)}


def text(data: Mapping[str, Any]) -> str:
    """The file: a line for each check and type, so that a diff can be read."""
    parts = [f'"minors": {_line(data["minors"])}']
    for name in ("checks", "embeds", "admission"):
        parts.append(f'"{name}": [\n' + ",\n".join(_line(row) for row in data[name]) + "\n]")
    for name in ("kinds", "types"):
        rows = (f"{_line(key)}: {_line(value)}" for key, value in data[name].items())
        parts.append(f'"{name}": {{\n' + ",\n".join(rows) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main() -> None:
    """Write the packed file."""
    FILE.write_text(text(packed()), encoding="utf-8")


def _several(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _embed(embed: Mapping[str, Any], target: TargetRules, edges: types.Edges) -> list[Json]:
    rows = []
    for on in _subjects(embed["subject"], target):
        for name in _several(embed["types"]):
            found = [each for each in edges if types.matches(each, name)]
            if len(found) != 1:
                raise RuleFileError(f"{target.name}/{author.HEAD}: `{name}` is not one type but {found}")
            row: Json = {**_kinds(on, target), "pattern": on.pattern, "type": found[0]}
            rows.append({**row, "effect": embed.get("effect", "")})
    return rows


def _admission(target: TargetRules) -> list[Json]:
    for name in target.admission.values():
        named(name)  # it must be there
    return [{"kind": kind, "groups": list(target.groups), "function": name} for kind, name in target.admission.items()]


def _mark(embed: Mapping[str, Any], target: TargetRules, edges: types.Edges) -> None:
    """Core types that hold others which nobody judges before they are made: `StatefulSetSpec:volumeClaimTemplates`."""
    for on in _subjects(embed["subject"], target):
        holders = [name for name in edges if types.matches(name, on.name)]
        if not holders or len(on.pattern) != 1:
            raise RuleFileError(f"{target.name}/{author.HEAD}: `{on.name}` is no type, or its path is not one field")
        for name in holders:
            for field in on.pattern[0]:
                edges[name][field] = [f"{held}!{embed['effect']}" for held in edges[name].get(field, ())]


def _kinds(on: steps.Subject, target: TargetRules) -> Json:
    groups = [on.group] if on.group is not None else list(target.groups)
    return {"kind": on.name, "groups": groups, **({"version": on.version} if on.version else {})}


def _subjects(said: Any, target: TargetRules) -> list[steps.Subject]:
    texts = (steps.substituted(each, target.names, cel=False) for each in _several(said))
    return [subject for text_ in texts for subject in steps.subjects(text_)]


def _on(on: steps.Subject, target: TargetRules, edges: types.Edges) -> Json:
    row: Json = {"pattern": on.pattern} if on.pattern else {}
    if on.name == ANY:
        return {"kind": ANY, "groups": [], **row}
    if on.exact or target.groups:
        return {**_kinds(on, target), **row}
    found = [each for each in edges if types.matches(each, on.name)]
    if not found:
        raise steps.NotationError(f"`{on.name}` is no type of Kubernetes")
    return {"types": found, **row}


def _check(
    name: str,
    code: str,
    check: Mapping[str, Any],
    effect: str,
    target: TargetRules,
    edges: types.Edges,
    bases: frozenset[str],
) -> Json:
    row: Json = {"id": name, "code": code, "effect": effect}
    row["on"] = [_on(each, target, edges) for each in _subjects(check["subject"], target)]
    where = [made for said in (target.where, check.get("where")) if (made := _where(said))]
    if where:
        row["where"] = where
    if "embedded" in check:
        row["embedded"] = bool(check["embedded"])
    for key in ("each", "require", "function"):
        if key in check:
            row[key] = steps.substituted(" ".join(str(check[key]).split()), target.names)
    conditions = [steps.substituted(" ".join(each.split()), target.names) for each in _several(check.get("when") or [])]
    row |= _when(conditions, _whole(row["on"], edges))
    if "refers" in check:
        row["refers"] = _refers(check["refers"], target)
    if "unique" in check:
        row["unique"] = _unique(check["unique"])
    for key, said in (("message", check), ("hint", check), ("message", check.get("blueprint")), ("hint", check.get("blueprint"))):
        if said and said.get(key):
            row[key if said is check else f"blueprint-{key}"] = [_words(text_, target) for text_ in _several(said[key])]
    if check.get("at"):
        row["at"] = [_part(step) for step in steps.path(steps.substituted(str(check["at"]), target.names))]
    return _studied(row, check, bases)


def _where(said: Any) -> list[dict[str, str]]:
    """The alternatives. Raises NotationError."""
    found = []
    for each in said if isinstance(said, list) else [said] if said else []:
        for what, range_ in each.items():
            if what != "distribution":
                parsed(str(range_))
        found.append({what: str(range_) for what, range_ in each.items()})
    return found


def _whole(on: list[Json], edges: types.Edges) -> frozenset[str]:
    """The variable that is the whole object of each subject, where there is one."""
    found = {steps.variable(each["kind"]) if "kind" in each else "" for each in on}
    return frozenset(found - {""} if len(found) == 1 else ()) - {steps.variable(name) for name in edges}


def _when(conditions: list[str], whole: frozenset[str]) -> Json:
    """`given`: what is asked once for a document; `once`: the same, but only where a subject comes to it; `when`: what
    is asked of each subject."""
    of_document = [c for c in conditions if needs.together([parse(c)]) <= _OF_DOCUMENT]
    others = [c for c in conditions if c not in of_document]
    once = [c for each in others for c in steps.conjuncts(each) if needs.together([parse(c)]) <= _OF_DOCUMENT | whole]
    if once:
        others = [c for each in others for c in steps.conjuncts(each) if c not in once]
    when = others[0] if len(others) == 1 else " && ".join(f"({c})" for c in others)
    given = [[c, [list(keys) for keys in needs.needed(needs.of_object(parse(c)))]] for c in of_document]
    return {**({"given": given} if given else {}), **({"once": once} if once else {}), **({"when": when} if when else {})}


_OF_DOCUMENT = frozenset({"object", "cluster", "embedded"})


def _words(text_: str, target: TargetRules) -> list[Any]:
    parts = steps.words(text_.strip())
    return [{"cel": steps.substituted(part.cel, target.names)} if isinstance(part, steps.Hole) else part for part in parts]


def _part(part: steps.Step) -> Any:
    return {"cel": part.cel} if isinstance(part, steps.Hole) else int(part) if type(part) is int else str(part)


def _unique(said: Any) -> Json:
    of, by = (said.get("list", ""), said.get("by", [])) if isinstance(said, Mapping) else (said, [])
    keys: list[list[str]] = []
    for key in by if isinstance(by, list) else [by]:
        keys += [[name, value] for name, value in key.items()] if isinstance(key, Mapping) else [[key]]
    path = steps.path(str(of))
    if any(not isinstance(step, str) for step in path):
        raise steps.NotationError("`unique` names a list by plain keys")
    return {"list": list(path), "by": keys}


def _refers(said: Mapping[str, Any], target: TargetRules) -> Json:
    """The kind as a text with holes, all else as expressions."""
    texts = {key: steps.substituted(" ".join(str(said[key]).split()), target.names) for key in author.REFERS[1:] if key in said}
    return {"kind": _words(str(said["kind"]), target), **texts}


def _studied(row: Json, check: Mapping[str, Any], bases: frozenset[str]) -> Json:
    """With what an expression's tree tells: variables, and fields that must be there."""
    inner = ("item", "index") if "each" in row or "unique" in row else ()
    nodes = [_parsed(row[key], {*COMMON, *bases}) for key in ("when", "each") if key in row]
    nodes += [_parsed(each, COMMON) for each, _ in row.get("given", ())]
    nodes += [_parsed(each, {*COMMON, *bases}) for each in row.get("once", ())]
    late = [row["require"]] if "require" in row else []
    refers = row.get("refers", {})
    late += [refers[key] for key in author.REFERS[1:] if key in refers]
    late += [part["cel"] for part in refers.get("kind", ()) if type(part) is dict]
    texts = [text_ for key in TEXTS for text_ in row.get(key, ())]
    late += [part["cel"] for text_ in texts for part in text_ if type(part) is dict]
    late += [part["cel"] for part in row.get("at", ()) if type(part) is dict]
    nodes += [_parsed(text_, {*COMMON, *bases, *inner}) for text_ in late]
    reads = needs.together(nodes)
    row["reads"] = sorted(reads & bases)
    if reads & {*OLD}:
        row["update"] = True
    verdict = [parse(row[key]) for key in ("when", "each", "require") if key in row] + [parse(each) for each in row.get("once", ())]
    free = needs.together(verdict) & {*bases, "object", "key", *OLD}
    if "function" in row:
        free |= _of_function(function(row["function"]))
    if free:
        row["free"] = sorted(free)
    row["needs"] = [list(keys) for keys in _needs(row, check)]
    return row


def _needs(row: Json, check: Mapping[str, Any]) -> list[needs.Keys]:
    found: list[needs.Keys] = []
    for text_ in _several(check.get("needs") or []):
        found.append(tuple(str(step) for step in steps.path(text_)))
    if any(keys == () for keys in found):
        raise steps.NotationError("`needs` names fields of the subject")
    if "require" in row and "each" not in row:
        found += needs.needed(parse(broken(row)))
    elif "refers" in row:
        found += needs.needed(parse(referring(row)))
    elif "when" in row:
        found += needs.needed(parse(row["when"]))
    if "each" in row:
        found += needs.needed_list(parse(row["each"]))
    if "unique" in row and row["unique"]["list"]:
        found.append(tuple(row["unique"]["list"]))
    return sorted(set(found))


def _parsed(text_: str, known: Iterable[str]) -> Node:
    """The tree of an expression that compiles. Raises CelError or NotationError."""
    program = compile_cel(text_, dict.fromkeys(known, DYN))
    if not isinstance(program, Program):
        raise steps.NotationError(f"`{text_}`: {program.message}")
    return parse(text_)


def _of_function(function: Callable[..., Any]) -> frozenset[str]:
    """`object` where a function of a subject and a `Run` looks beyond the subject, as far as its text tells."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = next(each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))
    run = definition.args.args[1].arg
    attributes = {
        id(each.value): each.attr
        for each in ast.walk(definition)
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name)
    }
    uses = [each for each in ast.walk(definition) if isinstance(each, ast.Name) and each.id == run]
    # Handed on, it may be asked for anything.
    beyond = any(attributes.get(id(each), "object") not in ("kind", "api_version", "embedded", "facts") for each in uses)
    return frozenset({"object"}) if beyond else frozenset()
