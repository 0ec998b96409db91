"""The least that writing takes: the same files in the same folders, with nothing promised.

    python benchmarks/peers/floor.py FROM TO     writes the files below FROM to TO, prints wall, user and system seconds
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from measure import Usage


def written(source: Path, target: Path) -> Usage:
    """What a new process takes to write the files below `source`, once it has read them."""
    command = [sys.executable, __file__, str(source), str(target)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    wall, user, system = map(float, said.split())
    return Usage(wall, user, system)


def main(source: Path, target: Path) -> None:
    found = sorted(source.rglob("*"))
    folders = [path.relative_to(source) for path in found if path.is_dir()]
    files = [(path.relative_to(source), path.read_bytes()) for path in found if path.is_file()]
    start, before = time.perf_counter(), os.times()
    target.mkdir()
    top = os.open(target, os.O_RDONLY)
    for folder in folders:
        os.mkdir(folder, dir_fd=top)
    for path, data in files:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, dir_fd=top)
        os.write(file, data)
        os.close(file)
    after, wall = os.times(), time.perf_counter() - start
    print(wall, after.user - before.user, after.system - before.system)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
