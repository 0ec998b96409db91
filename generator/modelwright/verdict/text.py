"""A view as a page for a terminal, plain and in the order in which one asks at night."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from modelwright.report.locate import safe
from modelwright.verdict import Change, Choice, Origin, Thing, View
from modelwright.verdict.pod import Container, Pod

WIDEST = 48
"""Characters of a value in a table."""
WIDTH = 112
"""Characters of a line, where it can be parted."""


def render(view: View) -> str:
    """The whole page."""
    return "\n".join(line.rstrip() for line in _lines(view)) + "\n"


def _lines(view: View) -> Iterator[str]:
    yield safe(f"{view.kind} {view.name} in {view.environment}")
    versions = ", ".join(f"{title} {number}" for title, number in view.versions.items())
    yield from _facts(
        ("project", f"{view.project}, namespace {view.namespace}"),
        ("cluster", f"{view.cluster}: {versions}"),
        ("serves", view.wish),
    )
    yield ""
    yield from _state(view)
    if view.choice is not None:
        yield ""
        yield from _runtime(view.choice)
    main, others = view.things[:1], view.things[1:]
    if view.pod is not None:
        yield ""
        yield from _pod(view.pod)
    for thing in main:
        yield ""
        yield from _admission(thing.changes)
    if others:
        yield ""
        yield "Beside it"
        yield from (safe(f"  {thing.kind} {thing.name}") for thing in others)
    for thing in main:
        yield ""
        yield safe(f"{thing.kind} {thing.name}, word by word")
        yield from _table(thing, view)


def _facts(*rows: tuple[str, str]) -> Iterator[str]:
    for name, text in rows:
        if text:
            yield f"  {name:9} {safe(text)}"


def _state(view: View) -> Iterator[str]:
    stopping = [each for each in view.problems if each.severity == "error"]
    others = len(view.problems) - len(stopping)
    if not view.problems:
        yield "Nothing is known that keeps it from running." if view.things else "It makes nothing here."
        return
    yield "What keeps it from running" if stopping else f"{others} remark{'' if others == 1 else 's'}"
    for problem in (*stopping, *(each for each in view.problems if each not in stopping)):
        yield f"  {problem.code} {safe(problem.message)}"
        if problem.hint:
            yield f"        {safe(problem.hint)}"


def _runtime(choice: Choice) -> Iterator[str]:
    yield safe(f"Runtime: {choice.chosen or 'none'}")
    yield f"  {safe(choice.why)}"
    if choice.fix:
        yield f"  {safe(choice.fix)}"
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, reasons in choice.others:
        alike.setdefault(reasons, []).append(name)
    # What misses by one thing alone comes first, what most have in common last.
    for reasons, names in sorted(alike.items(), key=lambda each: (len(each[1]) > 1, len(each[0]))):
        yield from _wrapped(f"not {', '.join(names)}: it {'; '.join(reasons)}", "  ", "    ")


def _pod(pod: Pod) -> Iterator[str]:
    yield "Pod"
    for container in pod.containers:
        yield from _container(container)
    yield from _facts(
        ("files", pod.files),
        ("account", pod.account),
        ("nodes", ", ".join(pod.placement)),
        ("scale", pod.scaling),
        ("address", pod.address),
    )


def _container(container: Container) -> Iterator[str]:
    said = f" ({container.image_from})" if container.image_from and container.image else ""
    yield safe(f"  {container.name}: {container.image or 'image not known here'}{said}")
    if container.command:
        yield from _wrapped(" ".join(container.command), "    command  ", " " * 13)
    for label, separator, rows in (("args", " ", container.args), ("env", ", ", container.env)):
        for who, words in _by(rows):
            yield from _wrapped(f"{separator.join(words)} ({who})", f"    {label:8} ", " " * 13)
            label = ""
    if not container.requests and not container.limits:
        yield "    requests nothing"
    for label, amounts in (("requests", container.requests), ("limits", container.limits)):
        if amounts:
            yield safe(f"    {label:8} {', '.join(f'{name} {amount}' for name, amount, _ in amounts)} ({_who(who for *_, who in amounts)})")


def _wrapped(text: str, first: str, later: str) -> list[str]:
    from textwrap import wrap

    return wrap(safe(text), WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False)


def _by(rows: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for word, who in rows:
        found.setdefault(who, []).append(word)
    return list(found.items())


def _who(names: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(names))


def _admission(changes: tuple[Change, ...]) -> Iterator[str]:
    if not changes:
        yield "At admission nothing changes, as far as is known."
        return
    yield "At admission"
    for change in changes:
        if change.before is None:
            yield f"  adds      {change.path}: {_short(change.after)}"
        elif change.after is None:
            yield f"  drops     {change.path}: {_short(change.before)}"
        else:
            yield f"  rewrites  {change.path}: {_short(change.before)} becomes {_short(change.after)}"


def _table(thing: Thing, view: View) -> Iterator[str]:
    rows = [(value.path, _short(value.value), _from(value.origin, view)) for value in thing.values]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    for path, value, origin in rows:
        yield f"  {path:{widths[0]}}  {value:{widths[1]}}  {origin}"


def _from(origin: Origin, view: View) -> str:
    if origin.kind == "modelwright":
        return "modelwright's template"
    if origin.kind == "admission":
        return "admission"
    own = (origin.kind, origin.name) == (view.kind, view.name)
    who = f", {origin.kind} {origin.name}" if origin.name and not own else ""
    return safe(f"{origin.file}:{origin.line}{who}")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, list) and value:
        text = " ".join(map(str, value))
    text = safe(text)
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."
