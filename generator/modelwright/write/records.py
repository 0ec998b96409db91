"""Files that become inputs of the workspace: made once, never changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing

from modelwright.model import Place
from modelwright.problems import Problem
from modelwright.write.disk import Folder, Walker
from modelwright.write.plan import failed


def record(files: Mapping[str, str], root: str | os.PathLike[str]) -> tuple[Problem, ...]:
    """Write files that are not there yet into the workspace at `root`, each at once; path -> text.

    What is there already stays as it is. Links are not followed. MW409 for what the disk refuses; the rest is not tried.
    """
    path = ""
    try:
        with closing(Folder.opened(os.fspath(root))) as top, closing(Walker(top)) as walker:
            for path, text in sorted(files.items()):
                folder, _, name = path.rpartition("/")
                here = walker.to(folder, make=True)
                if here.sort(name) is None:
                    here.write(name, text.encode())
    except OSError as error:
        folder, _, name = path.rpartition("/")
        return (failed("write", folder or ".", name, error),)
    return ()


def unrecorded(files: Mapping[str, str]) -> tuple[Problem, ...]:
    """What `check` says about inputs that `compile` would add: MW730 for each."""
    return tuple(
        Problem(
            "MW730",
            "this version of the pipeline is not recorded yet",
            Place(path),
            "run `modelwright compile` and commit the file it adds",
        )
        for path in sorted(files)
    )
