"""What names an object in a build (kyaml/resid), and which selectors and patterns choose one."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from modelwright.records import dataclass

NO_NAMESPACE = "_non_namespaceable_"
"""What kustomize notes as the namespace of an object that has none."""


@dataclass(frozen=True, slots=True)
class Gvk:
    """Group, version and kind; empty parts of a selector choose anything."""

    group: str = ""
    version: str = ""
    kind: str = ""

    def chosen_by(self, selector: Gvk) -> bool:
        """Whether a selector's stated parts are ours."""
        return (
            (not selector.group or selector.group == self.group)
            and (not selector.version or selector.version == self.version)
            and (not selector.kind or selector.kind == self.kind)
        )

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


ANY = Gvk()
"""Chooses every kind."""


def gvk_of(api_version: str, kind: str) -> Gvk:
    """The group is what is before the first slash."""
    group, slash, version = api_version.partition("/")
    return Gvk(group, version, kind) if slash else Gvk("", api_version, kind)


@dataclass(frozen=True, slots=True)
class Id:
    """An object's name in a build. Equal where `key` is: no namespace is the namespace `default`."""

    gvk: Gvk
    name: str
    namespace: str
    cluster: bool = False
    """Whether the kind is known to live outside every namespace."""

    @property
    def effective(self) -> str:
        """The namespace that counts (kyaml `EffectiveNamespace`)."""
        if self.cluster:
            return NO_NAMESPACE
        return self.namespace or "default"

    @property
    def key(self) -> tuple[Gvk, str, str]:
        return self.gvk, self.name, self.effective

    def __str__(self) -> str:
        where = f" in namespace {self.namespace}" if self.namespace and self.namespace != NO_NAMESPACE else ""
        return f"{self.gvk.kind} {self.name} ({self.gvk.api_version}){where}"


@lru_cache(maxsize=1024)
def pattern(text: str) -> Any:
    """A regular expression in linear time, in Go's syntax (RE2). Raises ValueError."""
    import re2

    if len(text) > 2_000:
        raise ValueError("the expression is too long")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 8 << 20
    try:
        return re2.compile(text, options)
    except (re2.error, UnicodeError) as error:
        words = error.args[0] if error.args else "it cannot be read"
        raise ValueError(words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)) from None


@dataclass(frozen=True, slots=True)
class Selector:
    """A patch's or replacement's target: each stated part is a whole-text pattern (api/types/selector.go)."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    labels: str = ""
    annotations: str = ""

    @property
    def nameless(self) -> bool:
        """Whether no part of an id is stated."""
        return not (self.group or self.version or self.kind or self.name or self.namespace)

    def fits_gvk(self, gvk: Gvk) -> bool:
        return _fits(self.group, gvk.group) and _fits(self.version, gvk.version) and _fits(self.kind, gvk.kind)

    def fits_name(self, name: str) -> bool:
        return _fits(self.name, name)

    def fits_namespace(self, namespace: str) -> bool:
        return _fits(self.namespace, namespace)

    def check(self) -> None:
        """Raises ValueError where a pattern cannot be read."""
        for part in (self.group, self.version, self.kind, self.name, self.namespace):
            if part:
                pattern(f"^(?:{part})$")


def _fits(wanted: str, text: str) -> bool:
    return not wanted or pattern(f"^(?:{wanted})$").search(text) is not None
