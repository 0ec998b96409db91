"""The build: folders gathered, then changed, from the innermost out (api/internal/target/kusttarget.go)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from modelwright.kustomize import order, transform
from modelwright.kustomize.config import WORDS as CONFIG_WORDS
from modelwright.kustomize.config import Config, Reference, default, references_of
from modelwright.kustomize.fields import FieldSpec, merged
from modelwright.kustomize.generate import digest, generated, merged_data
from modelwright.kustomize.ids import Gvk
from modelwright.kustomize.jsonpatch import Operation, apply, operations
from modelwright.kustomize.kustomization import FIELD_SPEC, NAMES, REPLACEMENT, checked, parse
from modelwright.kustomize.merge import merge
from modelwright.kustomize.nodes import (
    Map,
    Node,
    Seq,
    child,
    copied,
    missing,
    put,
    read_nodes,
    text_node,
    text_of,
)
from modelwright.kustomize.references import follow
from modelwright.kustomize.refusal import At, Misfit, Refused, below, place_of, refuse
from modelwright.kustomize.replacements import replace_all, selector_of
from modelwright.kustomize.resource import INTERNAL, Collision, Resource, Resources
from modelwright.kustomize.schema import Knowledge
from modelwright.kustomize.variables import Var, add, declare, resolve, var_of
from modelwright.model import Place
from modelwright.problems import Problem, did_you_mean

Read = Callable[[str], bytes | None]
"""Path from the top of the tree -> content; None where there is no such file."""

MOST_FOLDERS = 2_000
"""Kustomizations one build may visit, each time counted."""
MOST_BYTES = 256 * 2**20
"""Bytes of all files one build may read."""
_NEEDS = "build it with your own kustomize: `--kustomize`"


@dataclass(slots=True)
class Gathered:
    """What folders have yielded so far."""

    resources: Resources = field(default_factory=Resources)
    config: Config = field(default_factory=Config)
    variables: dict[str, Var] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder with a kustomization, on the way from the one that is built."""

    path: str
    file: str
    words: Mapping[str, Any]
    above: tuple[str, ...]
    """Folders that led here, itself included: none of them may be visited again."""
    trail: str
    """The path here as the files say it, from the folder that is built."""

    def at(self, *steps: str | int) -> At:
        return below(Place(self.file), steps)

    def word(self, word: str) -> Any:
        return self.words.get(word)


class Build:
    """One build. Raises Refused; `told` holds what kustomize would pass over in silence."""

    def __init__(self, read: Read, paths: Sequence[str] = ()) -> None:
        self.read = read
        self.paths = paths
        """All paths of the tree, where they are known: for hints alone."""
        self.knowledge = Knowledge()
        self.told: list[Problem] = []
        self.metadata: list[str] = []
        self.folders = 0
        self.bytes = 0

    def run(self, path: str) -> Resources:
        """The objects of a folder."""
        top = clean(path)
        if top is None:
            raise refuse("MW464", f"`{path}` is outside the tree", Place(path))
        folder = self._load(top, (), "", None)
        self._schema(folder)
        self.metadata = list(folder.word("buildMetadata") or ())
        gathered = self._gather(folder, Gathered())
        resources = gathered.resources
        for item in resources:
            if item.hashed:
                self._hash(item)
        for item in resources:
            # A patch may have taken away what an object needs.
            _validate(item.body)
        resources.changed()
        follow(resources, gathered.config.nameReference)
        resolve(gathered.variables, resources, gathered.config.varReference)
        resources.items = [item for item in resources if not item.local()]
        order.sort(resources, folder.word("sortOptions"), folder.at("sortOptions"))
        self._finish(resources, folder)
        return resources

    def _hash(self, item: Resource) -> None:
        try:
            name = f"{item.name}-{digest(item.body)}"
        except Misfit as error:
            raise refuse("MW473", f"{item.id} has no hash: {error}", item.at) from None
        item.remember()
        item.rename(name, item.at)

    def _finish(self, resources: Resources, folder: _Folder) -> None:
        from modelwright.kustomize.provenance import annotate

        if "managedByLabel" in self.metadata:
            annotate(resources, folder.at("buildMetadata"))
        for item in resources:
            try:
                item.forget_notes()
            except Misfit as error:
                raise refuse("MW478", f"{item.id}: {error}", item.at) from None
        if {"originAnnotations", "transformerAnnotations"} & set(self.metadata):
            from modelwright.kustomize.provenance import tell

            tell(resources, self.metadata)

    # --- files --------------------------------------------------------------------------------------------------------

    def _load(self, path: str, above: tuple[str, ...], trail: str, at: At | None) -> _Folder:
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
        words, vain = parse(found[0][1], file)
        self.told += vain
        return _Folder(path, file, words, (*above, path), trail)

    def _content(self, path: str) -> bytes | None:
        data = self.read(path)
        if data is not None:
            self.bytes += len(data)
            if self.bytes > MOST_BYTES:
                raise refuse("MW479", f"more than {MOST_BYTES >> 20} MiB are read", Place(path))
        return data

    def _file(self, folder: _Folder, path: str, at: At) -> tuple[str, bytes]:
        """A file that a kustomization names: below its own folder only (`LoadRestrictionsRootOnly`)."""
        if remote(path):
            raise refuse("MW466", f"`{path}` has to be fetched", at, _NEEDS)
        full = self._inside(folder, path)
        if full is None:
            hint = "move it below the folder, or make its folder a base with a kustomization"
            raise refuse("MW464", f"`{path}` is not in or below `{folder.path or '.'}`, and kustomize reads no other files", at, hint)
        data = self._content(full)
        if data is None:
            raise refuse("MW463", f"there is no file `{path}`", at, self._near(full, folder))
        return full, data

    def _inside(self, folder: _Folder, path: str) -> str | None:
        """The path from the top, if it is in or below the folder."""
        full = None if path.startswith("/") else clean(join(folder.path, path))
        return full if full is not None and (not folder.path or full.startswith(folder.path + "/")) else None

    def _near(self, path: str, folder: _Folder) -> str:
        prefix = folder.path + "/" if folder.path else ""
        known = [each.removeprefix(prefix) for each in self.paths if each.startswith(prefix)][:2_000]
        return did_you_mean(path.removeprefix(prefix), known) if known and len(known) < 2_000 else ""

    def _text(self, folder: _Folder, path: str, at: At) -> tuple[str, str]:
        from modelwright.yamlio import decode

        full, data = self._file(folder, path, at)
        text, problems = decode(data, full)
        if problems:
            raise Refused(*problems)
        return full, text

    def _document(self, folder: _Folder, path: str, at: At) -> tuple[str, Any]:
        """A file's first document, as the API server reads YAML."""
        from modelwright.yamlio import read

        full, text = self._text(folder, path, at)
        documents, problems = read(text, full)
        if problems and not documents:
            raise Refused(*problems)
        return full, documents[0] if documents else None

    # --- gathering ----------------------------------------------------------------------------------------------------

    def _gather(self, folder: _Folder, gathered: Gathered) -> Gathered:
        words = folder.words
        resources = [(path, folder.at(word, i)) for word in ("resources", "bases") for i, path in enumerate(words.get(word) or ())]
        gathered = self._resources(folder, gathered, resources)
        gathered.config = self._config(folder, gathered.config)
        self._generate(folder, gathered)
        for index, path in enumerate(words.get("components") or ()):
            gathered = self._folder(folder, path, folder.at("components", index), gathered, component=True)
        self._transform(folder, gathered)
        if words.get("validators"):
            raise refuse("MW466", "validators are programs of their own", folder.at("validators"), _NEEDS)
        variables = [var_of(each, folder.at("vars", i)) for i, each in enumerate(words.get("vars") or ())]
        declare(gathered.variables, gathered.resources, variables)
        return gathered

    def _resources(self, folder: _Folder, gathered: Gathered, paths: Sequence[tuple[str, At]]) -> Gathered:
        for path, at in paths:
            full = None if not path or remote(path) else self._inside(folder, path)
            data = self._content(full) if full else None
            if full is None or data is None:
                gathered = self._folder(folder, path, at, gathered, component=False)
                continue
            for item in self._read(full, data):
                if self.metadata:
                    item.origin = {"path": join(folder.trail, path)}
                self._append(gathered.resources, item, at)
        return gathered

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
            _validate(node)
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
                    _validate(each)
                queue += inner
            elif not missing(items):
                raise refuse("MW467", "`items` is no list", items.at)
        return made

    def _folder(self, folder: _Folder, path: str, at: At, gathered: Gathered, *, component: bool) -> Gathered:
        """What another folder yields, added to what there is; a component works on all of that."""
        found = self._visit(folder, path, at)
        is_component = found.word("kind") == "Component"
        if component != is_component:
            message = f"`{path}` is {'a component' if is_component else 'no component'}"
            hint = f"name it under `{'components' if is_component else 'resources'}`"
            raise refuse("MW462", message, at, hint)
        if not self.knowledge.set:
            self._schema(found)
        inner = self._gather(found, gathered if component else Gathered())
        if component:
            return inner
        for item in inner.resources:
            self._append(gathered.resources, item, at)
        try:
            gathered.config = gathered.config.merge(inner.config)
        except Misfit as error:
            raise refuse("MW477", str(error), at) from None
        add(gathered.variables, list(inner.variables.values()))
        return gathered

    def _visit(self, folder: _Folder, path: str, at: At) -> _Folder:
        if not path:
            raise refuse("MW463", "an empty path names nothing", at)
        if remote(path):
            raise refuse("MW466", f"`{path}` has to be fetched", at, _NEEDS)
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
                raise refuse("MW466", f"`{path}` has to be fetched", at, _NEEDS)
            message = f"`{path}` is neither a file nor a folder with a kustomization"
            raise refuse("MW463", message, at, self._near(full, folder))
        return self._load(full, folder.above, join(folder.trail, path), at)

    # --- what changes objects -----------------------------------------------------------------------------------------

    def _schema(self, folder: _Folder) -> None:
        stated = folder.word("openapi") or {}
        if "path" in stated:
            if "version" in stated:
                raise refuse("MW477", "`openapi` takes a path or a version, not both", folder.at("openapi"))
            _, document = self._document(folder, stated["path"], folder.at("openapi", "path"))
            if not isinstance(document, dict):
                raise refuse("MW477", "this is no OpenAPI document", folder.at("openapi", "path"))
            self.knowledge.state(document)
        elif stated.get("version"):
            if stated["version"] != "v1.21.2":
                raise refuse("MW477", f"kustomize has no OpenAPI version `{stated['version']}`", folder.at("openapi", "version"), "it has v1.21.2")
            self.knowledge.state_version()

    def _config(self, folder: _Folder, config: Config) -> Config:
        try:
            config = config.merge(default())
            for index, path in enumerate(folder.word("configurations") or ()):
                config = config.merge(self._configuration(folder, path, folder.at("configurations", index)))
            for index, path in enumerate(folder.word("crds") or ()):
                _, document = self._document(folder, path, folder.at("crds", index))
                if not isinstance(document, dict) or any(not isinstance(each, dict | None) for each in document.values()):
                    message = f"`{path}` holds no OpenAPI definitions: a map from type names to `Schema`"
                    raise refuse("MW477", message, folder.at("crds", index), "a CustomResourceDefinition belongs under `resources`")
                config = config.merge(references_of(document))
        except Misfit as error:
            raise refuse("MW477", str(error), folder.at()) from None
        return config

    def _configuration(self, folder: _Folder, path: str, at: At) -> Config:
        full, document = self._document(folder, path, at)
        shape: dict[str, Any] = dict.fromkeys(CONFIG_WORDS, ("list", FIELD_SPEC))
        shape["nameReference"] = ("list", {"group": "text", "version": "text", "kind": "text", "fieldSpecs": ("list", FIELD_SPEC)})
        wrong: list[Problem] = []
        words = checked(document if document is not None else {}, shape, Place(full), wrong)
        if wrong:
            raise Refused(*(replace(each, code="MW477") for each in wrong))
        named = tuple(
            Reference(Gvk(*(each.get(part, "") for part in ("group", "version", "kind"))), field_specs(each.get("fieldSpecs")))
            for each in words.pop("nameReference", ())
        )
        return Config(**{word: field_specs(specs) for word, specs in words.items()}, nameReference=named)

    def _generate(self, folder: _Folder, gathered: Gathered) -> None:
        common = folder.word("generatorOptions") or {}
        for word, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
            for index, args in enumerate(folder.word(word) or ()):
                made = self._generated(folder, kind, {**args, "options": _options(args.get("options") or {}, common)}, folder.at(word, index))
                if self.metadata:
                    made.origin = _configured(folder, kind + "Generator")
                self._absorb(gathered.resources, made, folder.at(word, index))
        for word in ("helmCharts", "helmChartInflationGenerator"):
            if folder.word(word):
                raise refuse("MW466", "a chart is a program for helm", folder.at(word), _NEEDS)
        for config, at in self._plugins(folder, "generators"):
            from modelwright.kustomize.plugins import generate

            made = generate(self, folder, config, at)
            self._absorb(gathered.resources, made, at)

    def _generated(self, folder: _Folder, kind: str, args: Mapping[str, Any], at: At) -> Resource:
        try:
            node = generated(kind, args, at, lambda path, where: self._file(folder, path, where)[1])
        except Misfit as error:
            raise refuse("MW473", f"this {kind} cannot be made: {error}", at) from None
        made = Resource(node, at, self.knowledge, generated=True)
        made.hashed = not args["options"].get("disableNameSuffixHash")
        behavior = args.get("behavior", "")
        made.behavior = behavior if behavior in ("create", "replace", "merge") else "unspecified"
        return made

    def _absorb(self, resources: Resources, made: Resource, at: At) -> None:
        """Add a generated object, or let it replace or join the one of its name (resmap `appendReplaceOrMerge`)."""
        known = resources.ever_equal(made.id)
        joins = made.behavior in ("replace", "merge")
        if not known:
            if joins:
                raise refuse("MW473", f"there is no {made.id} to {made.behavior}", at, "leave `behavior` out, or name the base that has it")
            self._append(resources, made, at)
            return
        if len(known) > 1:
            raise refuse("MW473", f"{made.id} could mean {len(known)} objects", at, related=[("one", known[0].at), ("another", known[1].at)])
        old = known[0]
        if not joins:
            raise refuse("MW468", f"{made.id} is there already", at, "say `behavior: merge` or `behavior: replace`", [("the other", old.at)])
        if made.behavior == "merge":
            merged_data(made.body, old.body)
        _inherit(made, old)
        resources.items[resources.items.index(old)] = made
        resources.changed()

    def _transform(self, folder: _Folder, gathered: Gathered) -> None:
        resources, config, words = gathered.resources, gathered.config, folder.words
        if words.get("patchesStrategicMerge"):
            self._old_merges(folder, resources)
            self._done(resources, folder, "PatchStrategicMergeTransformer")
        for index, patch in enumerate(words.get("patches") or ()):
            self.patch(folder, resources, patch, folder.at("patches", index))
            self._done(resources, folder, "PatchTransformer")
        if words.get("namespace"):
            transform.set_namespace(resources, words["namespace"], config.namespace, folder.at("namespace"))
            self._done(resources, folder, "NamespaceTransformer")
        if words.get("namePrefix"):
            transform.affix(resources, config.namePrefix, folder.at("namePrefix"), prefix=words["namePrefix"])
            self._done(resources, folder, "PrefixTransformer")
        if words.get("nameSuffix"):
            transform.affix(resources, config.nameSuffix, folder.at("nameSuffix"), suffix=words["nameSuffix"])
            self._done(resources, folder, "SuffixTransformer")
        self._label(folder, resources, config)
        if words.get("commonAnnotations"):
            at = folder.at("commonAnnotations")
            transform.set_texts(resources, words["commonAnnotations"], config.commonAnnotations, "`commonAnnotations`", at)
            self._done(resources, folder, "AnnotationsTransformer")
        for index, patch in enumerate(words.get("patchesJson6902") or ()):
            self.old_json(folder, resources, patch, folder.at("patchesJson6902", index))
            self._done(resources, folder, "PatchJson6902Transformer")
        for index, each in enumerate(words.get("replicas") or ()):
            transform.set_replicas(resources, each.get("name", ""), each.get("count", 0), config.replicas, folder.at("replicas", index))
            self._done(resources, folder, "ReplicaCountTransformer")
        images = [(each, folder.at(word, i)) for word in ("images", "imageTags") for i, each in enumerate(words.get(word) or ())]
        for image, at in images:
            transform.set_images(resources, image, config.images, at)
            self._done(resources, folder, "ImageTagTransformer")
        if words.get("replacements"):
            replace_all(resources, self.replacements(folder, words["replacements"], folder.at("replacements")))
            resources.changed()
            self._done(resources, folder, "ReplacementTransformer")
        for config_node, at in self._plugins(folder, "transformers"):
            from modelwright.kustomize.plugins import run

            run(self, folder, resources, config_node, at)
            resources.drop_gone()

    def _done(self, resources: Resources, folder: _Folder, name: str) -> None:
        resources.drop_gone()
        if self.metadata:
            step = _configured(folder, name)
            for item in resources:
                if item.origin is None:
                    item.origin = step
                else:
                    item.transformations.append(step)

    def _label(self, folder: _Folder, resources: Resources, config: Config) -> None:
        labels, common = folder.word("labels") or (), folder.word("commonLabels") or {}
        if not labels and not common:
            return
        for index, each in enumerate(labels):
            at = folder.at("labels", index)
            try:
                specs = merged(field_specs(each.get("fields")), config.labels)
                if each.get("includeSelectors"):
                    specs = merged(specs, config.commonLabels)
                else:
                    if each.get("includeTemplates"):
                        specs = merged(specs, config.templateLabels)
                    specs = merged(specs, [FieldSpec("metadata/labels", create=True)])
            except Misfit as error:
                raise refuse("MW477", str(error), at) from None
            transform.set_texts(resources, each.get("pairs") or {}, specs, "`labels`", (at, "pairs"))
            self._done(resources, folder, "LabelTransformer")
        transform.set_texts(resources, common, config.commonLabels, "`commonLabels`", folder.at("commonLabels"))
        self._done(resources, folder, "LabelTransformer")

    # --- patches ------------------------------------------------------------------------------------------------------

    def patch(self, folder: _Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
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
        self, folder: _Folder, inline: str, path: str, at: At
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
                put(item.body, "kind", text_node(kind, at, ""))
            if not renames:
                item.rename(name, at)
            metadata = item.metadata(at)
            if namespace:
                put(metadata, "namespace", text_node(namespace, at, ""))
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

    def _old_merges(self, folder: _Folder, resources: Resources) -> None:
        """`patchesStrategicMerge`: each is a path, or the patch itself."""
        changes: list[tuple[Resource, At]] = []
        for index, text in enumerate(folder.word("patchesStrategicMerge")):
            at = folder.at("patchesStrategicMerge", index)
            changes += [(each, at) for each in self.merges(folder, text, at)]
        if not changes:
            raise refuse("MW471", "these patches are empty", folder.at("patchesStrategicMerge"))
        self.merge_named(resources, changes)

    def merges(self, folder: _Folder, text: str, at: At) -> list[Resource]:
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

    def old_json(self, folder: _Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
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

    # --- replacements and plugins -------------------------------------------------------------------------------------

    def replacements(self, folder: _Folder, entries: Sequence[Mapping[str, Any]], at: At) -> list[tuple[Mapping[str, Any], At]]:
        """Replacements, those in files included."""
        found: list[tuple[Mapping[str, Any], At]] = []
        for index, words in enumerate(entries):
            here: At = (at, index)
            path = words.get("path", "")
            if not path:
                found.append((words, here))
                continue
            if words.get("source") is not None or words.get("targets"):
                raise refuse("MW474", "a replacement is either here or in a file", here)
            full, document = self._document(folder, path, (here, "path"))
            several = isinstance(document, list)
            for number, each in enumerate(document if isinstance(document, list) else [document]):
                place: At = (Place(full), number) if several else Place(full)
                wrong: list[Problem] = []
                stated = checked(each, REPLACEMENT, place, wrong)
                # Files of replacements are read leniently: unknown words are passed over.
                if any(problem.code != "MW461" for problem in wrong):
                    raise Refused(*(problem for problem in wrong if problem.code != "MW461"))
                found.append((stated, place))
        return found

    def _plugins(self, folder: _Folder, word: str) -> list[tuple[Resource, At]]:
        """The configurations of plugins: objects in the word itself, in files or in folders."""
        found: list[tuple[Resource, At]] = []
        paths: list[tuple[str, At]] = []
        for index, text in enumerate(folder.word(word) or ()):
            at = folder.at(word, index)
            try:
                inline = self.parsed(read_nodes(text, folder.file, at))
                found += [(each, at) for each in inline]
            except Refused:
                paths.append((text, at))
        gathered = self._resources(folder, Gathered(), paths)
        return found + [(item, item.at) for item in gathered.resources]


def field_specs(words: Sequence[Mapping[str, Any]] | None) -> tuple[FieldSpec, ...]:
    """Field specs from their words."""
    return tuple(
        FieldSpec(each.get("path", ""), Gvk(each.get("group", ""), each.get("version", ""), each.get("kind", "")), each.get("create", False))
        for each in words or ()
    )


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


def _validate(node: Node) -> None:
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


def _options(local: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
    """A generator's options with those of all generators, its own labels and annotations counting more."""
    made: dict[str, Any] = {}
    for word in ("labels", "annotations"):
        made[word] = {**(common.get(word) or {}), **(local.get(word) or {})}
    for word in ("disableNameSuffixHash", "immutable"):
        made[word] = bool(local.get(word)) or bool(common.get(word))
    return made


def _inherit(made: Resource, old: Resource) -> None:
    """Take over the name, labels, annotations and notes of the object that is replaced."""
    metadata, before = made.metadata(made.at), old.body.get("metadata")
    for word in ("labels", "annotations"):
        both = Map(made.at)
        for source in (child(before, word), metadata.get(word)):
            if isinstance(source, Map):
                for key, value in source.items():
                    put(both, key, text_node(text_of(value), value.at))
        metadata.pop(word, None)
        if both:
            metadata[word] = both
    put(metadata, "name", text_node(old.name, old.at, ""))
    metadata.pop("namespace", None)
    if old.namespace:
        put(metadata, "namespace", text_node(old.namespace, old.at, ""))
    made.hashed = made.hashed and old.hashed
    made.behavior = old.behavior
    made.previous, made.prefixes, made.suffixes = list(old.previous), list(old.prefixes), list(old.suffixes)
    made.variables = list(old.variables)
    made.origin = old.origin


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
        return f"there is {named[0]}"
    kinds = [item.name for item in resources if item.kind == id_.gvk.kind]
    return did_you_mean(id_.name, kinds) if kinds else ""


def _configured(folder: _Folder, name: str) -> dict[str, object]:
    return {
        "configuredIn": join(clean(folder.trail) or "", folder.file.rpartition("/")[2]),
        "configuredBy": {"apiVersion": "builtin", "kind": name},
    }

