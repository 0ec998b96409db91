"""What a compiled pipeline is: the name of its version, and what tells whether a later compilation is another one."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from modelwright.judge.ir import Pipeline
from modelwright.typed import Any

LENGTH = 10
"""Characters of a name: one in 10^12 that two versions of a pipeline would share one."""

_PIP = '[ -x "$(command -v pip)" ]'
_SDK = re.compile(
    r"(?P<before>\bpython3 -m pip install --quiet\s+--no-warn-script-location (?:--[a-z-]+ [^\s']+ )*)"
    r"'kfp==[^\s']+'(?P<after> '--no-deps' 'typing-extensions>=)"
)
"""The SDK that kfp itself has a step of Python code install, of its own release (kfp `dsl/component_factory.py`). What
a user asks to be installed stands otherwise: in another script, or after this."""


def name_of(pipeline: Pipeline) -> str:
    """Ten hexadecimal digits of all that a version's object holds: whatever is changed in a record belies its name."""
    return _digest([pipeline.spec, pipeline.platform], in_order=True)


def content_hash(pipeline: Pipeline) -> str:
    """Ten hexadecimal digits of what a pipeline does.

    Layout, comments, the order of keys and the release of the SDK make no difference: a version's content can never
    change in a cluster, so that what differs in nothing must not become another version.
    """
    spec = {key: value for key, value in pipeline.spec.items() if key not in ("sdkVersion", "sdk_version")}
    deployment = "deploymentSpec" if "deploymentSpec" in spec else "deployment_spec"
    if deployment in spec:
        spec[deployment] = _without_sdk(spec[deployment])
    return _digest([spec, pipeline.platform], in_order=False)


def _digest(content: Any, *, in_order: bool) -> str:
    text = json.dumps(content, sort_keys=not in_order, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _without_sdk(node: Any) -> Any:
    if isinstance(node, str):
        return _SDK.sub(r"\g<before>'kfp'\g<after>", node) if _PIP in node else node
    if isinstance(node, Mapping):
        return {key: _without_sdk(value) for key, value in node.items()}
    return [_without_sdk(item) for item in node] if isinstance(node, list) else node
