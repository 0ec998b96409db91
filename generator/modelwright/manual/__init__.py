"""The manual: one page per problem code, read only when asked for.

Pages stand beside each other by room in this folder, or with the checks of their code in a target's rule file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from modelwright.typed import Any

HEADS = ("what", "why", "wrong", "right", "source")


@cache
def pages() -> Mapping[str, Mapping[str, Any]]:
    """Code -> page with `title`, `effect`, `what`, `why`, `wrong`, `right` and `source`; from rule files with `checks`."""
    from modelwright.rules.author import pages as of_rules

    return {**written(), **of_rules()}


@cache
def written() -> Mapping[str, Mapping[str, Any]]:
    """The pages of this folder."""
    from modelwright.yamlio import read

    found: dict[str, Mapping[str, Any]] = {}
    folder = files("modelwright.manual")
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            documents, _ = read(entry.read_text(encoding="utf-8"), entry.name)
            found.update(documents[0] or {})
    return found


def codes() -> list[str]:
    """Every code there is, in order."""
    return sorted(pages())


def releases(page: Mapping[str, Any]) -> str:
    """For which clusters the checks of a page hold, in words; empty where for all."""
    found = dict.fromkeys(_clusters(check.get("where")) for check in page.get("checks") or ())
    return "; ".join(filter(None, (_clusters(page.get("where")), "" if "" in found else "; ".join(found))))


def _clusters(where: Any) -> str:
    """A condition such as `{kserve: ">=0.16"}`, or a list of alternatives, in words."""
    alternatives = where if isinstance(where, list) else [where] if where else []
    return " or ".join(", ".join(_range(what, str(text)) for what, text in each.items()) for each in alternatives)


def _range(what: str, text: str) -> str:
    title = _TITLES[what]
    return f"without {title}" if text == "none" else f"{title} {text}"


_TITLES = {
    "kubernetes": "Kubernetes",
    "kserve": "KServe",
    "openDataHub": "Open Data Hub",
    "pipelines": "Kubeflow Pipelines",
    "distribution": "distribution",
}


def page(code: str) -> str | None:
    """One page as text for a terminal."""
    found = pages().get(code)
    if found is None:
        return None
    lines = [f"{code}: {found['title']}", f"effect: {found['effect']}"]
    if releases(found):
        lines.append(f"releases: {releases(found)}")
    lines.append("")
    for head in HEADS:
        text = str(found.get(head) or "").rstrip()
        if text:
            body = [f"  {line}".rstrip() for line in text.splitlines()]
            lines += [head.capitalize(), *body, ""]
    return "\n".join(lines).rstrip() + "\n"
