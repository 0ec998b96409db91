"""Reports for other programs: each is what its reader's published format says, the same every time, and safe."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest

from modelwright.manual import pages
from modelwright.model import Mark, Place
from modelwright.problems import Problem, Resource
from modelwright.report import github, gitlab, junit, markdown, sarif
from modelwright.report.frame import Frame

SARIF_SCHEMA = Path(__file__).parents[3] / "shared" / "data" / "report-schemas" / "sarif-schema-2.1.0.json"
FILE = "deploy/model.yaml"
TEXT = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - {port: 70000}\n"
RESOURCE = Resource("v1", "Service", "web", "risk")
FORMS: dict[str, Callable[..., str]] = {
    "sarif": sarif.render,
    "github": github.render,
    "gitlab": gitlab.render,
    "junit": junit.render,
    "markdown": markdown.render,
}


def at(line: int, start: int, end: int, file: str = FILE) -> Mark:
    return Mark(file, line, start, line, end)


PROBLEMS = [
    Problem("MW504", "port must be at most 65535, is `70000`", at(6, 12, 17), "choose a free port", resource=RESOURCE, path=("spec", "ports", 0, "port")),
    Problem("MW501", "unknown field `prots`", Place(FILE, 0, ("metadata",), key=True), "did you mean `ports`?", environments=("dev", "prod")),
    Problem("MW140", "Endpoints `v1` is deprecated", at(1, 1, 2, "b/old.yaml"), effect="risk", related=(("the new one", at(2, 1, 5)),)),
    Problem("MW505", "Thing is not in the catalog", at(3, 1, 2, "b/old.yaml"), effect="risk", level="note"),
    Problem("MW101", "there is no workspace"),
]


def rendered(form: str, problems: list[Problem] | None = None, **frame: Any) -> str:
    return FORMS[form](PROBLEMS if problems is None else problems, {FILE: TEXT}, Frame(**frame))


@pytest.mark.parametrize("form", FORMS)
def test_the_order_of_finding_says_nothing(form: str) -> None:
    assert rendered(form) == rendered(form, PROBLEMS[::-1])


# SARIF


def run_of(text: str) -> dict[str, Any]:
    report = json.loads(text)
    if SARIF_SCHEMA.exists():
        schema = json.loads(SARIF_SCHEMA.read_text())
        jsonschema.validators.validator_for(schema)(schema).validate(report)
    assert report["version"] == "2.1.0"
    (run,) = report["runs"]
    assert isinstance(run, dict)
    return run


def test_sarif_says_where_what_and_how_bad() -> None:
    run = run_of(rendered("sarif", suppressed=2))
    worst, *_ = [r for r in run["results"] if r["ruleId"] == "MW504"]
    assert worst["level"] == "error"
    assert worst["message"]["text"] == "port must be at most 65535, is `70000`\nhint: choose a free port"
    (location,) = worst["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": FILE, "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 6, "startColumn": 12, "endLine": 6, "endColumn": 17},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "risk.Service.web/spec.ports[0].port"
    assert [r["level"] for r in run["results"]] == ["error", "error", "error", "warning", "note"]
    assert run["properties"] == {"suppressed": 2}
    (old,) = [r for r in run["results"] if r["ruleId"] == "MW140"]
    assert old["relatedLocations"][0]["message"] == {"text": "the new one"}


def test_sarif_rules_bring_their_page() -> None:
    rules = run_of(rendered("sarif"))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["MW101", "MW140", "MW501", "MW504", "MW505"]
    for rule in rules:
        page = pages()[rule["id"]]
        assert rule["shortDescription"]["text"] == page["title"]
        assert page["what"].split()[0] in rule["help"]["markdown"]
        assert len(rule["properties"]["tags"]) <= 10
    assert "**Wrong**" in rules[2]["help"]["markdown"]


@pytest.mark.parametrize("code", sorted(pages()))
def test_every_page_fits_a_rule(code: str) -> None:
    run_of(rendered("sarif", [Problem(code, "m", at(1, 1, 2))]))


def test_every_result_has_a_place_in_the_repository() -> None:
    for result in run_of(rendered("sarif", [Problem("MW101", "no place"), *PROBLEMS]))["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1 and place["artifactLocation"]["uri"]


@pytest.mark.parametrize("name", ["a b.yaml", "a:b.yaml", "50%.yaml", "x#y?.yaml", "ü.yaml", "a\nb.yaml", "\udcff.yaml", "<stdin>", "/abs/x.yaml"])
def test_sarif_addresses_are_addresses(name: str) -> None:
    run = run_of(rendered("sarif", [Problem("MW501", "m", at(1, 1, 2, name))]))
    address = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9/~!$&'()*+,;=@%._:-]+", address)
    parts = urlsplit(address)
    assert parts.scheme == ("file" if name.startswith("/") else "")
    assert unquote(parts.path, errors="surrogateescape") == name


def test_sarif_text_means_itself() -> None:
    text = run_of(rendered("sarif", [Problem("MW501", "`ports[0]`: see [here](https://evil.example) {0} {{ }}", at(1, 1, 2))]))["results"][0]["message"]["text"]
    assert text == "`ports[0]`: see \\[here](https://evil.example) {{0}} {{ }}"


def test_sarif_stays_within_what_github_shows() -> None:
    many = [Problem("MW504", f"m{n}", at(n + 1, 1, 2), effect="risk" if n % 2 else "rejected") for n in range(5100)]
    run = run_of(rendered("sarif", many))
    assert len(run["results"]) == sarif.MOST
    assert sum(r["level"] == "error" for r in run["results"]) == 2550
    assert "100 problems more" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def prints(problems: list[Problem]) -> list[str]:
    return [r["partialFingerprints"]["primaryLocationLineHash"] for r in run_of(rendered("sarif", problems))["results"]]


def test_fingerprints_stay_when_lines_move_and_are_of_one_problem_only() -> None:
    moved = [Problem(p.code, p.message, at(p.place.line + 7, 3, 4, p.place.file), p.hint, p.effect, resource=p.resource, path=p.path) for p in PROBLEMS if isinstance(p.place, Mark)]
    still = [Problem(p.code, p.message, p.place, p.hint, p.effect, resource=p.resource, path=p.path) for p in PROBLEMS if isinstance(p.place, Mark)]
    assert prints(moved) == prints(still)
    alike = [Problem("MW501", "m", at(n, 1, 2)) for n in range(1, 4)]
    assert len(set(prints(alike))) == 3
    assert prints([Problem("MW103", "the first is on line 3", at(9, 1, 2))]) == prints([Problem("MW103", "the first is on line 4", at(10, 1, 2))])


# GitHub


def test_github_annotates_lines() -> None:
    assert rendered("github", suppressed=1).splitlines() == [
        "::error title=MW101::there is no workspace",
        "::error file=deploy/model.yaml,line=3,endLine=3,col=1,endColumn=8,title=MW501::unknown field `prots` [dev, prod]%0Ahint: did you mean `ports`?",
        "::error file=deploy/model.yaml,line=6,endLine=6,col=12,endColumn=16,title=MW504::port must be at most 65535, is `70000`%0Ahint: choose a free port",
        "::warning file=b/old.yaml,line=1,endLine=1,col=1,endColumn=1,title=MW140::Endpoints `v1` is deprecated",
        "::notice file=b/old.yaml,line=3,endLine=3,col=1,endColumn=1,title=MW505::Thing is not in the catalog",
        "3 errors, 1 warning, 1 note (1 suppressed)",
    ]


def test_github_shows_the_worst_ten_and_lists_the_rest() -> None:
    many = [Problem("MW504", f"m{n}", at(n + 1, 1, 2)) for n in range(25)]
    lines = rendered("github", many).splitlines()
    assert [line.startswith("::error ") for line in lines] == [True] * 10 + [False] * 16
    assert lines[10] == "deploy/model.yaml:11:1: MW504 error: m10"
    assert lines[-1] == "25 errors; the last 15 are not annotations: GitHub shows 10 of a kind"


def test_github_properties_are_escaped() -> None:
    line = rendered("github", [Problem("MW501", "100% sure, yes: a\nb", at(1, 1, 2, "a,b:c%.yaml"))]).splitlines()[0]
    assert line == "::error file=a%2Cb%3Ac%25.yaml,line=1,endLine=1,col=1,endColumn=1,title=MW501::100%25 sure, yes: a\\nb"


# GitLab


def test_gitlab_is_a_list_of_what_its_format_demands() -> None:
    found = json.loads(rendered("gitlab"))
    assert len(found) == len(PROBLEMS)
    for entry in found:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert isinstance(entry["location"]["lines"]["begin"], int)
        assert not entry["location"]["path"].startswith(("./", "/"))
    assert len({entry["fingerprint"] for entry in found}) == len(found)
    (port,) = [entry for entry in found if entry["check_name"] == "MW504"]
    assert port["description"] == "MW504 port must be at most 65535, is `70000` (hint: choose a free port)"
    assert port["location"] == {"path": FILE, "lines": {"begin": 6, "end": 6}}
    assert rendered("gitlab", []) == "[]\n"


# JUnit

CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "system-out"},
    "failure": set[str](),
    "system-out": set[str](),
}
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped"},
    "testcase": {"name", "classname", "time"},
    "failure": {"message", "type"},
    "system-out": set[str](),
}
"""As Jenkins' junit-10.xsd has them."""


def suites(text: str) -> ElementTree.Element:
    root = ElementTree.fromstring(text.encode())
    for element in root.iter():
        assert {child.tag for child in element} <= CHILDREN[element.tag]
        assert set(element.attrib) == ATTRIBUTES[element.tag]
    for suite in (root, *root):
        assert int(suite.attrib["tests"]) == len(list(suite.iter("testcase")))
        assert int(suite.attrib["failures"]) == len(list(suite.iter("failure")))
    return root


def test_junit_has_a_suite_for_each_file_and_a_test_for_each_problem() -> None:
    root = suites(rendered("junit", files=("good.yaml", FILE, "b/old.yaml")))
    assert [(s.attrib["name"], s.attrib["tests"], s.attrib["failures"]) for s in root] == [
        ("b/old.yaml", "2", "0"),
        (FILE, "2", "2"),
        ("good.yaml", "1", "0"),
        ("modelwright", "1", "1"),
    ]
    (failure,) = [f for f in root.iter("failure") if f.attrib["type"] == "MW504"]
    assert failure.attrib["message"] == "port must be at most 65535, is `70000`"
    assert failure.text == f"{FILE}:6:12: MW504 error: port must be at most 65535, is `70000`\nhint: choose a free port"


def test_junit_fails_where_the_command_does() -> None:
    assert suites(rendered("junit", failing=("error", "warning"))).attrib["failures"] == "4"


# Markdown


def test_markdown_is_the_report_in_a_fence() -> None:
    text = rendered("markdown", suppressed=1)
    head, _, rest = text.partition("\n\n")
    assert head == "**3 errors, 1 warning, 1 note (1 suppressed)**"
    assert rest.startswith("```text\n") and rest.endswith("\n```\n")
    assert rendered("markdown", []) == "**no problems**\n"


def test_nothing_ends_the_fence() -> None:
    text = rendered("markdown", [Problem("MW501", "```` and <img src=x> @all", at(1, 1, 2))])
    fence = text.splitlines()[2].removesuffix("text")
    assert len(fence) == 5 and text.splitlines().count(fence) == 1 and text.endswith(f"\n{fence}\n")


def test_a_comment_is_not_too_long() -> None:
    many = [Problem("MW504", "m" * 500, at(n + 1, 1, 2)) for n in range(500)]
    text = rendered("markdown", many)
    assert len(text) < 65_536 and "see the log" in text and text.count("```") == 2


# All of them

HOSTILE = {
    "escape": "\x1b[2J\x1b]0;owned\x07",
    "controls": "a\x00\x08\x0b\x1f\x7f\x9b",
    "bidi": "a\u202eb\u2066c\u2069",
    "lines": "a\nb\rc\u2028d\x85e",
    "half": "a\ud800b\ufffeb",
    "github": "\n::error file=x::y",
    "github-start": "::add-mask::y",
    "azure": "##vso[task.setvariable]y",
    "xml": "]]><failure/><!-- & \"'",
    "fence": "```\n# a heading",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("form", FORMS)
def test_nothing_hostile_gets_through(form: str, text: str) -> None:
    problem = Problem("MW501", text, at(1, 1, 2, text), text, environments=(text,), resource=Resource(text, text, text, text), path=(text,), related=((text, at(1, 1, 2, text)),))
    shown = rendered(form, [problem], files=(text,))
    assert shown.encode()
    assert not re.search(r"[^\n -~\xa0-\U0010ffff]|[\u200b-\u202f\u2060-\u206f\ufffe]", shown), "a control character"
    mark = at(1, 1, 2, "m.yaml")
    sound = rendered(form, [Problem("MW501", "m", mark, "m", environments=("m",), resource=RESOURCE, path=("m",), related=(("m", mark),))], files=("m.yaml",))
    assert len(shown.splitlines()) == len(sound.splitlines()), "a line of its own"
    commands = [line for line in shown.splitlines() if re.match(r"\s*::|.*##(vso)?\[", line)]
    assert len(commands) == (form == "github")
    if form in ("sarif", "gitlab"):
        json.loads(shown)
    elif form == "junit":
        suites(shown)
