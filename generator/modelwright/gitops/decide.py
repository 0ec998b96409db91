"""What a publish would change in a branch, decided before anything is written.

The rules are those of write/plan.py, for a tree in Git instead of a folder on disk. Folders whose id is the wanted
one are not looked into: the cost is that of what differs.
"""

from __future__ import annotations

from dataclasses import field

from modelwright.gitops.objects import FILE, Entry, Folder, Id, Read, is_file, is_folder, parsed
from modelwright.gitops.troubles import problem
from modelwright.gitops.wanted import Wanted
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.write.ownership import DISPOSABLE, Verdict, body_of, header_of, verdict
from modelwright.write.plan import OTHER_KUSTOMIZATIONS

_KUSTOMIZATION = "kustomization.yaml"
_MARK = b"# modelwright "
_GLANCE = 4096
_DEPTH = 40
"""Nothing we write is 40 folders deep."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to change, in paths below the overlays folder."""

    creates: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()
    prunes: tuple[str, ...] = ()
    unchanged: int = 0
    edited: tuple[str, ...] = ()
    """Files that somebody changed and that are therefore kept."""
    problems: tuple[Problem, ...] = ()
    blocked: bool = False
    """True when nothing may be written."""

    @property
    def empty(self) -> bool:
        return not (self.creates or self.updates or self.prunes)


def decide(
    read: Read, old: Id | None, wanted: Wanted, where: str, *, force: bool = False, allow_empty: bool = False
) -> Decision:
    """Compare the wanted files with the tree `old` (None: there is none). `where` names its folder in messages.

    MW420 edited by hand, MW421 in the way, MW422 nothing left.
    """
    job = _Job(read, wanted, where, force)
    job.folder("", old, wanted.root, 0)
    return job.result(allow_empty)


@dataclass(slots=True)
class _Job:
    """Gathers the decisions while the trees are walked side by side."""

    read: Read
    wanted: Wanted
    where: str
    force: bool
    creates: list[str] = field(default_factory=list)
    updates: list[str] = field(default_factory=list)
    prunes: list[str] = field(default_factory=list)
    first: set[str] = field(default_factory=set)
    """Files to prune whatever else is kept: they stand where a folder or file must be."""
    edited: list[str] = field(default_factory=list)
    strangers: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    blocked: bool = False
    unchanged: int = 0
    foreign_trees: set[Id] = field(default_factory=set)
    """Trees in which nothing bears a header: looked into once, however often they occur."""

    def folder(self, path: str, old: Id | None, new: Folder | None, depth: int) -> bool:
        """Decide on everything in a folder; says whether something of the old one that is not wanted stays."""
        if new is not None and old == new.oid:
            self.unchanged += new.count
            return False
        if depth >= _DEPTH or (new is None and old in self.foreign_trees):
            return True
        entries = parsed(self.read(old)) if old else {}
        pruned, edited, stays = len(self.prunes), len(self.edited), False
        names = sorted({*entries, *new.files, *new.folders}) if new else sorted(entries)
        for name in names:
            below = f"{path}/{name}" if path else name
            entry = entries.get(name)
            if new is not None and name in new.files:
                self.file(below, entry, new.files[name], depth)
            elif new is not None and name in new.folders:
                self.wanted_folder(below, entry, new.folders[name], depth)
            elif entry is not None:
                stays |= self.unwanted(below, entry, new, depth)
        if new is None and old and stays and len(self.prunes) == pruned and len(self.edited) == edited:
            self.foreign_trees.add(old)
        return stays

    def file(self, path: str, entry: Entry | None, oid: Id, depth: int) -> None:
        """A file that is wanted here."""
        if entry is None:
            self.creates.append(path)
        elif is_folder(entry):
            before = len(self.prunes)
            if self.folder(path, entry[1], None, depth + 1):
                self.in_the_way(path, "is a folder with other files in it")
            self.first.update(self.prunes[before:])
            self.creates.append(path)
        elif not is_file(entry):
            self.in_the_way(path, "is a link or a submodule")
        elif entry == (FILE, oid):
            self.unchanged += 1
        elif entry[1] == oid:
            self.updates.append(path)
        else:
            self.changed(path, _text(self.read(entry[1])))

    def changed(self, path: str, text: str) -> None:
        whose = verdict(path, text, self.wanted.workspace)
        if self.may_go(whose) or self.says_the_same(path, text):
            self.updates.append(path)
        elif whose == "edited":
            owner = self.wanted.owners[path]
            hint = f"move the change to the blueprint ({owner}), or give it up with `--force`"
            self.keep(path, "was edited by hand: it is kept as it is", hint)
        else:
            self.foreign(path, text)

    def says_the_same(self, path: str, text: str) -> bool:
        """Only the header is missing or out of date; another workspace keeps its file."""
        header = header_of(text)
        mine = header is None or header.workspace == self.wanted.workspace
        return mine and body_of(text) == body_of(self.wanted.text(path))

    def wanted_folder(self, path: str, entry: Entry | None, new: Folder, depth: int) -> None:
        if entry is None:
            self.folder(path, None, new, depth + 1)
        elif is_folder(entry):
            self.folder(path, entry[1], new, depth + 1)
        elif not is_file(entry):
            self.in_the_way(path, "is a link or a submodule")
        else:
            text = _text(self.read(entry[1]))
            whose = verdict(path, text, self.wanted.workspace)
            if self.may_go(whose):
                self.prunes.append(path)
                self.first.add(path)
                self.folder(path, None, new, depth + 1)
            elif whose == "edited":
                self.blocked = True
                self.keep(path, "was edited by hand, and a folder must be there", "let it go with `--force`")
            else:
                self.foreign(path, text)

    def unwanted(self, path: str, entry: Entry, new: Folder | None, depth: int) -> bool:
        """Something that no blueprint makes; says whether it stays."""
        if is_folder(entry):
            return self.folder(path, entry[1], None, depth + 1)
        if not is_file(entry):
            return True
        content = self.read(entry[1])
        if _MARK in content[:_GLANCE]:
            whose = verdict(path, _text(content), self.wanted.workspace)
            if self.may_go(whose):
                self.prunes.append(path)
                return False
            if whose == "edited":
                hint = "delete it, remove its first line to make it your own, or let it go with `--force`"
                self.keep(path, "was edited by hand, and no blueprint makes it any more: it is kept as it is", hint)
        name = path.rpartition("/")[2]
        if new is not None and name in OTHER_KUSTOMIZATIONS and _KUSTOMIZATION in new.files:
            what = f"stands beside our `{_KUSTOMIZATION}`, and Kustomize refuses a folder with both"
            self.in_the_way(path, what)
        return True

    def may_go(self, whose: Verdict) -> bool:
        return whose in DISPOSABLE or (whose == "edited" and self.force)

    def keep(self, path: str, what: str, hint: str) -> None:
        self.edited.append(path)
        self.problems.append(problem("MW420", f"`{self.where}{path}` {what}", hint))

    def foreign(self, path: str, text: str) -> None:
        header = header_of(text)
        if header is not None and header.workspace != self.wanted.workspace:
            self.strangers.setdefault(header.workspace, []).append(path)
            self.blocked = True
        else:
            self.in_the_way(path, "was not written by modelwright")

    def in_the_way(self, path: str, what: str) -> None:
        self.blocked = True
        hint = "move or rename it there, or publish to another folder with `--path`; nothing was changed"
        self.problems.append(problem("MW421", f"`{(self.where + path).rstrip('/')}` {what}, and is in the way", hint))

    def result(self, allow_empty: bool) -> Decision:
        for workspace, paths in sorted(self.strangers.items()):
            many = len(paths) > 1
            count = f"{len(paths)} files" if many else "a file"
            what = f"{count} to be written below `{self.where}` belong{'' if many else 's'} to workspace `{workspace}`"
            self.problems.append(problem("MW421", what, "give each workspace a folder of its own with `--path`"))
        if self.prunes and not self.wanted.bodies and not allow_empty:
            self.blocked = True
            count = f"{len(self.prunes)} file{'s' if len(self.prunes) > 1 else ''}"
            what = f"the blueprints make no file, but `{self.where}` holds {count} published earlier"
            hint = "if all of them shall go, run the same command with `--allow-empty`"
            self.problems.append(problem("MW422", what, hint))
        prunes = self.prunes
        if any(path.rpartition("/")[2] == _KUSTOMIZATION for path in self.edited):
            # A kept kustomization may name any of them, and would no longer build without it.
            prunes = [path for path in prunes if path in self.first]
        return Decision(
            tuple(self.creates),
            tuple(self.updates),
            tuple(prunes),
            self.unchanged,
            tuple(self.edited),
            tuple(self.problems),
            self.blocked,
        )


def _text(content: bytes) -> str:
    return content.decode(errors="surrogateescape")
