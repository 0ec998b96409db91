"""Where to publish to when no flag says so: the environment (read by click), then the user's own configuration.

Never the workspace: a stranger's pull request must not choose where credentials go.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from modelwright.gitops.troubles import refused

WORDS = ("url", "branch", "branchPerEnvironment", "path", "author")
"""What may stand below `publish:`."""


def configured(environ: Mapping[str, str], workspace: str) -> Mapping[str, str]:
    """What `$XDG_CONFIG_HOME/modelwright/config.yaml` says below `publish:`. Raises Refused (MW441)."""
    stated = environ.get("XDG_CONFIG_HOME", "")
    top = Path(stated) if os.path.isabs(stated) else Path.home() / ".config"
    file = top / "modelwright" / "config.yaml"
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise refused("MW441", f"cannot read `{file}`: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    if Path(os.path.realpath(file)).is_relative_to(os.path.realpath(workspace)):
        hint = "point XDG_CONFIG_HOME (or HOME) at a folder outside it"
        raise refused("MW441", f"`{file}` lies in the workspace, which must not choose where to publish", hint)
    return _words(text, str(file))


def _words(text: str, file: str) -> Mapping[str, str]:
    from modelwright.yamlio import read

    documents, problems = read(text, file)
    if problems:
        raise refused("MW441", f"`{file}` cannot be read: {problems[0].message}")
    data = documents[0] if documents else None
    stated = data.get("publish") if isinstance(data, dict) else None
    if data is None or (isinstance(data, dict) and "publish" not in data):
        return {}
    if not isinstance(stated, dict):
        raise refused("MW441", f"`publish` in `{file}` is not a map", f"it may hold: {', '.join(WORDS)}")
    for word, value in stated.items():
        if word not in WORDS or not isinstance(value, str):
            what = "is not a text" if word in WORDS else "is not known"
            raise refused("MW441", f"`publish.{word}` in `{file}` {what}", f"it may hold: {', '.join(WORDS)}")
    return stated
