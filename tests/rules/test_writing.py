"""docs/writing-rules.md tells what there is, and its example works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelwright.judge import judge
from modelwright.model import Manifest
from modelwright.rules import author, engine, pack
from modelwright.yamlio import read
from tests.rules.judging import release
from tests.rules.table import WORDS

TEXT = (Path(__file__).parents[2] / "docs" / "writing-rules.md").read_text()


def test_every_word_is_told_and_every_word_told_exists() -> None:
    told = set(re.findall(r"`(\w+)[`:]", TEXT)) | set(re.findall(r"^ *-? *(\w+):", TEXT, re.MULTILINE))
    assert {*author.CHECK, *author.PAGE, *author.WHERE, "groups", "embeds", "names", *WORDS, *pack.COMMON} <= told
    words = re.search(r"\| Word \| Meaning \|\n(.*?)\n\n", TEXT, re.DOTALL)
    assert words is not None
    assert set(re.findall(r"^\| `(\w+)` \|", words[1], re.MULTILINE)) <= set(author.CHECK)


def test_the_example_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(MW.*?)```", TEXT, re.DOTALL)
    assert example is not None
    place = tmp_path / "kubernetes" / "rules"
    place.mkdir(parents=True)
    (place / "ports.yaml").write_text(example[1])
    made = engine.Book(pack.packed(("1.33",), tmp_path))
    monkeypatch.setattr(engine, "book", lambda: made)
    ((code, page),) = author.pages(tmp_path).items()
    for side, wanted in (("wrong", [code]), ("right", [])):
        manifests = [Manifest(each) for each in read(page[side], "x.yaml")[0]]
        assert [p.code for p in judge(manifests, release(page["release"]))] == wanted
