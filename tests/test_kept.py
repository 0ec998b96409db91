"""What is made of the tool's own files is made once for all runs, and never used where it does not fit."""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modelwright import expand, kept
from modelwright.expand import compiled as store
from modelwright.expand.template import Template, compile_template, packaged_template
from modelwright.load import language
from modelwright.model import Source
from modelwright.pipeline import build
from modelwright.targets import targets
from tests import scaffold

PACKAGED = sorted(path for target in targets() for path in Path(str(target.folder)).glob("templates/*.j2"))
TEXT = """\
a: {{ spec.x }}
{% for key, value in spec.m | dictsort if value is not none %}
{{ key }}: [{{ value.y }}, {{ loop.index }}, {{ loop.last }}, {{ loop.length }}]
{% endfor %}
"""
MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec: {format: sklearn, source: "gs://b/m", environments: {dev: {}}}
"""
VALUES = {"spec": {"x": [1], "m": {"q": {"y": 2}, "p": {"y": 1}, "r": None}}}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    path = tmp_path / "toy.yaml.j2"
    path.write_text(TEXT)
    return path


def compiled(source: Path) -> Template:
    template, problems = packaged_template(source, source.name)
    assert template is not None and problems == ()
    return template


def rendered(template: Template, values: dict[str, Any] = VALUES) -> tuple[Any, ...]:
    documents, problems = template.render(values)
    return [(each.data, dict(each.origins)) for each in documents], problems, template.reads(), template.paths()


def test_what_is_kept_renders_the_same(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = rendered(compiled(source))
    assert fresh[0][0][0] == {"a": [1], "p": [1, 1, False, 2], "q": [2, 2, True, 2]} and fresh[1] == ()
    monkeypatch.setattr("modelwright.expand.template.compile_template", None)
    assert rendered(compiled(source)) == fresh


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: path.name)
def test_every_packaged_template_is_kept_whole(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    fresh, _ = compile_template(path.read_text(), path.name)
    again = (compiled(path), compiled(path))[1]
    assert fresh is not None and list(tmp_path.rglob("*.pyc"))
    assert again.code == fresh.code and again.learned[:2] == fresh.learned[:2]
    assert [each.parts() for each in again.learned[2]] == [each.parts() for each in fresh.learned[2]]


def test_a_problem_points_at_the_same_line(source: Path) -> None:
    values = {"spec": {"m": {"k": {"y": float("inf")}}}}
    fresh = rendered(compiled(source), values)
    assert fresh[1][0].code == "MW301" and fresh[1][0].place.line == 3
    assert rendered(compiled(source), values) == fresh


def test_a_changed_template_is_compiled_anew(source: Path) -> None:
    compiled(source)
    source.write_text("b: {{ spec.x }}\n")
    assert rendered(compiled(source))[0][0][0] == {"b": [1]}


@pytest.mark.parametrize("harm", ["cut", "other", "empty", "odd", "missing"])
def test_what_is_broken_is_not_used(source: Path, harm: str) -> None:
    fresh = rendered(compiled(source))
    (place,) = source.parent.glob("__pycache__/*")
    data = place.read_bytes()
    match harm:
        case "cut":
            place.write_bytes(data[:-9])
        case "other":
            place.write_bytes(bytes(16) + data[16:])
        case "empty":
            place.write_bytes(b"")
        case "odd":
            place.write_bytes(data[:16] + marshal.dumps(7))
        case _:
            place.unlink()
    assert rendered(compiled(source)) == fresh
    assert place.read_bytes() == data and len(list(place.parent.iterdir())) == 1


def test_another_compiler_makes_its_own(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled(source)
    monkeypatch.setattr(store, "_compiler", lambda: b"another")
    assert store.get(source, TEXT) is None


def test_the_language_is_resolved_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    fresh = {name: language._whole(name) for name in (*map(str.lower, language.KINDS), "metadata")}
    assert fresh["model"]["properties"]["source"] and len(list(tmp_path.rglob("*.pyc"))) == len(fresh)
    monkeypatch.setattr(language, "_file", None)
    assert {name: language._whole(name) for name in fresh} == fresh
    monkeypatch.setattr(kept, "versions", lambda _: b"edited")
    with pytest.raises(TypeError):
        language._whole("model")


def test_nothing_is_kept_where_python_keeps_nothing(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    compiled(source)
    assert not (source.parent / "__pycache__").exists()


def test_a_folder_that_cannot_be_written_to_is_no_problem(source: Path) -> None:
    (source.parent / "__pycache__").write_text("a file in the way")
    assert rendered(compiled(source))[1] == ()


def test_a_workspaces_own_templates_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(store, "get", lambda source, _: asked.append(source))
    monkeypatch.setattr(store, "put", lambda source, *_: asked.append(source))
    expand._packaged.cache_clear()
    own = Source("templates/kserve/inferenceservice.yaml.j2", "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\n")
    patch = Source("templates/kserve/inferenceservice.patch.yaml.j2", "metadata: {name: {{ metadata.name }}}\n")
    build((*scaffold.sources(MODEL), own, patch))
    assert asked and "inferenceservice.yaml.j2" not in {source.name for source in asked}
    assert all(source in PACKAGED for source in asked)
    expand._packaged.cache_clear()


def test_jinja_rests_where_all_templates_are_kept() -> None:
    root = Path(__file__).parents[1]
    if not os.access(root / "generator/modelwright/targets/kserve/templates", os.W_OK):
        pytest.skip("the tool's own folders cannot be written to")
    code = (
        "import sys\nfrom modelwright.cli import cli\n"
        "try: cli(['-C', sys.argv[1], 'render', 'prod'])\nfinally: print('jinja2' in sys.modules, file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", code, str(root)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    for _ in range(2):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "False"
