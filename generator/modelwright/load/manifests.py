"""Plain manifests that blueprints name: read as the API server reads them, told apart from what is no manifest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from modelwright.load.secrets import holds_data
from modelwright.model import Document, Place
from modelwright.problems import Problem

_SECRET = re.compile(r"kind[\"']?\s*:\s*[\"']?Secret\b")

Found = tuple[tuple[Document, ...], tuple[Problem, ...]]


@lru_cache(maxsize=128)
def manifests(file: str, text: str) -> Found:
    """What `read_manifests` finds, remembered: every variant of a component asks for the same files."""
    return read_manifests(file, text)


def read_manifests(file: str, text: str) -> Found:
    """The objects of one file, in order, each with its place; and what is wrong with the file.

    A file that is not sound YAML brings nothing. What is no manifest, or would put a credential into Git, is left out.
    """
    from modelwright.yamlio import read

    documents, wrong = read(text, file)
    if wrong:
        # The line at fault may be one of a Secret's own.
        return (), tuple(replace(p, conceal=True) for p in wrong) if _SECRET.search(text) else wrong
    if all(data is None for data in documents):
        return (), (Problem("MW106", "this file is empty", Place(file), "write a manifest, or remove the file's name"),)
    found: list[Document] = []
    problems: list[Problem] = []
    for index, data in enumerate(documents):
        if data is None:
            continue
        problem = _unfit(data, Place(file, index))
        if problem is not None:
            problems.append(problem)
        else:
            metadata = data.get("metadata")
            name = metadata.get("name") if isinstance(metadata, Mapping) else ""
            found.append(Document(data["kind"], str(name or ""), data, file, index))
    return tuple(found), tuple(problems)


def _unfit(data: Any, here: Place) -> Problem | None:
    """Why a document cannot be carried along."""
    hint = "a manifest has apiVersion, kind and metadata"
    if not isinstance(data, Mapping):
        return Problem("MW227", "this is not a manifest", here, hint)
    group = str(data.get("apiVersion") or "").rpartition("/")[0]
    if group == "modelwright":
        what = "this is a blueprint, not a manifest"
        return Problem("MW226", what, replace(here, path=("apiVersion",)), "move it to a file of its own")
    nameless = "apiVersion" not in data and {"resources", "patches"} & set(data)
    if group == "kustomize.config.k8s.io" or data.get("apiVersion") == "builtin" or nameless:
        what = "this is kustomize's own input, not a manifest"
        return Problem("MW227", what, here, "name the files it lists; modelwright writes the kustomization")
    for word in ("apiVersion", "kind"):
        if not isinstance(data.get(word), str) or not data[word]:
            place = replace(here, path=(word,)) if word in data else here
            return Problem("MW227", f"this is not a manifest: it has no `{word}`", place, hint)
    if not isinstance(data.get("metadata", {}), Mapping):
        return Problem("MW227", "this is not a manifest: `metadata` must be a map", replace(here, path=("metadata",)), hint)
    word = holds_data(data)
    return open_secret(word, replace(here, path=(word,), key=True)) if word else None


def open_secret(word: str, place: Place | None, environments: tuple[str, ...] = ()) -> Problem:
    """MW216 for a Secret that carries its values in field `word`: whoever can read the repository knows them."""
    hint = "let a Connection bring it: `from:` a secret store, or `sealed:`"
    what = f"`{word}` of a Secret would put credentials into Git"
    return Problem("MW216", what, place, hint, environments=environments, conceal=True)
