"""Our CEL against two libraries: right answers on the same cases, and time per evaluation.

Makes a throw-away environment with both libraries and this project, and runs itself there:
`python benchmarks/cel.py`. Cases: the published ones that need no variables (where ../shared/data/cel-spec is), and
Kubernetes' recorded answers. Prints two tables.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import timeit
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("cel-expr-python==0.1.3", "common-expression-language==0.10.0")
RULES = (
    "self.minReplicas <= self.maxReplicas",
    "!has(self.name) || self.name.size() < 64",
    "self.path.matches('^/[a-z0-9/]*$')",
    "self.ports.all(p, p.port > 0 && p.port < 65536)",
)
SELF = {
    "minReplicas": 1,
    "maxReplicas": 3,
    "name": "fraud",
    "path": "/v1/models/fraud",
    "ports": [{"name": f"p{n}", "port": 8000 + n} for n in range(20)],
}
Evaluate = Callable[[str, dict[str, Any]], Callable[[], Any]]


class Failed(Exception):
    """The expression has no value."""


def ours(text: str, data: dict[str, Any], minor: int | None = None) -> Callable[[], Any]:
    """modelwright.cel."""
    from modelwright.cel import DYN, CelError, compile_cel

    program = compile_cel(text, dict.fromkeys(data, DYN), minor=minor)
    if isinstance(program, CelError):
        raise Failed
    return lambda: program.evaluate(data)


def google(text: str, data: dict[str, Any]) -> Callable[[], Any]:
    """cel-expr-python with all its extensions."""
    from cel_expr_python import cel  # type: ignore[import-not-found]

    # Both libraries are installed for this page alone.
    from cel_expr_python.ext import ext_bindings, ext_encoders, ext_math, ext_optional, ext_strings  # type: ignore[import-not-found]

    global _environment
    if _environment is None:
        extensions = [
            ext_bindings.ExtBindings(),
            ext_encoders.ExtEncoders(),
            ext_math.ExtMath(),
            ext_optional.ExtOptional(),
            ext_strings.ExtStrings(),
        ]
        _environment = cel.NewEnv(variables={"self": cel.Type.DYN}, extensions=extensions)
    program = _environment.compile(text)

    def run() -> Any:
        value = program.eval(data=data)
        if value.type() == cel.Type.ERROR:
            raise Failed
        return value.plain_value()

    return run


_environment: Any = None


def rust(text: str, data: dict[str, Any]) -> Callable[[], Any]:
    """common-expression-language with its standard helpers."""
    import cel

    program = cel.compile(text)  # type: ignore[attr-defined]
    return lambda: program.execute(data)


ENGINES: dict[str, Evaluate] = {"modelwright": ours, "cel-expr-python": google, "common-expression-language": rust}


def answer(engine: Evaluate, text: str, data: dict[str, Any]) -> Any:
    """The value, `error` where there is none."""
    from modelwright.cel import CelError

    try:
        value = engine(text, data)()
    except BaseException:  # a panic of Rust is not an Exception
        return "error"
    return "error" if isinstance(value, CelError) or "Error" in type(value).__name__ else value


def alike(given: Any, wanted: Any) -> bool:
    """Equal as plain Python values, which know no uint."""
    if isinstance(given, float) and isinstance(wanted, float) and math.isnan(given) and math.isnan(wanted):
        return True
    if isinstance(given, list | tuple) and isinstance(wanted, list):
        return len(given) == len(wanted) and all(map(alike, given, wanted))
    if isinstance(given, dict) and isinstance(wanted, dict):
        return given.keys() == wanted.keys() and all(alike(given[key], wanted[key]) for key in given)
    return isinstance(given, bool) == isinstance(wanted, bool) and bool(given == wanted)


def published() -> list[tuple[str, Any]]:
    """Published cases without variables, types or containers, whose answers are plain."""
    from tests.cel import conformance

    from modelwright.cel.values import Uint

    rows: list[tuple[str, Any]] = []
    for case in conformance.cases():
        given = {"type_env", "bindings", "container", "disable_check", "typed_result", "check_only"}
        if given & set(case.data) or conformance.outcome(case).verdict != "pass":
            continue
        if "eval_error" in case.data:
            rows.append((case.expr, "error"))
            continue
        value = conformance._value(case.data["value"][0]) if "value" in case.data else True
        if value is None or type(value) in (bool, int, float, str, bytes, list, dict, Uint):
            rows.append((case.expr, value))
    return rows


def recorded() -> list[tuple[str, Any]]:
    """Kubernetes' answers that are booleans, numbers, texts or errors."""
    from tests.cel.recorded import KNOWN, record

    read: dict[str, Callable[[str], Any]] = {
        "bool": lambda text: text == "true",
        "int": int,
        "double": float,
        "string": json.loads,
    }
    rows: list[tuple[str, Any]] = []
    for text, shown in record():
        kind, _, rest = shown.partition(":")
        if text in KNOWN or (kind not in read and shown != "error"):
            continue
        rows.append((text, "error" if shown == "error" else read[kind](rest)))
    return rows


def kubernetes(text: str, data: dict[str, Any]) -> Callable[[], Any]:
    """modelwright.cel as Kubernetes 1.34."""
    return ours(text, data, minor=34)


def measure() -> None:
    """Both tables."""
    from tests.cel.conformance import CASES
    from tests.cel.recorded import SELF as recorded_self

    sets = {"Kubernetes' answers": (recorded(), {"self": recorded_self}, kubernetes)}
    if CASES.is_dir():
        sets = {"published cases": (published(), {}, ours), **sets}
    print("| cases | number | " + " | ".join(ENGINES) + " |\n|---|---|" + "---|" * len(ENGINES))
    for title, (rows, data, own) in sets.items():
        right = []
        for name, engine in ENGINES.items():
            engine = own if name == "modelwright" else engine
            right.append(sum(alike(answer(engine, text, data), wanted) for text, wanted in rows))
        print(f"| {title}, right answers | {len(rows)} | " + " | ".join(map(str, right)) + " |", flush=True)
    print("\n| rule, microseconds | " + " | ".join(ENGINES) + " |\n|---|" + "---|" * len(ENGINES))
    for text in RULES:
        times = []
        for engine in ENGINES.values():
            run = engine(text, {"self": SELF})
            assert run() is True
            times.append(min(timeit.repeat(run, number=500, repeat=9)) / 500 * 1e6)
        shown = " | ".join(f"{each:.2f} ({each / times[0]:.0f}x)" for each in times)
        print(f"| `{text}` | {shown} |", flush=True)


def main() -> int:
    """Run `measure` where the libraries are."""
    if sys.argv[1:] == ["--here"]:
        # This file's own folder would hide the library called `cel`.
        sys.path[:1] = [str(ROOT), str(ROOT / "generator")]
        measure()
        return 0
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        packages = [*LIBRARIES, "google-re2", "tzdata"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        return subprocess.run([python, __file__, "--here"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
