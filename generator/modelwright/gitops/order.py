"""What the user asks for, and whether it makes sense before any repository is looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pygit2 import reference_is_valid_name

from modelwright.gitops.address import Address, address
from modelwright.gitops.message import Person, person
from modelwright.gitops.settings import configured
from modelwright.records import dataclass

HOLE = "{environment}"
"""What a pattern for branches must hold."""
VARIABLE = "MODELWRIGHT_PUBLISH_"
"""How the environment's variables for it begin."""


class Misuse(ValueError):
    """An option that cannot be meant; the message says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asked for."""

    address: Address
    branch: str = ""
    """Empty: the repository's default branch."""
    pattern: str = ""
    """A branch per environment, such as `env/{environment}`; `branch` is then unused."""
    folder: str = "overlays"
    """Where the overlays go in the repository; empty is its top."""
    message: str = ""
    author: Person | None = None
    force: bool = False
    allow_empty: bool = False
    dry_run: bool = False


def order_of(
    root: str, remote: str | None, stated: Mapping[str, str | None], environ: Mapping[str, str]
) -> tuple[Order, Address | None]:
    """The order, and the address that credentials in the environment are for, where something but the call names one.

    `stated` holds what flags (or their variables) say of `branch`, `branchPerEnvironment`, `path` and `author`; what
    they leave out, the user's own configuration may say. Raises Misuse, and Refused (MW410, MW441).
    """
    if stated["branch"] and stated["branchPerEnvironment"]:
        raise Misuse("one branch, or a branch per environment? both are named")
    own = configured(environ, root)
    word = {name: own.get(name) if value is None else value for name, value in stated.items()}
    if stated["branch"]:
        word["branchPerEnvironment"] = None
    url = environ.get(f"{VARIABLE}URL") or own.get("url")
    to = remote or url
    if not to:
        raise Misuse(f"where to? name a repository: `modelwright publish REMOTE`, or set {VARIABLE}URL")
    order = Order(
        address(to),
        _branch(word["branch"] or ""),
        _pattern(word["branchPerEnvironment"] or ""),
        _folder("overlays" if word["path"] is None else word["path"]),
        author=_author(word["author"]),
    )
    return order, address(url) if url else None


def _branch(name: str) -> str:
    short = name.removeprefix("refs/heads/")
    if short.startswith("refs/"):
        raise Misuse(f"{name!r} is not a branch: overlays are committed to branches only")
    if name and (short.startswith("-") or short == "HEAD" or not reference_is_valid_name(f"refs/heads/{short}")):
        raise Misuse(f"{name!r} is not a name for a branch")
    return short


def _pattern(text: str) -> str:
    if text and HOLE not in text:
        raise Misuse(f"the pattern {text!r} has no {HOLE}: all environments would share one branch")
    other = re.search(r"\{[^{}]*\}", text.replace(HOLE, ""))
    if other:
        raise Misuse(f"the pattern {text!r} has an unknown placeholder {other[0]}: {HOLE} is the only one")
    _branch(text.replace(HOLE, "x"))
    return text


def _folder(text: str) -> str:
    if text in (".", "./", "/"):
        return ""
    parts = text.rstrip("/").split("/")
    odd = any(p in ("", ".", "..") or p.lower() in (".git", "git~1") or p != p.strip() for p in parts)
    if odd or not text.isprintable() or "\\" in text or ":" in text:
        raise Misuse(f"{text!r} is not a folder in a repository: write it as `deploy/overlays`")
    return "/".join(parts)


def _author(text: str | None) -> Person | None:
    if not text:
        return None
    found = person(text)
    if found is None:
        raise Misuse(f"{text!r} is not an author: write it as 'Name <mail@example.com>'")
    return found
