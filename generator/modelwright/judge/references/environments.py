"""References within each environment of a workspace: what its components refer to, and nothing there answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from modelwright.judge.references import ANYWHERE, HINTED, MADE, Ask, Links, Offer, Register, unanswered
from modelwright.judge.references.offers import special
from modelwright.model import Manifest, Named
from modelwright.problems import Problem
from modelwright.records import replace
from modelwright.resolve.names import spec_of
from modelwright.resolve.workspace import Environment, Tenant, Workspace
from modelwright.targets.kubernetes import secret_name
from modelwright.targets.modelmesh.storage import SECRET

_PROVIDES = "provides"


def reference_problems(
    links: Iterable[Mapping[str, Links]],
    workspace: Workspace,
    tenants: Iterable[Tenant],
    built: Mapping[str, Sequence[Manifest | Named]],
) -> Iterator[Problem]:
    """What is missing in namespaces that the workspace makes.

    Where the cluster does not say what others bring (`provides`), it may be there: a warning. `links` are by environment, of all that was judged; `built` are the objects by folder, of which the names count.
    """
    asks: dict[str, list[Ask]] = {}
    offers: dict[str, list[Offer]] = {}
    for each in links:
        for name, some in each.items():
            asks.setdefault(name, []).extend(some.asks)
            offers.setdefault(name, []).extend(some.offers)
    owned: dict[str, set[str]] = {}
    for tenant in tenants:
        if tenant.environment.manage:
            owned.setdefault(tenant.environment.name, set()).add(tenant.namespace)
    for name, environment in workspace.environments.items():
        # All of it is made together: what is there, and lacks a key, lacks it for certain.
        here = [replace(ask, lacks=True) for ask in asks.get(name, ()) if ask.lacks or ask.target[2] in owned.get(name, ())]
        if not here:
            continue
        beside = [each.name for each in workspace.environments.values() if each.cluster.name == environment.cluster.name]
        register = Register(chain.from_iterable(offers.get(each, ()) for each in beside))
        for offer in _named(here, name, environment, built):
            register.add(offer)
        declared = Register(_declared(workspace, environment))
        mine = owned.get(name, set()) if _PROVIDES in spec_of(environment.cluster.document) else set()
        lacks = unanswered(here, register, mine.__contains__)
        for index, lack in enumerate(each for each in lacks if each.keys is not None or not declared.answers(each.ask)[0]):
            _, kind, _, called, _ = lack.ask.target
            hint = f"bring it by a connection or `extras`; if others do, say so at the cluster: `provides: [{kind}/{called}]`"
            problem = lack.problem(register, index < HINTED, hint, "warning")
            yield replace(problem, environments=(name,))


def _named(
    asks: Sequence[Ask], name: str, environment: Environment, built: Mapping[str, Sequence[Manifest | Named]]
) -> Iterator[Offer]:
    """Objects of the kinds that are asked for; those that offer more than their names have come as rows."""
    kinds = {ask.target[1] for ask in asks}
    kinds |= {maker for kind in kinds for _, maker in MADE.get(kind, ())}
    cluster = f"clusters/{environment.cluster.name}"
    for folder, manifests in built.items():
        if folder.startswith(f"{name}/") or folder == cluster:
            for manifest in manifests:
                kind = manifest.kind
                if kind in kinds and not special(kind):
                    yield Offer(manifest.api_version.rpartition("/")[0], kind, manifest.namespace, manifest.name)


def _declared(workspace: Workspace, environment: Environment) -> Iterator[Offer]:
    """What blueprints say is there: Secrets of connections (where one cannot be made, that is told already), and what a
    cluster names in `provides`."""
    for document in workspace.connections.values():
        yield Offer("", "Secret", ANYWHERE, secret_name(document))
    if workspace.connections:
        yield Offer("", "Secret", ANYWHERE, SECRET)  # an entry for each of them
    for word in spec_of(environment.cluster.document).get(_PROVIDES) or ():
        kind, _, name = str(word).partition("/")
        yield Offer(ANYWHERE, kind, ANYWHERE, name)
