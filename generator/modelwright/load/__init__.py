"""Texts -> documents: blueprints read, checked against the language, each name once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from modelwright.load.language import describe, json_schema, kinds
from modelwright.load.longform import longform, override
from modelwright.load.shape import check
from modelwright.model import Document, Place, Source
from modelwright.problems import Problem, did_you_mean
from modelwright.yamlio import read

__all__ = ["describe", "json_schema", "kinds", "load", "longform", "override"]

API_VERSION = "modelwright/v1"
LATER = ("LLM", "Graph", "Pipeline", "PipelineServer")
"""Kinds of the language that this release does not compile yet."""

NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?\Z")
LONGEST = 53
"""Open Data Hub refuses longer service names, since controllers append to them (odh-model-controller webhook)."""


def load(sources: Sequence[Source]) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """Every blueprint of the sources, and every problem of form. Documents with problems are kept."""
    documents: list[Document] = []
    problems: list[Problem] = []
    texts = {source.path: source.text for source in sources}
    for source in sources:
        found, wrong = read(source.text, source.path)
        problems += wrong
        if not wrong and all(document is None for document in found):
            problems.append(
                Problem("MW106", "this file is empty", Place(source.path), "write a blueprint, or delete it")
            )
        for index, data in enumerate(found):
            if data is None:
                continue
            document, misfits = _document(data, source.path, index)
            problems += misfits
            if document is not None:
                documents.append(document)
    problems += _twice(documents)
    for document in documents:
        problems += check(document, texts[document.file])
    return tuple(documents), tuple(problems)


def _document(data: Any, file: str, index: int) -> tuple[Document | None, list[Problem]]:
    here = Place(file, index)
    if not isinstance(data, Mapping):
        hint = "a blueprint starts with `apiVersion: modelwright/v1` and `kind:`"
        return None, [Problem("MW107", "this is not a blueprint", here, hint)]
    version = data.get("apiVersion")
    if version != API_VERSION:
        place = Place(file, index, ("apiVersion",)) if "apiVersion" in data else here
        what = f"`{version}` is not a blueprint's apiVersion" if version else "apiVersion is missing"
        hint = f"write `apiVersion: {API_VERSION}`"
        if isinstance(version, str) and "/" in version and version != API_VERSION:
            hint += "; plain manifests belong in `extras`"
        return None, [Problem("MW107", what, place, hint)]
    kind = data.get("kind")
    if kind not in kinds():
        place = Place(file, index, ("kind",)) if "kind" in data else here
        if kind in LATER:
            what, hint = f"kind `{kind}` is not supported yet", "this release compiles Model and Runtime"
        else:
            what = f"there is no blueprint kind `{kind}`" if kind else "kind is missing"
            hint = did_you_mean(str(kind or ""), list(kinds()))
        return None, [Problem("MW218", what, place, hint)]
    metadata = data.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    document = Document(str(kind), str(name), data, file, index)
    if not isinstance(name, str):
        return document, []
    if not NAME.match(name) or len(name) > LONGEST:
        fixed = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST].strip("-")
        rule = "lower case letters, digits and dashes, a letter first"
        what = f"`{name}` is longer than {LONGEST} characters" if len(name) > LONGEST else f"`{name}` is not a name: {rule}"
        hint = f"`{fixed}` would do" if NAME.match(fixed) else f"use {rule}"
        return document, [Problem("MW207", what, document.place(("metadata", "name")), hint)]
    return document, []


def _twice(documents: Sequence[Document]) -> list[Problem]:
    seen: dict[tuple[str, str, str], Document] = {}
    problems = []
    for document in documents:
        spec = document.data.get("spec")
        project = str((spec.get("project") if isinstance(spec, Mapping) else None) or "")
        key = ("Workspace", "", "") if document.kind == "Workspace" else (document.kind, document.name, project)
        first = seen.setdefault(key, document)
        if first is not document and document.name != "None":
            what = f"there is already a {document.kind} `{document.name}`" if key[1] else "there is already a Workspace"
            problems.append(
                Problem(
                    "MW206",
                    what,
                    document.place(("metadata", "name")),
                    "rename one of them",
                    related=(("the other one", first.place(("metadata", "name"))),),
                )
            )
    return problems
