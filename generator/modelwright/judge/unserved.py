"""Kinds a cluster does not serve: another release, a retired version, a typing error, or simply not ours to know."""

from __future__ import annotations

from modelwright.judge.catalog import NATIVE_GROUPS, Catalog, Range, core_kind, core_minors
from modelwright.judge.kinds import order
from modelwright.judge.names import Note
from modelwright.judge.packages import MAIN, SERVING, kinds, ranges, title
from modelwright.problems import closest


def unserved(catalog: Catalog, api_version: str, kind: str) -> Note:
    """The one thing to say about an object whose kind the catalog has no schema for."""
    group = api_version.rpartition("/")[0]
    other = catalog.versions(group, kind)
    if other and _settled(catalog, group, kind, other[0]):
        message = f"{kind} is not served as `{api_version}` in this release"
        return "MW506", ("apiVersion",), message, f"write `apiVersion: {other[0]}`"
    if group in NATIVE_GROUPS:
        return _native(catalog, api_version, group, kind)
    known = (key.rpartition("/") for key in kinds())
    rows = [
        row
        for api, _, name in known
        if name == kind and api.rpartition("/")[0] == group
        for row in ranges(api, name)
    ]
    if rows and not other:
        return _later(catalog, group, kind, rows)
    served = sorted({name for _, name in catalog.names(group)})
    near = closest(kind, served)
    if group == SERVING and served:
        hint = f"did you mean `{near}`?" if near else "known here: " + ", ".join(f"`{n}`" for n in served)
        return "MW506", ("kind",), f"there is no kind `{kind}` in `{group}`", hint
    moved = other or catalog.versions("*", kind)
    hint = "name its CustomResourceDefinition under `crds` of the Cluster to have it judged"
    if moved:
        hint = f"a {kind} of `{moved[0]}` is known"
    elif near:
        hint = f"did you mean `{near}`? else {hint}"
    return "MW505", ("kind",), f"{kind} of `{api_version}` is not in the catalog: it was not judged", hint


def _settled(catalog: Catalog, group: str, kind: str, api_version: str) -> bool:
    """Whether the catalog knows all the versions that this cluster serves of a kind: of other projects than those whose
    release is stated it has some releases only, and the cluster may run another."""
    if group in NATIVE_GROUPS or group == SERVING or (group, kind) in catalog.covered:
        return True
    return any(catalog.platform.runs(row.family) for row in ranges(api_version, kind))


def _later(catalog: Catalog, group: str, kind: str, rows: list[Range]) -> Note:
    platform = catalog.platform
    families = {row.family for row in rows}
    if not platform.release and families & {*MAIN}:
        what = f"{kind} needs KServe, which this cluster does not run"
        return "MW506", ("kind",), what, "name its version in the Cluster"
    if platform.lacks(group, kind):
        what = f"{title(platform.family)} {platform.release} does not install the kind {kind}"
        return "MW506", ("kind",), what, ""
    family = next((each for each in (platform.family, *families) if each in families and platform.runs(each)), "")
    if not family or (families & {*MAIN} and family != platform.family):
        return "MW506", ("kind",), f"{kind} is not part of {title(platform.family)} {platform.release}", ""
    mine = [row for row in rows if row.family == family]
    here = platform.runs(family)
    later = [row for row in mine if order(row.first) > order(here)]
    verb = f"needs {title(family)} {later[0].first}" if later else f"was part of {title(family)} up to {mine[-1].last}"
    return "MW506", ("kind",), f"{kind} {verb}; this cluster runs {here}", ""


def _native(catalog: Catalog, api_version: str, group: str, kind: str) -> Note:
    version = api_version.rpartition("/")[2]
    served = [minor for minor in core_minors() if core_kind(minor, group, version, kind)]
    if served:
        message = f"{kind} `{api_version}` exists in Kubernetes {served[0]} to {served[-1]}; this cluster runs {catalog.minor}"
        return "MW506", ("apiVersion",), message, ""
    elsewhere = catalog.versions("*", kind)
    if elsewhere:
        message = f"Kubernetes {catalog.minor} does not serve {kind} as `{api_version}`"
        return "MW506", ("apiVersion",), message, f"write `apiVersion: {elsewhere[0]}`"
    names = [name for api, name in catalog.names("*")]
    near = closest(kind, names)
    hint = f"did you mean `{near}`?" if near else ""
    return "MW506", ("kind",), f"Kubernetes {catalog.minor} has no kind `{kind}` in `{api_version}`", hint
