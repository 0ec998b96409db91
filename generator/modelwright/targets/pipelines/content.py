"""What a compiled pipeline is, apart from how it is written: the name of its version."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from modelwright.judge.ir import Pipeline

LENGTH = 10
"""Characters of the hash: one in 10^12 that two versions of a pipeline would share a name."""

_SDK = re.compile(r"(?<![\w.-])kfp==[0-9][0-9A-Za-z.+!]*")
"""What a component of Python code installs of the SDK that compiled it (kfp `dsl/component_factory.py`)."""


def content_hash(pipeline: Pipeline) -> str:
    """Ten hexadecimal digits of what a pipeline does.

    Layout, comments, the order of keys and the release of the SDK make no difference: a version's content can never
    change in a cluster, so that what differs in nothing must not become another version.
    """
    spec = {key: value for key, value in pipeline.spec.items() if key not in ("sdkVersion", "sdk_version")}
    deployment = "deploymentSpec" if "deploymentSpec" in spec else "deployment_spec"
    if deployment in spec:
        spec[deployment] = _without_sdk(spec[deployment])
    text = json.dumps([spec, pipeline.platform], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _without_sdk(node: Any) -> Any:
    if isinstance(node, str):
        return _SDK.sub("kfp", node) if "kfp==" in node else node
    if isinstance(node, Mapping):
        return {key: _without_sdk(value) for key, value in node.items()}
    return [_without_sdk(item) for item in node] if isinstance(node, list) else node
