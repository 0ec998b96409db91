"""The functions an expression may call: one file per library, each function beside its signatures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib import import_module

from modelwright.cel.types import Type, signature
from modelwright.records import dataclass
from modelwright.typed import Any, TypeVar

Function = Callable[..., Any]
F = TypeVar("F", bound=Function)
NEVER = 1_000
"""The minor of a library Kubernetes does not have."""
_FILES = {
    "operators": "_+_ _-_ _*_ _/_ _%_ -_",
    "standard": "size startsWith endsWith contains matches dyn type",
    "conversions": "bool bytes double duration int string timestamp uint",
    "times": (
        "getFullYear getMonth getDayOfYear getDayOfMonth getDate getDayOfWeek getHours getMinutes "
        "getSeconds getMilliseconds"
    ),
    "optionals": (
        "optional.of optional.none hasValue orValue or optional.ofNonZeroValue value unwrapOpt "
        "optional.unwrap first last"
    ),
    "strings": (
        "lowerAscii upperAscii trim reverse charAt indexOf lastIndexOf substring replace split join "
        "strings.quote"
    ),
    "formatting": "format",
    "plainformat": "format",
    "lists": "isSorted min max sum indexOf lastIndexOf slice flatten sort lists.range reverse distinct",
    "sets": "sets.contains sets.intersects sets.equivalent",
    "regex": "find findAll",
    "math": (
        "math.greatest math.least math.ceil math.floor math.round math.trunc math.isInf math.isNaN "
        "math.isFinite math.abs math.sign math.sqrt math.bitAnd math.bitOr math.bitXor math.bitNot "
        "math.bitShiftLeft math.bitShiftRight"
    ),
    "encoders": "base64.encode base64.decode",
    "quantities": (
        "quantity isQuantity sign isGreaterThan isLessThan compareTo asApproximateFloat isInteger "
        "asInteger add sub"
    ),
    "network": (
        "ip cidr isIP isCIDR ip.isCanonical string family isUnspecified isLoopback isLinkLocalMulticast "
        "isLinkLocalUnicast isGlobalUnicast prefixLength masked containsIP containsCIDR"
    ),
    "url": "url isURL getScheme getHost getHostname getPort getEscapedPath getQuery",
    "semver": "semver isSemver compareTo isGreaterThan isLessThan major minor patch",
    "formats": (
        "format.dns1123Label format.dns1123Subdomain format.dns1035Label format.qualifiedName "
        "format.dns1123LabelPrefix format.dns1123SubdomainPrefix format.dns1035LabelPrefix "
        "format.labelValue format.uri format.uuid format.byte format.date format.datetime format.named "
        "validate"
    ),
    "advice": "closest",
}
"""File -> the functions it declares: most expressions need few files. The order is that of their overloads."""


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature of a function."""

    member: bool
    params: tuple[Type, ...]
    result: Type
    call: Function
    cost: Callable[..., int] | None
    """From the arguments what a call costs, where that is more than 1."""
    since: int
    """The minor of Kubernetes that knows it."""


_table: dict[str, dict[str, list[Overload]]] = {}
"""File -> function -> its overloads there, of files that were needed."""


def function(
    name: str,
    *signatures: str,
    member: bool = False,
    cost: Callable[..., int] | None = None,
    since: int = 0,
) -> Callable[[F], F]:
    """Declare a function with its signatures, such as `string -> int`."""
    file = _table.setdefault(_caller(), {})

    def declare(call: F) -> F:
        for text in signatures:
            params, result = signature(text)
            file.setdefault(name, []).append(Overload(member, params, result, call, cost, since))
        return call

    return declare


def _caller() -> str:
    """The file that declares a function."""
    frame = sys._getframe(1)
    while frame.f_globals["__name__"] == __name__ and frame.f_back:
        frame = frame.f_back
    return str(frame.f_globals["__name__"]).rpartition(".")[2]


def method(
    name: str, *signatures: str, cost: Callable[..., int] | None = None, since: int = 0
) -> Callable[[F], F]:
    """As `function`, for `target.name(args)`; the target is the first parameter."""
    return function(name, *signatures, member=True, cost=cost, since=since)


class Functions(Mapping[str, list[Overload]]):
    """Every function: name -> its overloads. A file is read when one of its functions is asked for."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}
        for file, names in _FILES.items():
            for name in names.split():
                self._files.setdefault(name, []).append(file)
        self._found: dict[str, list[Overload]] = {}

    def __getitem__(self, name: str) -> list[Overload]:
        found = self._found.get(name)
        if found is None:
            found = []
            for file in self._files[name]:
                import_module(f"{__name__}.{file}")
                found += _table[file][name]
            self._found[name] = found
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


@lru_cache(maxsize=1)
def functions() -> Functions:
    """Every function."""
    return Functions()


def tenth(size: int) -> int:
    """The cost of walking through so many characters (cel-go `common/cost.go`: 0.1 each, rounded up)."""
    return -(-size // 10)
