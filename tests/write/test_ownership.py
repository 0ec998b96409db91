"""Whose a file is: header, digest, line ends, merge markers."""

from __future__ import annotations

import pytest

from modelwright.write.ownership import stamp, verdict

PATH = "dev/fraud/model/model.yaml"
BODY = "kind: InferenceService\nspec:\n  a: 1\n"


def ours(body: str = BODY, path: str = PATH, owner: str = "Model/fraud-detector", workspace: str = "mlops") -> str:
    return stamp(path, owner, workspace, body)


def test_the_header_names_workspace_and_owner_and_nothing_that_changes_by_itself() -> None:
    first = ours().splitlines()[0]
    start, digest = first.rsplit(" ", 1)
    assert start == "# modelwright mlops: Model/fraud-detector. Edit the blueprint."
    assert len(digest) == 20 and int(digest, 16)
    assert ours() == ours()


@pytest.mark.parametrize(
    "text",
    [
        ours(),
        ours().replace("\n", "\r\n"),
        "\ufeff" + ours(),
        ours(body=BODY.replace("\n", "\r\n")),
        ours(body=BODY.rstrip("\n")),
        ours(body=""),
    ],
    ids=["plain", "crlf checkout", "byte order mark", "crlf output", "no final newline", "empty"],
)
def test_ours_whatever_a_checkout_does_to_it(text: str) -> None:
    assert verdict(PATH, text, "mlops") == "ours"


def test_moved_is_told_apart_from_edited() -> None:
    assert verdict("dev/other/model.yaml", ours(), "mlops") == "moved"
    assert verdict("dev/other/model.yaml", ours() + "x: 1\n", "mlops") == "edited"


@pytest.mark.parametrize(
    "text",
    [
        ours().replace("a: 1", "a: 2"),
        ours() + "\n",
        ours().replace("Model/fraud", "Model/froud"),
        ours().replace("Edit the blueprint. ", "Edit the blueprint. 00"),
        "# modelwright mlops: Model/x. Edit the blueprint.\n" + BODY,
        "# a remark above\n" + ours(),
    ],
)
def test_edited(text: str) -> None:
    assert verdict(PATH, text, "mlops") == "edited"


@pytest.mark.parametrize(
    "text",
    ["", BODY, "# modelwright mlops: how we deploy\n", ours(workspace="other"), "# modelwright \n", "\x00\udcff"],
)
def test_foreign(text: str) -> None:
    assert verdict(PATH, text, "mlops") == "foreign"


@pytest.mark.parametrize(("owner", "workspace"), [("Model/x", "a b"), ("Model/x", "a:b"), ("x\ny", "a"), ("x", "")])
def test_a_header_that_could_not_be_read_back_is_a_bug_of_ours(owner: str, workspace: str) -> None:
    with pytest.raises(ValueError):
        stamp(PATH, owner, workspace, BODY)


def conflict(left: str, right: str, base: str | None = None, end: str = "\n") -> str:
    middle = f"||||||| 1234567{end}{base}" if base is not None else ""
    return f"<<<<<<< HEAD{end}{left}{middle}======={end}{right}>>>>>>> topic{end}"


A, B = ours(), ours(BODY.replace("1", "2"))
HEADER_A, HEADER_B = A.split("\n")[0] + "\n", B.split("\n")[0] + "\n"


@pytest.mark.parametrize(
    "text",
    [
        conflict(A, B),
        conflict(A, B).replace("\n", "\r\n"),
        conflict(A, B, base="anything\n"),
        conflict(HEADER_A, HEADER_B) + "kind: X\n" + conflict("a: 1\n", "a: 2\n"),
        HEADER_A + conflict("a: 1\n", "a: 2\n"),
    ],
    ids=["whole file", "crlf", "diff3", "two hunks", "common header"],
)
def test_conflicted(text: str) -> None:
    assert verdict(PATH, text, "mlops") == "conflicted"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (conflict("mine: 1\n", B), "foreign"),
        (HEADER_A + "<<<<<<< HEAD\na: 1\n", "edited"),
        (HEADER_A + "=======\na: 1\n", "edited"),
        (HEADER_A + ">>>>>>> x\n<<<<<<< y\n", "edited"),
        (conflict(ours(workspace="other"), ours(workspace="other")), "foreign"),
    ],
)
def test_half_a_conflict_is_none(text: str, expected: str) -> None:
    assert verdict(PATH, text, "mlops") in {expected, "edited"}
