"""Many publishers, each a process of its own: `python -m tests.gitops.publisher URL PUBLISHERS COMMITS CACHES`.

Every third shares one cache, as runs of one user do; the others are as on machines of their own.
"""

from __future__ import annotations

import os
import sys
import traceback

from modelwright.gitops.address import address
from modelwright.gitops.order import Order
from modelwright.gitops.publish import publish
from tests.gitops.world import FILES, MODEL, NOWHERE, built


def publisher(url: str, name: str, commits: int, environ: dict[str, str]) -> None:
    """Print name, number, commit and count of tries for each commit that landed."""
    order = Order(address(url), branch="main", folder=name)
    for number in range(commits):
        files = {**FILES, MODEL: f"kind: InferenceService\nspec:\n  replicas: {number + 1}\n"}
        done, problems = publish(built(files, name), order, NOWHERE, environ)
        if problems or not done[0].commit:
            raise SystemExit(f"{name} {number}: {problems}")
        os.write(1, f"{name} {number} {done[0].commit} {done[0].tries}\n".encode())


def main(url: str, publishers: str, commits: str, caches: str) -> int:
    children = []
    for n in range(int(publishers)):
        cache = os.path.join(caches, "shared" if n % 3 == 0 else str(n))
        child = os.fork()
        if child:
            children.append(child)
            continue
        code = 1
        try:
            publisher(url, f"p{n}", int(commits), {**os.environ, "XDG_CACHE_HOME": cache})
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
