"""What a compile would change below the overlays folder, decided before anything is written."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import field

from modelwright.model import Mark
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.write.disk import Entry, Folder, Identity, OSErrorAt, Walk, ancestors, is_temporary, walk
from modelwright.write.ownership import DISPOSABLE, Verdict, body_of, header_of, normalised, stamp, verdict

OVERLAYS = "overlays"
ATTRIBUTES = ".gitattributes"
ATTRIBUTES_BODY = "* text eol=lf -merge linguist-generated\n"
"""LF in every checkout; on a merge conflict one side stays whole and no markers are put in (gitattributes(5):
an unset `merge` keeps the current branch's version); hosts fold the files away in a review."""

STALE_LIMIT = 20
_GLANCE = 4096
_KUSTOMIZATION = "kustomization.yaml"
OTHER_KUSTOMIZATIONS = ("kustomization.yml", "Kustomization")
"""Kustomize refuses a folder with two of its three names (kustomize, api/konfig/general.go)."""


class Stamped(Mapping[str, str]):
    """Bodies of new files, each with its header: made when asked for, which only writing does, and not always here."""

    __slots__ = ("_bodies", "_owners", "_workspace")

    def __init__(self, bodies: Mapping[str, str], owners: Mapping[str, str], workspace: str) -> None:
        self._bodies = bodies
        self._owners = owners
        self._workspace = workspace

    def __getitem__(self, path: str) -> str:
        return stamp(path, self._owners[path], self._workspace, self._bodies[path])

    def __contains__(self, path: object) -> bool:
        return path in self._bodies

    def __iter__(self) -> Iterator[str]:
        return iter(self._bodies)

    def __len__(self) -> int:
        return len(self._bodies)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, in paths below the overlays folder; `creates` and `updates` hold whole file texts."""

    creates: Mapping[str, str] = field(default_factory=dict)
    updates: Mapping[str, str] = field(default_factory=dict)
    unchanged: tuple[str, ...] = ()
    prunes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    edited: tuple[str, ...] = ()
    """Files that somebody changed and that are therefore kept."""
    blocked: bool = False
    """True when nothing may be written: a part of the tree would be missing or go astray."""
    folder: str = OVERLAYS
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    """Whose the files in `updates` and `prunes` are."""
    seen: Mapping[str, Identity] = field(default_factory=dict)
    """Which version of the files in `updates` and `prunes` was judged."""
    leftovers: tuple[str, ...] = ()
    """Temporary files and folders of killed runs."""
    there: frozenset[str] = frozenset()
    """Folders that are on disk already, of those that were looked at."""
    hollow: tuple[str, ...] = ()
    """Folders that will hold no file any more, the deepest first."""
    unadded: tuple[str, ...] = ()
    """Files that belong to the tree and are on disk, but that Git does not track (where that was asked for)."""

    @property
    def empty(self) -> bool:
        """True when there is nothing to write or to remove that Git would see."""
        return not (self.creates or self.updates or self.prunes)


def plan(
    root: str | os.PathLike[str],
    files: Mapping[str, str],
    owners: Mapping[str, str],
    workspace: str,
    *,
    force: bool = False,
    allow_empty: bool = False,
    scope: Collection[str] | None = None,
    tracked: Collection[str] | None = None,
    folder: str = OVERLAYS,
) -> Plan:
    """Compare `files` (path below the overlays folder -> body without header) with what is on disk.

    `root` is the workspace's folder; `owners` gives the owner of each path, such as `Model/fraud-detector`.
    `force` also overwrites edited files, `allow_empty` lets the last file go. With `scope` (paths of folders
    or files below the overlays folder) everything outside it is left as it is, in `files` and on disk. With
    `tracked` (all files of the workspace that Git tracks) other files that stand in nobody's way are left alone,
    and those that belong to the tree are `unadded`.

    MW401 edited, MW402 in the way, MW404 symlink, MW408 empty output, MW409 cannot be read. Raises
    ValueError when `files` itself is wrong: paths are made by us, never by a person.
    """
    _check(files, owners, workspace)
    within = Walk.of(None if scope is None else frozenset(scope))
    wanted = dict(files) if scope is None else {path: body for path, body in files.items() if within.covers(path)}
    whose = dict(owners)
    if wanted and ATTRIBUTES not in wanted:
        wanted[ATTRIBUTES] = ATTRIBUTES_BODY
        whose[ATTRIBUTES] = f"Workspace/{workspace}"
    job = _Job(wanted, whose, workspace, force, within, folder, tracked)
    try:
        top = Folder.opened(os.fspath(root))
    except OSError as error:
        job.unreadable("", error)
        return job.result(allow_empty)
    with closing(top):
        job.look(top)
    return job.result(allow_empty)


def stale(plan: Plan) -> tuple[Problem, ...]:
    """What `check` says about a tree that `compile` would change: MW403 for each file, at most twenty."""
    found = [
        *((path, "is missing") for path in plan.creates),
        *((path, "is not added to Git") for path in plan.unadded if path not in plan.updates),
        *((path, _STALE.get(plan.verdicts.get(path, "ours"), "is out of date")) for path in plan.updates),
        *((path, "is no longer made by any blueprint") for path in plan.prunes),
    ]
    found.sort()
    problems = [
        _problem("MW403", plan.folder, path, f"`{plan.folder}/{path}` {what}", _COMPILE)
        for path, what in found[:STALE_LIMIT]
    ]
    rest = len(found) - STALE_LIMIT
    if rest > 0:
        message = f"{rest} more file{'s' if rest > 1 else ''} below `{plan.folder}/` not up to date"
        problems.append(_problem("MW403", plan.folder, "", message, _COMPILE))
    return tuple(problems)


_COMPILE = "run `modelwright compile` and commit the result"
_STALE: dict[Verdict, str] = {"conflicted": "holds an unresolved merge conflict"}


@dataclass(slots=True)
class _Job:
    """Gathers the decisions while the tree is walked once."""

    wanted: dict[str, str]
    owners: Mapping[str, str]
    workspace: str
    force: bool
    within: Walk
    folder: str
    tracked: Collection[str] | None = None
    updates: dict[str, str] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    prunes: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    seen: dict[str, Identity] = field(default_factory=dict)
    leftovers: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    staying: list[str] = field(default_factory=list)
    strangers: dict[str, list[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    blocked: bool = False
    needed: set[str] = field(default_factory=set)
    """Folders that must be folders, for the wanted files are below them."""

    def look(self, root: Folder) -> None:
        self.needed = set(_above(self.wanted))
        try:
            sort = root.sort(self.folder)
            if sort is None:
                return
            if sort == "link":
                self.linked("")
                return
            if sort != "folder":
                self.in_the_way("", "is not a folder", "move it away: this is where the overlays are written")
                return
            top = root.folder(self.folder)
        except OSError as error:
            self.unreadable("", error)
            return
        with closing(top):
            for entry in walk(top, self.within):
                if isinstance(entry, OSErrorAt):
                    self.staying.append(entry.path + "/*")
                    self.unreadable(entry.path, entry.error)
                elif entry.sort == "folder" and is_temporary(entry.name):
                    if self.within.covers(entry.path):
                        self.leftovers.append(entry.path)
                elif entry.sort == "folder":
                    if self.within.enters(entry.path) or entry.path in self.wanted:
                        self.folders.append(entry.path)
                elif not self.meets(entry):
                    self.staying.append(entry.path)
                elif entry.sort == "link":
                    self.staying.append(entry.path)
                    self.linked(entry.path)
                elif entry.sort == "odd":
                    self.odd(entry.path)
                elif is_temporary(entry.name):
                    self.leftovers.append(entry.path)
                else:
                    self.file(entry)

    def meets(self, entry: Entry) -> bool:
        """In scope; the attributes file is written whatever the scope, and so is what stands in our way."""
        path = entry.path
        known = self.within.covers(path) and (self.has(path) or is_temporary(entry.name))
        return known or path in self.wanted or path in self.needed

    def has(self, path: str) -> bool:
        """Whether Git tracks the file, as far as that matters."""
        return self.tracked is None or f"{self.folder}/{path}" in self.tracked

    def odd(self, path: str) -> None:
        self.staying.append(path)
        if path in self.wanted or path in self.needed:
            self.in_the_way(path, "is not a regular file", "move it away: this is where an overlay is written")

    def file(self, entry: Entry) -> None:
        path = entry.path
        body = self.wanted.get(path)
        try:
            if body is not None:
                self.wanted_file(entry, stamp(path, self.owners[path], self.workspace, body))
            elif b"# modelwright " in entry.folder.begins(entry.name, _GLANCE):
                text = _text(entry.folder.read(entry.name))
                self.unwanted_file(entry, text, verdict(path, text, self.workspace))
            else:
                self.foreign(path, None)
        except OSError as error:
            self.staying.append(path)
            self.unreadable(path, error)

    def wanted_file(self, entry: Entry, new: str) -> None:
        """A file that we are about to write, and that is there already."""
        path = entry.path
        raw = entry.folder.read(entry.name)
        if raw == new.encode(errors="surrogateescape"):
            self.unchanged.append(path)
            return
        text = _text(raw)
        if normalised(text) == new:
            self.unchanged.append(path)
            return
        whose = verdict(path, text, self.workspace)
        if whose in DISPOSABLE or (whose == "edited" and self.force) or self.says_the_same(text, new):
            self.updates[path] = new
            self.verdicts[path] = whose
            self.remember(entry)
        elif whose == "edited":
            self.keep(path, text, new)
        else:
            self.foreign(path, text)

    def unwanted_file(self, entry: Entry, text: str, whose: Verdict) -> None:
        """A file that bears a header of ours, and that no blueprint makes."""
        path = entry.path
        if whose in DISPOSABLE or (whose == "edited" and self.force):
            self.prunes.append(path)
            self.verdicts[path] = whose
            self.remember(entry)
        elif whose == "edited":
            self.keep(path, text, None)
        else:
            self.foreign(path, text)

    def says_the_same(self, text: str, new: str) -> bool:
        """Equal but for a header that is missing or out of date; another workspace keeps its file."""
        header = header_of(text)
        return (header is None or header.workspace == self.workspace) and body_of(text) == body_of(new)

    def remember(self, entry: Entry) -> None:
        identity = entry.folder.identity(entry.name)
        if identity is not None:
            self.seen[entry.path] = identity

    def keep(self, path: str, text: str, new: str | None) -> None:
        self.edited.append(path)
        self.staying.append(path)
        named = f"`{self.folder}/{path}`"
        if new is None:
            message = f"{named} was edited by hand, and no blueprint makes it any more: it is kept as it is"
            hint = "delete it, remove its first line to make it your own, or let it go with `--force`"
            self.problems.append(_problem("MW401", self.folder, path, message, hint))
        else:
            message = f"{named} was edited by hand: it is kept as it is"
            owner = self.owners[path]
            hint = f"move the change to the blueprint ({owner}), or give it up with `--force`"
            line = _first_difference(body_of(text), body_of(new))
            self.problems.append(_problem("MW401", self.folder, path, message, hint, line))
            self.blocked = self.blocked or path in self.needed

    def foreign(self, path: str, text: str | None) -> None:
        self.staying.append(path)
        name = path.rpartition("/")[2]
        twin = path.removesuffix(name) + _KUSTOMIZATION
        if path in self.wanted or path in self.needed:
            header = header_of(text) if text is not None else None
            if header is not None and header.workspace != self.workspace:
                self.strangers.setdefault(header.workspace, []).append(path)
                self.blocked = True
            else:
                what = "was not written by modelwright, and an overlay has to be written here"
                hint = "move or rename it; nothing was changed"
                if path == ATTRIBUTES:
                    hint = f"move its lines to a `{ATTRIBUTES}` outside `{self.folder}/`; nothing was changed"
                self.in_the_way(path, what, hint)
        elif name in OTHER_KUSTOMIZATIONS and twin in self.wanted:
            what = f"stands beside our `{_KUSTOMIZATION}`, and Kustomize refuses a folder with both"
            self.in_the_way(path, what, "move it to a folder of its own")

    def in_the_way(self, path: str, what: str, hint: str) -> None:
        self.blocked = True
        self.problems.append(_problem("MW402", self.folder, path, f"`{_named(self.folder, path)}` {what}", hint))

    def linked(self, path: str) -> None:
        self.blocked = True
        message = f"`{_named(self.folder, path)}` is a symbolic link: writing through it could change other files"
        hint = "replace it with a plain file or folder; nothing was changed"
        self.problems.append(_problem("MW404", self.folder, path, message, hint))

    def unreadable(self, path: str, error: OSError) -> None:
        self.blocked = True
        self.problems.append(failed("read", self.folder, path, error))

    def result(self, allow_empty: bool) -> Plan:
        """The decisions as a plan, once everything has been seen."""
        there = {*self.unchanged, *self.updates, *self.staying}
        creates = Stamped(
            {path: body for path, body in sorted(self.wanted.items()) if path not in there}, self.owners, self.workspace
        )
        self._folders_in_the_way(creates)
        self._strangers()
        if self.prunes and not self.wanted and not allow_empty:
            self.blocked = True
            message = f"the blueprints make no file, but `{self.folder}/` holds {len(self.prunes)} made earlier"
            hint = "if all of them shall go, run the same command with `--allow-empty`"
            self.problems.append(_problem("MW408", self.folder, "", message, hint))
        prunes = self.prunes
        if any(path.rpartition("/")[2] == _KUSTOMIZATION for path in self.edited):
            # A kept kustomization may name any of them, and would no longer build without it.
            must = early(prunes, creates)
            prunes = [path for path in prunes if path in must]
        held = set(_above([*there, *creates, *(set(self.prunes) - set(prunes))]))
        hollow = [path for path in self.folders if path not in held]
        return Plan(
            creates,
            self.updates,
            tuple(self.unchanged),
            tuple(prunes),
            tuple(self.problems),
            tuple(self.edited),
            self.blocked,
            self.folder,
            self.verdicts,
            self.seen,
            tuple(self.leftovers),
            frozenset(self.folders),
            tuple(sorted(hollow, key=lambda path: (-path.count("/"), path))),
            tuple(path for path in sorted([*self.unchanged, *self.updates]) if not self.has(path)),
        )

    def _folders_in_the_way(self, creates: Mapping[str, str]) -> None:
        """A folder at the path of a file is no hindrance when all that is in it goes away."""
        lasting = set(_above(self.staying))
        for path in self.folders:
            if path in creates and path in lasting:
                what = "is a folder with other files in it, and an overlay has to be written here"
                self.in_the_way(path, what, "move or rename it; nothing was changed")

    def _strangers(self) -> None:
        for workspace, paths in sorted(self.strangers.items()):
            count = f"{len(paths)} files" if len(paths) > 1 else "a file"
            message = f"{count} to be written here belong{'' if len(paths) > 1 else 's'} to workspace `{workspace}`"
            hint = (
                f"was the workspace renamed to `{self.workspace}`? then delete `{self.folder}/` and compile again; "
                "else give each workspace a folder of its own"
            )
            self.problems.append(_problem("MW402", self.folder, paths[0], message, hint))


def early(prunes: Collection[str], creates: Mapping[str, str]) -> set[str]:
    """Files that must go first: one stands where a folder has to be, or in a folder where a file has to be."""
    if not prunes:
        return set()
    needed = set(_above(creates))
    return {path for path in prunes if path in needed or any(above in creates for above in ancestors(path))}


def failed(verb: str, folder: str, path: str, error: OSError) -> Problem:
    """MW409: the disk refuses."""
    import errno

    why = (error.strerror or type(error).__name__).lower()
    hints = {
        errno.ENOSPC: "free some disk space and run the same command again: no file is left half written",
        errno.EDQUOT: "free some disk space and run the same command again: no file is left half written",
        errno.EACCES: "check the permissions and the owner of the file and of its folder",
        errno.EPERM: "check the permissions and the owner of the file and of its folder",
        errno.EROFS: "the disk is mounted read-only",
    }
    hint = hints.get(error.errno or 0, "run the same command again: no file is left half written")
    return _problem("MW409", folder, path, f"cannot {verb} `{_named(folder, path)}`: {why}", hint)


def _problem(code: str, folder: str, path: str, message: str, hint: str, line: int = 1) -> Problem:
    place = Mark(_named(folder, path), line, 1, line, 1)
    return Problem(code, message, place, hint, "risk", level="error")


def _named(folder: str, path: str) -> str:
    whole = f"{folder}/{path}" if path else folder
    return os.fsencode(whole).decode(errors="backslashreplace")


def _text(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")


def _first_difference(old: str, new: str) -> int:
    """The line of the file (header is line 1) where the bodies part."""
    for number, (mine, theirs) in enumerate(zip(old.split("\n"), new.split("\n"), strict=False), 2):
        if mine != theirs:
            return number
    return min(old.count("\n"), new.count("\n")) + 2


def _above(paths: Iterable[str]) -> Iterator[str]:
    """All folders above the paths, each once."""
    known: set[str] = set()
    for path in paths:
        above = path.rpartition("/")[0]
        while above and above not in known:
            known.add(above)
            yield above
            above = above.rpartition("/")[0]


def _check(files: Mapping[str, str], owners: Mapping[str, str], workspace: str) -> None:
    folders = set(_above(files))
    # Each folder is looked at once: most hold more than one file.
    sound = {folder for folder in folders if _plain(folder)}
    for path in files:
        above, slash, name = path.rpartition("/")
        if not _plain(name) or (slash and above not in sound) or path in folders:
            raise ValueError(f"not a path below the overlays folder: {path!r}")
        if path not in owners:
            raise ValueError(f"no owner for {path!r}")
    stamp("", "Workspace", workspace, "")


def _plain(path: str) -> bool:
    if not path.isprintable() or "\\" in path or (os.name == "nt" and ":" in path):
        return False
    return all(part not in ("", ".", "..", ".git") and not is_temporary(part) for part in path.split("/"))
