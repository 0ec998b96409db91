"""Which folders of a tree are built for themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modelwright.kustomize.build import clean, join, remote
from modelwright.kustomize.kustomization import NAMES, WORDS, checked
from modelwright.model import Place


def roots_of(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Folders that no other kustomization names, sorted."""
    folders = {path.rpartition("/")[0]: path for path in sorted(files, reverse=True) if path.rpartition("/")[2] in NAMES}
    named: dict[str, set[str]] = {}
    components = set()
    for folder, file in folders.items():
        words = _words(files[file], file)
        if words.get("kind") == "Component":
            components.add(folder)
        paths = [path for word in ("resources", "bases", "components", "transformers", "generators") for path in words.get(word) or ()]
        targets = {clean(join(folder, path)) for path in paths if path and not remote(path)}
        named[folder] = {target for target in targets if target in folders and target != folder}
    found = {folder for folder in folders if folder not in components} - {t for targets in named.values() for t in targets}
    reached = _reached(found, named)
    for folder in sorted(folders):
        if folder not in reached and folder not in components:
            found.add(folder)
            reached |= _reached([folder], named)
    return tuple(sorted(found))


def _reached(start: Iterable[str], named: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    stack = list(start)
    while stack:
        folder = stack.pop()
        if folder not in seen:
            seen.add(folder)
            stack += named.get(folder, ())
    return seen


def _words(data: bytes, file: str) -> dict[str, Any]:
    """The words of a kustomization, as far as it can be read."""
    from modelwright.yamlio import decode, read

    text, problems = decode(data, file)
    documents = read(text, file)[0] if not problems else ()
    document = documents[0] if documents else None
    return checked(document, WORDS, Place(file), []) if isinstance(document, dict) else {}
