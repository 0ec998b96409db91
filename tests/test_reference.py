"""The reference pages are what the program knows, and their examples work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from modelwright.cli import COMMANDS, cli
from modelwright.docs import main, pages, rules_page
from modelwright.load import describe, json_schema, kinds, load
from modelwright.load.language import schema
from modelwright.model import Source
from modelwright.yamlio import emit, read

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
PAGES = pages()


def test_the_pages_are_as_made(update_golden: bool) -> None:
    if update_golden:
        main(str(FOLDER))
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(PAGES)
    for name, text in PAGES.items():
        assert (FOLDER / name).read_text() == text, f"{name}: run `make docs`"


def test_the_list_of_rules_is_as_made_and_leads_to_every_code() -> None:
    text = rules_page()
    assert (FOLDER.parent / "rules.md").read_text() == text, "rules.md: run `make docs`"
    headings = re.findall(r"^## (MW[0-9]+: .*)$", PAGES["codes.md"], re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert sorted(re.findall(r"codes\.md#([^)]+)\)", text)) == sorted(anchors)


def blocks(name: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", PAGES[name], re.DOTALL | re.MULTILINE)


def examples() -> Iterator[Any]:
    for kind in kinds():
        for index, text in enumerate(blocks(f"{kind.lower()}.md")):
            yield pytest.param(kind, text, id=f"{kind}-{index}")


def whole(kind: str, text: str) -> dict[str, Any]:
    """A whole blueprint: the example itself, or the page's first one with the example's fields."""
    [shown] = read(text, "example.yaml")[0]
    if "apiVersion" in shown:
        return dict(shown)
    [first] = read(blocks(f"{kind.lower()}.md")[0], "first.yaml")[0]
    out = {word for group in schema(kind).get("exclusive") or () if set(group) & set(shown) for word in group}
    return {**first, "spec": {**{w: v for w, v in first["spec"].items() if w not in out}, **shown}}


@pytest.mark.parametrize(("kind", "text"), list(examples()))
def test_an_example_is_right(kind: str, text: str) -> None:
    document = whole(kind, text)
    assert document["kind"] == kind
    assert load([Source("blueprints/a.yaml", emit(document))])[1] == ()
    jsonschema.Draft202012Validator(json_schema(kind)).validate(document)


@pytest.mark.parametrize("kind", kinds())
def test_every_field_shown_can_be_explained(kind: str) -> None:
    _, _, spec = PAGES[f"{kind.lower()}.md"].partition("\n## spec\n")
    shown = [name for name in re.findall(r"^\| `([^`]+)` \|", spec, re.MULTILINE) if not name.endswith("…")]
    assert {name for name in shown if re.fullmatch(r"[A-Za-z]+", name)} == set(schema(kind)["properties"])
    for name in shown:
        topic = f"{kind.lower()}.spec.{name.replace('[]', '').replace('*', 'x')}"
        assert describe(topic), topic


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_option_of_a_command_is_shown(name: str) -> None:
    part = PAGES["commands.md"].partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    told = CliRunner().invoke(cli, [name, "--help"]).output
    options = set(re.findall(r"^  (--[a-z-]+|-[A-Z])", told, re.MULTILINE)) - {"--help"}
    assert options == set(re.findall(r"^\| `(--[a-z-]+|-[A-Z])", part, re.MULTILINE))
