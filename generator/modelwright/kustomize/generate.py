"""Config maps and secrets made of files and literals, and the hash in their names (api/kv, api/internal/generators, api/hasher)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from modelwright.kustomize.nodes import BOOL, Map, Node, Scalar, Seq, put, text_node, text_of, value_of
from modelwright.kustomize.refusal import At, Misfit

Load = Callable[[str, At], bytes]
"""Path as stated, and where -> content. Raises Refused."""

_LETTERS = str.maketrans("013ae", "ghkmt")
LONGEST_LINE = 64 * 1024
"""Bytes of a line of an env file that Go's scanner still reads; it stops at a longer one."""


def generated(kind: str, args: Mapping[str, Any], at: At, load: Load) -> Map:
    """The object of one generator entry. Raises Misfit, Refused."""
    made = Map(at)
    made["apiVersion"], made["kind"] = text_node("v1", at), text_node(kind, at)
    metadata = Map(at)
    if not args.get("name"):
        raise Misfit("it has no name")
    metadata["name"] = text_node(args["name"], (at, "name"))
    if args.get("namespace"):
        metadata["namespace"] = text_node(args["namespace"], (at, "namespace"))
    made["metadata"] = metadata
    pairs = _pairs(args, at, load)
    if kind == "Secret":
        made["type"] = text_node(args.get("type") or "Opaque", at)
        data = Map(at)
        for key in sorted(pairs):
            put(data, key, _text(_wrapped(pairs[key]), at))
        made["data"] = data
    else:
        _fill(made, pairs, at)
    options = args.get("options") or {}
    for word in ("labels", "annotations"):
        stated = options.get(word) or {}
        if stated:
            held = Map(at)
            for key in sorted(stated):
                put(held, key, Scalar(stated[key], "!!str", "'", at))
            metadata[word] = held
    if options.get("immutable"):
        made["immutable"] = Scalar("true", BOOL, "", at)
    return made


def _fill(made: Map, pairs: Mapping[str, bytes], at: At) -> None:
    for key in sorted(pairs):
        try:
            word, text = "data", pairs[key].decode()
        except UnicodeDecodeError:
            word, text = "binaryData", _wrapped(pairs[key])
        held = made.setdefault(word, Map(at))
        assert isinstance(held, Map)
        put(held, key, _text(text, at))


def _text(text: str, at: At) -> Scalar:
    return Scalar(text, "!!str", "|" if "\n" in text else "", at)


def _wrapped(data: bytes) -> str:
    """Base64, in lines of 70 where it is longer."""
    text = base64.b64encode(data).decode()
    if len(text) < 70:
        return text
    return "".join(text[start : start + 70] + "\n" for start in range(0, len(text), 70))


def _pairs(args: Mapping[str, Any], at: At, load: Load) -> dict[str, bytes]:
    found: list[tuple[str, bytes]] = []
    envs = list(args.get("envs") or ())
    for index, path in enumerate(envs):
        found += _lines(load(path, below_word(at, "envs", index)))
    if args.get("env"):
        found += _lines(load(args["env"], (at, "env")))
    for literal in args.get("literals") or ():
        key, sign, value = literal.partition("=")
        if not key or not sign:
            raise Misfit(f"the literal `{literal}` is no `key=value`")
        found.append((key, _unquoted(value).encode("utf-8", "surrogatepass")))
    for index, source in enumerate(args.get("files") or ()):
        key, path = _file(source)
        found.append((key, load(path, below_word(at, "files", index))))
    pairs: dict[str, bytes] = {}
    for key, value in found:
        if key in pairs:
            raise Misfit(f"the key `{key}` is said twice")
        pairs[key] = value
    return pairs


def below_word(at: At, word: str, index: int) -> At:
    """The place of an item of a list below a word."""
    return ((at, word), index)


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _file(source: str) -> tuple[str, str]:
    key, sign, path = source.partition("=")
    if not sign:
        stripped = source.rstrip("/")
        return stripped.rpartition("/")[2] or "/", source
    if "=" in path:
        raise Misfit(f"the file `{source}` has more than one `=`")
    if not key or not path:
        raise Misfit(f"the file `{source}` has no {'key' if not key else 'path'}")
    return key, path


def _lines(content: bytes) -> list[tuple[str, bytes]]:
    """The keys and values of an env file: one to a line, `#` starts a comment line."""
    found = []
    for number, line in enumerate(content.split(b"\n")):
        if len(line) >= LONGEST_LINE:
            break
        line = line.removesuffix(b"\r")
        if number == 0:
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            text = line.decode().lstrip()
        except UnicodeDecodeError:
            raise Misfit(f"line {number + 1} of an env file is not UTF-8 text") from None
        if text and not text.startswith("#"):
            key, _, value = text.partition("=")
            if key:
                found.append((key, value.encode()))
    return found


def digest(node: Map) -> str:
    """The ten letters that go into a generated object's name. Raises Misfit."""
    kind = text_of(node.get("kind"))
    if kind not in ("ConfigMap", "Secret"):
        raise Misfit(f"a patch made it a {kind}, whose hash is not known here")
    # Upstream looks the name up under a key `metadata/name`, which no object has.
    content: dict[str, Any] = {"kind": kind, "name": "", "data": _content(node.get("data"))}
    more = "binaryData"
    if kind == "Secret":
        content["type"] = _content(node.get("type"))
        more = "stringData"
    if isinstance(node.get(more), Map):
        content[more] = _content(node[more])
    return hashlib.sha256(go_json(content).encode()).hexdigest()[:10].translate(_LETTERS)


def _content(node: Node | None) -> Any:
    if node is None:
        return ""
    return node.text if isinstance(node, Scalar) else _jsonable(node)


def _jsonable(node: Node) -> Any:
    if isinstance(node, Map):
        return {key: _jsonable(value) for key, value in node.items()}
    if isinstance(node, Seq):
        return [_jsonable(value) for value in node]
    return value_of(node)


def go_json(value: Any) -> str:
    """JSON as Go's encoding/json writes it: no blanks, keys sorted, signs of HTML escaped."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def merged_data(new: Map, old: Map) -> None:
    """Give a generated object the data of the one it is merged with, its own counting more (`MergeDataMapFrom`)."""
    for word in ("data", "binaryData"):
        both = Map(new.at)
        for source in (old.get(word), new.get(word)):
            if isinstance(source, Map):
                for key, value in source.items():
                    both[key] = value
        new.pop(word, None)
        if both:
            held = Map(new.at)
            for key in sorted(both):
                value = both[key]
                put(held, key, _text("" if isinstance(value, Map | Seq) else text_of(value), value.at))
            new[word] = held
