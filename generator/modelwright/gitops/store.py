"""What publishing needs of a repository, wherever it is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

import pygit2
from pygit2.enums import ObjectType

from modelwright.gitops.objects import Id, is_folder, parsed
from modelwright.gitops.troubles import Refused, diagnosed, problem
from modelwright.records import dataclass


class Store(Protocol):
    """A repository with branches to move."""

    repository: pygit2.Repository
    name: str

    def default_branch(self) -> str: ...
    def turn(self) -> AbstractContextManager[None]: ...
    def tip(self, branch: str) -> pygit2.Oid | None: ...
    def move(self, branch: str, old: pygit2.Oid | None, new: pygit2.Oid) -> None: ...
    def failed(self, error: Exception) -> Exception: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Objects:
    """The repository's objects, by their 20 bytes."""

    repository: pygit2.Repository

    def read(self, oid: Id) -> bytes:
        return self.repository.read(pygit2.Oid(raw=oid))[1]

    def write_tree(self, content: bytes) -> Id:
        return self._write(ObjectType.TREE, content)

    def write_blob(self, content: bytes) -> Id:
        return self._write(ObjectType.BLOB, content)

    def _write(self, kind: ObjectType, content: bytes) -> Id:
        try:
            return self.repository.write(kind, content).raw
        except (OSError, pygit2.GitError) as error:
            raise diagnosed(error, self.repository.path, content) from error


def within(objects: Objects, root: Id | None, folder: str) -> Id | None:
    """The tree of the overlays folder, where there is one. Raises Refused (MW421) for a file or link in its place."""
    at = root
    walked: list[str] = []
    for part in folder.split("/") if folder else ():
        if at is None:
            return None
        walked.append(part)
        entry = parsed(objects.read(at)).get(part)
        if entry is not None and not is_folder(entry):
            what = f"`{'/'.join(walked)}` is not a folder, and the overlays are to be written below it"
            raise Refused(problem("MW421", what, "move it away there, or publish to another folder with `--path`"))
        at = entry[1] if entry else None
    return at
