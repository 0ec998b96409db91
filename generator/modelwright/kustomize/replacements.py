"""Replacements: values copied from one object's field into others (api/filters/replacement, kyaml/yaml/match.go)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modelwright.kustomize.fields import Holder, Slot, split
from modelwright.kustomize.generate import go_json
from modelwright.kustomize.ids import Gvk, Id, Selector, pattern
from modelwright.kustomize.labels import matches
from modelwright.kustomize.nodes import (
    Map,
    Node,
    Scalar,
    Seq,
    copied,
    empty,
    from_data,
    kind_of,
    missing,
    plain_data,
    put,
    text_node,
)
from modelwright.kustomize.refusal import At, Misfit, refuse
from modelwright.kustomize.resource import Resource, Resources

_DEFAULT = "metadata.name"
MOST = 20_000
"""Fields one replacement may set."""


def replace_all(resources: Resources, replacements: Sequence[tuple[Mapping[str, Any], At]]) -> None:
    """Apply replacements in order. Raises Refused."""
    for words, at in replacements:
        try:
            value = _source(resources, words, at)
            for target in words.get("targets") or ():
                _targets(resources, target, value)
        except (Misfit, ValueError) as error:
            raise refuse("MW474", f"this replacement cannot be made: {error}", at) from None


def selector_of(words: Mapping[str, Any]) -> Selector:
    """The selector that the words of a target state."""
    parts = {word: words.get(word, "") for word in ("group", "version", "kind", "name", "namespace")}
    return Selector(**parts, labels=words.get("labelSelector", ""), annotations=words.get("annotationSelector", ""))


def _source(resources: Resources, words: Mapping[str, Any], at: At) -> Node:
    source, stated = words.get("source"), words.get("sourceValue")
    if words.get("targets") is None or (source is None and stated is None):
        raise Misfit("it needs a `source` and `targets`")
    if source is not None and stated is not None:
        raise Misfit("`source` and `sourceValue` exclude each other")
    if source is None:
        return text_node(str(stated), (at, "sourceValue"), "")
    wanted = Gvk(source.get("group", ""), source.get("version", ""), source.get("kind", ""))
    name, namespace = source.get("name", ""), source.get("namespace", "")
    found = [item for item in resources if any(_is_source(each, wanted, name, namespace) for each in item.ids)]
    shown = " ".join(part for part in (wanted.kind, name) if part) or "its source"
    if len(found) != 1:
        raise Misfit(f"nothing is selected by {shown}" if not found else f"{len(found)} objects are selected by {shown}")
    path = source.get("fieldPath") or _DEFAULT
    node = lookup(found[0].body, steps_of(path))
    if empty(node) or node is None:
        raise Misfit(f"{found[0].id} has nothing at `{path}`")
    return _part(node, source.get("options") or {})


def _is_source(id_: Id, wanted: Gvk, name: str, namespace: str) -> bool:
    if (name and name != id_.name) or not id_.gvk.chosen_by(wanted):
        return False
    return not namespace or namespace == Id(id_.gvk, id_.name, id_.namespace).effective


def _part(node: Node, options: Mapping[str, Any]) -> Node:
    sign = options.get("delimiter", "")
    if not sign:
        return node
    if not isinstance(node, Scalar):
        raise Misfit(f"`delimiter` splits text, and the source is {kind_of(node)}")
    parts, index = node.text.split(sign), options.get("index", 0)
    if not 0 <= index < len(parts):
        raise Misfit(f"`{node.text}` has no part {index}")
    return Scalar(parts[index], node.tag, node.style, node.at)


def steps_of(path: str) -> list[str]:
    """The steps of a path with dots; brackets keep dots together (kyaml `SmarterPathSplitter`)."""
    steps: list[str] = []
    parts = iter(split(path, "."))
    for part in parts:
        if part.startswith("[") and not part.endswith("]"):
            gathered = [part]
            for more in parts:
                gathered.append(more)
                if more.endswith("]"):
                    break
            joined = ".".join(gathered)
            steps.append(joined if "=" in joined else joined.strip("[]"))
        else:
            steps.append(part)
    return steps


def lookup(node: Node, steps: Sequence[str]) -> Node | None:
    """The value at a path: keys, indexes, `-` for the last item, `[key=value]`. Raises Misfit."""
    found: Node | None = node
    for step in (step.strip() for step in steps):
        if not step:
            continue
        if missing(found):
            return None
        number = _number(step)
        if number is not None or step == "-":
            if not isinstance(found, Seq):
                raise Misfit(f"`{step}` is an item of {kind_of(found)}")
            if number is not None and number < 0:
                raise Misfit(f"`{step}` is no index")
            index = len(found) - 1 if number is None else number
            found = found[index] if 0 <= index < len(found) else None
        elif step == "*":
            raise Misfit("`*` is no path of a source")
        elif _bracketed(step):
            if not isinstance(found, Seq):
                raise Misfit(f"`{step}` is an item of {kind_of(found)}")
            key, value = _key_value(step)
            found = next((each for each in found if _is_item(each, key, value)), None)
        elif isinstance(found, Map):
            found = found.get(step)
        else:
            raise Misfit(f"`{step}` is a key of {kind_of(found)}")
        if found is None:
            return None
    return found


def _is_item(node: Node, key: str, value: str) -> bool:
    if not key:
        return isinstance(node, Scalar) and node.text == value
    held = node.get(key) if isinstance(node, Map) else None
    return isinstance(held, Scalar) and held.text == value


def _number(step: str) -> int | None:
    return int(step) if re.fullmatch(r"[-+]?[0-9]{1,9}", step) else None


def _bracketed(step: str) -> bool:
    return step.startswith("[") and step.endswith("]")


def _key_value(step: str) -> tuple[str, str]:
    key, sign, value = step.removeprefix("[").removesuffix("]").partition("=")
    if not sign:
        raise Misfit(f"`{step}` has to be `[key=value]`")
    return key, value


def _targets(resources: Resources, target: Mapping[str, Any], value: Node) -> None:
    if target.get("select") is None:
        raise Misfit("a target needs a `select`")
    wanted = selector_of(target["select"])
    rejected = [selector_of(each) for each in target.get("reject") or ()]
    for each in (wanted, *rejected):
        each.check()
    for item in resources:
        if not _labelled(item, wanted) or any((r.labels or r.annotations) and _labelled(item, r) for r in rejected):
            continue
        ids = item.ids
        if any(not r.nameless and any(_fits(r, each) for each in ids) for r in rejected):
            continue
        if any(_fits(wanted, each) for each in ids):
            _write(item, value, target)


def _labelled(item: Resource, selector: Selector) -> bool:
    return matches(selector.labels, item.texts("labels")) and matches(selector.annotations, item.texts("annotations"))


def _fits(selector: Selector, id_: Id) -> bool:
    return selector.fits_gvk(id_.gvk) and selector.fits_name(id_.name) and selector.fits_namespace(id_.namespace)


def _write(item: Resource, value: Node, target: Mapping[str, Any]) -> None:
    options = target.get("options") or {}
    for path in target.get("fieldPaths") or [_DEFAULT]:
        steps = steps_of(path)
        create = value if options.get("create") else None
        if _in_text(item, steps, value, create):
            continue
        try:
            found = list(_matches(item.body, steps, create))
        except Misfit as error:
            raise Misfit(f"{item.id} has no `{path}`: {error}") from None
        if not found:
            raise Misfit(f"{item.id} has no `{path}`")
        if len(found) > MOST:
            raise Misfit(f"`{path}` means more than {MOST} fields")
        for slot in found:
            slot.set(_written(slot.value, value, options))


def _written(old: Node, value: Node, options: Mapping[str, Any]) -> Node:
    text = value.text if isinstance(value, Scalar) else ""
    sign = options.get("delimiter", "")
    if sign:
        if not isinstance(old, Scalar):
            raise Misfit(f"`delimiter` splits text, and the target is {kind_of(old)}")
        parts, index = old.text.split(sign), options.get("index", 0)
        if index < 0:
            parts.insert(0, text)
        elif index >= len(parts):
            parts.append(text)
        else:
            parts[index] = text
        text = sign.join(parts)
    if isinstance(old, Scalar):
        return old.become(text, old.tag, old.style, value.at)
    return Scalar(text, value.tag, value.style, value.at) if isinstance(value, Scalar) else copied(value)


def _matches(node: Node, steps: Sequence[str], create: Node | None) -> Iterator[Slot]:
    """All fields a path means, made where `create` is given (kyaml `PathMatcher`)."""
    holder = Seq(node.at)
    holder.append(node)
    yield from _match(Slot(holder, 0), list(steps), create)


def _match(slot: Slot, steps: list[str], create: Node | None) -> Iterator[Slot]:
    if not steps:
        yield slot
        return
    step, rest, node = steps[0], steps[1:], slot.value
    number = _number(step)
    if number is not None and number >= 0:
        items = _items(node, step)
        if create is not None and number == len(items):
            items.append(_blank(rest, create))
        if number >= len(items):
            raise Misfit(f"the list has no item {number}")
        yield from _match(Slot(items, number), rest, create)
    elif _bracketed(step):
        yield from _match_items(node, step, rest, create)
    elif step == "*":
        for index in range(len(_items(node, step))):
            yield from _match(Slot(_items(node, step), index), rest, create)
    else:
        yield from _match_key(node, step, rest, create)


def _match_key(node: Node, step: str, rest: list[str], create: Node | None) -> Iterator[Slot]:
    if missing(node):
        return
    if not isinstance(node, Map):
        raise Misfit(f"`{step}` is a key of {kind_of(node)}")
    if step not in node:
        if create is None:
            return
        put(node, step, _blank(rest, create))
    if step in node:
        yield from _match(Slot(node, step), rest, create)


def _match_items(node: Node, step: str, rest: list[str], create: Node | None) -> Iterator[Slot]:
    key, wanted = _key_value(step)
    items = _items(node, step)
    matcher = pattern(wanted)
    fitting = [index for index, each in enumerate(items) if _item_matches(each, key, matcher)]
    if not fitting and create is not None:
        fresh: Node = text_node(wanted, create.at, "")
        if key:
            made = Map(create.at)
            made[key] = fresh
            fresh = made
        items.append(fresh)
        fitting = [len(items) - 1]
    for index in fitting:
        yield from _match(Slot(items, index), rest if key else [], create)


def _item_matches(node: Node, key: str, matcher: Any) -> bool:
    held = node if not key else node.get(key) if isinstance(node, Map) else None
    if not isinstance(held, Scalar):
        return False
    quote = held.style if held.style in ("'", '"') else ""
    return matcher.search(f"{quote}{held.text}{quote}") is not None


def _items(node: Node, step: str) -> Seq:
    if not isinstance(node, Seq):
        raise Misfit(f"`{step}` is an item of {kind_of(node)}")
    return node


def _blank(rest: list[str], create: Node) -> Node:
    """What is made for a step that is missing, by the step after it."""
    if rest:
        return Seq(create.at) if _bracketed(rest[0]) or (_number(rest[0]) or -1) >= 0 or rest[0] == "0" else Map(create.at)
    if isinstance(create, Scalar):
        return text_node("", create.at, "")
    return Map(create.at) if isinstance(create, Map) else Seq(create.at)


def _in_text(item: Resource, steps: Sequence[str], value: Node, create: Node | None) -> bool:
    """Whether a path led into a text that holds JSON, and the value was set there (Kustomize 5.8)."""
    holder: Holder = item.body
    for index in range(1, len(steps)):
        try:
            node = lookup(item.body, steps[:index])
        except Misfit:
            continue
        if not isinstance(node, Scalar) or missing(node):
            continue
        above = lookup(item.body, steps[: index - 1])
        if not isinstance(above, Map):
            return False
        holder = above
        text = node.text.strip()
        if not text.startswith(("{", "[")):
            if ":" in text and "\n" in text:
                raise Misfit("it leads into YAML inside a text, whose layout this builder does not keep; use --kustomize")
            return False
        return _in_json(Slot(holder, steps[index - 1]), steps[index:], value, create)
    return False


def _in_json(slot: Slot, steps: Sequence[str], value: Node, create: Node | None) -> bool:
    old = slot.value
    assert isinstance(old, Scalar)
    try:
        document = from_data(json.loads(old.text), old.at)
    except (ValueError, RecursionError):
        return False
    holder = Seq(old.at)
    holder.append(document)
    try:
        found = list(_match(Slot(holder, 0), list(steps), create))
    except (Misfit, ValueError):
        return False
    if not found:
        return False
    for each in found:
        each.set(_written(each.value, value, {}))
    data = plain_data(holder[0])
    if "\n" in old.text and "  " in old.text:
        text = _indented(data)
    else:
        text = go_json(data)
    old.become(text, old.tag, old.style, value.at)
    return True


def _indented(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, indent=2, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
