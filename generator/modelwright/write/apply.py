"""Carry out a plan, so that a run killed at any instant leaves whole files and nothing that points nowhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from errno import EXDEV

from modelwright.model import Mark
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.write.disk import Folder, Walker, ancestors
from modelwright.write.plan import ATTRIBUTES, Plan, early, failed
from modelwright.write.stage import Stage, missing

_KUSTOMIZATION = "kustomization.yaml"


@dataclass(frozen=True, slots=True)
class Written:
    """How many files were made, replaced and removed, and what went wrong (MW409)."""

    created: int = 0
    updated: int = 0
    pruned: int = 0
    problems: tuple[Problem, ...] = ()


def apply(plan: Plan, root: str | os.PathLike[str], jobs: int = 1) -> Written:
    """Write and remove what `plan` says below the overlays folder of the workspace at `root`.

    Each file is replaced at once, and a new folder is moved into place with all that is in it. What others name comes
    first: resources, then kustomizations from the base upwards; what is removed goes last and the other way round.
    Stops at the first thing the disk refuses; the next run goes on from there. A blocked plan writes nothing.
    What new folders hold is written by at most `jobs` processes.
    """
    if plan.blocked or (plan.empty and not plan.leftovers and not plan.hollow):
        return Written()
    counts = _Counts()
    try:
        with closing(Folder.opened(os.fspath(root))) as top:
            if plan.creates:
                top.make(plan.folder)
            with closing(top.folder(plan.folder)) as overlays, _alone(overlays):
                _carry_out(plan, overlays, counts, jobs)
    except OSError as error:
        return counts.written(failed("write", plan.folder, counts.path, error))
    except _Changed:
        return counts.written(_changed(plan.folder, counts.path))
    return counts.written()


class _Changed(Exception):
    """A file is not what it was when the plan was made."""


@dataclass(slots=True)
class _Counts:
    """What has been done so far, and the path at hand."""

    created: int = 0
    updated: int = 0
    pruned: int = 0
    path: str = ""

    def written(self, *problems: Problem) -> Written:
        return Written(self.created, self.updated, self.pruned, problems)


def _carry_out(plan: Plan, overlays: Folder, counts: _Counts, jobs: int) -> None:
    new = missing(plan.creates, plan.there) if overlays.fd is not None else {}
    with closing(Walker(overlays)) as walker, closing(Stage(overlays)) as stage:
        _remove(walker, plan.leftovers, counts)
        try:
            stage.fill(new, plan.creates, jobs)
        except OSError as error:
            counts.path = error.filename or ""
            raise
        first = early(plan.prunes, plan.creates)
        _prune(walker, plan, sorted(first, key=_last_first), counts)
        _remove_hollow(walker, [path for path in plan.hollow if _frees(path, plan)], counts)
        for path in _steps(plan, new):
            if path not in new:
                _write(walker, plan, path, counts)
            elif not _settled(walker, stage, path, counts):
                for each in sorted(new[path], key=_order):
                    _write(walker, plan, each, counts)
            else:
                counts.created += len(new[path])
        _prune(walker, plan, sorted(set(plan.prunes) - first, key=_last_first), counts)
        _remove_hollow(walker, plan.hollow, counts)


def _steps(plan: Plan, new: Mapping[str, Sequence[str]]) -> list[str]:
    """Files and new folders in the order in which they are put in place, a folder when the last of its files may be."""
    moved = {path for paths in new.values() for path in paths}
    steps = [(_order(path), path) for path in (*plan.creates, *plan.updates) if path not in moved]
    steps += [(max(map(_order, paths)), folder) for folder, paths in new.items()]
    return [path for _, path in sorted(steps)]


def _write(walker: Walker, plan: Plan, path: str, counts: _Counts) -> None:
    counts.path = path
    above, _, name = path.rpartition("/")
    folder = walker.to(above, make=True)
    if folder.identity(name) != plan.seen.get(path):
        raise _Changed
    if path in plan.creates:
        folder.write(name, _bytes(plan.creates[path]))
        counts.created += 1
    else:
        folder.write(name, _bytes(plan.updates[path]))
        counts.updated += 1


def _settled(walker: Walker, stage: Stage, path: str, counts: _Counts) -> bool:
    """Whether a new folder was moved into place; False where something else is mounted there."""
    counts.path = path
    above, _, name = path.rpartition("/")
    folder = walker.to(above, make=True)
    if folder.sort(name) is not None:
        raise _Changed
    try:
        stage.settle(path, folder, name)
    except OSError as error:
        if error.errno != EXDEV:
            raise
        return False
    return True


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _prune(walker: Walker, plan: Plan, paths: Iterable[str], counts: _Counts) -> None:
    for path in paths:
        counts.path = path
        above, _, name = path.rpartition("/")
        try:
            folder = walker.to(above)
        except FileNotFoundError:
            continue
        found = folder.identity(name)
        if found is not None and found != plan.seen.get(path):
            raise _Changed
        folder.remove(name)
        counts.pruned += 1


def _remove(walker: Walker, paths: Iterable[str], counts: _Counts) -> None:
    for path in paths:
        counts.path = path
        above, _, name = path.rpartition("/")
        walker.to(above).clear(name)


def _remove_hollow(walker: Walker, paths: Iterable[str], counts: _Counts) -> None:
    for path in paths:
        counts.path = path
        above, _, name = path.rpartition("/")
        try:
            walker.to(above).remove_folder(name)
        except FileNotFoundError:
            continue


def _frees(path: str, plan: Plan) -> bool:
    return path in plan.creates or any(above in plan.creates for above in ancestors(path))


def _order(path: str) -> tuple[int, bool, int, str]:
    """First the attributes, then resources, then kustomizations: bases first, deeper folders first.

    An overlay names its base, a project's folder names those of its components.
    """
    if path == ATTRIBUTES:
        return 0, False, 0, path
    if path.rpartition("/")[2] != _KUSTOMIZATION:
        return 1, False, 0, path
    return 2, not path.startswith("base/"), -path.count("/"), path


def _last_first(path: str) -> tuple[int, bool, int, str]:
    rank, late, depth, _ = _order(path)
    return -rank, not late, -depth, path


@contextmanager
def _alone(overlays: Folder) -> Iterator[None]:
    """Keep a second run out; the lock ends with the process, however it ends."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    if overlays.fd is None:
        yield
        return
    try:
        fcntl.flock(overlays.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BlockingIOError(error.errno, "another modelwright is writing here") from error
    except OSError:
        # Some network file systems have no locks: every file is still replaced at once.
        pass
    yield


def _changed(folder: str, path: str) -> Problem:
    message = f"`{folder}/{path}` changed while modelwright was at work: it is kept as it is"
    hint = "run the same command again"
    return Problem("MW409", message, Mark(f"{folder}/{path}", 1, 1, 1, 1), hint, "risk", level="error")
