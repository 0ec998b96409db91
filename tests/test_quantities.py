"""Quantities as the server writes them (apimachinery pkg/api/resource, its own examples)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.quantities import canonical, quantity


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0", "0"), ("0Gi", "0"), ("0.0", "0"), ("1", "1"), ("1.0", "1"), ("0.5", "500m"), ("1500m", "1500m"), ("1.5", "1500m"),
        ("1000m", "1"), ("2000m", "2"), ("1024Mi", "1Gi"), ("1536Mi", "1536Mi"), ("1.5Gi", "1536Mi"), ("0.5Ki", "512"),
        ("512Ki", "512Ki"), ("1000", "1k"), ("1024", "1024"), ("1Ki", "1Ki"), ("100000k", "100M"), ("1e3", "1e3"),
        ("128974848", "128974848"), ("0.1Mi", "104857600m"), ("-2000m", "-2"), ("nonsense", "nonsense"), ("100u", "100u"),
        ("2.125", "2.125"), ("2.500", "2.500"), ("0.500", "500m"), ("2.000", "2"), ("+5Mi", "+5Mi"), ("+8Mi", "8Mi"),
        ("0.115911547998Ei", "133636916319162921378065155n"), (".5", "500m"), ("-0.5Gi", "-512Mi"), ("-1.5n", "-2n"), ("1000E", "1000E"),
    ],
)  # fmt: skip
def test_canonical(text: str, written: str) -> None:
    assert canonical(text) == written


AMOUNTS = st.from_regex(r"[0-9]{1,6}(\.[0-9]{1,3})?(Ki|Mi|Gi|Ti|m|k|M|G)?", fullmatch=True)


@given(AMOUNTS)
def test_the_value_stays_and_writing_it_again_changes_nothing(text: str) -> None:
    assert quantity(canonical(text)) == quantity(text)
    assert canonical(canonical(text)) == canonical(text)
