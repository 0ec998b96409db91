"""What a branch shall hold: the overlays a workspace compiles to, all of them or those of one environment."""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.gitops.objects import Folder, folder, object_id
from modelwright.model import Tree
from modelwright.overlay.layout import BASE
from modelwright.records import dataclass
from modelwright.write.ownership import stamp
from modelwright.write.plan import ATTRIBUTES, ATTRIBUTES_BODY

CLUSTERS = "clusters"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Files below the overlays folder, and the Git tree they make."""

    bodies: Mapping[str, str]
    """Path -> text without header, as compile makes it."""
    owners: Mapping[str, str]
    workspace: str
    root: Folder

    def text(self, path: str) -> str:
        """The whole file, header included."""
        return stamp(path, self.owners[path], self.workspace, self.bodies[path])


def wanted(files: Mapping[str, str], owners: Mapping[str, str], workspace: str) -> Wanted:
    """Every file stamped and hashed. An empty tree stays empty; any other brings its `.gitattributes`."""
    bodies, whose = dict(files), dict(owners)
    if bodies and ATTRIBUTES not in bodies:
        bodies[ATTRIBUTES] = ATTRIBUTES_BODY
        whose[ATTRIBUTES] = f"Workspace/{workspace}"
    ids = {
        path: object_id(b"blob", stamp(path, whose[path], workspace, body).encode(errors="surrogateescape"))
        for path, body in bodies.items()
    }
    return Wanted(bodies, whose, workspace, folder(ids))


def of_environment(tree: Tree, environment: str, cluster: str) -> dict[str, str]:
    """The files one environment needs: its own folders, its cluster's, and the bases its components stand on.

    A component's folder has one name below its base and below each environment (overlay/layout.py).
    """
    own = {path: text for path, text in tree.files.items() if path.startswith(f"{environment}/")}
    if not own:
        return {}
    components = {_component(path) for path in own}
    kept = dict(own)
    for path, text in tree.files.items():
        of_component = path.startswith(f"{BASE}/") and _component(path) in components
        if of_component or path.startswith(f"{CLUSTERS}/{cluster}/"):
            kept[path] = text
    return kept


def _component(path: str) -> tuple[str, ...]:
    """Project and component of `<environment>/<project>/<component>/..` or of the same below the bases."""
    return tuple(path.split("/")[1:3])

