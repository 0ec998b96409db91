"""Trees and kustomizations that people wrote, and the ones we write ourselves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from modelwright.kustomize import build, roots
from modelwright.kustomize.kustomization import WORDS, parse
from modelwright.kustomize.refusal import Refused
from modelwright.load.files import gather
from modelwright.pipeline import build as compiled
from modelwright.yamlio import read
from tests.kustomize.test_cases import objects, run
from tests.tools import KUSTOMIZE

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
INDEX = CORPUS / "trees" / "INDEX.tsv"
TREES = [line.split("\t") for line in INDEX.read_text().splitlines()[1:]] if INDEX.exists() else []
DOCUMENTS = sorted((CORPUS / "Kustomization").glob("*.yaml"))

needs_corpus = pytest.mark.skipif(not TREES, reason="the corpus of public manifests is not beside this checkout")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@needs_corpus
@pytest.mark.parametrize("row", TREES, ids=lambda row: row[0])
def test_a_tree_is_built_as_kustomize_built_it(row: list[str]) -> None:
    """What kubectl printed is known by its sum; where 5.8 prints the same, our objects are those, in that order."""
    folder = CORPUS / "trees" / row[0]
    manifests, problems = build(tree(folder), row[2])
    done = run(KUSTOMIZE[0], folder / row[2])
    assert hashlib.sha256(done.stdout.encode()).hexdigest() == row[7]
    assert [problem for problem in problems if problem.severity == "error"] == []
    assert len(manifests) == int(row[5])
    assert [manifest.data for manifest in manifests] == objects(done.stdout)


@needs_corpus
@pytest.mark.parametrize("row", TREES, ids=lambda row: row[0])
def test_every_value_of_a_tree_was_written_somewhere_in_it(row: list[str]) -> None:
    files = tree(CORPUS / "trees" / row[0])
    for manifest in build(files, row[2])[0]:
        for path in (("metadata", "name"), ("metadata", "namespace"), ("metadata", "labels"), ("spec",)):
            place = manifest.origin(path)
            assert place is not None and place.file in files


@needs_corpus
def test_the_root_of_a_tree_is_found() -> None:
    for row in TREES:
        found = roots(tree(CORPUS / "trees" / row[0]))
        assert row[2] in found, row[0]


@pytest.mark.skipif(not DOCUMENTS, reason="the corpus of public manifests is not beside this checkout")
def test_kustomizations_of_the_corpus_are_understood() -> None:
    used: set[str] = set()
    for path in DOCUMENTS:
        words, vain = parse(path.read_bytes(), path.name)
        assert vain == ()
        used |= words.keys()
    assert len(used) > 20


@pytest.mark.skipif(not DOCUMENTS, reason="the corpus of public manifests is not beside this checkout")
def test_a_slip_in_a_word_is_told_where_it_is() -> None:
    for path in DOCUMENTS:
        document = read(path.read_text(), path.name)[0][0]
        for word in document.keys() & WORDS.keys():
            if len(word) < 5 or document[word] is None:
                continue
            slip = word[:2] + word[3] + word[2] + word[4:]
            text = "\n".join(
                slip + line.removeprefix(word) if line.startswith(word + ":") else line for line in path.read_text().splitlines()
            )
            if slip == word or slip + ":" not in text:
                continue
            with pytest.raises(Refused) as refused:
                parse(text.encode(), path.name)
            (problem,) = refused.value.problems
            assert (problem.code, problem.hint) == ("MW461", f"did you mean `{word}`?")


def test_our_own_overlays_are_built_to_what_was_rendered() -> None:
    sources, _ = gather(str(ROOT))
    built = compiled(sources).tree.built
    files = {f"overlays/{path}": data for path, data in tree(ROOT / "overlays").items()}
    for folder, manifests in built.items():
        made, problems = build(files, f"overlays/{folder}")
        assert problems == ()
        assert by_identity(made) == by_identity(manifests), folder


def by_identity(manifests: object) -> Mapping[tuple[str, str, str], object]:
    return {(m.kind, m.namespace, m.name): m.data for m in manifests}  # type: ignore[attr-defined]
