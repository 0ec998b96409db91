"""Publishes a build: compare with the branch, commit what differs on top of it, move the branch; again if it moved."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import field, replace
from typing import TypeVar

import pygit2

from modelwright.gitops.address import Address
from modelwright.gitops.backoff import LOCKED, tries
from modelwright.gitops.credentials import Keys
from modelwright.gitops.decide import Decision, decide
from modelwright.gitops.local import Local
from modelwright.gitops.message import Origin, Person, origin, people, written
from modelwright.gitops.objects import Id, grafted
from modelwright.gitops.order import HOLE, Order
from modelwright.gitops.remote import Remote
from modelwright.gitops.store import Objects, Store, within
from modelwright.gitops.troubles import (
    CONNECTION,
    Locked,
    Moved,
    Refused,
    Unsteady,
    diagnosed,
    refused,
)
from modelwright.gitops.wanted import Wanted, of_environment, wanted
from modelwright.pipeline import Build
from modelwright.problems import Problem
from modelwright.records import dataclass

T = TypeVar("T")

_UNSTEADY = 10
"""How many connections may break one after the other: a busy sshd drops newcomers at random (MaxStartups)."""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of one branch."""

    branch: str
    decision: Decision = field(default_factory=Decision)
    commit: str = ""
    """Empty where nothing was committed: nothing differed, something is in the way, or it was a dry run."""
    created: bool = False
    """True when there was no such branch before."""
    tries: int = 1


def publish(
    build: Build, order: Order, root: str, environ: Mapping[str, str], bound: Address | None = None
) -> tuple[tuple[Published, ...], tuple[Problem, ...]]:
    """Publish what `build` compiled from the workspace at `root`. A branch is moved whole or not at all.

    `environ` holds credentials; `bound` is the address that those are for. MW410 to MW449.
    """
    done: list[Published] = []
    problems: list[Problem] = []
    try:
        source = origin(root, build.sources)
        names = people(order.author, environ)
        with closing(_store(order.address, root, environ, bound)) as store:
            for branch, environment, files in _branches(build, order, store):
                try:
                    goal = wanted(files, build.tree.owners, build.workspace.name)
                    result = _land(store, _Job(order, branch, environment, goal, source, names))
                except Refused as stop:
                    problems.append(stop.problem)
                    if stop.problem.code in CONNECTION:
                        break
                else:
                    done.append(result)
                    problems += result.decision.problems
    except Refused as stop:
        problems.append(stop.problem)
    return tuple(done), tuple(dict.fromkeys(problems))


@dataclass(frozen=True, slots=True)
class _Job:
    """One branch, and all that its commit is made of."""

    order: Order
    branch: str
    environment: str
    wanted: Wanted
    origin: Origin
    people: tuple[Person, Person]


def _store(address: Address, root: str, environ: Mapping[str, str], bound: Address | None) -> Store:
    if address.transport == "path":
        found = pygit2.discover_repository(os.path.abspath(root)) or ""
        return Local(address.url, own=found)
    return Remote(Keys(address, environ, bound), root)


def _branches(build: Build, order: Order, store: Store) -> Sequence[tuple[str, str, Mapping[str, str]]]:
    """Branch, environment (empty: all), and the files it shall hold."""
    if not order.pattern:
        return [(order.branch or _patiently(store, store.default_branch)[0], "", build.tree.files)]
    return [
        (order.pattern.replace(HOLE, name), name, of_environment(build.tree, name, stage.cluster.name))
        for name, stage in build.workspace.environments.items()
    ]


def _land(store: Store, job: _Job) -> Published:
    """Try until the commit stands on the branch's tip, or somebody says no."""
    result, number = _patiently(store, lambda: _once(store, job), job.branch)
    return replace(result, tries=number)


def _patiently(store: Store, action: Callable[[], T], branch: str = "") -> tuple[T, int]:
    """The action's result and how many tries it took: again when the branch moved, or the connection broke."""
    broken = locked = 0
    for number in tries():
        try:
            with store.turn():
                return action(), number + 1
        except Locked:
            locked += 1
            if locked > LOCKED:
                hint = f"a killed Git may have left `refs/heads/{branch}.lock` there: if none is at work, remove it"
                raise refused("MW417", f"branch `{branch}` of `{store.name}` stays locked", hint) from None
        except Moved:
            broken = locked = 0
        except Unsteady as error:
            broken += 1
            if broken >= _UNSTEADY:
                raise Refused(error.problem) from None
    hint = "somebody else publishes there without a pause: run it again"
    raise refused("MW417", f"branch `{branch}` of `{store.name}` kept moving; nothing was published", hint)


def _once(store: Store, job: _Job) -> Published:
    order = job.order
    tip = store.tip(job.branch)
    objects = Objects(store.repository)
    try:
        root = store.repository[tip].peel(pygit2.Tree).id.raw if tip else None
        where = f"{order.folder}/" if order.folder else ""
        found = within(objects, root, order.folder)
        decision = decide(
            objects.read, found, job.wanted, where, force=order.force, allow_empty=order.allow_empty
        )
        plain = Published(job.branch, decision, "", tip is None)
        if decision.blocked or decision.empty or order.dry_run:
            return plain
        tree = grafted(objects.read, objects.write_tree, root, _changes(objects, job.wanted, decision, where))
        try:
            commit = _commit(store.repository, job, decision, tip, tree)
        except pygit2.GitError as error:
            raise diagnosed(error, store.repository.path, b"commit") from error
    except (OSError, KeyError, pygit2.GitError) as error:
        raise store.failed(error) from error
    store.move(job.branch, tip, commit)
    return Published(job.branch, decision, str(commit), tip is None)


def _changes(objects: Objects, goal: Wanted, decision: Decision, where: str) -> dict[str, Id | None]:
    changes: dict[str, Id | None] = {where + path: None for path in decision.prunes}
    for path in (*decision.creates, *decision.updates):
        changes[where + path] = objects.write_blob(goal.text(path).encode(errors="surrogateescape"))
    return changes


def _commit(
    repository: pygit2.Repository, job: _Job, decision: Decision, tip: pygit2.Oid | None, tree: Id
) -> pygit2.Oid:
    author, committer = (_signature(who) for who in job.people)
    text = written(
        decision, job.wanted.workspace, job.environment, job.wanted.root.oid.hex(), job.origin, job.order.message
    )
    parents = [tip] if tip else []
    return repository.create_commit(None, author, committer, text, pygit2.Oid(raw=tree), parents)


def _signature(who: Person) -> pygit2.Signature:
    return pygit2.Signature(who[0], who[1], int(time.time()), 0)
