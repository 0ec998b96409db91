"""Reports for programs, byte by byte."""

from __future__ import annotations

import json

import pytest

from modelwright.model import Mark, Path, Place
from modelwright.problems import Problem, Resource
from modelwright.report.json import dotted, render

FILE = "blueprints/fraud.yaml"
TEXT = "kind: Model\nspec:\n  args: [--a, --b]\n"


def test_nothing_to_say() -> None:
    assert json.loads(render([], {}, suppressed=3)) == {
        "version": 1,
        "problems": [],
        "suppressed": 3,
        "summary": {"error": 0, "warning": 0, "note": 0},
    }


def test_a_whole_report() -> None:
    problems = [
        Problem(
            "MW501",
            "wrong",
            Place(FILE, 0, ("spec", "args", 1)),
            "do right",
            "ignored",
            ("dev", "prod"),
            Resource("serving.kserve.io/v1beta1", "InferenceService", "fraud", "risk-dev"),
            ("spec", "predictor", "model", "args", 1),
            (("see", Place(FILE, 0, ("kind",))),),
        ),
        Problem("MW101", "no place"),
    ]
    assert (
        render(problems, {FILE: TEXT})
        == """\
{
  "version": 1,
  "problems": [
    {
      "code": "MW101",
      "severity": "error",
      "effect": "rejected",
      "message": "no place",
      "hint": "",
      "file": null,
      "line": null,
      "column": null,
      "endLine": null,
      "endColumn": null,
      "environments": [],
      "resource": null,
      "path": "",
      "related": []
    },
    {
      "code": "MW501",
      "severity": "warning",
      "effect": "ignored",
      "message": "wrong",
      "hint": "do right",
      "file": "blueprints/fraud.yaml",
      "line": 3,
      "column": 15,
      "endLine": 3,
      "endColumn": 18,
      "environments": [
        "dev",
        "prod"
      ],
      "resource": {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "name": "fraud",
        "namespace": "risk-dev"
      },
      "path": "spec.predictor.model.args[1]",
      "related": [
        {
          "message": "see",
          "file": "blueprints/fraud.yaml",
          "line": 1,
          "column": 7,
          "endLine": 1,
          "endColumn": 12
        }
      ]
    }
  ],
  "suppressed": 0,
  "summary": {
    "error": 1,
    "warning": 1,
    "note": 0
  }
}
"""
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), ""),
        (("spec", "predictor", "model", "args", 0), "spec.predictor.model.args[0]"),
        ((0, "a"), "[0].a"),
        (("metadata", "labels", "a.b/c"), 'metadata.labels["a.b/c"]'),
        (("a", ""), 'a[""]'),
        (("a\n",), '["a\\n"]'),
        (("名",), '["名"]'),
        (("\u202e",), '["\\u202e"]'),
    ],
)
def test_paths(path: Path, expected: str) -> None:
    assert dotted(path) == expected


@pytest.mark.parametrize("bad", ["\x1b[2J", "\u202e", "a\nb", "\ud800", "\x07"])
def test_even_once_decoded_nothing_hostile_gets_through(bad: str) -> None:
    resource = Resource(bad, bad, bad, bad)
    mark = Mark(bad, 1, 1, 1, 2)
    problem = Problem("MW501", bad, mark, bad, "risk", (bad,), resource, (bad, "a"), ((bad, mark),))
    printed = render([problem], {})
    assert printed.isascii()
    assert all(text.isprintable() for text in texts(json.loads(printed)))


def texts(node: object) -> list[str]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in texts(value)]
    if isinstance(node, list):
        return [text for value in node for text in texts(value)]
    return [node] if isinstance(node, str) else []
