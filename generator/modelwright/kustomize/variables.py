"""`vars:` and what `$(NAME)` becomes (api/filters/refvar, api/internal/accumulator). Deprecated upstream, still in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelwright.kustomize.fields import FieldSpec, slots
from modelwright.kustomize.ids import Gvk, Id, gvk_of
from modelwright.kustomize.nodes import BOOL, FLOAT, INT, LONGEST_TEXT, STR, Map, Node, Scalar, Seq, missing
from modelwright.kustomize.refusal import At, Misfit, refuse
from modelwright.kustomize.replacements import lookup, steps_of
from modelwright.kustomize.resource import Resource, Resources, is_text
from modelwright.records import dataclass

_DEFAULT = "metadata.name"
LONGEST_VALUE = 4096
"""Characters of a variable's value: each is put into many texts."""


@dataclass(frozen=True, slots=True)
class Var:
    """One variable: a field of one object."""

    name: str
    gvk: Gvk
    target: str
    namespace: str
    path: str
    at: At


def var_of(words: Mapping[str, object], at: At) -> Var:
    """A variable from its words."""
    target = words.get("objref")
    named: Mapping[str, str] = target if isinstance(target, Mapping) else {}
    gvk = Gvk(named.get("group", ""), named.get("version", ""), named.get("kind", ""))
    stated = named.get("apiVersion", "")
    if stated and stated.count("/") < 2:
        known = gvk_of(stated, gvk.kind)
        gvk = Gvk(known.group or gvk.group, known.version, gvk.kind)
    field = words.get("fieldref")
    path = field.get("fieldPath", "") if isinstance(field, Mapping) else ""
    return Var(str(words.get("name", "")), gvk, named.get("name", ""), named.get("namespace", ""), path or _DEFAULT, at)


def declare(variables: dict[str, Var], resources: Resources, more: Sequence[Var]) -> None:
    """Add variables, and note on their objects that they are read. Raises Refused."""
    for var in more:
        found = resources.ever(var.target, lambda each, var=var: _means(var, each))  # type: ignore[misc]
        if len(found) > 1:
            others = [("one of them", item.at) for item in found[:3]]
            raise refuse("MW475", f"the variable `{var.name}` could mean {len(found)} objects", var.at, "", others)
        if found:
            found[0].variables.append(var.name)
    add(variables, more)


def add(variables: dict[str, Var], more: Sequence[Var]) -> None:
    """Add variables of another folder. Raises Refused where a name is taken."""
    for var in more:
        if var.name in variables:
            raise refuse("MW475", f"the variable `{var.name}` is said twice", var.at, related=[("the other", variables[var.name].at)])
        variables[var.name] = var


def _means(var: Var, id_: Id) -> bool:
    if id_.gvk != var.gvk or id_.name != var.target:
        return False
    return not var.namespace or Id(var.gvk, var.target, var.namespace).effective == id_.effective


def resolve(variables: Mapping[str, Var], resources: Resources, specs: Sequence[FieldSpec]) -> None:
    """Put every variable's value where `$(NAME)` stands. Raises Refused."""
    values = {name: _value(variables[name], resources) for name in sorted(variables)}
    if not values:
        return
    longest = max(len(value.text) for value in values.values())
    if longest > LONGEST_VALUE:
        at = next(variables[name].at for name, value in values.items() if len(value.text) == longest)
        raise refuse("MW479", f"the value of a variable is longer than {LONGEST_VALUE} characters", at)
    for item in resources:
        gvk = item.gvk
        for spec in specs:
            if not gvk.chosen_by(spec.gvk):
                continue
            try:
                for slot in list(slots(item.body, spec, None, item.at)):
                    slot.set(_filled(slot.value, values))
            except Misfit as error:
                raise refuse("MW475", f"variables at `{spec.path}` of {item.id}: {error}", item.at) from None


def _value(var: Var, resources: Resources) -> Scalar:
    found = next((item for item in resources if var.name in item.variables), None)
    if found is None:
        raise refuse("MW475", f"the object that the variable `{var.name}` reads is not there", var.at)
    try:
        node = _field(found, var.path)
    except Misfit:
        node = None
    if node is None:
        raise refuse("MW475", f"{found.id} has no `{var.path}`, which the variable `{var.name}` reads", var.at)
    return node


def _field(item: Resource, path: str) -> Scalar | None:
    steps: list[str] = []
    for step in steps_of(path):
        head, opened, index = step.partition("[")
        if opened and index.endswith("]") and index[:-1].isdecimal():
            steps += [head] if head else []
            steps.append(index[:-1])
        else:
            steps.append(step)
    found = lookup(item.body, steps)
    return found if isinstance(found, Scalar) else None


def _filled(node: Node, values: Mapping[str, Scalar]) -> Node:
    if missing(node):
        return node
    if isinstance(node, Scalar):
        return _replaced(node, values) if is_text(node) else node
    if isinstance(node, Map):
        for key, value in node.items():
            if isinstance(value, Scalar) and is_text(value):
                node[key] = _replaced(value, values)
        return node
    assert isinstance(node, Seq)
    for index, value in enumerate(node):
        if not isinstance(value, Scalar) or not is_text(value):
            raise Misfit("a list of texts is expected")
        node[index] = _replaced(value, values)
    return node


def _replaced(node: Scalar, values: Mapping[str, Scalar]) -> Scalar:
    """A text with its variables replaced; one variable alone keeps its type. `$$` is a dollar."""
    text = node.text
    if "$" not in text:
        return node.become(text, STR, "", node.at)
    made: list[str] = []
    position, size = 0, 0
    while position < len(text):
        start = text.find("$", position)
        if start < 0 or start + 1 == len(text):
            made.append(text[position:])
            break
        after = text[start + 1]
        end = text.find(")", start + 2) if after == "(" else -1
        piece, step = ("$(", 2) if after == "(" else ("$" if after == "$" else "$" + after, 2)
        if end > 0:
            name = text[start + 2 : end]
            value = values.get(name)
            if value is not None and text == f"$({name})":
                return _typed(value, node)
            piece, step = f"$({name})" if value is None else _shown(value), end + 1 - start
        elif after == "(":
            # Nothing closes it, and so nothing after it is closed either.
            made.append(text[position:])
            break
        made += [text[position:start], piece]
        size += len(piece)
        if size > LONGEST_TEXT:
            raise Misfit(f"a text of more than {LONGEST_TEXT} characters would be made")
        position = start + step
    return node.become("".join(made), STR, "", node.at)


def _typed(value: Scalar, old: Scalar) -> Scalar:
    if value.tag in (INT, FLOAT, BOOL):
        return old.become(value.text, value.tag, "", value.at)
    return old.become(value.text, STR, "", value.at)


def _shown(value: Scalar) -> str:
    return value.text.lower() if value.tag == BOOL else value.text
