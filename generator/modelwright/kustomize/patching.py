"""Patches of both kinds, in new words and old ones (api/internal/builtins: PatchTransformer, PatchStrategicMergeTransformer,
PatchJson6902Transformer)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modelwright.kustomize.jsonpatch import Operation, apply, operations
from modelwright.kustomize.loading import Files, Folder
from modelwright.kustomize.merge import merge
from modelwright.kustomize.nodes import (
    Map,
    child,
    copied,
    put,
    text_node,
)
from modelwright.kustomize.reading import read_nodes
from modelwright.kustomize.refusal import At, Misfit, Refused, place_of, refuse
from modelwright.kustomize.replacements import selector_of
from modelwright.kustomize.resource import INTERNAL, Resource, Resources
from modelwright.model import Place
from modelwright.problems import Problem, did_you_mean


class Patching(Files):
    """The patches of one build."""

    def patch(self, folder: Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
        """One entry of `patches` (PatchTransformer.go)."""
        inline, path = words.get("patch", "").strip(), words.get("path", "")
        if bool(inline) == bool(path):
            raise refuse("MW471", "a patch has either `patch` or `path`", at)
        merges, steps = self._either(folder, inline, path, at)
        target = words.get("target")
        if merges is not None:
            options = words.get("options") or {}
            self._merge_each(resources, merges, target, options, at)
        elif steps:
            if target is None:
                raise refuse("MW471", "a JSON patch needs a `target`", at)
            chosen = self._selected(resources, target, (at, "target"))
            for item in chosen:
                item.remember()
            self._operate(chosen, steps, at)
            resources.changed()

    def _either(
        self, folder: Folder, inline: str, path: str, at: At
    ) -> tuple[list[Resource] | None, tuple[Operation, ...]]:
        """A patch's text as objects to merge, or as operations."""
        file, text = (folder.file, inline) if inline else self._text(folder, path, (at, "path"))
        where: At = (at, "patch") if inline else Place(file)
        merges, steps = None, None
        first: Refused | None = None
        try:
            merges = self.parsed(read_nodes(text, file, where if inline else None))
        except Refused as error:
            first = error
        try:
            steps = operations(text, file, where)
        except Misfit as error:
            if first is not None:
                if first.problems[0].code == "MW467" and not text.startswith("[") and "is no list of operations" in str(error):
                    raise first from None
                raise refuse("MW471", f"this patch can be read neither as an object to merge nor as operations: {error}", where) from None
        if merges and steps:
            raise refuse("MW471", "this patch could be an object to merge as well as operations", where)
        return merges, steps or ()

    def _merge_each(
        self, resources: Resources, merges: list[Resource], target: Mapping[str, Any] | None, options: Mapping[str, Any], at: At
    ) -> None:
        if target is not None and merges:
            if len(merges) > 1:
                raise refuse("MW471", "a patch with a `target` is one object, not several", at)
            for item in self._selected(resources, target, (at, "target")):
                change = merges[0].copy()
                change.settle("labels", change.at)
                change.settle("annotations", change.at)
                put(change.body, "apiVersion", text_node(item.gvk.api_version, at, ""))
                self._merge(item, change, options, at)
            if any(options.values()):
                self._reappend(resources, at)
            return
        for change in merges if target is None else ():
            self._merge(self._named(resources, change), change.copy(), options, at)
            if any(options.values()):
                resources.changed()

    def _reappend(self, resources: Resources, at: At) -> None:
        """Objects that patches may have renamed, none of them twice."""
        items = [item for item in resources if not item.gone]
        resources.items = []
        resources.changed()
        for item in items:
            self._append(resources, item, at)

    def _named(self, resources: Resources, change: Resource) -> Resource:
        found = resources.ever_equal(change.original)
        if len(found) == 1:
            return found[0]
        id_ = change.original
        if found:
            raise refuse("MW469", f"{id_} could mean {len(found)} objects", change.at, related=[("one", found[0].at), ("another", found[1].at)])
        raise refuse("MW469", f"this patch is for {id_}, which is not there", change.at, _like(id_, resources))

    def _merge(self, item: Resource, change: Resource, options: Mapping[str, Any], at: At) -> None:
        name, namespace, kind = item.name, item.namespace, item.kind
        before = item.body.get("metadata")
        kind_at, name_at, space_at = (
            found.at if found is not None else item.at
            for found in (item.body.get("kind"), child(before, "name"), child(before, "namespace"))
        )
        renames, rekinds = bool(options.get("allowNameChange")), bool(options.get("allowKindChange"))
        if renames or rekinds:
            item.remember()
        if item.gone:
            return
        try:
            item.node = merge(item.body, change.body, self.knowledge)
            if item.gone:
                return
            if not rekinds:
                put(item.body, "kind", text_node(kind, kind_at, ""))
            if not renames:
                item.rename(name, name_at)
            metadata = item.metadata(at)
            if namespace:
                put(metadata, "namespace", text_node(namespace, space_at, ""))
            else:
                metadata.pop("namespace", None)
        except Misfit as error:
            message = f"this patch does not fit {item.id}: {error}"
            raise refuse("MW472", message, change.at, related=[("the object", item.at)]) from None

    def _selected(self, resources: Resources, target: Mapping[str, Any], at: At) -> list[Resource]:
        try:
            found = resources.select(selector_of(target))
        except (ValueError, Misfit) as error:
            raise refuse("MW471", f"this target cannot be read: {error}", at) from None
        if not found:
            hint = "kustomize passes over it in silence; a patch without `target` would be refused"
            self.told.append(Problem("MW470", "no object is chosen by this target, so the patch changes nothing", place_of(at), hint, "ignored"))
        return found

    def _operate(self, items: Sequence[Resource], steps: Sequence[Operation], at: At) -> None:
        for item in items:
            try:
                marked = item.noted
                if marked:
                    # Kustomize's own notes are annotations while it patches, so that map is always there.
                    _annotations(item, at)[INTERNAL + "previousNames"] = text_node("", at)
                node = apply(copied(item.body), steps)  # type: ignore[arg-type]
                item.node = node
                item.settle("annotations", at)
                if marked:
                    held = child(node.get("metadata"), "annotations")
                    if isinstance(held, Map):
                        held.pop(INTERNAL + "previousNames", None)
                    item.settle("annotations", at)
            except Misfit as error:
                message = f"this patch does not fit {item.id}: {error}"
                where = steps[0].at if steps else at
                raise refuse("MW472", message, where if not isinstance(where, tuple) else where[0], related=[("the object", item.at)]) from None

    def _old_merges(self, folder: Folder, resources: Resources) -> None:
        """`patchesStrategicMerge`: each is a path, or the patch itself."""
        changes: list[tuple[Resource, At]] = []
        for index, text in enumerate(folder.word("patchesStrategicMerge")):
            at = folder.at("patchesStrategicMerge", index)
            changes += [(each, at) for each in self.merges(folder, text, at)]
        if not changes:
            raise refuse("MW471", "these patches are empty", folder.at("patchesStrategicMerge"))
        self.merge_named(resources, changes)

    def merges(self, folder: Folder, text: str, at: At) -> list[Resource]:
        """The objects that a text, or the file of that name, holds."""
        try:
            return self.parsed(read_nodes(text, folder.file, at))
        except Refused:
            if "\n" in text.strip():
                raise
        file, content = self._text(folder, text, at)
        return self.parsed(read_nodes(content, file))

    def merge_named(self, resources: Resources, changes: Sequence[tuple[Resource, At]]) -> None:
        """Merge patches into the objects they name."""
        for change, at in changes:
            self._merge(self._named(resources, change), change.copy(), {}, at)

    def old_json(self, folder: Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
        """One entry of `patchesJson6902`."""
        target, inline, path = words.get("target") or {}, words.get("patch", ""), words.get("path", "")
        if not target.get("name"):
            raise refuse("MW471", "this patch needs a `target` with a name", at)
        if bool(inline) == bool(path):
            raise refuse("MW471", "a patch has either `patch` or `path`", at)
        file, text = (folder.file, inline) if inline else self._text(folder, path, (at, "path"))
        where: At = (at, "patch") if inline else Place(file)
        try:
            steps = operations(text, file, where)
        except Misfit as error:
            raise refuse("MW471", f"this patch cannot be read: {error}", where) from None
        if not steps:
            raise refuse("MW471", "this patch is empty", where)
        self._operate(self._selected(resources, target, (at, "target")), steps, at)
        resources.changed()


def _annotations(item: Resource, at: At) -> Map:
    metadata = item.metadata(at)
    found = metadata.get("annotations")
    if not isinstance(found, Map):
        found = Map(at)
        metadata["annotations"] = found
    return found


def _like(id_: Any, resources: Resources) -> str:
    """What the author of a patch may have meant."""
    named = [item.id for item in resources if item.name == id_.name or id_.name in (old.name for old in item.earlier)]
    if named:
        return f"there is {next((each for each in named if each.gvk.kind == id_.gvk.kind), named[0])}"
    kinds = [item.name for item in resources if item.kind == id_.gvk.kind]
    return did_you_mean(id_.name, kinds) if kinds else ""
