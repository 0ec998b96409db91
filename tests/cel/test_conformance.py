"""The language's published cases, and the page that counts them."""

import pytest

from tests.cel.conformance import CASES, PAGE, page

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the published cases are not here")


def test_the_page_tells_what_the_cases_tell() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_no_case_fails() -> None:
    assert "## Failed\n\nNone.\n" in PAGE.read_text(encoding="utf-8")
