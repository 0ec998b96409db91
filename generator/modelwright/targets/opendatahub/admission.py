"""What the webhooks of odh-model-controller refuse: rules that are easier told in Python."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.rules.check import Row, Run

LONGEST = 53
"""Letters of a model's name: with `-predictor` a name of 63."""
PLATFORM = ("opendatahub", "redhat-ods-applications")
"""Where the platform runs unless its DSCInitialization says otherwise."""
_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]*)")
_PORT = re.compile(r":[0-9]*\Z")


def unwanted_model(metadata: Any, run: Run) -> Iterator[Row]:
    """A new InferenceService with too long a name, or among the platform. Updates are not asked (verbs=create)."""
    if run.old is not None:
        return
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if isinstance(name, str) and len(name) > LONGEST:
        message = f"the name has {len(name)} characters: Open Data Hub takes {LONGEST}"
        yield ("name",), message, "shorten it"
    if isinstance(namespace, str) and namespace in PLATFORM:
        message = f"namespace `{namespace}` is the platform's own: Open Data Hub takes no models there"
        yield ("namespace",), message, "put the model into a project"


def foreign_address(address: Any, run: Run) -> Iterator[Row]:
    """A step's address that is no service of the graph's namespace (validateInferenceGraph)."""
    if not isinstance(address, str) or not address:
        return
    service, told = _service(address)
    if not told:
        return
    if service is None:
        hint = "write `https://<service>.<namespace>.svc/...`, or name the model in `serviceName`"
        yield (), "Open Data Hub takes only services of the cluster as addresses of a graph", hint
        return
    parts = service.split(".")
    metadata = run.object.get("metadata")
    own = metadata.get("namespace") if isinstance(metadata, dict) else None
    if len(parts) != 2:
        yield (), f"`{service}` is no name of a service and its namespace", "write `<service>.<namespace>.svc`"
    elif isinstance(own, str) and own and parts[1] != own:
        yield (), f"Open Data Hub takes no steps to another namespace: this one is `{parts[1]}`", f"the graph is in `{own}`"


def _service(address: str) -> tuple[str | None, bool]:
    """The host without `.svc` and what follows, None for one outside of the cluster; and whether it can be told.

    It cannot where the cluster's domain is said, and is not the usual one.
    """
    found = _AUTHORITY.match(address)
    host = _PORT.sub("", found[1].rpartition("@")[2]) if found else ""
    for end in (".svc", ".svc.cluster.local"):
        if host.endswith(end):
            return host.removesuffix(end), True
    return None, ".svc." not in host
