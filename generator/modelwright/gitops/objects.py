"""Git's objects as bytes: ids and trees, computed without a repository.

Formats: gitformat-pack(5) and "Git Internals - Git Objects" of the Git book. An id is the SHA-1 of
`<kind> <size>\\0<content>`; a tree's content is `<mode> <name>\\0<20 bytes of id>` per entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha1

from modelwright.records import dataclass

Id = bytes
"""An object id: 20 bytes."""
Entry = tuple[bytes, Id]
"""Mode in octal digits, as Git writes it, and id."""

Read = Callable[[Id], bytes]
"""Gives an object's content."""
Write = Callable[[bytes], Id]
"""Stores a tree's content."""

FILE, FOLDER = b"100644", b"40000"


def is_file(entry: Entry) -> bool:
    """A regular file, executable or not; a link (120000) and a submodule (160000) are none."""
    return entry[0].startswith(b"100")


def is_folder(entry: Entry) -> bool:
    return entry[0].endswith(FOLDER)  # old tools wrote 040000


def object_id(kind: bytes, content: bytes) -> Id:
    """The id Git gives to this content. SHA-1 is Git's choice, and guards nothing here."""
    return sha1(b"%b %d\0%b" % (kind, len(content), content), usedforsecurity=False).digest()


def parsed(tree: bytes) -> dict[str, Entry]:
    """Name -> entry of a tree's content."""
    entries: dict[str, Entry] = {}
    at = 0
    while at < len(tree):
        space = tree.index(b" ", at)
        end = tree.index(b"\0", space)
        entries[tree[space + 1 : end].decode(errors="surrogateescape")] = (tree[at:space], tree[end + 1 : end + 21])
        at = end + 21
    return entries


def packed(entries: Mapping[str, Entry]) -> bytes:
    """A tree's content, in Git's order: folders sort as if their names ended in a slash."""
    return _joined([_row(mode, name, oid) for name, (mode, oid) in entries.items()])


def _row(mode: bytes, name: str, oid: Id) -> tuple[bytes, bytes]:
    """What an entry is sorted by, and what is written of it."""
    raw = name.encode(errors="surrogateescape")
    return (raw + b"/" if mode.endswith(FOLDER) else raw), b"%b %b\0%b" % (mode, raw, oid)


def _joined(rows: list[tuple[bytes, bytes]]) -> bytes:
    rows.sort()
    return b"".join([row for _, row in rows])


@dataclass(frozen=True, slots=True)
class Folder:
    """A wanted folder, its id known before anything is written."""

    oid: Id
    files: Mapping[str, Id]
    folders: Mapping[str, Folder]
    count: int
    """Files in it and below."""


def folder(files: Mapping[str, Id]) -> Folder:
    """The folder that holds these files, by their paths."""
    plain: dict[str, dict[str, Id]] = {"": {}}
    for path, oid in files.items():
        above, _, name = path.rpartition("/")
        inside = plain.get(above)
        if inside is None:
            inside = plain[above] = {}
            while above:
                above = above.rpartition("/")[0]
                if above in plain:
                    break
                plain[above] = {}
        inside[name] = oid
    below: dict[str, dict[str, Folder]] = {path: {} for path in plain}
    # Backwards, a folder comes after all that is in it.
    for path in sorted(plain, reverse=True):
        made = _folder(plain[path], below[path])
        if path:
            above, _, name = path.rpartition("/")
            below[above][name] = made
    return made


def _folder(files: Mapping[str, Id], folders: Mapping[str, Folder]) -> Folder:
    rows = [_row(FILE, name, oid) for name, oid in files.items()]
    rows += [_row(FOLDER, name, inner.oid) for name, inner in folders.items()]
    count = len(files) + sum(inner.count for inner in folders.values())
    return Folder(object_id(b"tree", _joined(rows)), files, folders, count)


def grafted(read: Read, write: Write, root: Id | None, changes: Mapping[str, Id | None]) -> Id:
    """The tree `root` with files put (path -> blob) or taken away (path -> None); all else stays, byte for byte.

    Folders left without an entry vanish, as they cannot exist in Git.
    """
    return _graft(read, write, root, changes) or write(b"")


def _graft(read: Read, write: Write, old: Id | None, changes: Mapping[str, Id | None]) -> Id | None:
    from modelwright.gitops.objects import FILE

    entries = parsed(read(old)) if old else {}
    nested: dict[str, dict[str, Id | None]] = {}
    for path, oid in changes.items():
        first, slash, rest = path.partition("/")
        if slash:
            nested.setdefault(first, {})[rest] = oid
        elif oid is None:
            entries.pop(first, None)
    for name, inner in nested.items():
        entry = entries.pop(name, None)
        made = _graft(read, write, entry[1] if entry and is_folder(entry) else None, inner)
        if made is not None:
            entries[name] = (FOLDER, made)
        elif entry is not None and not is_folder(entry):
            entries[name] = entry
    entries.update((path, (FILE, oid)) for path, oid in changes.items() if oid is not None and "/" not in path)
    return write(packed(entries)) if entries else None
