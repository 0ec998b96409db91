"""The files of a build: kustomizations, resources and what else they name, read within bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from modelwright.kustomize.kustomization import NAMES, parse
from modelwright.kustomize.nodes import (
    Map,
    Node,
    Seq,
    child,
    missing,
    text_of,
)
from modelwright.kustomize.reading import read_nodes
from modelwright.kustomize.refusal import At, Refused, below, refuse
from modelwright.kustomize.resource import Collision, Resource, Resources
from modelwright.kustomize.schema import Knowledge
from modelwright.model import Place
from modelwright.problems import Problem, did_you_mean
from modelwright.records import dataclass

Read = Callable[[str], bytes | None]
"""Path from the top of the tree -> content; None where there is no such file."""

MOST_FOLDERS = 2_000
"""Kustomizations one build may visit, each time counted."""
MOST_BYTES = 32 * 2**20
"""Bytes of all files one build may read."""
NEEDS = "build it with your own kustomize: `--kustomize`"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with a kustomization, on the way from the one that is built."""

    path: str
    file: str
    words: Mapping[str, Any]
    above: tuple[str, ...]
    """Folders that led here, itself included: none of them may be visited again."""
    trail: str
    """The path here as the files say it, from the folder that is built."""

    def at(self, *steps: str | int) -> At:
        """The place of a word in the kustomization."""
        return below(Place(self.file), steps)

    def word(self, word: str) -> Any:
        """What a word says; None where it is not there."""
        return self.words.get(word)


class Files:
    """What one build reads. `told` holds what kustomize would pass over in silence."""

    def __init__(self, read: Read, paths: Sequence[str] = ()) -> None:
        self.read = read
        self.paths = paths
        """All paths of the tree, where they are known: for hints alone."""
        self.knowledge = Knowledge()
        self.told: list[Problem] = []
        self.metadata: list[str] = []
        self.words: dict[str, Mapping[str, Any]] = {}
        self.folders = 0
        self.bytes = 0

    def _load(self, path: str, above: tuple[str, ...], trail: str, at: At | None) -> Folder:
        self.folders += 1
        if self.folders > MOST_FOLDERS:
            raise refuse("MW479", f"more than {MOST_FOLDERS} kustomizations are visited", at or Place(path))
        found = [(name, data) for name in NAMES if (data := self._content(join(path, name))) is not None]
        where = path or "."
        if not found:
            raise refuse("MW460", f"there is no kustomization in `{where}`", at or Place(join(path, NAMES[0])), f"write a {NAMES[0]}")
        if len(found) > 1:
            names = " and ".join(name for name, _ in found)
            raise refuse("MW460", f"`{where}` has {names}", Place(join(path, found[1][0])), "keep one of them")
        file = join(path, found[0][0])
        words = self.words.get(file)
        if words is None:
            words, vain = parse(found[0][1], file)
            self.words[file] = words
            self.told += vain
        return Folder(path, file, words, (*above, path), trail)

    def _content(self, path: str) -> bytes | None:
        data = self.read(path)
        if data is not None:
            self.bytes += len(data)
            if self.bytes > MOST_BYTES:
                raise refuse("MW479", f"more than {MOST_BYTES >> 20} MiB are read", Place(path))
        return data

    def _file(self, folder: Folder, path: str, at: At) -> tuple[str, bytes]:
        """A file that a kustomization names: below its own folder only (`LoadRestrictionsRootOnly`)."""
        if remote(path):
            raise refuse("MW466", f"`{path}` has to be fetched", at, NEEDS)
        full = self._inside(folder, path)
        if full is None:
            hint = "move it below the folder, or make its folder a base with a kustomization"
            raise refuse("MW464", f"`{path}` is not in or below `{folder.path or '.'}`, and kustomize reads no other files", at, hint)
        data = self._content(full)
        if data is None:
            raise refuse("MW463", f"there is no file `{path}`", at, self._near(full, folder))
        return full, data

    def _inside(self, folder: Folder, path: str) -> str | None:
        """The path from the top, if it is in or below the folder."""
        full = None if path.startswith("/") else clean(join(folder.path, path))
        return full if full is not None and (not folder.path or full.startswith(folder.path + "/")) else None

    def _near(self, path: str, folder: Folder) -> str:
        prefix = folder.path + "/" if folder.path else ""
        known = [each.removeprefix(prefix) for each in self.paths if each.startswith(prefix)][:2_000]
        return did_you_mean(path.removeprefix(prefix), known) if known and len(known) < 2_000 else ""

    def _text(self, folder: Folder, path: str, at: At) -> tuple[str, str]:
        from modelwright.yamlio import decode

        full, data = self._file(folder, path, at)
        text, problems = decode(data, full)
        if problems:
            raise Refused(*problems)
        return full, text

    def _document(self, folder: Folder, path: str, at: At) -> tuple[str, Any]:
        """A file's first document, as the API server reads YAML."""
        from modelwright.yamlio import read

        full, text = self._text(folder, path, at)
        documents, problems = read(text, full, as_is=True)
        if problems and not documents:
            raise Refused(*problems)
        return full, documents[0] if documents else None

    def _visit(self, folder: Folder, path: str, at: At) -> Folder:
        if not path:
            raise refuse("MW463", "an empty path names nothing", at)
        if remote(path):
            raise refuse("MW466", f"`{path}` has to be fetched", at, NEEDS)
        full = None if path.startswith("/") else clean(join(folder.path, path))
        if full is None:
            raise refuse("MW464", f"`{path}` is outside the tree", at)
        for visited in folder.above:
            if not full or visited == full or visited.startswith(full + "/"):
                what = "itself" if visited == full else f"`{visited or '.'}`, which is on the way here"
                raise refuse("MW465", f"`{path}` leads back to {what}" if visited == full else f"`{path}` holds {what}", at)
        if not any(self.read(join(full, name)) is not None for name in NAMES):
            if self.read(full) is not None:
                hint = "move it below the folder, or make its folder a base with a kustomization"
                raise refuse("MW464", f"`{path}` is not in or below `{folder.path or '.'}`, and kustomize reads no other files", at, hint)
            if git_like(path):
                raise refuse("MW466", f"`{path}` has to be fetched", at, NEEDS)
            message = f"`{path}` is neither a file nor a folder with a kustomization"
            raise refuse("MW463", message, at, self._near(full, folder))
        return self._load(full, folder.above, join(folder.trail, path), at)

    def _append(self, resources: Resources, item: Resource, at: At) -> None:
        try:
            resources.append(item)
        except Collision as error:
            hint = "keep one of them, or change one by a patch" if error.item.at != error.other.at else "name it once"
            raise refuse("MW468", str(error), error.item.at, hint, [("the other", error.other.at), ("added here", at)]) from None

    def _read(self, file: str, data: bytes) -> list[Resource]:
        from modelwright.yamlio import decode

        text, problems = decode(data, file)
        if problems:
            raise Refused(*problems)
        return self.parsed(read_nodes(text, file))

    def parsed(self, documents: Sequence[Node]) -> list[Resource]:
        """Documents as resources, lists flattened (resource/factory.go). Raises Refused for what is none."""
        queue: list[Node] = []
        for node in documents:
            kind, items = text_of(child(node, "kind")), child(node, "items")
            if len(documents) == 1 and kind in ("List", "ResourceList") and isinstance(node, Map) and (items is not None or "functionConfig" in node):
                queue += items if isinstance(items, Seq) else []
            else:
                queue.append(node)
        queue = [node for node in queue if not _nothing(node)]
        for node in queue:
            validate(node)
        made: list[Resource] = []
        count = 0
        while count < len(queue):
            node = queue[count]
            count += 1
            assert isinstance(node, Map)
            items = node.get("items")
            if not text_of(node.get("kind")).endswith("List") or items is None:
                made.append(Resource(node, node.at, self.knowledge))
            elif isinstance(items, Seq):
                inner = [each for each in items if not _nothing(each)]
                for each in inner:
                    validate(each)
                queue += inner
            elif not missing(items):
                raise refuse("MW467", "`items` is no list", items.at)
        return made


def join(folder: str, path: str) -> str:
    """A path below a folder."""
    return f"{folder}/{path}" if folder else path


def clean(path: str) -> str | None:
    """A path without `.` and `..`; empty for the top, None above it."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def remote(path: str) -> bool:
    """Whether a path is an address for sure."""
    return "://" in path or path.lower().startswith(("git::", "git@", "github.com/", "github.com:"))


def git_like(path: str) -> bool:
    """Whether a path that is not there could be a repository's address (api/internal/git/repospec.go)."""
    head = path.partition("/")[0]
    return ("@" in head and ":" in head) or ("." in head.strip(".") and path.count("/") > 1) or "?ref=" in path


def _nothing(node: Node) -> bool:
    return missing(node) or (isinstance(node, Map | Seq) and not node)


def validate(node: Node) -> None:
    """What every object needs (kyaml `GetValidatedMetadata`)."""
    if not isinstance(node, Map) or not any(not _nothing(node[k]) for k in ("apiVersion", "kind", "metadata") if k in node):
        raise refuse("MW467", "this is no Kubernetes object", node.at, "an object has `apiVersion`, `kind` and `metadata.name`")
    kind = text_of(node.get("kind")) if not missing(node.get("kind")) else ""
    if not kind:
        raise refuse("MW467", "this object has no `kind`", node.at)
    if kind.endswith("List"):
        return
    name = child(node.get("metadata"), "name")
    if missing(name) or not text_of(name):
        raise refuse("MW467", f"this {kind} has no `metadata.name`", node.at)
