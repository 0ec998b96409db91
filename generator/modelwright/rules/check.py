"""One check, compiled when its subject first occurs, and what it finds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import import_module

from modelwright.model import Path
from modelwright.problems import Effect
from modelwright.records import dataclass, field
from modelwright.typed import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from modelwright.rules.releases import Facts

Trail = tuple[Any, ...]
"""How a value was reached: `(trail of what holds it, key)`; empty at the root."""
Needs = tuple[tuple[str, ...], ...]
"""Paths of keys that all must be there."""
Row = tuple[Path, str, str] | tuple[Path, str, str, Effect]
"""What a function finds: a path below the subject, message, hint, and an effect where it is not the check's."""
PER_DOCUMENT = 5_000_000
"""What all comprehensions of one document's checks may cost."""
PER_CALL = 1_000_000
"""What one evaluation may cost, as in `cel`."""
LONGEST = 80
"""Characters of a value within a message."""


class Finding(NamedTuple):
    """A broken check."""

    code: str
    path: Path
    message: str
    hint: str
    effect: Effect
    check: str = ""
    """Which of the code's checks."""
    said: tuple[str, str] | None = None
    """Message and hint in the words of blueprints, where the check has them."""


class Asked(NamedTuple):
    """That an object refers to another, which is looked for among all that is judged together."""

    code: str
    path: Path
    check: str
    effect: Effect
    group: str
    kind: str
    namespace: str
    """Empty for kinds without namespace, and where the object that asks states none."""
    name: str
    key: str = ""
    """Of a Secret, ConfigMap and the like, what must be in it."""


class Spent(Exception):
    """All checks of a document together cost too much."""


@dataclass(slots=True)
class Run:
    """One document while its checks are asked; functions get it as their second argument."""

    object: Mapping[str, Any]
    api_version: str
    kind: str
    embedded: bool
    """Whether the kind is a custom one."""
    facts: Facts
    old: Mapping[str, Any] | None = None
    """The object before, where this is an update."""
    scope: dict[str, Any] = field(default_factory=dict)
    """Enclosing subjects by their names, such as `podSpec`; those that some expression reads."""
    found: list[Finding | Asked] = field(default_factory=list)
    left: int = PER_DOCUMENT
    cluster: dict[str, str] | None = None
    answers: dict[str, bool] = field(default_factory=dict)
    """Of conditions about the whole object: asked once, where some check comes to them."""

    def holds(self, conditions: Iterable[str]) -> bool:
        """Whether conditions about the whole object hold; False where it cannot be told."""
        for text in conditions:
            known = self.answers.get(text)
            if known is None:
                known = self.answers[text] = _true(expression(text), None, (), self)
            if not known:
                return False
        return True

    def lookup(self, name: str, trail: Trail) -> Any:
        """A variable's value. Raises KeyError where there is none."""
        if name == "object":
            return self.object
        if name == "key":
            return trail[1] if trail else ""
        if name == "embedded":
            return self.embedded
        if name == "cluster":
            if self.cluster is None:
                self.cluster = self.facts.as_cel()
            return self.cluster
        if name == "oldObject" and self.old is not None:
            return self.old
        if name == "oldSelf":
            return former(self, trail)
        return self.scope[name]


def former(run: Run, trail: Trail) -> Any:
    """What stood in the object before at the same place; items of a list that have names are found by name.

    Raises KeyError where nothing did.
    """
    new: Any = run.object
    old: Any = run.old
    for step in flat(trail):
        new = new[step]
        if isinstance(step, str) and isinstance(old, dict):
            old = old[step]
        elif isinstance(step, int) and isinstance(old, list):
            name = new.get("name") if isinstance(new, dict) else None
            same = [o for o in old if isinstance(o, dict) and o.get("name") == name] if name else old[step : step + 1]
            if not same:
                raise KeyError(step)
            old = same[0]
        else:
            raise KeyError(step)
    if old is None:
        raise KeyError
    return old


Ask = Callable[[Any, Trail, Run, Effect], None]
Function = Callable[[Any, Run], Iterable[Row]]


class Check:
    """One check of a code."""

    __slots__ = ("ask", "code", "effect", "embedded", "first", "free", "given", "id", "needs", "row")

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = row
        self.id: str = row["id"]
        self.code: str = row["code"]
        self.effect: Effect = row["effect"]
        self.embedded: bool | None = row.get("embedded")
        self.free: frozenset[str] = frozenset(row.get("free", ()))
        """What the verdict depends on besides the subject: enclosing subjects, `object`, `key`."""
        self.given: tuple[tuple[str, Needs], ...] = tuple(
            (text, tuple(tuple(keys) for keys in needs)) for text, needs in row.get("given", ())
        )
        """What must hold of the whole object, each with what must be there for that."""
        needs = [tuple(keys) for keys in row["needs"]]
        trigger = min(needs, key=_commonness, default=())
        self.first: str = trigger[0] if trigger else ""
        """The field that the check waits for; empty where it is always asked."""
        self.needs: Needs = tuple(n for n in needs if n != trigger or len(n) > 1)
        """What must be there besides."""
        self.ask: Ask = self._compile

    def _compile(self, value: Any, trail: Trail, run: Run, effect: Effect) -> None:
        self.ask = _compiled(self)
        self.ask(value, trail, run, effect)

    def tell(self, value: Any, trail: Trail, run: Run, effect: Effect, extra: Mapping[str, Any], at: Path) -> None:
        """Add the finding, its words made now. `extra`: `item` and `index`; `at`: where below the subject."""
        words = _Words(value, trail, run, extra)
        path = words.path(self.row["at"]) if "at" in self.row else at
        message = words.text(self.row["message"][0])
        hint = next(filter(None, map(words.advice, self.row.get("hint", ()))), "")
        said = None
        if "blueprint-message" in self.row:
            advice = next(filter(None, map(words.advice, self.row.get("blueprint-hint", ()))), "")
            said = words.text(self.row["blueprint-message"][0]), advice
        run.found.append(Finding(self.code, (*flat(trail), *path), message, hint, effect, self.id, said))


_COMMON = ("apiVersion", "kind", "metadata", "spec", "name", "namespace", "image", "containers", "template", "type")


def _commonness(needs: tuple[str, ...]) -> tuple[int, int]:
    """Rare fields first: what nearly every object has makes a poor trigger."""
    return (_COMMON.index(needs[0]) + 1 if needs[0] in _COMMON else 0, -len(needs))


def flat(trail: Trail) -> Path:
    """A trail as a path."""
    steps: list[Any] = []
    while trail:
        trail, step = trail
        steps.append(step)
    return tuple(reversed(steps))


def _compiled(check: Check) -> Ask:
    once = check.row.get("once")
    if once is None:
        return _asking(check)
    made: Ask | None = None

    def ask(value: Any, trail: Trail, run: Run, effect: Effect) -> None:
        nonlocal made
        if run.holds(once):
            if made is None:
                made = _asking(check)
            made(value, trail, run, effect)

    return ask


def _asking(check: Check) -> Ask:
    row = check.row
    if "function" in row:
        return _function(check)
    if "unique" in row:
        return _unique(check)
    if "refers" in row:
        return _refers(check)
    return _each(check) if "each" in row else _require(check)


def broken(row: Mapping[str, Any]) -> str:
    """The expression that is true where a check without `each` is broken."""
    turned = f"!({row['require']})"
    return f"({row['when']}) && {turned}" if "when" in row else turned


class Expression:
    """A compiled expression with the places of its variables. The packed file holds none that does not compile."""

    __slots__ = ("budget", "code", "frame", "metered", "slots", "us")

    def __init__(self, text: str) -> None:
        from modelwright.cel import DYN
        from modelwright.cel.access import UNSET
        from modelwright.cel.closures import Compiler
        from modelwright.cel.parser import parse
        from modelwright.cel.values import BudgetError
        from modelwright.rules.needs import comprehends, names

        tree = parse(text)
        compiler = Compiler(dict.fromkeys(names(tree), DYN), checked=True, minor=None, container="")
        self.code = compiler.compile(tree)[0]
        slots = dict(compiler.slots)
        self.us = slots.pop("self", 0)
        self.slots = tuple(slots.items())
        self.frame: list[Any] = [PER_CALL - compiler.cost, *[UNSET] * (compiler.size - 1)]
        self.metered = comprehends(tree)
        """Whether what it costs can be much."""
        self.budget = BudgetError

    def value(self, value: Any, trail: Trail, run: Run, extra: Mapping[str, Any] | None = None) -> Any:
        """What comes out. Raises EvalError, and Spent where the document has cost too much."""
        frame = self.frame.copy()
        if self.us:
            frame[self.us] = value
        for name, slot in self.slots:
            if extra is not None and name in extra:
                frame[slot] = extra[name]
            else:
                try:
                    frame[slot] = run.lookup(name, trail)
                except KeyError:
                    pass  # stays unset: an error where it is read
        if not self.metered:
            return self.code(frame)
        limit = frame[0] = min(run.left, PER_CALL)
        try:
            return self.code(frame)
        except self.budget:
            raise Spent from None
        finally:
            run.left -= limit - frame[0]


@lru_cache(maxsize=4096)
def expression(text: str) -> Expression:
    """An expression by its text, compiled once."""
    return Expression(text)


def _require(check: Check) -> Ask:
    from modelwright.cel.values import EvalError

    evaluate = expression(broken(check.row)).value

    def ask(value: Any, trail: Trail, run: Run, effect: Effect) -> None:
        try:
            wrong = evaluate(value, trail, run) is True
        except EvalError:
            return
        if wrong:
            check.tell(value, trail, run, effect, {}, ())

    return ask


def _true(made: Expression, value: Any, trail: Trail, run: Run, extra: Mapping[str, Any] | None = None) -> bool:
    from modelwright.cel.values import EvalError

    try:
        return made.value(value, trail, run, extra) is True
    except EvalError:
        return False


class Condition:
    """Something that holds of a whole object or does not."""

    __slots__ = ("_expression", "_needs", "text")

    def __init__(self, text: str, needs: Needs) -> None:
        self.text = text
        self._needs = needs
        self._expression: Expression | None = None

    def holds(self, run: Run) -> bool:
        """Whether it does; False where it cannot be told."""
        if self._needs and not has(run.object, self._needs):
            return False
        if self._expression is None:
            self._expression = expression(self.text)
        return _true(self._expression, run.object, (), run)


def has(value: Any, needs: Needs) -> bool:
    """Whether all paths are there."""
    for keys in needs:
        inner = value
        for key in keys:
            if type(inner) is list and key in inner:
                break  # `'a' in self.list`
            if type(inner) is not dict or key not in inner:
                return False
            inner = inner[key]
    return True


def _each(check: Check) -> Ask:
    from modelwright.cel.values import EvalError

    row = check.row
    when = expression(row["when"]) if "when" in row else None
    items, broken = expression(row["each"]), expression(f"!({row['require']})")

    def ask(value: Any, trail: Trail, run: Run, effect: Effect) -> None:
        if when is not None and not _true(when, value, trail, run):
            return
        try:
            found = items.value(value, trail, run)
        except EvalError:
            return
        for index, item in _pairs(found):
            extra = {"item": item, "index": index}
            if _true(broken, value, trail, run, extra):
                check.tell(value, trail, run, effect, extra, ())

    return ask


def _pairs(found: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(found, dict):
        yield from found.items()
    elif isinstance(found, list):
        yield from enumerate(found)


_ABSENT: Any = object()


def _unique(check: Check) -> Ask:
    row = check.row
    when = expression(row["when"]) if "when" in row else None
    above, keys = tuple(row["unique"]["list"]), row["unique"]["by"]
    defaults = [(key[0], key[1] if len(key) > 1 else _ABSENT) for key in keys]

    def ask(value: Any, trail: Trail, run: Run, effect: Effect) -> None:
        items = value
        for step in above:
            items = items.get(step) if isinstance(items, dict) else None
        if not isinstance(items, list) or len(items) < 2:
            return
        if when is not None and not _true(when, value, trail, run):
            return
        seen = set()
        for index, item in enumerate(items):
            name = _identity(item, defaults)
            if name is None:
                continue
            if name in seen:
                here: Path = (*above, index)
                check.tell(value, trail, run, effect, {"item": item, "index": index}, here + tuple(k for k, _ in defaults[:1]))
            seen.add(name)

    return ask


def referring(row: Mapping[str, Any]) -> str:
    """The expression that is true where a check with `refers` refers to something."""
    name = f"({row['refers']['name']}) != ''"
    return f"({row['when']}) && {name}" if "when" in row else name


def _refers(check: Check) -> Ask:
    from modelwright.cel.values import EvalError

    row = check.row
    says = row["refers"]
    refers = expression(referring(row))
    texts = [expression(says[key]) if key in says else None for key in ("name", "namespace", "key")]
    fixed = None if any(isinstance(part, dict) for part in says["kind"]) else group_kind("".join(says["kind"]))
    at = tuple(row.get("at", ()))

    def ask(value: Any, trail: Trail, run: Run, effect: Effect) -> None:
        if not _true(refers, value, trail, run):
            return
        words = _Words(value, trail, run, {})
        try:
            name, namespace, key = (text and text.value(value, trail, run) for text in texts)
        except EvalError:
            return
        if namespace is None:
            metadata = run.object.get("metadata")
            namespace = metadata.get("namespace", "") if isinstance(metadata, dict) else ""
        key = "" if key is None else key
        if not (isinstance(name, str) and isinstance(namespace, str) and isinstance(key, str)):
            return
        group, kind = fixed or group_kind(words.text(says["kind"]))
        path = words.path(at)
        run.found.append(Asked(check.code, (*flat(trail), *path), check.id, effect, group, kind, namespace, name, key))

    return ask


@lru_cache(maxsize=1024)
def group_kind(text: str) -> tuple[str, str]:
    """The group and kind of `Kind`, `v1/Kind`, `group/Kind` or `group/version/Kind`."""
    *above, kind = text.split("/")
    group = above[0] if above and not (len(above) == 1 and _VERSION(above[0])) else ""
    return group, kind


_VERSION = re.compile(r"v[0-9][a-z0-9]*").fullmatch


def _identity(item: Any, keys: list[tuple[str, Any]]) -> Any:
    """What must differ; None where the item lacks some of it."""
    if not keys:
        return item if type(item) is str else json.dumps(item, sort_keys=True, default=str)
    if not isinstance(item, dict):
        return None
    # An empty text is as good as none where there is a default.
    found = tuple(item.get(key, default) or (item.get(key) if default is _ABSENT else default) for key, default in keys)
    if _ABSENT in found:
        return None
    return tuple((type(each).__name__, each) if not isinstance(each, (dict, list)) else repr(each) for each in found)


def named(name: str) -> Any:
    """What a rule file names, `package.module:name`."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def function(name: str) -> Function:
    """The Python function of a check."""
    found: Function = named(name)
    return found


def _function(check: Check) -> Ask:
    row = check.row
    call = function(row["function"])
    when = expression(row["when"]) if "when" in row else None

    def ask(value: Any, trail: Trail, run: Run, effect: Effect) -> None:
        if when is not None and not _true(when, value, trail, run):
            return
        for path, message, hint, *other in call(value, run):
            run.found.append(
                Finding(check.code, (*flat(trail), *path), message, hint, other[0] if other else effect, check.id)
            )

    return ask


@dataclass(slots=True)
class _Words:
    """Makes the texts of a finding."""

    value: Any
    trail: Trail
    run: Run
    extra: Mapping[str, Any]

    def key(self, cel: str) -> str | int:
        made = self._made(cel)
        return made if isinstance(made, int) and not isinstance(made, bool) else told(made)

    def path(self, parts: Iterable[Any]) -> Path:
        return tuple(self.key(part["cel"]) if isinstance(part, dict) else part for part in parts)

    def text(self, parts: list[Any]) -> str:
        """The text; nothing for a hole that has no value."""
        return "".join(told(self._made(part["cel"])) if isinstance(part, dict) else part for part in parts)

    def advice(self, parts: list[Any]) -> str:
        """The text; none of it where a hole has no value or an empty one."""
        made = [self._made(part["cel"]) if isinstance(part, dict) else part for part in parts]
        return "" if None in made or "" in made else "".join(map(_plain, made))

    def _made(self, cel: str) -> Any:
        from modelwright.cel.values import EvalError

        try:
            return expression(cel).value(self.value, self.trail, self.run, self.extra)
        except EvalError:
            return None


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else told(value)


def told(value: Any) -> str:
    """A value within a text, short; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value if value else '""'
    elif isinstance(value, list) and all(not isinstance(each, (list, dict)) for each in value):
        text = ", ".join(told(each) for each in value[:12])
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
