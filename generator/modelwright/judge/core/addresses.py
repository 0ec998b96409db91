"""IP addresses, ranges of them, and names of hosts.

Sources: kubernetes/kubernetes `pkg/apis/core/validation` (IsValidIPForLegacyField, IsValidCIDRForLegacyField,
ValidateEndpointIP), `pkg/apis/networking/validation` (ValidateIPBlock, validateIngressRules). The server still reads
addresses as old Go did: leading zeros are decimal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from modelwright.rules.check import Row, Run
from modelwright.typed import Any

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_ANY_HOST = re.compile(rf"\*(\.{_LABEL})+")
_RANGE_HINT = "such as `10.0.0.0/8`"


@lru_cache(maxsize=1024)
def read_ip(text: str) -> IPv4Address | IPv6Address | None:
    """An address as the server reads it, or None."""
    if len(text) > 100 or not text.isascii() or "%" in text or "/" in text:
        return None
    if ":" not in text:
        parts = text.split(".")
        if len(parts) != 4 or not all(part.isdigit() and int(part) <= 255 for part in parts):
            return None
        return IPv4Address(".".join(str(int(part)) for part in parts))
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


@lru_cache(maxsize=1024)
def read_cidr(text: str) -> Any:
    """A range of addresses as the server reads it, or None."""
    first, slash, bits = text.partition("/")
    found = read_ip(first)
    if not slash or found is None or not (bits.isascii() and bits.isdigit() and len(bits) < 9):
        return None
    if int(bits) > (128 if ":" in first else 32):
        return None
    if ":" in first:
        return ip_network(f"{IPv6Address(int(ip_address(first)))}/{int(bits)}", strict=False)
    return ip_network(f"{found}/{int(bits)}", strict=False)


def ip(value: Any, run: Run) -> Iterator[Row]:
    """An address."""
    if isinstance(value, str) and read_ip(value) is None:
        yield (), f"`{value[:80]}` is not an IP address", ""


def outside_ip(value: Any, run: Run) -> Iterator[Row]:
    """An address that can be outside of a node."""
    if not isinstance(value, str):
        return
    found = read_ip(value)
    if found is None:
        yield (), f"`{value[:80]}` is not an IP address", ""
    elif found.is_unspecified or found.is_loopback or found.is_link_local or _near(found):
        yield (), f"`{value}` cannot be reached from elsewhere", "use an address of your network"


def _near(found: IPv4Address | IPv6Address) -> bool:
    """A multicast address that stays on its link."""
    if isinstance(found, IPv4Address):
        return found.packed[:3] == b"\xe0\x00\x00"
    return found.packed[0] == 0xFF and found.packed[1] & 0x0F == 2


def cidr(value: Any, run: Run) -> Iterator[Row]:
    """A range of addresses."""
    if isinstance(value, str) and read_cidr(value.strip()) is None:
        yield (), f"`{value[:80]}` is not a range of IP addresses", _RANGE_HINT


def block(value: Any, run: Run) -> Iterator[Row]:
    """An `ipBlock`: a range, and ranges within it that are left out."""
    if not isinstance(value, dict) or not isinstance(value.get("cidr"), str) or not value["cidr"]:
        return
    whole = read_cidr(value["cidr"])
    if whole is None:
        yield ("cidr",), f"`{value['cidr'][:80]}` is not a range of IP addresses", _RANGE_HINT
        return
    left_out = value.get("except")
    for index, text in enumerate(left_out if isinstance(left_out, list) else ()):
        if not isinstance(text, str):
            continue
        found = read_cidr(text)
        if found is None:
            yield ("except", index), f"`{text[:80]}` is not a range of IP addresses", _RANGE_HINT
        elif found.version != whole.version or found == whole or not found.subnet_of(whole):
            yield ("except", index), f"`{text}` is not within `{value['cidr']}`, or is all of it", ""


def host(value: Any, run: Run) -> Iterator[Row]:
    """A name of a host, maybe with `*` as its first part."""
    if isinstance(value, str) and not _is_host(value):
        hint = "use lower-case letters, digits, `-` and `.`; `*` only as the whole first part"
        yield (), f"`{value[:80]}` is not a valid name of a host", hint


def rule_host(value: Any, run: Run) -> Iterator[Row]:
    """As `host`, but no address."""
    if isinstance(value, str) and read_ip(value) is not None:
        yield (), f"`{value}` is an IP address", "an Ingress tells hosts apart by name"
    else:
        yield from host(value, run)


def _is_host(text: str) -> bool:
    grammar = _ANY_HOST if "*" in text else _HOST
    return len(text) <= 253 and grammar.fullmatch(text) is not None


def of_service(value: Any, run: Run) -> Iterator[Row]:
    """The spec of a Service: its own addresses, one for each family at most."""
    if not isinstance(value, dict) or not isinstance(value.get("clusterIP"), str):
        return
    first, listed = value["clusterIP"], value.get("clusterIPs")
    texts = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    if texts[:1] not in ([], [first]):
        return  # which of them is meant is said as such
    versions = []
    for index, text in enumerate(texts or [first]):
        if text in ("None", "") and not index:
            if len(texts) > 1 and text:
                yield ("clusterIPs",), "`None` must be the only one of `clusterIPs`", ""
            return
        found = read_ip(text)
        if found is None:
            where = ("clusterIPs", index) if index else ("clusterIP",)
            yield where, f"`{text[:80]}` is not an IP address", ""
            return
        version = 6 if ":" in text else 4
        families = value.get("ipFamilies")
        if isinstance(families, list) and index < len(families) and families[index] == f"IPv{10 - version}":
            where = ("clusterIPs", index) if index else ("clusterIP",)
            yield where, f"`{text}` is an IPv{version} address, and `ipFamilies` says {families[index]}", ""
            return
        versions.append(version)
    if len(versions) == 2 and versions[0] == versions[1]:
        yield ("clusterIPs",), "both of `clusterIPs` are of the same family", "use one of IPv4 and one of IPv6"


def endpoints(value: Any, run: Run) -> Iterator[Row]:
    """An EndpointSlice: addresses of its type that can be reached."""
    kind, listed = (value.get("addressType"), value.get("endpoints")) if isinstance(value, dict) else (None, None)
    for index, endpoint in enumerate(listed if isinstance(listed, list) else ()):
        addresses = endpoint.get("addresses") if isinstance(endpoint, dict) else None
        for at, text in enumerate(addresses if isinstance(addresses, list) else ()):
            if not isinstance(text, str):
                continue
            here = ("endpoints", index, "addresses", at)
            if kind == "FQDN":
                if not (len(text) <= 253 and _HOST.fullmatch(text.removesuffix("."))):
                    yield here, f"`{text[:80]}` is not a valid name of a host", ""
            elif kind in ("IPv4", "IPv6"):
                if read_ip(text) is None or (kind == "IPv6") != (":" in text):
                    yield here, f"`{text[:80]}` is not an {kind} address", ""
                else:
                    for path, message, hint, *_ in outside_ip(text, run):
                        yield (*here, *path), message, hint
