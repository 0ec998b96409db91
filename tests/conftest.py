"""The one flag: `--update-golden` rewrites expected outputs, and is refused under CI."""

from __future__ import annotations

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="accept outputs as they are now")


def pytest_configure(config: pytest.Config) -> None:
    # No test may pass because an earlier one did the work.
    os.environ["MODELWRIGHT_CACHE"] = "off"
    if config.getoption("--update-golden") and os.environ.get("CI"):
        raise pytest.UsageError("golden files are not rewritten under CI")


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))
