"""A connection's `sealed` files: which SealedSecret goes into which namespace.

Sealing binds values to the namespace and, in strict scope, to the name, both of the SealedSecret itself; two
annotations on it loosen that (bitnami-labs/sealed-secrets README "Scopes";
pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go, where the Secret takes name and namespace from the
SealedSecret). So a file may hold one document per namespace, and the namespace chooses.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.load import manifests, matching
from modelwright.model import Document, Path
from modelwright.problems import Problem, did_you_mean
from modelwright.resolve.workspace import Tenant, Workspace
from modelwright.typed import Any

CLUSTER_WIDE = "sealedsecrets.bitnami.com/cluster-wide"
SEALED: Path = ("spec", "sealed")
Found = tuple[Document | None, tuple[Problem, ...]]


def names(connection: Document) -> dict[Path, str]:
    """Path of each file name under `sealed` -> the name: one for all environments, or one for each."""
    word = (connection.data.get("spec") or {}).get("sealed")
    if isinstance(word, str):
        return {SEALED: word}
    return {(*SEALED, str(k)): v for k, v in word.items() if isinstance(v, str)} if isinstance(word, Mapping) else {}


def unfit(connection: Document, workspace: Workspace) -> tuple[Problem, ...]:
    """What is wrong with the files of a connection, wherever they are used."""
    problems: list[Problem] = []
    for path, name in names(connection).items():
        if path != SEALED and path[-1] not in workspace.environments:
            hint = did_you_mean(str(path[-1]), list(workspace.environments))
            where = connection.place(path, key=True)
            problems.append(Problem("MW208", f"there is no environment `{path[-1]}`", where, hint))
        for file in matching(connection.file, name, workspace.files):
            documents, wrong = manifests(file, workspace.files[file])
            problems += wrong
            for document in documents:
                if not _is_sealed(document):
                    what = f"`sealed` needs a SealedSecret, and this is a {document.kind[:60]}"
                    hint = "make one by `kubeseal`"
                    problems.append(Problem("MW833", what, document.place(("kind",)), hint))
    return tuple(problems)


def fitting(connection: Document, tenant: Tenant, workspace: Workspace) -> Found:
    """The SealedSecret for the namespace of a tenant, and why there is none."""
    stated = names(connection)
    if not stated:
        return None, ()
    environment = tenant.environment.name
    path = SEALED if SEALED in stated else (*SEALED, environment)
    if path not in stated:
        what = f"connection `{connection.name}` has no sealed secret for environment `{environment}`"
        hint = f"seal one for it: `{environment}: file`, or use another connection there"
        return None, (_problem("MW830", what, connection, SEALED, hint, tenant),)
    sealed = [
        document
        for file in matching(connection.file, stated[path], workspace.files)
        for document in manifests(file, workspace.files[file])[0]
        if _is_sealed(document)
    ]
    if not sealed:
        return None, ()  # said of the file itself
    named = [document for document in sealed if document.name == connection.name]
    if not named:
        what = f"the connection's Secret is called `{connection.name}`, and this one `{sealed[0].name}`"
        hint = "seal it again under the connection's name: in strict scope the name is part of what is sealed"
        problem = Problem("MW832", what, sealed[0].place(("metadata", "name")), hint, effect="broken")
        return None, (problem,)
    fits = [document for document in named if _namespace(document) in ("*", tenant.namespace)]
    if len(fits) > 1:
        there = tuple(("the other one", each.place(("metadata", "name"))) for each in fits[:1])
        what = f"two sealed secrets fit namespace `{tenant.namespace}`"
        hint = "keep one of them, or name a file for each environment: `sealed: {dev: ..., prod: ...}`"
        place = fits[1].place(("metadata", "name"))
        return None, (Problem("MW831", what, place, hint, environments=(environment,), related=there),)
    if not fits:
        return None, (_elsewhere(named, connection, path, tenant),)
    return fits[0], ()


def _elsewhere(named: list[Document], connection: Document, path: Path, tenant: Tenant) -> Problem:
    places = sorted({_namespace(document) for document in named})
    what = f"connection `{connection.name}` has no secret sealed for namespace `{tenant.namespace}`"
    hint = f"its secrets are sealed for {', '.join(f'`{place}`' for place in places[:5])}: seal one more"
    if places == [""]:
        hint = "write the `metadata.namespace` it was sealed for: it opens nowhere else"
    found = tuple(("a secret is here", document.place(("metadata",), key=True)) for document in named[:1])
    return _problem("MW830", what, connection, path, hint, tenant, found)


def _problem(
    code: str, what: str, connection: Document, path: Path, hint: str, tenant: Tenant, related: Any = ()
) -> Problem:
    place, environments = connection.place(path), (tenant.environment.name,)
    return Problem(code, what, place, hint, effect="broken", environments=environments, related=related)


def _is_sealed(document: Document) -> bool:
    return document.kind == "SealedSecret" and str(document.data.get("apiVersion")).startswith("bitnami.com/")


def _namespace(document: Document) -> str:
    """The only namespace in which the secret opens; `*` for any, empty where it is not said."""
    metadata = document.data.get("metadata") or {}
    annotations = metadata.get("annotations")
    if isinstance(annotations, Mapping) and annotations.get(CLUSTER_WIDE) == "true":
        return "*"
    return str(metadata.get("namespace") or "")
