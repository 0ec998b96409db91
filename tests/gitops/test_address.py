"""What may be given as the repository, and what may not."""

from __future__ import annotations

import pytest

from modelwright.gitops.address import address
from modelwright.gitops.troubles import Refused

GOOD = {
    "../gitops.git": ("path", "../gitops.git"),
    "/srv/git ops/ä.git": ("path", "/srv/git ops/ä.git"),
    "./a:b": ("path", "./a:b"),
    "file:///srv/git%20ops": ("path", "/srv/git ops"),
    "file://localhost/srv/ops": ("path", "/srv/ops"),
    "git@git.example.com:team/ops.git": ("ssh", "git@git.example.com:team/ops.git"),
    "ssh://git@git.example.com:2222/ops.git": ("ssh", "ssh://git@git.example.com:2222/ops.git"),
    "ssh://[::1]:22/ops.git": ("ssh", "ssh://[::1]:22/ops.git"),
    "https://git.example.com/ops.git": ("http", "https://git.example.com/ops.git"),
    "HTTPS://git.example.com/ops.git": ("http", "https://git.example.com/ops.git"),
    "https://me:p%40ss@git.example.com:8443/ops.git": ("http", "https://git.example.com:8443/ops.git"),
}
BAD = [
    "",
    "ext::sh -c touch% /tmp/owned",
    "EXT::sh",
    "fd::17",
    "-uevil",
    "--upload-pack=evil",
    "ssh://-oProxyCommand=evil/ops",
    "-oProxyCommand=evil:ops",
    "git@-oProxyCommand=evil:ops",
    "ssh://-lroot@host/ops",
    "git@host:--upload-pack=evil",
    "git://git.example.com/ops.git",
    "ftp://git.example.com/ops.git",
    "file://other/srv/ops",
    "https://git.example.com",
    "https://git.example.com/ops?x=1",
    "https:///ops",
    "https://git.example.com:port/ops",
    "ssh://me:secret@host/ops",
    "git@host:",
    "https://git.example.com/a\nb",
    "/srv/\x1b[31m",
    "https://exa mple.com/ops",
    "https:/git.example.com/ops",
    "me:git@git.example.com:ops",
    "me:git@git.example.com/ops",
    "/srv/" + "a" * 5000,
]


@pytest.mark.parametrize("text", GOOD)
def test_an_address_that_git_takes_too(text: str) -> None:
    found = address(text)
    assert (found.transport, found.url) == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_an_address_that_runs_something_or_leads_nowhere(text: str) -> None:
    with pytest.raises(Refused) as stop:
        address(text)
    assert stop.value.problem.code == "MW410"


def test_a_password_is_taken_out_and_never_printed() -> None:
    found = address("https://me:p%40ss@git.example.com/ops.git")
    assert (found.user, found.password) == ("me", "p@ss")
    assert "p@ss" not in repr(found) and "p%40ss" not in repr(found)
    for text in (
        "https://me:hunter2@git.example.com:x/ops",
        "ssh://me:hunter2@host/ops",
        "ftp://me:hunter2@host/ops",
        "https:/me:hunter2@h/x",
        "me:hunter2@h:x",
        "me:hunter2@h/x",
        "me:hun/ter2@h:x",
        "-me:hunter2@h/x",
        "ssh://me%3Ahunter2@h/x",
    ):
        with pytest.raises(Refused) as stop:
            address(text)
        assert "hun" not in str(stop.value.problem)


@pytest.mark.parametrize("text", ["-" + "a" * 4000, "a" * 4000 + "::x", "a" * 4000 + "://x", "git@" + "a" * 4000 + ":", "https://" + "a" * 4000])
def test_a_long_address_is_cut(text: str) -> None:
    with pytest.raises(Refused) as stop:
        address(text)
    assert len(str(stop.value.problem.message)) < 200


@pytest.mark.parametrize(
    ("text", "secure"),
    [
        ("https://git.example.com/ops", True),
        ("http://git.example.com/ops", False),
        ("http://127.0.0.1:8080/ops", True),
        ("http://localhost/ops", True),
        ("http://localhost.example.com/ops", False),
        ("http://127.0.0.1.example.com/ops", False),
    ],
)
def test_plain_http_is_secure_on_this_machine_only(text: str, secure: bool) -> None:
    assert address(text).secure is secure


def test_a_credential_is_bound_to_scheme_host_and_port() -> None:
    origins = {address(u).origin for u in ("https://h/a", "http://h/a", "https://h:8443/a", "https://g/a")}
    assert len(origins) == 4
    assert address("https://H/a").origin == address("https://h:443/b").origin
