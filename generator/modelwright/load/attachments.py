"""Files that blueprints name: manifests to carry along, sealed secrets, CRDs, pipelines. They are no blueprints.

A name is relative to the folder of the blueprint that says it and leads to that folder or below; `*` stands for
any part of a file's or folder's name.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from modelwright.load import language
from modelwright.load.keys import KEYS
from modelwright.load.language import Schema
from modelwright.model import Document, Path, Source
from modelwright.problems import Problem, closest

_BLUEPRINT = re.compile(r"^[\"']?apiVersion[\"']?\s*:\s*[\"']?modelwright/", re.MULTILINE)


def split(sources: Sequence[Source]) -> tuple[tuple[Source, ...], dict[str, str], tuple[Problem, ...]]:
    """The sources that are blueprints; path -> text of those that blueprints name; and MW225 and MW226 for
    names that lead to no such file."""
    others = {s.path: s.text for s in sources if not _BLUEPRINT.search(s.text)}
    blueprints = {s.path: s.text for s in sources if s.path not in others}
    attached: dict[str, str] = {}
    problems: list[Problem] = []
    for source in sources:
        if source.path in others or not _may_name_files(source.text):
            continue
        for document, path, name in _named(source):
            found = matching(source.path, name, others)
            attached.update((each, others[each]) for each in found)
            if found or not path:
                continue
            if matching(source.path, name, blueprints):
                hint = "name files of plain manifests; blueprints are compiled wherever they are"
                problems.append(Problem("MW226", f"`{name}` holds blueprints", document.place(path), hint))
            else:
                near = {posixpath.relpath(each, posixpath.dirname(source.path) or "."): each for each in others}
                meant = closest(name, [n for n in near if not n.startswith("..")])
                if meant:  # set aside too: one mistake, told once
                    attached[near[meant]] = others[near[meant]]
                hint = f"did you mean `{meant}`?" if meant else "write it, or remove its name"
                problems.append(Problem("MW225", f"there is no file `{name}`", document.place(path), hint))
    return tuple(s for s in sources if s.path not in attached), attached, tuple(problems)


def matching(file: str, name: str, files: Iterable[str]) -> tuple[str, ...]:
    """The paths of `files` that `name`, said in the blueprint at `file`, stands for; sorted."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), name))
    if "*" not in path and isinstance(files, Mapping):
        return (path,) if path in files else ()
    folder = posixpath.dirname(path)
    near = files if "*" in folder else _by_folder(_Same(files)).get(folder, ())
    pattern = _pattern(path)
    return tuple(sorted(each for each in near if pattern.fullmatch(each)))


class _Same:
    """A collection that is only ever equal to itself."""

    def __init__(self, files: Iterable[str]) -> None:
        self.files = files

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.files is other.files

    def __hash__(self) -> int:
        return id(self.files)


@lru_cache(maxsize=4)
def _by_folder(held: _Same) -> Mapping[str, Sequence[str]]:
    """Folder -> its files. Every blueprint asks for its own few among all of the workspace's."""
    found: dict[str, list[str]] = {}
    for each in held.files:
        found.setdefault(posixpath.dirname(each), []).append(each)
    return found


@lru_cache(maxsize=1024)
def _pattern(path: str) -> re.Pattern[str]:
    # Repeated stars mean no more than one, and would take time.
    return re.compile("[^/]*".join(re.escape(part) for part in re.split(r"\*+", path)))


def _may_name_files(text: str) -> bool:
    """Whether the text holds a word under which a kind it mentions names files; else it need not be looked into."""
    return any(kind in text and any(word in text for word in _words(kind)) for kind in language.kinds())


@lru_cache(maxsize=32)
def _words(kind: str) -> frozenset[str]:
    return frozenset(_file_words(language.schema(kind)))


def _file_words(schema: Schema) -> Iterator[str]:
    for word, node in (schema.get("properties") or {}).items():
        if "file" in (node.get("format"), (node.get("items") or {}).get("format")):
            yield word
        yield from _file_words(node)


def records(name: str) -> str:
    """Where the released versions of a pipeline are kept, relative to its blueprint: what `*` stands for is a version."""
    return f"pipelines/{name}/*.yaml"


def _named(source: Source) -> Iterator[tuple[Document, Path, str]]:
    """Every name of files with the path of its word, which is empty where the name is none of the author's."""
    from modelwright.yamlio import read

    for index, data in enumerate(read(source.text, source.path)[0]):
        kind = data.get("kind") if isinstance(data, Mapping) else None
        if kind in language.kinds():
            document = Document(str(kind), "", data, source.path, index)
            for path, name in _names(data.get("spec"), language.schema(str(kind)), ("spec",), str(kind)):
                yield document, path, name
            own = (data.get("metadata") or {}).get("name") if isinstance(data.get("metadata"), Mapping) else None
            if kind == "Pipeline" and isinstance(own, str) and KEYS["name"].match(own):
                yield document, (), records(own)


def _names(value: Any, schema: Schema, path: Path, kind: str) -> Iterator[tuple[Path, str]]:
    from modelwright.load.shape import is_inside

    if isinstance(value, str):
        # One name where a list is wanted is told by its shape; the file is meant all the same.
        if "file" in (schema.get("format"), (schema.get("items") or {}).get("format")) and is_inside(value):
            yield path, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _names(item, schema.get("items") or {}, (*path, index), kind)
    elif isinstance(value, Mapping) and not schema.get("free"):
        known = schema.get("properties") or {}
        other = language.override_schema(kind) if schema.get("overrides") else schema.get("additionalProperties")
        for word, item in value.items():
            node = known.get(word, other)
            if word in schema.get("defaultsOf", ()):
                node = language.override_schema(word)
            if isinstance(node, Mapping) and not node.get("later"):
                yield from _names(item, node, (*path, word), kind)
