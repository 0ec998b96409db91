"""Texts -> documents: blueprints read, checked against the language, each name once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from modelwright.load.attachments import matching, records, split
from modelwright.load.keys import name_problem
from modelwright.load.language import describe, fields, kinds
from modelwright.load.longform import ONE_OF, longform, override
from modelwright.load.manifests import manifests, open_secret, read_manifests
from modelwright.load.secrets import holds_data
from modelwright.load.shape import check
from modelwright.model import Document, Place, Source
from modelwright.problems import Problem, did_you_mean
from modelwright.yamlio import read

__all__ = [
    "ONE_OF",
    "describe",
    "fields",
    "holds_data",
    "json_schema",
    "kinds",
    "load",
    "load_each",
    "longform",
    "manifests",
    "matching",
    "open_secret",
    "override",
    "read_manifests",
    "records",
    "split",
    "twice",
]

API_VERSION = "modelwright/v1"
RECORD = re.compile(r"(?:^|/)pipelines/([^/]+)/[0-9a-f]{10}\.yaml$")
"""Path of a released version."""
LATER = ("LLM", "Graph")
"""Kinds of the language that this release does not compile yet."""
COMPONENTS = ("Model", "Runtime", "Pipeline", "PipelineServer")
"""Kinds whose names are taken per project."""


def json_schema(kind: str) -> dict[str, Any]:
    """One kind as a self-contained JSON Schema (draft 2020-12), for editors."""
    from modelwright.load.editors import json_schema

    return json_schema(kind)


def load(sources: Sequence[Source]) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """Every blueprint of the sources, and every problem of form or of two with one name."""
    documents, problems = load_each(sources)
    return documents, (*problems, *twice(documents))


def load_each(sources: Sequence[Source]) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """Every blueprint of the sources, each by itself, and every problem of form.

    A document with problems is kept, without the values that cannot be used: later rooms may trust types.
    """
    documents: list[Document] = []
    problems: list[Problem] = []
    for source in sources:
        found, wrong = read(source.text, source.path)
        problems += wrong
        if not wrong and all(data is None for data in found):
            problems.append(
                Problem("MW106", "this file is empty", Place(source.path), "write a blueprint, or delete it")
            )
        for index, data in enumerate(found):
            if data is None:
                continue
            if isinstance(data, Mapping) and "apiVersion" not in data and "pipelineInfo" in data:
                problems.append(_unnamed(source.path, index))
                break
            document, unfit = _document(data, source.path, index)
            problems += unfit
            if document is not None:
                usable, wrong_shape = check(document, source.text)
                problems += wrong_shape
                documents.append(usable)
    return tuple(documents), tuple(problems)


def _unnamed(file: str, index: int) -> Problem:
    """MW107 for a compiled pipeline by itself; a released version, whose pipeline is gone or has another name now."""
    message, hint = "this is a compiled pipeline that no blueprint names", "name it in a Pipeline (`ir: ...`), or delete it"
    record = RECORD.search(file)
    if record:
        name = record[1]
        message = f"this is a released version of pipeline `{name}`, which no blueprint beside `pipelines/` is called"
        hint = f"was it renamed or moved? rename or move the folder `pipelines/{name}` with it, or delete that"
    return Problem("MW107", message, Place(file, index), hint)


def _document(data: Any, file: str, index: int) -> tuple[Document | None, list[Problem]]:
    here = Place(file, index)
    if not isinstance(data, Mapping):
        hint = f"a blueprint starts with `apiVersion: {API_VERSION}` and `kind:`"
        return None, [Problem("MW107", "this is not a blueprint", here, hint)]
    if data.get("apiVersion") != API_VERSION:
        return None, [_version_problem(data, file, index)]
    kind = data.get("kind")
    if kind not in kinds():
        return None, [_kind_problem(data, file, index)]
    metadata = data.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    document = Document(str(kind), name if isinstance(name, str) else "", data, file, index)
    wrong = name_problem(document.kind, name) if isinstance(name, str) else None
    if wrong is None:
        return document, []
    return document, [Problem("MW207", wrong[0], document.place(("metadata", "name")), wrong[1])]


def _version_problem(data: Mapping[str, Any], file: str, index: int) -> Problem:
    version = data.get("apiVersion")
    hint = f"write `apiVersion: {API_VERSION}`"
    if version is None:
        return Problem("MW107", "apiVersion is missing", Place(file, index), hint)
    place = Place(file, index, ("apiVersion",))
    if not isinstance(version, str):
        return Problem("MW107", "this is not a blueprint's apiVersion", place, hint)
    if not version.startswith("modelwright/"):
        hint += "; plain manifests belong in `extras`"
    return Problem("MW107", f"`{version[:60]}` is not a blueprint's apiVersion", place, hint)


def _kind_problem(data: Mapping[str, Any], file: str, index: int) -> Problem:
    kind = data.get("kind")
    known = did_you_mean("", list(kinds()))
    if kind is None:
        return Problem("MW218", "kind is missing", Place(file, index), known)
    place = Place(file, index, ("kind",))
    if not isinstance(kind, str):
        return Problem("MW218", "`kind` must be text", place, known)
    if kind in LATER:
        return Problem("MW218", f"kind `{kind}` is not supported yet", place, f"this release compiles {', '.join(COMPONENTS)}")
    hint = did_you_mean(kind[:60], [*kinds(), *LATER])
    return Problem("MW218", f"there is no blueprint kind `{kind[:60]}`", place, hint)


def twice(documents: Sequence[Document]) -> list[Problem]:
    """MW206 for every blueprint that bears the name of an earlier one of its kind and project."""
    seen: dict[tuple[str, str, str], Document] = {}
    problems = []
    home = _home(documents)
    for document in documents:
        if document.kind == "Workspace":
            key, what = ("Workspace", "", ""), "there is already a Workspace"
        else:
            key = (document.kind, document.name, _project(document, home))
            what = f"there is already a {document.kind} `{document.name}`"
        first = seen.setdefault(key, document)
        if first is not document and (document.name or document.kind == "Workspace"):
            place = document.place(("metadata", "name"))
            there = (("the other one", first.place(("metadata", "name"))),)
            hint = "keep one of them" if document.kind == "Workspace" else "rename one of them"
            problems.append(Problem("MW206", what, place, hint, related=there))
    return problems


def _spec(document: Document) -> Mapping[str, Any]:
    spec = document.data.get("spec")
    return spec if isinstance(spec, Mapping) else {}


def _home(documents: Sequence[Document]) -> str:
    """The project of components that name none: the workspace's default, or its first."""
    head = next((d for d in documents if d.kind == "Workspace"), None)
    if head is None:
        return ""
    return str(_spec(head).get("defaultProject") or next(iter(_spec(head).get("projects") or ()), ""))


def _project(document: Document, home: str) -> str:
    if document.kind not in COMPONENTS or _spec(document).get("scope") == "cluster":
        return ""
    return str(_spec(document).get("project") or home)
