"""An environment's image mirrors, as data: what comes from one registry comes from another.

Image names are read as container runtimes read them (distribution/reference normalize.go, splitDockerDomain): without
a registry they are of docker.io, there without a folder of `library`. Only what names an image is looked at: `image`
below `spec` (containers of any kind of object), `reference` of image volumes, and `oci://` addresses of models, which
nodes pull as they pull images.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from modelwright.model import Manifest
from modelwright.resolve.workspace import Environment

_NAME = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    rf"(?:(?P<registry>(?:localhost|(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+|[A-Za-z0-9-]+(?=:[0-9]+/))(?::[0-9]+)?)/)?"
    rf"(?P<path>{_NAME}(?:/{_NAME})*)(?P<rest>(?::[\w][\w.-]{{0,127}})?(?:@[A-Za-z0-9+._-]+:[0-9a-fA-F]+)?)"
)
_LONGEST = 4096
_HUB = "docker.io"
_OCI = "oci://"
_ADDRESSES = ("storageUri", "uri")
_PARTS = ("spec", "template")
"""Where objects hold containers; `template` is a PodTemplate's or a PipelineRun's own."""

Mirrors = tuple[tuple[str, str], ...]


def mirrors(environment: Environment) -> Mirrors:
    """`(from, to)` of an environment, the longest `from` first."""
    stated = ((str(each["from"]), str(each["to"])) for each in environment.spec.get("images") or ())
    return tuple(sorted(((_familiar(old), new) for old, new in stated), key=lambda pair: (-len(pair[0]), pair)))


def _familiar(prefix: str) -> str:
    registry, slash, path = prefix.partition("/")
    return f"{_HUB if registry == f'index.{_HUB}' else registry}{slash}{path}"


def mirrored(manifest: Manifest, mirrors: Mirrors) -> Manifest:
    """The manifest with its images taken from the mirrors. Origins stay: an image's word is still its author's."""
    if not mirrors:
        return manifest
    changed = {}
    for part in _PARTS:
        old = manifest.data.get(part)
        new = _walked(old, lambda image: moved(image, mirrors))
        if new is not old:
            changed[part] = new
    return replace(manifest, data={**manifest.data, **changed}) if changed else manifest


def _walked(node: Any, move: Callable[[str], str]) -> Any:
    """The node with its images moved; the same node where nothing changes."""
    if isinstance(node, Mapping):
        made = {key: _value(key, value, move) for key, value in node.items()}
        return made if any(made[key] is not node[key] for key in made) else node
    if isinstance(node, Sequence) and not isinstance(node, str):
        items = [_walked(item, move) for item in node]
        return items if any(a is not b for a, b in zip(items, node, strict=True)) else node
    return node


def _value(key: str, value: Any, move: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        if key == "image":
            return move(value)
        if key in _ADDRESSES and value.startswith(_OCI):
            return _OCI + move(value.removeprefix(_OCI))
        return value
    if key == "image" and isinstance(value, Mapping) and isinstance(value.get("reference"), str):
        return {**value, "reference": move(value["reference"])}
    return _walked(value, move)


@lru_cache(maxsize=4096)
def moved(image: str, mirrors: Mirrors) -> str:
    """An image's name in the first mirror that fits; tag and digest stay. Text that is no image name stays as it is."""
    found = _IMAGE.fullmatch(image) if len(image) <= _LONGEST else None
    if found is None:
        return image
    registry, path = found["registry"] or _HUB, found["path"]
    registry = _HUB if registry == f"index.{_HUB}" else registry
    if registry == _HUB and "/" not in path:
        path = f"library/{path}"
    name = f"{registry}/{path}"
    for old, new in mirrors:
        if name == old or name.startswith(f"{old}/"):
            return f"{new}{name.removeprefix(old)}{found['rest']}"
    return image
