"""The console script. A plain `validate` is read here, word by word, and done: the library of the command line, which takes
longer to load than a file takes to be judged, is left to every other call, to help, and to whatever is not plainly right.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence

from modelwright.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from modelwright.validation import Asked

VALUES = {
    "--kubernetes": "kubernetes",
    "--kserve": "kserve",
    "--open-data-hub": "open_data_hub",
    "--kubeflow-pipelines": "kubeflow_pipelines",
    "--jobs": "jobs",
    "--format": "form",
    "--fail-on": "fail_on",
}
"""Options with a value, as `commands/validate.py` has them -> their names in `Asked`."""
FLAGS = {"--strict": "strict", "--skip-others": "skip_others"}


def main() -> None:
    """Entry point of the console script."""
    asked = plain(sys.argv[1:], os.environ)
    if asked is None:
        from modelwright.cli import main as whole

        whole()
        return
    # As `cli.main` does: nothing here lives long or holds cycles worth a search.
    gc.disable()
    try:
        from modelwright.validation import run

        code = run(asked)
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        from modelwright.cli import failed

        failed(error)
        return
    raise SystemExit(code)


def plain(words: Sequence[str], environ: Mapping[str, str]) -> Asked | None:
    """What a `validate` of paths and everyday options asks for; None for what the library has to read.

    `environ`: shells ask for completion by a variable.
    """
    if os.name != "posix" or not words or words[0] != "validate" or "_MODELWRIGHT_COMPLETE" in environ:
        return None
    paths: list[str] = []
    said: dict[str, str | int | bool] = {}
    left = iter(words[1:])
    for word in left:
        if word == "-" or (word and not word.startswith("-")):
            paths.append(word)
        elif word in FLAGS:
            said[FLAGS[word]] = True
        else:
            option, equals, value = word.partition("=")
            if option not in VALUES:
                return None
            known = _value(option, value if equals else next(left, ""))
            if known is None:
                return None
            said[VALUES[option]] = known
    if not paths:
        return None
    from modelwright.validation import Asked

    return Asked(tuple(paths), **said)  # type: ignore[arg-type]


def _value(option: str, value: str) -> str | int | None:
    """The value of an option; None where it is not plainly right."""
    if not value or value.startswith("-"):
        return None
    if option == "--jobs":
        return int(value) if value.isascii() and value.isdigit() and len(value) < 5 and int(value) else None
    if option == "--format":
        from modelwright.commands.output import FORMATS

        return value if value in FORMATS else None
    if option == "--fail-on":
        return value if value in ("error", "warning") else None
    return value
