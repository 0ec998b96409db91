"""What Secrets and ConfigMaps hold.

Source: kubernetes/kubernetes `pkg/apis/core/validation/validation.go` (ValidateSecret, ValidateConfigMap) and
apimachinery `pkg/util/validation/validation.go` (IsConfigMapKey). Values of Secrets are never repeated.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping

from modelwright.rules.check import Row, Run
from modelwright.typed import Any

LARGEST = 1024 * 1024
STORED = 1536 * 1024
"""What etcd takes at once (`--max-request-bytes`), whatever the kind; https://etcd.io/docs, "Limits"."""
_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_JSON = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}
_ACCOUNT = "kubernetes.io/service-account.name"


def keys(value: Any, run: Run) -> Iterator[Row]:
    """A map of contents: its keys."""
    if isinstance(value, dict):
        for key in value:
            if isinstance(key, str) and not _is_key(key):
                hint = "use letters, digits, `-`, `_` and `.`, at most 253; not `.` or `..` at the start of a name"
                yield (key,), f"`{key[:80]}` is not a valid key", hint


def _is_key(key: str) -> bool:
    return len(key) <= 253 and key != "." and not key.startswith("..") and _KEY.fullmatch(key) is not None


def size(value: Any, run: Run) -> Iterator[Row]:
    """A Secret or ConfigMap: all it holds."""
    if not isinstance(value, dict):
        return
    secret = run.kind == "Secret"
    total = 0
    plain = value.get("stringData" if secret else "data")
    coded = value.get("data" if secret else "binaryData")
    if isinstance(plain, dict):
        total += sum(len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")) for text in _texts(plain))
    if isinstance(coded, dict):
        said = plain if secret and isinstance(plain, dict) else {}  # `stringData` wins over `data`
        total += sum(len(text) * 3 // 4 - text[-2:].count("=") for text in _texts({k: v for k, v in coded.items() if k not in said}))
    if total > LARGEST:
        message = f"the contents take {total} bytes together; {LARGEST} are allowed"
        yield ("data" if "data" in value else "stringData",), message, "keep large files in a volume or object store"


def stored(value: Any, run: Run) -> Iterator[Row]:
    """An object of a kind that may be large: all of it."""
    total = len(json.dumps(value, separators=(",", ":"), default=str))
    if total > STORED:
        yield (), f"the object takes {total} bytes; the cluster's store takes {STORED}", "leave descriptions out of schemas"


def _texts(contents: Mapping[str, Any]) -> Iterator[str]:
    return (text for text in contents.values() if isinstance(text, str))


def typed(value: Any, run: Run) -> Iterator[Row]:
    """A Secret of one of Kubernetes' own types: the keys it needs."""
    kind = value.get("type")
    if kind == "kubernetes.io/service-account-token":
        metadata = value.get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        if not isinstance(annotations, dict) or not annotations.get(_ACCOUNT):
            yield ("metadata", "annotations"), f"`type: {kind}` needs the annotation `{_ACCOUNT}`", ""
        return
    found: dict[str, bytes | None] = {}
    for word in ("data", "stringData"):
        contents = value.get(word)
        if isinstance(contents, dict):
            found.update({key: _bytes(text, word) for key, text in contents.items()})
    if kind in _JSON:
        yield from _json(kind, found)
    elif kind == "kubernetes.io/basic-auth":
        if "username" not in found and "password" not in found:
            yield ("data",), f"`type: {kind}` needs `username` or `password`", ""
    elif kind == "kubernetes.io/ssh-auth":
        if found.get("ssh-privatekey", b"") == b"":
            yield ("data",), f"`type: {kind}` needs `ssh-privatekey`", ""
    elif kind == "kubernetes.io/tls":
        lacking = [key for key in ("tls.crt", "tls.key") if key not in found]
        if lacking:
            yield ("data",), f"`type: {kind}` needs " + " and ".join(f"`{key}`" for key in lacking), ""


def _json(kind: str, found: Mapping[str, bytes | None]) -> Iterator[Row]:
    key = _JSON[kind]
    if key not in found:
        yield ("data",), f"`type: {kind}` needs `{key}`", ""
        return
    held = found[key]
    if held is None:
        return  # no base64: the schema tells
    try:
        read = json.loads(held.decode("utf-8", "replace"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        read = ""
    if read is not None and not isinstance(read, dict):
        yield ("data",), f"`{key}` is not JSON", "write it by `kubectl create secret docker-registry`"


def _refuse(word: str) -> None:
    raise ValueError(word)


def _bytes(text: Any, word: str) -> bytes | None:
    if not isinstance(text, str):
        return None
    if word == "stringData":
        return text.encode("utf-8", "surrogatepass")
    try:
        return b64decode(re.sub(r"[\r\n]", "", text), validate=True)
    except (NotBase64, ValueError):
        return None
