"""Credentials written where Git would keep them. What is found here is never repeated in a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(
    r"(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SECRET_?KEY|CREDENTIALS?)"
    r"(_ID|_KEY|_VALUE|_B64|_BASE64)?\Z",
    re.IGNORECASE,
)
"""The word ends the name: `TOKEN_FILE`, `SECRET_NAME` and `MAX_TOKENS` say where, which and how many."""

_ORDINARY = re.compile(r"(\A|_)(PAD|EOS|BOS|UNK|MASK|SEP|CLS|STOP|START|END|IMAGE|USE|HAS|ADD)_TOKEN\Z", re.IGNORECASE)
"""Tokens of language models, and switches."""

_WORD = re.compile(
    r"(password|passwd|passphrase|secretkey|secretaccesskey|accesskey|accesskeyid|token|apikey|privatekey|"
    r"connectionstring|accountkey|sastoken|credentials?|clientsecret)\Z"
)
_NAME_OF_SECRET = re.compile(r"[a-z0-9]+([-.][a-z0-9]+)+\Z")
_USER = re.compile(r"\Ahttps?://[^/\s]*@")
_IN_URL = re.compile(r"[a-zA-Z][-+.a-zA-Z0-9]*://[^/\s:@]*:(?!\$\()[^/\s@]+@")

_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_-])(hf_[A-Za-z0-9]{8,}|ghp_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|AKIA[A-Z0-9]{16}"
    r"|sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,}|xoxb-[A-Za-z0-9-]{10,}|glpat-[A-Za-z0-9_-]{16,})(?![A-Za-z0-9_])"
)
"""How tokens of Hugging Face, GitHub, AWS, OpenAI, Slack and GitLab begin."""
_FLAG = re.compile(r"-{1,2}([A-Za-z][-_.A-Za-z0-9]{0,59})(?:=(.+))?\Z", re.DOTALL)


def is_secret_argument(text: str, before: Any = None) -> bool:
    """Whether an argument of a program holds a credential: `--token=abc`, `--token` before `abc`, or a known token."""
    if _TOKEN.search(text[:4096]):
        return True
    flag = _FLAG.match(text)
    if flag:
        return flag[2] is not None and _is_flag_secret(flag[1], flag[2])
    earlier = _FLAG.match(before) if isinstance(before, str) else None
    return bool(earlier and before.startswith("--") and earlier[2] is None and _is_flag_secret(earlier[1], text))


def _is_flag_secret(name: str, value: str) -> bool:
    return not value.startswith("{{") and is_secret_variable(name.replace("-", "_").replace(".", "_"), value)


def is_secret_variable(name: str, value: Any) -> bool:
    """Whether an environment variable's literal value looks like a credential."""
    if value is None or isinstance(value, bool | list | dict):
        return False
    text = str(value).strip() if isinstance(value, str | float) or abs(value) < 10**30 else "1"
    if not text or text.lower() in ("true", "false", "yes", "no", "none", "null"):
        return False
    if text.startswith(("/", "./", "$(", "${", "<")):
        return False
    return is_secret_name(name)


def is_secret_parameter(name: str, value: Any) -> bool:
    """Whether the literal value of a pipeline's parameter looks like a credential, rather than the name of a Secret."""
    if not isinstance(value, str) or value.startswith("{{$") or not is_secret_variable(name, value):
        return False
    return not (name.lower().endswith("secret") and _NAME_OF_SECRET.match(value))


def credential_in(name: str, value: Any) -> tuple[str | int, ...] | None:
    """The way from a pipeline's parameter to the first credential in its value: () where it is one itself, None where
    there is none. Each map and list is looked into once."""
    waiting: list[tuple[tuple[str | int, ...], str, Any]] = [((), name, value)]
    seen: set[int] = set()
    while waiting:
        path, word, item = waiting.pop()
        if isinstance(item, str):
            if is_secret_parameter(word, item) or holds_password(item):
                return path
        elif isinstance(item, Mapping | list) and id(item) not in seen:
            seen.add(id(item))
            inside: list[tuple[str | int, Any]] = list(item.items() if isinstance(item, Mapping) else enumerate(item))
            waiting += [((*path, key), word if isinstance(item, list) else str(key), part) for key, part in reversed(inside)]
    return None


def is_secret_name(name: str) -> bool:
    """Whether what bears the name may be a credential, whatever its value looks like."""
    return bool(_VARIABLE.search(name[-60:])) and not _ORDINARY.search(name[-60:])


def may_be_secret(name: str, value: Any) -> bool:
    """Whether a value must not be repeated in a message, by its name or because it holds a URL's password."""
    return is_secret_name(name) or credential_in(name, value) is not None


def is_credential_word(word: str) -> bool:
    """Whether a field of a Connection is called like a credential."""
    return bool(_WORD.search(re.sub(r"[-_.]", "", word[-60:]).lower()))


def holds_password(text: str) -> bool:
    """Whether a URL in the text carries a password: `https://user:password@host`."""
    return "@" in text and bool(_IN_URL.search(text[:4096]))


def holds_user(url: str) -> bool:
    """Whether an http address names a user, who is often a token: `https://token@host`."""
    return bool(_USER.match(url[:4096]))


def holds_data(manifest: Mapping[str, Any]) -> str:
    """The field in which a Secret carries values (`data` or `stringData`); empty for all other objects.

    A Secret without values is fine: Kubernetes and Open Data Hub fill in those of service account tokens.
    """
    if manifest.get("kind") != "Secret" or "/" in str(manifest.get("apiVersion")):
        return ""
    return next((word for word in ("stringData", "data") if manifest.get(word)), "")
