"""Characters that no kustomize build keeps, however they are written.

kustomize hands objects on as JSON, which Go writes without escaping these, and reads that again as YAML, whose reader
refuses them and takes U+0085 for a line break (sigs.k8s.io/kustomize/kyaml `yaml/rnode.go`, UnmarshalJSON;
go.yaml.in/yaml/v3 `readerc.go`). Found by building every one of them with kustomize 5.4.3 and 5.8.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from modelwright.model import Manifest, Path
from modelwright.problems import Problem, Resource

_LOST = re.compile("[\x7f-\x9f\ufffe\uffff]")
_WRITTEN = re.compile(r"\\(?:x7f|x[89][0-9a-f]|ufff[ef])")
"""How `emit` writes them; also matches an escaped backslash before such letters, so a match is only a suspicion."""


def suspicious(texts: Iterable[str]) -> bool:
    """Whether an emitted text may hold such a character: cheaper than to look through every object."""
    return any(_WRITTEN.search(text) for text in texts)


def lost_characters(manifests: Sequence[Manifest], environment: str) -> Iterator[Problem]:
    """MW450 once for each place in blueprints that puts such a character into a manifest."""
    seen = set()
    for manifest in manifests:
        for path, character in _found(manifest.data, ()):
            place = manifest.origin(path)
            if place in seen:
                continue
            seen.add(place)
            yield Problem(
                "MW450",
                f"kustomize cannot keep the character U+{ord(character):04X}",
                place,
                "remove it, or carry such bytes as base64",
                environments=(environment,) if environment else (),
                resource=Resource(manifest.api_version, manifest.kind, manifest.name, manifest.namespace),
                path=path,
            )


def _found(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        found = _LOST.search(value)
        if found:
            yield path, found[0]
    elif isinstance(value, Mapping):
        for key, item in value.items():
            found = _LOST.search(key) if isinstance(key, str) else None
            if found:
                yield (*path, key), found[0]
            else:
                yield from _found(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _found(item, (*path, index))
