"""The build: folders gathered, then changed, from the innermost out (api/internal/target/kusttarget.go)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from modelwright.kustomize import order, transform
from modelwright.kustomize.config import WORDS as CONFIG_WORDS
from modelwright.kustomize.config import Config, Reference, default, references_of
from modelwright.kustomize.fields import FieldSpec, merged
from modelwright.kustomize.generate import digest, generated, merged_data
from modelwright.kustomize.ids import Gvk
from modelwright.kustomize.kustomization import FIELD_SPEC, NAMES, REPLACEMENT, checked
from modelwright.kustomize.loading import NEEDS, Folder, clean, join, remote, validate
from modelwright.kustomize.nodes import (
    Map,
    child,
    put,
    text_node,
    text_of,
)
from modelwright.kustomize.patching import Patching
from modelwright.kustomize.reading import read_nodes
from modelwright.kustomize.references import follow
from modelwright.kustomize.refusal import At, Misfit, Refused, refuse
from modelwright.kustomize.replacements import replace_all
from modelwright.kustomize.resource import Resource, Resources
from modelwright.kustomize.schema import TooMuch
from modelwright.kustomize.variables import Var, add, declare, resolve, var_of
from modelwright.model import Place
from modelwright.problems import Problem
from modelwright.records import dataclass


@dataclass(slots=True)
class Gathered:
    """What folders have yielded so far."""

    resources: Resources = field(default_factory=Resources)
    config: Config = field(default_factory=Config)
    variables: dict[str, Var] = field(default_factory=dict)


class Build(Patching):
    """One build. Raises Refused."""

    def run(self, path: str) -> Resources:
        """The objects of a folder."""
        try:
            return self._run(path)
        except TooMuch:
            message = "this build takes more work than it is worth: many words for many objects"
            raise refuse("MW479", message, Place(join(clean(path) or "", NAMES[0])), "build parts of it") from None

    def _run(self, path: str) -> Resources:
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
            validate(item.body)
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

    def _finish(self, resources: Resources, folder: Folder) -> None:
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

    def _gather(self, folder: Folder, gathered: Gathered) -> Gathered:
        words = folder.words
        resources = [(path, folder.at(word, i)) for word in ("resources", "bases") for i, path in enumerate(words.get(word) or ())]
        gathered = self._resources(folder, gathered, resources)
        gathered.config = self._config(folder, gathered.config)
        self._generate(folder, gathered)
        for index, path in enumerate(words.get("components") or ()):
            gathered = self._folder(folder, path, folder.at("components", index), gathered, component=True)
        self._transform(folder, gathered)
        if words.get("validators"):
            raise refuse("MW466", "validators are programs of their own", folder.at("validators"), NEEDS)
        variables = [var_of(each, folder.at("vars", i)) for i, each in enumerate(words.get("vars") or ())]
        declare(gathered.variables, gathered.resources, variables)
        return gathered

    def _resources(self, folder: Folder, gathered: Gathered, paths: Sequence[tuple[str, At]]) -> Gathered:
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

    def _folder(self, folder: Folder, path: str, at: At, gathered: Gathered, *, component: bool) -> Gathered:
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

    def _schema(self, folder: Folder) -> None:
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

    def _config(self, folder: Folder, config: Config) -> Config:
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

    def _configuration(self, folder: Folder, path: str, at: At) -> Config:
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

    def _generate(self, folder: Folder, gathered: Gathered) -> None:
        common = folder.word("generatorOptions") or {}
        for word, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
            for index, args in enumerate(folder.word(word) or ()):
                made = self._generated(folder, kind, {**args, "options": _options(args.get("options") or {}, common)}, folder.at(word, index))
                if self.metadata:
                    made.origin = _configured(folder, kind + "Generator")
                self._absorb(gathered.resources, made, folder.at(word, index))
        for word in ("helmCharts", "helmChartInflationGenerator"):
            if folder.word(word):
                raise refuse("MW466", "a chart is a program for helm", folder.at(word), NEEDS)
        for config, at in self._plugins(folder, "generators"):
            from modelwright.kustomize.plugins import generate

            made = generate(self, folder, config, at)
            self._absorb(gathered.resources, made, at)

    def _generated(self, folder: Folder, kind: str, args: Mapping[str, Any], at: At) -> Resource:
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

    def _transform(self, folder: Folder, gathered: Gathered) -> None:
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

    def _done(self, resources: Resources, folder: Folder, name: str) -> None:
        resources.drop_gone()
        if self.metadata:
            step = _configured(folder, name)
            for item in resources:
                if item.origin is None:
                    item.origin = step
                else:
                    item.transformations.append(step)

    def _label(self, folder: Folder, resources: Resources, config: Config) -> None:
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

    def replacements(self, folder: Folder, entries: Sequence[Mapping[str, Any]], at: At) -> list[tuple[Mapping[str, Any], At]]:
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

    def _plugins(self, folder: Folder, word: str) -> list[tuple[Resource, At]]:
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


def _configured(folder: Folder, name: str) -> dict[str, object]:
    return {
        "configuredIn": join(clean(folder.trail) or "", folder.file.rpartition("/")[2]),
        "configuredBy": {"apiVersion": "builtin", "kind": name},
    }
