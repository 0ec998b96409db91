"""Kinds a cluster does not serve: another release, a retired version, a typing error, or simply not ours to know."""

from __future__ import annotations

from modelwright.judge.catalog import NATIVE_GROUPS, Catalog, Range, core_kind, core_minors, ranges
from modelwright.judge.names import Note
from modelwright.problems import closest

_TITLE = {"kserve": "KServe", "opendatahub": "Open Data Hub"}


def unserved(catalog: Catalog, api_version: str, kind: str) -> Note:
    """The one thing to say about an object whose kind the catalog has no schema for."""
    group = api_version.rpartition("/")[0]
    other = catalog.versions(group, kind)
    if other:
        message = f"{kind} is not served as `{api_version}` in this release"
        return "MW506", ("apiVersion",), message, f"write `apiVersion: {other[0]}`"
    if group in NATIVE_GROUPS:
        return _native(catalog, api_version, group, kind)
    rows = [row for key, found in ranges().items() if _is(key, group, kind) for row in found]
    if rows:
        return _later(catalog, kind, rows)
    served = [name for _, name in catalog.names(group)]
    if served:
        near = closest(kind, served)
        hint = (
            f"did you mean `{near}`?"
            if near
            else "known here: " + ", ".join(sorted({f"`{n}`" for n in served}))
        )
        return "MW506", ("kind",), f"there is no kind `{kind}` in `{group}`", hint
    moved = catalog.versions("*", kind)
    hint = (
        f"a {kind} of `{moved[0]}` is known"
        if moved
        else "name its CustomResourceDefinition under `crds` of the Cluster to have it judged"
    )
    return "MW505", ("kind",), f"{kind} of `{api_version}` is not in the catalog: it was not judged", hint


def _is(key: str, group: str, kind: str) -> bool:
    found_group, _, found = key.split("/")
    return found_group == group and found == kind


def _later(catalog: Catalog, kind: str, rows: list[Range]) -> Note:
    platform = catalog.platform
    title = _TITLE.get(platform.family, "")
    if not platform.release:
        return (
            "MW506",
            ("kind",),
            f"{kind} needs KServe, which this cluster does not run",
            "name its version in the Cluster",
        )
    if kind in platform.absent:
        return "MW506", ("kind",), f"{title} {platform.release} does not install the kind {kind}", ""
    mine = [row for row in rows if row.family == platform.family]
    if not mine:
        return "MW506", ("kind",), f"{kind} is not part of {title} {platform.release}", ""
    message = f"{kind} needs {title} {mine[0].first}; this cluster runs {platform.release}"
    return "MW506", ("kind",), message, ""


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
