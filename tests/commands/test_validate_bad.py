"""`validate` under fire: whatever lies in a folder or comes through a pipe is one clear problem, and all else is judged.

Real processes, held to a gigabyte of memory and a minute of processor time.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

GOOD = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n"
WRONG = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: wrong}\ndta: {}\n"
MEMORY = 1024**3
SECONDS = 60


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def validate(
    *words: str | bytes, cwd: Path, given: bytes = b"", shell: str = ""
) -> tuple[int, str, str]:
    """Exit code and both outputs of `modelwright validate`; with `shell`, of a script that calls it `$RUN`."""
    run = f"{sys.executable} -m modelwright validate"
    command: list[str | bytes] = [sys.executable, "-m", "modelwright", "validate", *words]
    done = subprocess.run(
        ["bash", "-c", shell] if shell else command,
        cwd=cwd,
        input=given,
        capture_output=True,
        preexec_fn=limited,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": "", "RUN": run, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err and "MW901" not in err, err
    return done.returncode, out, err


def told(output: str) -> list[tuple[str, str]]:
    """File and code of each problem."""
    return [(m[1], m[2]) for m in re.finditer(r"^(.+?):\d+:\d+: (MW\d+) ", output, re.MULTILINE)]


def bomb() -> bytes:
    lines = ["apiVersion: v1", "kind: ConfigMap", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join(['*a' + str(n - 1)] * 10)}]" for n in range(1, 9)]
    return "\n".join(lines).encode()


FILES: Mapping[bytes, tuple[bytes, str]] = {
    b"binary.yaml": (b"\x00\x01\x7fELF\xff" * 1000, "MW101"),
    b"latin.yaml": (GOOD + b"data: {a: caf\xe9}\n", "MW101"),
    b"not-yaml.yaml": (b"apiVersion: v1\nkind: [\n", "MW102"),
    b"template.yaml": (b"apiVersion: v1\nkind: ConfigMap\nmetadata: {{ .Values.meta }}\n", "MW102"),
    b"twice.yaml": (GOOD + b"kind: ConfigMap\n", "MW103"),
    b"deep.yaml": (b"apiVersion: v1\nkind: ConfigMap\na: " + b"[" * 60_000, "MW104"),
    b"deep.json": (b'{"apiVersion": "v1", "kind": "ConfigMap", "a": ' + b"[" * 60_000, "MW104"),
    b"bomb.yaml": (bomb(), "MW104"),
    b"fifty-megabytes.yaml": (b"apiVersion: v1\nkind: ConfigMap\na: " + b"x" * 50_000_000, "MW104"),
    b"unknown.yaml": (b"apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n", ""),
    b"unknown-again.yaml": (b"apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: b}\n", "MW505"),
    b"unknown-version.yaml": (b"apiVersion: v7\nkind: ConfigMap\nmetadata: {name: a}\n", "MW506"),
    b"odd-version.yaml": (b"apiVersion: [1]\nkind: ConfigMap\nmetadata: {name: a}\n", "MW508"),
    b"list.yaml": (b"apiVersion: v1\nkind: List\nitems:\n- null\n- " + GOOD.replace(b"\n", b"\n  "), "MW508"),
    b"nulls.yaml": (b"---\n---\nnull\n---\n~\n---\n" + GOOD + b"---\n", ""),
    b"many-nulls.yaml": (b"---\n" * 1_000_000, ""),
    b"empty.yaml": (b"", ""),
    b"infinite.yaml": (GOOD + b"data: {a: .inf}\n", "MW105"),
    b"carriage.yaml": (GOOD.replace(b"\n", b"\r\n"), ""),
    b"utf16.yaml": (GOOD.decode().encode("utf-16"), ""),
    b"name with\nbreak ::error.yaml": (WRONG, "MW501"),
    b"not-utf8-\xff.yaml": (WRONG, "MW501"),
    b"-dash.yaml": (WRONG, "MW501"),
    b"values.yaml": (b"replicas: 3\n", ""),
    b"note.txt": (b"\0", ""),
    b".hidden.yaml": (b"\0", ""),
    b".git/config.yaml": (b"\0", ""),
    b"sub/UPPER.YML": (WRONG, "MW501"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bad")
    for name, (data, _) in FILES.items():
        path = os.path.join(os.fsencode(place), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
    os.mkfifo(place / "pipe.yaml")
    (place / "gone.yaml").symlink_to("nowhere.yaml")
    (place / "loop.yaml").symlink_to("loop.yaml")
    (place / "out.yaml").symlink_to("/etc/hostname")
    (place / "sub" / "in.yaml").symlink_to("../carriage.yaml")
    (place / "sub" / "up").symlink_to("..")
    (place / "sub" / "null.yaml").symlink_to("/dev/null")
    locked = place / "locked.yaml"
    locked.write_bytes(GOOD)
    locked.chmod(0)
    (place / "locked").mkdir()
    (place / "locked").chmod(0)
    return place


def test_everything_bad_in_one_folder(folder: Path) -> None:
    code, out, err = validate(".", cwd=folder)
    wanted = [(os.fsdecode(name), code) for name, (_, code) in FILES.items() if code]
    wanted += [("gone.yaml", "MW109"), ("loop.yaml", "MW109"), ("out.yaml", "MW109"), ("sub/null.yaml", "MW109"), ("pipe.yaml", "MW110")]
    if os.getuid():
        wanted += [("locked.yaml", "MW110"), ("locked", "MW110")]
    shown = {name: name.replace("\n", "\\n").replace("\udcff", "\\udcff") for name, _ in wanted}
    assert sorted(told(out)) == sorted((shown[name], each) for name, each in wanted)
    assert code == 1
    assert "files hold no Kubernetes object, and were left out" in err
    assert not re.search(r"[^\n -~\xa0-\U0010ffff]", out)


def test_a_million_documents(tmp_path: Path) -> None:
    """Those that are wrong come to an end; what a file before and after it holds is judged."""
    (tmp_path / "a.yaml").write_bytes(WRONG)
    (tmp_path / "b.yaml").write_bytes(b"---\nkind: Pod\n" * 1_000_000)
    (tmp_path / "c.yaml").write_bytes(WRONG)
    code, out, _ = validate(".", cwd=tmp_path)
    files = [file for file, _ in told(out)]
    assert code == 1 and files == ["a.yaml", *["b.yaml"] * 1001, "c.yaml"]
    assert "MW131 more than 1000 problems in one file: the rest of it was not judged\n" in out


def test_a_stream_of_good_documents_is_judged_to_its_end(tmp_path: Path) -> None:
    stream = (b"---\n" + GOOD + b"data:\n  a: " + b"x" * 40_000 + b"\n") * 200 + b"---\n" + WRONG
    code, out, _ = validate("-", cwd=tmp_path, given=stream)
    assert code == 1 and told(out) == [("<stdin>", "MW501")]
    assert out.startswith(f"<stdin>:{200 * 6 + 5}:1: ")


SHELL = {
    "closed stdout": ("$RUN wrong.yaml >&-", 1, "", ""),
    "full disk": ("$RUN wrong.yaml >/dev/full", 2, "", "modelwright: the report cannot be written: No space left on device\n"),
    "closed stdin": ("$RUN - <&-", 2, "", "modelwright: standard input is closed\n"),
    "closed stderr": ("$RUN wrong.yaml 2>&- >/dev/null", 1, "", ""),
    "reader goes away": ("(sleep 0.3; $RUN --format json wrong.yaml; echo $? >code) | true; cat code", 0, "1\n", ""),
    "a pipe that somebody names": ("$RUN <(cat wrong.yaml) | grep -c MW501", 0, "1\n", ""),
    "no end": ("timeout 100 $RUN /dev/zero | grep -o 'MW[0-9]*'", 0, "MW101\n", ""),
    "a folder's pipe by name": ("mkfifo p.yaml; (cat wrong.yaml >p.yaml &); $RUN p.yaml | grep -c MW501", 0, "1\n", ""),
    "nothing there": ("$RUN wrong.yaml nothing.yaml", 2, "", "modelwright: there is no file or folder 'nothing.yaml'\n"),
    "an empty name": ("$RUN ''", 2, "", "modelwright: there is no file or folder ''\n"),
}


@pytest.mark.parametrize(("script", "code", "out", "err"), SHELL.values(), ids=SHELL)
def test_odd_ends_of_pipes(script: str, code: int, out: str, err: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_bytes(WRONG)
    assert validate(cwd=tmp_path, shell=script) == (code, out, err)
