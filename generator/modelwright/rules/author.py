"""The rule files as people write them: `targets/<name>/rules/*.yaml`.

    MW650:
      title: ...                # the page: see `manual`
      effect: rejected
      what: ...
      why: ...
      wrong: |                  # a blueprint or a manifest
      right: |
      release: {kserve: "0.17"} # for which `wrong` and `right` are judged
      source: ...
      checks:
        - subject: ContainerPort     # see `steps`; one or a list
          where: {kubernetes: ">=1.30"}
          embedded: false       # not in custom kinds; true: only there
          when: has(self.name)
          require: self.name.size() <= 15
          at: name
          message: ...
          hint: ...

A check has `require`, `unique`, `function` or `refers`, and may have `each`: `docs/writing-rules.md` tells. `_target.yaml` beside
them says which groups are the target's, and where its kinds embed core types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, cast

from modelwright.problems import SEVERITY, Effect
from modelwright.records import dataclass

FOLDER = Path(__file__).resolve().parents[1] / "targets"
HEAD = "_target.yaml"
PAGE = ("title", "effect", "what", "why", "wrong", "right", "release", "source", "checks")
CHECK = (
    "subject",
    "where",
    "embedded",
    "when",
    "each",
    "require",
    "unique",
    "function",
    "refers",
    "needs",
    "at",
    "message",
    "hint",
    "blueprint",
    "effect",
)
WHERE = ("kubernetes", "kserve", "openDataHub", "pipelines", "distribution")
EMBED = ("subject", "types", "effect")
WAYS = ("require", "unique", "function", "refers")
REFERS = ("kind", "name", "namespace", "key")


class RuleFileError(ValueError):
    """What is wrong with a rule file, and where."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file: its codes, each with its page and checks."""

    target: str
    name: str
    codes: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class TargetRules:
    """All rules of one target."""

    name: str
    groups: tuple[str, ...]
    """API groups whose kinds a bare name means; none where it means core types."""
    where: Any = None
    """For which clusters its checks hold, as of a check."""
    names: Mapping[str, Any] = field(default_factory=dict)
    """What `$name` stands for in its checks: a list of words, or an expression."""
    embeds: tuple[Mapping[str, Any], ...] = ()
    admission: Mapping[str, str] = field(default_factory=dict)
    """Kind -> the function that does to it what a mutating webhook does: see `judge.admission`."""
    files: tuple[RuleFile, ...] = field(default=())


Authored = tuple[TargetRules, str, str, int, Mapping[str, Any], Effect]
"""A check with its target, file, code, index among the checks of its code in that file, and effect."""


def authored(folder: Path = FOLDER) -> tuple[TargetRules, ...]:
    """Every target's rules, in order of names. Raises RuleFileError."""
    found = []
    for place in sorted(folder.glob("*/rules")):
        if any(place.glob("*.yaml")):
            found.append(_target(place))
    return tuple(found)


def pages(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Code -> its page, with its `checks`, and with its target's `where`. Raises RuleFileError."""
    made: dict[str, dict[str, Any]] = {}
    for target in authored(folder):
        for file in target.files:
            for code, entry in file.codes.items():
                if "title" in entry:
                    made[code] = {**entry, "where": target.where, "checks": list(entry.get("checks") or ())}
    return made


def _target(place: Path) -> TargetRules:
    head = _read(place / HEAD) if (place / HEAD).is_file() else {}
    _only(head, ("groups", "where", "names", "embeds", "admission"), f"{place.parent.name}/{HEAD}")
    _where(head.get("where"), f"{place.parent.name}/{HEAD}")
    embeds = tuple(head.get("embeds") or ())
    for embed in embeds:
        _only(embed, EMBED, f"{place.parent.name}/{HEAD}")
    files = []
    for path in sorted(place.glob("*.yaml")):
        if path.name != HEAD:
            codes = _read(path)
            for code, entry in codes.items():
                _checked(code, entry, f"{place.parent.name}/{path.name}")
            files.append(RuleFile(place.parent.name, path.stem, codes))
    names, admission = head.get("names") or {}, head.get("admission") or {}
    groups = tuple(head.get("groups") or ())
    return TargetRules(place.parent.name, groups, head.get("where"), names, embeds, admission, tuple(files))


def _read(path: Path) -> Mapping[str, Any]:
    from modelwright.yamlio import read

    documents, problems = read(path.read_text(encoding="utf-8"), path.name)
    if problems or len(documents) != 1 or not isinstance(documents[0], dict):
        raise RuleFileError(f"{path}: {problems[0].message if problems else 'one document, a map, is needed'}")
    return documents[0]


def _only(entry: Any, known: tuple[str, ...], where: str) -> None:
    if not isinstance(entry, Mapping):
        raise RuleFileError(f"{where}: a map is needed, not {entry!r}")
    for key in entry:
        if key not in known:
            raise RuleFileError(f"{where}: `{key}` is not known here, only {', '.join(known)}")


def _where(said: Any, at: str) -> None:
    for each in said if isinstance(said, list) else [said or {}]:
        _only(each, WHERE, at)


def _checked(code: str, entry: Any, file: str) -> None:
    where = f"{file}: {code}"
    _only(entry, PAGE, where)
    if "title" in entry and entry.get("effect") not in SEVERITY:
        raise RuleFileError(f"{where}: `effect` is one of {', '.join(SEVERITY)}")
    if "title" not in entry and "effect" in entry:
        raise RuleFileError(f"{where}: a page has a `title`; checks for a page elsewhere name their own effect")
    for index, check in enumerate(entry.get("checks") or ()):
        at = f"{where}, check {index + 1}"
        _only(check, CHECK, at)
        _where(check.get("where"), at)
        if not check.get("subject"):
            raise RuleFileError(f"{at}: `subject` says what it is about")
        if sum(way in check for way in WAYS) != 1:
            raise RuleFileError(f"{at}: one of `require`, `unique`, `function` and `refers` is needed")
        if "refers" in check:
            _refers(check["refers"], at)
        _only(check.get("blueprint") or {}, ("message", "hint"), at)
        if "function" not in check and "refers" not in check and not check.get("message"):
            raise RuleFileError(f"{at}: `message` says what is wrong")


def _refers(said: Any, at: str) -> None:
    _only(said, REFERS, at)
    if not said.get("kind") or not said.get("name"):
        raise RuleFileError(f"{at}: `refers` has a `kind` and a `name`")


def checks(folder: Path = FOLDER) -> Iterator[Authored]:
    """Every check. Raises RuleFileError."""
    effects: dict[str, Effect] = {}
    targets = authored(folder)
    for target in targets:
        for file in target.files:
            effects.update({code: entry["effect"] for code, entry in file.codes.items() if "title" in entry})
    for target in targets:
        for file in target.files:
            for code, entry in file.codes.items():
                for index, check in enumerate(entry.get("checks") or ()):
                    yield target, file.name, code, index, check, _effect(code, check, effects)


def _effect(code: str, check: Mapping[str, Any], effects: Mapping[str, Effect]) -> Effect:
    stated = check.get("effect") or effects.get(code)
    if stated is None:
        from modelwright.manual import written

        stated = written().get(code, {}).get("effect")
    if stated not in SEVERITY:
        raise RuleFileError(f"{code}: a check needs an effect where its page is not in a rule file")
    return cast("Effect", stated)
