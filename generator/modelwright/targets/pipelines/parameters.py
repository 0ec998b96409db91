"""Parameters for the database of a pipeline server."""

from __future__ import annotations

import json
from collections.abc import Iterator

from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.rules.check import Row, Run


def unreadable(text: Any, run: Run) -> Iterator[Row]:
    """What is no map of texts in JSON (data-science-pipelines-operator controllers/dspipeline_params.go)."""
    if not isinstance(text, str):
        return
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = ()
    # Go reads null as an empty map, and a value that is null as an empty text.
    if found is not None and not (isinstance(found, dict) and all(each is None or isinstance(each, str) for each in found.values())):
        yield (), "`customExtraParams` is no map of texts in JSON", """write it as '{"tls": "true"}'"""
