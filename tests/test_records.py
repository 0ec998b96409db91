"""Our `dataclass` is told apart from the standard one by nothing but its speed."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any

import pytest

from modelwright import records

Make = Callable[..., Any]


def classes(make: Make) -> list[type]:
    @make(frozen=True, slots=True)
    class Plain:
        """Documented."""

        a: int
        b: str = "x"
        c: list[int] = field(default_factory=list, compare=False)
        d: Any = field(default=None, repr=False, hash=False)

        @property
        def twice(self) -> int:
            return 2 * self.a

    @make(slots=True)
    class Open:
        a: int
        b: dict[str, int] = field(default_factory=dict)
        c: int = 3
        d: int = 4

    @make(frozen=True, slots=True, eq=False)
    class Same:
        a: int
        b: int = 0
        c: int = 0
        d: int = 0

    @make(frozen=True, slots=True, order=True)
    class Ordered:
        a: int
        b: int = 0
        c: int = 0
        d: int = 0

    @make(frozen=True, slots=True)
    class Checked:
        a: int
        b: int = 0
        c: int = 0
        d: int = 0

        def __post_init__(self) -> None:
            if self.a < 0:
                raise ValueError("negative")

    @make(frozen=True, slots=True)
    class Named:
        a: int
        b: int = field(default=1, kw_only=True)
        c: int = 0
        d: int = 0

    class Base:
        __slots__ = ()

    @make(frozen=True, slots=True)
    class Child(Base):
        a: int
        b: int = 0
        c: int = 0
        d: int = 0

    @make(frozen=True, slots=True)
    class Grandchild(Plain):
        e: int = 5

    return [Plain, Open, Same, Ordered, Checked, Named, Child, Grandchild]


PAIRS = list(zip(classes(records.dataclass), classes(dataclasses.dataclass), strict=True))
IDS = [ours.__name__ for ours, _ in PAIRS]
Ours, Other = PAIRS[0]


def outcome(work: Callable[[], Any]) -> Any:
    """What came out, or what was raised, for comparison between classes of one name."""
    try:
        return work()
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize(("ours", "standard"), PAIRS, ids=IDS)
def test_as_the_standard_one(ours: type, standard: type) -> None:
    def told(kind: Any) -> list[Any]:
        one, same, other = kind(1, d=2), kind(1, d=2), kind(2)
        return [
            repr(one), one == same, one != other, one == (1,), one.__eq__(1) is NotImplemented,
            outcome(lambda: hash(one) == hash(same)), outcome(lambda: one < other), outcome(lambda: len({one, same, other})),
            [(f.name, f.type, f.repr, f.compare, f.hash, f.kw_only) for f in dataclasses.fields(kind)],
            dataclasses.is_dataclass(one), dataclasses.asdict(one), dataclasses.replace(one, a=7).a,
            kind.__slots__, kind.__match_args__, str(inspect.signature(kind)), kind.__name__, kind.__qualname__,
            outcome(lambda: setattr(one, "a", 3)), outcome(lambda: delattr(one, "a")),
            outcome(lambda: kind()), outcome(lambda: kind(1, 2, 3, 4, 5, 6, 7)), outcome(lambda: kind(1, z=2)),
            outcome(lambda: repr(kind(-1))),
            copy.copy(other).a, copy.deepcopy(other) == other, hasattr(one, "__dict__"),
        ]  # fmt: skip

    assert told(ours) == told(standard)


def test_defaults_are_made_for_each() -> None:
    one, other = Ours(1), Ours(1)
    one.c.append(4)
    assert other.c == [] and Ours(1, "y", [5]).c == [5] and one.twice == 2 and Ours.__doc__ == "Documented."
    match one:
        case Ours(a, "x"):
            assert a == 1
        case _:
            raise AssertionError


@records.dataclass(frozen=True, slots=True)
class Travels:
    """Found by its name, as pickle wants it."""

    a: int
    b: tuple[int, ...] = ()
    c: Travels | None = None


def test_it_travels_between_processes() -> None:
    one = Travels(1, (2,), Travels(3))
    assert pickle.loads(pickle.dumps(one)) == one and pickle.loads(pickle.dumps(one)).c.a == 3
    assert copy.copy(one).c is one.c


def test_what_refuses_a_change_says_so_in_time() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Travels(1).a = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        Travels(1).z = 2  # type: ignore[attr-defined]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del Travels(1).a  # type: ignore[misc]


def test_what_makes_an_object_is_compiled_when_it_is_asked() -> None:
    @records.dataclass(frozen=True, slots=True)
    class Pair:
        a: int
        b: int = 2

    class Named(Pair):
        name = "pair"

    assert not inspect.isfunction(Pair.__dict__["__init__"])
    assert Named(1).b == 2 and Pair(1) == Pair(1, 2)
    assert inspect.isfunction(Pair.__dict__["__init__"]) and "__init__" not in Named.__dict__
    with pytest.raises(TypeError, match=r"Pair.__init__\(\) missing 1 required positional argument: 'a'"):
        Pair()  # type: ignore[call-arg]
