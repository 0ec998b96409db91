"""The three ways to a repository. Each server is started once, for all tests that one process runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gitops.servers import Server, Web, http_server, ssh_server


@pytest.fixture(scope="session")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with ssh_server(tmp_path_factory.mktemp("ssh")) as server:
        yield server


@pytest.fixture
def web() -> Iterator[Web]:
    with http_server() as server:
        yield server


@pytest.fixture(params=["path", "ssh", "http"])
def server(request: pytest.FixtureRequest) -> Server:
    if request.param == "path":
        return Server("")
    found: Server = request.getfixturevalue("ssh" if request.param == "ssh" else "web")
    return found
