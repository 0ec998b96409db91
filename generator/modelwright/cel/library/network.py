"""IP addresses and CIDR ranges (apiserver `pkg/cel/library/ip.go` and `cidr.go`, whose texts Go's `netip` reads)."""

from __future__ import annotations

import ipaddress
import re

from modelwright.cel.library import function, method, tenth
from modelwright.cel.values import EvalError, opaque, show
from modelwright.records import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_BITS = re.compile(r"0|[1-9][0-9]{0,2}")
_SINCE = 30


@dataclass(frozen=True, slots=True)
class Cidr:
    """A range: an address, which may have bits below the prefix, and the prefix's length."""

    address: Address
    bits: int

    @property
    def first(self) -> int:
        """The first address, as a number."""
        below = self.address.max_prefixlen - self.bits
        return int(self.address) >> below << below

    def __str__(self) -> str:
        return f"{self.address}/{self.bits}"


opaque("ip", ipaddress.IPv4Address, ipaddress.IPv6Address)
opaque("cidr", Cidr)


def _walk(text: object, *_: object) -> int:
    return tenth(len(text)) if isinstance(text, str) else 1


def _twice(text: str) -> int:
    return -(-len(text) // 5)


@function("ip", "string -> ip", cost=_walk, since=_SINCE)
def ip_of(text: str) -> Address:
    """An address without a zone, and not an IPv4 address in IPv6's clothes."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise EvalError(f"IP Address {show(text)} parse error during conversion from string") from None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            raise EvalError(f"IP address {show(text)} with zone value is not allowed")
        if address.ipv4_mapped is not None:
            raise EvalError(f"IPv4-mapped IPv6 address {show(text)} is not allowed")
    return address


@function("cidr", "string -> cidr", cost=_walk, since=_SINCE)
def cidr_of(text: str) -> Cidr:
    """An address and a prefix's length."""
    before, slash, bits = text.rpartition("/")
    if not slash or not _BITS.fullmatch(bits):
        raise EvalError(f"network address parse error during conversion from string: {show(text)}")
    address = ip_of(before)
    if int(bits) > address.max_prefixlen:
        raise EvalError(
            "network address parse error during conversion from string: prefix length out of range"
        )
    return Cidr(address, int(bits))


@function("isIP", "string -> bool", cost=_walk, since=_SINCE)
def is_ip(text: str) -> bool:
    """Whether `ip` takes it."""
    try:
        return bool(ip_of(text))
    except EvalError:
        return False


@function("isCIDR", "string -> bool", cost=_walk, since=_SINCE)
def is_cidr(text: str) -> bool:
    """Whether `cidr` takes it."""
    try:
        return bool(cidr_of(text))
    except EvalError:
        return False


function("ip.isCanonical", "string -> bool", cost=_twice, since=_SINCE)(lambda text: str(ip_of(text)) == text)
function("string", "ip -> string", "cidr -> string", since=_SINCE)(str)
method("family", "ip -> int", since=_SINCE)(lambda ip: ip.version)
method("isUnspecified", "ip -> bool", since=_SINCE)(lambda ip: int(ip) == 0)
method("isLoopback", "ip -> bool", since=_SINCE)(lambda ip: ip.is_loopback)


@method("isLinkLocalMulticast", "ip -> bool", since=_SINCE)
def _link_local_multicast(ip: Address) -> bool:
    return int(ip) >> 8 == 0xE00000 if ip.version == 4 else int(ip) >> 112 & 0xFF0F == 0xFF02


@method("isLinkLocalUnicast", "ip -> bool", since=_SINCE)
def _link_local_unicast(ip: Address) -> bool:
    return int(ip) >> 16 == 0xA9FE if ip.version == 4 else int(ip) >> 118 == 0x3FA


@method("isGlobalUnicast", "ip -> bool", since=_SINCE)
def _global_unicast(ip: Address) -> bool:
    """By Go's definition: private addresses are global too."""
    broadcast = ip.version == 4 and int(ip) == 0xFFFFFFFF
    special = ip.is_loopback or ip.is_multicast or _link_local_unicast(ip)
    return not (int(ip) == 0 or broadcast or special)


method("ip", "cidr -> ip", since=_SINCE)(lambda cidr: cidr.address)
method("prefixLength", "cidr -> int", since=_SINCE)(lambda cidr: cidr.bits)


@method("masked", "cidr -> cidr", since=_SINCE)
def _masked(cidr: Cidr) -> Cidr:
    return Cidr(type(cidr.address)(cidr.first), cidr.bits)


def _longer(cidr: Cidr, other: object) -> int:
    return 8 + _walk(other)


@method("containsIP", "cidr, ip -> bool", cost=_longer, since=_SINCE)
def _contains_ip(cidr: Cidr, ip: Address) -> bool:
    return cidr.address.version == ip.version and Cidr(ip, cidr.bits).first == cidr.first


@method("containsIP", "cidr, string -> bool", cost=_longer, since=_SINCE)
def _contains_ip_text(cidr: Cidr, text: str) -> bool:
    return _contains_ip(cidr, ip_of(text))


@method("containsCIDR", "cidr, cidr -> bool", cost=_longer, since=_SINCE)
def _contains_cidr(cidr: Cidr, other: Cidr) -> bool:
    return cidr.bits <= other.bits and _contains_ip(cidr, other.address)


@method("containsCIDR", "cidr, string -> bool", cost=_longer, since=_SINCE)
def _contains_cidr_text(cidr: Cidr, text: str) -> bool:
    return _contains_cidr(cidr, cidr_of(text))
