"""A built object as a manifest that knows where each of its values was written."""

from __future__ import annotations

from modelwright.kustomize.nodes import Map, Node, Seq, plain_data
from modelwright.kustomize.refusal import At, Misfit, below, place_of, refuse
from modelwright.kustomize.resource import Resource
from modelwright.model import Manifest, Path, Place
from modelwright.records import dataclass


@dataclass(frozen=True, slots=True)
class Built(Manifest):
    """An object of a build. Its values may come from several files."""

    tree: Map | None = None

    def origin(self, path: Path) -> Place | None:
        """Where the value at a path was written: in the resource, or in the patch or kustomization that set it."""
        node: Node | None = self.tree
        if node is None:
            return self.place
        at: At = node.at
        for depth, step in enumerate(path):
            if isinstance(node, Map) and step in node:
                node = node[str(step)]
            elif isinstance(node, Seq) and isinstance(step, int) and -len(node) <= step < len(node):
                node = node[step]
            else:
                return place_of(below(at, path[depth:]))
            at = node.at
        return place_of(at)


def manifest(item: Resource) -> Built:
    """The manifest of a resource. Raises Refused for values that JSON cannot hold."""
    try:
        data = plain_data(item.body)
    except Misfit as error:
        raise refuse("MW480", f"{item.id} holds a value no cluster can: {error}", item.at) from None
    return Built(data, place=place_of(item.at), tree=item.body)
