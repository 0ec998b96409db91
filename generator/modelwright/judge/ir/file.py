"""A file of a compiled pipeline: what kfp wrote, one document or two."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from modelwright.judge.ir.finding import Part, told
from modelwright.judge.ir.foreign import RECOMPILE, is_pipeline, is_platform
from modelwright.model import Place
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.yamlio import read

MAX_BYTES = 3 * 512 * 1024
"""What etcd takes in one request by default: 1.5 MiB (etcd server/embed/config.go `DefaultMaxRequestBytes`)."""
AROUND = 2048
"""Room for the object around the pipeline: metadata, managed fields, status."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A compiled pipeline and where its parts are written."""

    spec: Any
    platform: Any = None
    """What platforms add to it; None where the file has no such document."""
    places: Mapping[Part, Place] = field(default_factory=dict)


def read_pipeline(text: str, file: str) -> tuple[Pipeline | None, tuple[Problem, ...]]:
    """The pipeline in a file, read as kfp writes it: with PyYAML."""
    documents, problems = read(text, file, python=True)
    if problems:
        return None, problems
    held = [(index, document) for index, document in enumerate(documents) if document is not None]
    if not held:
        return None, (Problem("MW710", "this file is empty, not a compiled pipeline", Place(file), RECOMPILE),)
    if len(held) > 1 and is_platform(held[0][1]) and is_pipeline(held[1][1]):
        held[:2] = held[1::-1]  # the server tells the two by their content
    for index, document in held[1:]:
        if is_pipeline(document) or len(held) > 2:
            message = "a pipeline file holds one pipeline, and one platform document beside it"
            return None, (Problem("MW710", message, Place(file, index), "give every pipeline a file of its own"),)
    places: dict[Part, Place] = {"spec": Place(file, held[0][0])}
    if len(held) > 1:
        places["platform"] = Place(file, held[1][0])
    return Pipeline(held[0][1], held[1][1] if len(held) > 1 else None, places), ()


def judge_file(text: str, file: str, release: str = "") -> tuple[Pipeline | None, tuple[Problem, ...]]:
    """A pipeline's file, and everything wrong with it on a release of Kubeflow Pipelines (see `judge_pipeline`)."""
    from modelwright.judge.ir import judge_pipeline

    pipeline, problems = read_pipeline(text, file)
    if pipeline is None:
        return None, problems
    large = too_large(pipeline)
    if large is not None:
        return pipeline, (large,)
    return pipeline, told(judge_pipeline(pipeline.spec, pipeline.platform, release), pipeline.places)


def too_large(pipeline: Pipeline) -> Problem | None:
    """The problem of a pipeline that a cluster cannot store."""
    taken = size(pipeline) + AROUND
    if taken <= MAX_BYTES:
        return None
    message = f"this pipeline takes {taken:,} bytes in the cluster's store; {MAX_BYTES:,} is the most it takes (etcd)"
    hint = "move code and data out of it, into images or a bucket; it usually holds large constants or inlined sources"
    return Problem("MW729", message, pipeline.places["spec"], hint)


def size(pipeline: Pipeline) -> int:
    """Bytes that a pipeline takes as compact JSON."""
    return sum(
        len(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
        for part in (pipeline.spec, pipeline.platform)
        if part is not None
    )
