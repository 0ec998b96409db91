"""What people chose to live with: by code in modelwright.yaml, by comment beside the line; counted, never lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from modelwright.cli import cli
from modelwright.model import Mark, Source
from modelwright.pipeline import Build, build
from modelwright.problems import Problem
from modelwright.report.text import render
from modelwright.suppress import MAX_PROBLEMS, suppress
from tests import scaffold
from tests.scaffold import HEAD, PLATFORM, compiled

RUNTIME = """\
apiVersion: modelwright/v1
kind: Runtime
metadata: {name: server}
spec:
  formats: [{name: onnx, version: "1"}]
  protocols: [v2]
  image: registry.example.com/server:1.0
  environments: {dev: {}}
"""
# MW802 at line 5, MW803 at line 7.
MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: {name: onnx, version: "2"}
  runtime: server
  protocol: v1
  source: gs://models/iris
  environments: {dev: {}}
"""
FORMAT = '  format: {name: onnx, version: "2"}\n'


COMMENTED = f"{FORMAT.rstrip()}  # modelwright: ignore MW802 the platform team adds it\n"


def told(text: str, judge: str = "") -> tuple[list[str], int]:
    """`line:code` of each problem with a workspace's `judge`, and the number suppressed."""
    head = HEAD.replace("spec: {", f"spec: {{judge: {judge}, ") if judge else HEAD
    files = {"modelwright.yaml": head, "p.yaml": PLATFORM, "r.yaml": RUNTIME, "m.yaml": text}
    made = build([Source(path, text) for path, text in files.items()])
    report = render(made.problems, made.sources, suppressed=made.suppressed).split("\n")
    heads = [line.split(" ") for line in report if line.startswith(("m.yaml:", "modelwright.yaml:"))]
    return [f"{h[0].removeprefix('m.yaml:').split(':')[0]}:{h[1]}" for h in heads], made.suppressed


@pytest.mark.parametrize(
    ("judge", "codes", "suppressed"),
    [
        ("{}", ["5:MW802", "7:MW803"], 0),
        ("{ignore: [MW802]}", ["7:MW803"], 1),
        ("{ignore: [MW8]}", [], 2),
        ("{ignore: [MW]}", [], 2),
        ("{select: [MW803]}", ["7:MW803"], 1),
        ("{select: [MW5]}", [], 2),
        ("{select: []}", ["5:MW802", "7:MW803"], 0),
        ("{select: [MW803], ignore: [MW8]}", ["7:MW803"], 1),
        ("{select: [MW8], ignore: [MW803]}", ["5:MW802"], 1),
        ("{select: [MW803], ignore: [MW803]}", [], 2),
        ("{ignore: [MW8], severity: {MW803: error}}", [], 2),
    ],
)
def test_the_longest_word_decides_and_what_is_left_out_is_counted(judge: str, codes: list[str], suppressed: int) -> None:
    assert told(MODEL, judge) == (codes, suppressed)


def test_severity_by_the_longest_first_part() -> None:
    head = HEAD.replace("spec: {", "spec: {judge: {severity: {MW8: warning, MW803: note, MW: error}}, ")
    made = compiled_with(head, RUNTIME, MODEL)
    assert [(p.code, p.severity) for p in made.problems] == [("MW802", "warning"), ("MW803", "note")]
    assert made.sound and made.suppressed == 0


@pytest.mark.parametrize("comment", ["MW802 later", "MW8 later", "MW later", "MW801, MW802 later", "MW801 ,MW802  a, b"])
def test_a_comment_on_the_line_or_alone_above_it(comment: str) -> None:
    beside = f"{FORMAT.rstrip()}  # modelwright: ignore {comment}\n"
    assert told(MODEL.replace(FORMAT, beside)) == (["7:MW803"], 1)
    above = f"  # modelwright: ignore {comment}\n{FORMAT}"
    assert told(MODEL.replace(FORMAT, above)) == (["8:MW803"], 1)


def test_comments_above_each_other_count_for_the_line_below_them_all() -> None:
    text = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  # modelwright: ignore MW802 first
#modelwright:ignore MW803 second
  {format: {name: onnx, version: "2"}, runtime: server, protocol: v1,
   source: gs://models/iris, environments: {dev: {}}}
"""
    assert told(text) == ([], 2)
    assert told(text.replace("#modelwright:ignore", "# ignore")) == (["7:MW802", "7:MW803"], 0)


@pytest.mark.parametrize(
    "lines",
    [
        FORMAT + "  # modelwright: ignore MW802 below it\n",
        "  # modelwright: ignore MW802 an empty line between\n\n" + FORMAT,
        "  # modelwright: ignore MW802 a comment between\n  # which is prose\n" + FORMAT,
        "  args: [] # modelwright: ignore MW802 beside the line above\n" + FORMAT,
        FORMAT.rstrip() + "  # modelwright: ignore MW801, MW803 other codes\n",
        FORMAT.rstrip() + "  # see modelwright: ignore MW802 within prose\n",
        FORMAT.rstrip() + "  # to suppress: # modelwright: ignore MW802 within another comment\n",
        '  format: {name: onnx, version: "2 # modelwright: ignore MW802 within quotes"}\n',
        "  env:\n    A: |\n      # modelwright: ignore MW802 within a block\n" + FORMAT,
    ],
)
def test_what_does_not_suppress(lines: str) -> None:
    codes, suppressed = told(MODEL.replace(FORMAT, lines))
    assert [code.split(":")[1] for code in codes] == ["MW802", "MW803"] and suppressed == 0


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("ignore MW801", "2:19: MW223 warning: this comment gives no reason"),
        ("ignore MW801 -", "2:19: MW223 warning: this comment gives no reason"),
        ("ignore", "2:19: MW223 warning: this comment names no problem code"),
        ("ignore , why", "2:19: MW223 warning: this comment names no problem code"),
        ("ignore because", "2:41: MW223 warning: there is no problem code `because`"),
        ("ignore MW899 why", "2:41: MW223 warning: there is no problem code `MW899`"),
        ("ignore MW801, MW0 why", "2:48: MW223 warning: there is no problem code `MW0`"),
        ("ignore mw801 why", "2:41: MW223 warning: there is no problem code `mw801`"),
        ("ignore MW8010 why", "2:41: MW223 warning: there is no problem code `MW8010`"),
        ("ignore MW801: why", "2:41: MW223 warning: there is no problem code `MW801:`"),
        ("disable MW801 why", "2:19: MW223 warning: a comment suppresses problems by the word `ignore`"),
        ("MW801 why", "2:19: MW223 warning: a comment suppresses problems by the word `ignore`"),
        ("ignore MW201 why", "2:41: MW222 `MW201` cannot be suppressed"),
        ("ignore MW801,MW4 why", "2:47: MW222 `MW4` cannot be suppressed"),
        ("ignore MW901 why", "2:41: MW222 `MW901` cannot be suppressed"),
    ],
)
def test_a_comment_with_a_problem_suppresses_nothing(comment: str, message: str) -> None:
    text = f"a: 1\nb: some text here # modelwright: {comment}\n"
    problem = Problem("MW801", "x", Mark("f.yaml", 2, 1, 2, 2), effect="broken")
    left, suppressed = suppress([problem], {"f.yaml": text})
    assert suppressed == 0
    report = render(left, {"f.yaml": text}).split("\n")
    assert [line for line in report if line.startswith("f.yaml:")] == ["f.yaml:2:1: MW801 x", f"f.yaml:{message}"]


@pytest.mark.parametrize("comment", ["see the README", "ignored by all", "compiled from here", ""])
def test_other_words_after_our_name_are_prose(comment: str) -> None:
    text = f"a: 1  # modelwright: {comment}\n"
    problem = Problem("MW801", "x", Mark("f.yaml", 1, 1, 1, 2))
    assert suppress([problem], {"f.yaml": text}) == ((problem,), 0)


def test_files_without_a_problem_are_not_looked_at() -> None:
    problem = Problem("MW801", "x", Mark("other.yaml", 1, 1, 1, 2))
    assert suppress([problem], {"f.yaml": "a: 1  # modelwright: ignore MW801\n"}) == ((problem,), 0)
    assert suppress([], {"f.yaml": "a: 1  # modelwright: ignore MW801\n"}) == ((), 0)


REFUSED = MODEL.replace("protocol: v1", "protocl: v2")


@pytest.mark.parametrize(
    ("judge", "codes"),
    [
        ("{ignore: [MW201]}", ["7:MW201", "modelwright.yaml:MW222"]),
        ("{ignore: [MW10, MW4, MW9]}", ["7:MW201", *["modelwright.yaml:MW222"] * 3]),
        ("{severity: {MW201: warning}}", ["7:MW201", "modelwright.yaml:MW222"]),
        ("{severity: {MW201: error}}", ["7:MW201"]),
        ("{ignore: [MW2]}", ["7:MW201"]),
        ("{ignore: [MW], severity: {MW: note}}", ["7:MW201"]),
        ("{select: [MW8]}", ["7:MW201"]),
    ],
)
def test_what_leaves_nothing_sound_to_write_is_always_told(judge: str, codes: list[str]) -> None:
    assert told(REFUSED, judge) == (codes, 0)


def test_a_comment_by_the_first_part_of_a_code_suppresses_no_refusal_either() -> None:
    text = REFUSED.replace("protocl: v2", "protocl: v2  # modelwright: ignore MW2, MW80 all is well")
    assert told(text) == (["7:MW201", "7:MW222"], 0)
    assert told(text, "{ignore: [MW2]}") == (["7:MW201", "7:MW222"], 0)


def test_codes_of_the_workspace_that_do_not_exist() -> None:
    head = HEAD.replace("spec: {", "spec: {judge: {select: [MW, MW7, MW899], ignore: [MW66], severity: {MW0: note}}, ")
    made = compiled_with(head)
    report = render(made.problems, made.sources)
    assert [line for line in report.split("\n") if "MW223" in line] == [
        "modelwright.yaml:4:34: MW223 warning: there is no problem code `MW899`",
        "modelwright.yaml:4:51: MW223 warning: there is no problem code `MW66`",
        "modelwright.yaml:4:69: MW223 warning: there is no problem code `MW0`",
    ]
    assert made.sound and len(made.problems) == 3
    made = compiled_with(HEAD.replace("spec: {", "spec: {judge: {select: [MW899]}, "), RUNTIME, MODEL)
    assert [p.code for p in made.problems] == ["MW223"] and made.suppressed == 2


def test_a_severity_that_is_none_is_one_problem() -> None:
    made = compiled_with(HEAD.replace("spec: {", "spec: {judge: {severity: {MW8: fatal}, ignore: [x]}, "), RUNTIME, MODEL)
    assert [p.code for p in made.problems] == ["MW204", "MW204", "MW802", "MW803"]


def compiled_with(head: str, *texts: str) -> Build:
    return build([Source("modelwright.yaml", head), *scaffold.sources(*texts)[1:]])


def test_nothing_is_written_where_a_refusal_was_to_be_suppressed(tmp_path: Path) -> None:
    scaffold.write(tmp_path)
    (tmp_path / "blueprints" / "r.yaml").write_text(RUNTIME)
    (tmp_path / "blueprints" / "m.yaml").write_text(REFUSED.replace(": v2", ": v2  # modelwright: ignore MW201 fine"))
    code, output = run(tmp_path, "compile")
    assert code == 1 and output.endswith("\n2 errors\n")
    assert "m.yaml:7:3: MW201 " in output and "m.yaml:7:38: MW222 " in output
    assert not (tmp_path / "overlays").exists()


def run(root: Path, *arguments: str, given: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["-C", str(root), *arguments], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def quiet(root: Path) -> None:
    """A workspace whose two problems are suppressed, one by comment and one by code."""
    scaffold.write(root)
    head = HEAD.replace("spec: {", "spec: {judge: {ignore: [MW803]}, ")
    (root / "modelwright.yaml").write_text(head)
    (root / "blueprints" / "r.yaml").write_text(RUNTIME)
    (root / "blueprints" / "m.yaml").write_text(MODEL.replace(FORMAT, COMMENTED))


def test_every_command_counts(tmp_path: Path) -> None:
    quiet(tmp_path)
    assert run(tmp_path, "compile") == (0, "no problems (2 suppressed)\n")
    assert run(tmp_path, "check") == (0, "no problems (2 suppressed)\n")
    code, output = run(tmp_path, "check", "--format", "json")
    assert code == 0
    assert json.loads(output) == {
        "version": 1, "problems": [], "suppressed": 2, "summary": {"error": 0, "warning": 0, "note": 0},
    }
    code, output = run(tmp_path, "render", "dev", "iris")
    assert code == 0 and output.startswith("apiVersion: serving.kserve.io/v1beta1\n")


def test_one_problem_of_two_environments_counts_once() -> None:
    qa = "apiVersion: modelwright/v1\nkind: Environment\nmetadata: {name: qa}\nspec: {cluster: main}\n"
    runtime, model = (text.replace("{dev: {}}", "{dev: {}, qa: {}}") for text in (RUNTIME, MODEL))
    assert [(p.code, p.environments) for p in compiled(qa, runtime, model).problems] == [
        ("MW802", ("qa", "dev")),
        ("MW803", ("qa", "dev")),
    ]
    made = compiled(qa, runtime, model.replace(FORMAT, COMMENTED))
    assert [p.code for p in made.problems] == ["MW803"] and made.suppressed == 1


PLAIN = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a}
  data:
    text: |
      # modelwright: ignore MW5 within a block
  date: {}    # modelwright: ignore MW501 a webhook removes it
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b}
# modelwright: ignore MW501 a webhook removes it
date: {}
dta: {}
"""


def test_plain_manifests(tmp_path: Path) -> None:
    file = tmp_path / "plain.yaml"
    file.write_bytes(PLAIN.replace("\n", "\r\n").encode("utf-8-sig"))
    code, output = run(tmp_path, "validate", str(file))
    assert code == 1
    assert output.startswith(f"{file}:17:1: MW501 ")
    assert output.endswith("\n1 error (2 suppressed)\n")
    assert run(tmp_path, "validate", "-", given=PLAIN.replace("dta: {}\n", "")) == (0, "no problems (2 suppressed)\n")


def test_a_cluster_of_the_workspace_brings_its_judge(tmp_path: Path) -> None:
    scaffold.write(tmp_path)
    (tmp_path / "modelwright.yaml").write_text(HEAD.replace("spec: {", "spec: {judge: {ignore: [MW501, MW201]}, "))
    code, output = run(tmp_path, "validate", "--cluster", "main", "-", given="apiVersion: v1\nkind: Pod\nx: 1\n")
    assert code == 1
    assert [line.split(" ")[:2] for line in output.split("\n") if ": MW" in line] == [
        ["<stdin>:1:1:", "MW508"],
        ["modelwright.yaml:4:32:", "MW222"],
    ]
    assert output.endswith("\n2 errors (1 suppressed)\n")


def test_a_flood_of_comments(tmp_path: Path) -> None:
    lines = "".join(f"  # modelwright: ignore MW5{n % 10}{n % 7} reason {n}\n" for n in range(20_000))
    bad = "".join(f"  # modelwright: ignore X{n} reason\n" for n in range(20_000))
    problems = [Problem("MW801", str(n), Mark("f.yaml", 40_003, 3, 40_003, 4)) for n in range(5_000)]
    text = f"a:\n{lines}{bad}  # modelwright: ignore MW801 at last\n  b: 1\n"
    left, suppressed = suppress(problems, {"f.yaml": text})
    assert suppressed == 5_000
    assert len(left) == MAX_PROBLEMS and {p.code for p in left} == {"MW223"}


def test_a_file_beyond_the_bound_is_one_problem(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.write_text("# modelwright: ignore MW104 it is large\n" * 260_000)
    code, output = run(tmp_path, "validate", str(file))
    assert code == 1 and output.startswith(f"{file}:1:1: MW104 ") and output.endswith("\n1 error\n")


def test_a_comment_cannot_reorder_what_is_printed() -> None:
    text = "a: 1  # modelwright: ignore X\u202eY\u2066 ::error\u202e reason\n"
    left, _ = suppress([Problem("MW801", "x", Mark("f.yaml", 1, 1, 1, 2))], {"f.yaml": text})
    report = render(left, {"f.yaml": text})
    assert "\u202e" not in report and "\\u202e" in report
