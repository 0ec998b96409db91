"""Files that blueprints name are set aside: they are manifests or pipelines, not blueprints."""

from __future__ import annotations

import pytest

from modelwright.load import matching

FILES = ("blueprints/risk/a.yaml", "blueprints/risk/volumes/b.yaml", "blueprints/risk/volumes/c.yaml", "blueprints/d.yaml")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a.yaml", FILES[:1]),
        ("./a.yaml", FILES[:1]),
        ("volumes/*.yaml", FILES[1:3]),
        ("*/b.yaml", FILES[1:2]),
        ("*.yaml", FILES[:1]),
        ("d.yaml", ()),
        ("volumes/[bc].yaml", ()),
        ("*" * 200 + "x", ()),
    ],
)
def test_names_are_relative_to_the_blueprint(name: str, found: tuple[str, ...]) -> None:
    assert matching("blueprints/risk/model.yaml", name, FILES) == found
