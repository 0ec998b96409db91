"""Git's objects as bytes: ids and trees, computed without a repository.

Formats: gitformat-pack(5) and "Git Internals - Git Objects" of the Git book. An id is the SHA-1 of
`<kind> <size>\\0<content>`; a tree's content is `<mode> <name>\\0<20 bytes of id>` per entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1

Id = bytes
"""An object id: 20 bytes."""
Entry = tuple[bytes, Id]
"""Mode in octal digits, as Git writes it, and id."""

FILE, FOLDER = b"100644", b"40000"


def is_file(entry: Entry) -> bool:
    """A regular file, executable or not; a link (120000) and a submodule (160000) are none."""
    return entry[0].startswith(b"100")


def is_folder(entry: Entry) -> bool:
    return entry[0].lstrip(b"0") == FOLDER


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
    named = [(name.encode(errors="surrogateescape"), entry) for name, entry in entries.items()]
    named.sort(key=lambda item: item[0] + b"/" if is_folder(item[1]) else item[0])
    return b"".join(b"%b %b\0%b" % (mode, name, oid) for name, (mode, oid) in named)


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
    nested: dict[str, list[tuple[str, Id]]] = {}
    plain: dict[str, Id] = {}
    for path, oid in files.items():
        first, slash, rest = path.partition("/")
        if slash:
            nested.setdefault(first, []).append((rest, oid))
        else:
            plain[first] = oid
    below = {name: folder(dict(inner)) for name, inner in nested.items()}
    entries: dict[str, Entry] = {name: (FILE, oid) for name, oid in plain.items()}
    entries.update((name, (FOLDER, inner.oid)) for name, inner in below.items())
    count = len(plain) + sum(inner.count for inner in below.values())
    return Folder(object_id(b"tree", packed(entries)), plain, below, count)
