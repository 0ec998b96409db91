"""Named formats (apiserver `pkg/cel/library/format.go`); what each takes: apimachinery `pkg/util/validation` and
kube-openapi `pkg/validation/strfmt`. The messages are our own words."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from modelwright.cel.library import function, method, tenth
from modelwright.cel.library.url import is_url
from modelwright.cel.values import Optional, opaque
from modelwright.records import dataclass

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|[+-][0-9]{2}:[0-9]{2})")
_SINCE = 31
Check = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format by its name; `size` stands for its pattern's length where costs are counted."""

    name: str
    check: Check
    size: int


opaque("format", Format)


def _pattern(pattern: re.Pattern[str], longest: int, what: str) -> Check:
    def check(text: str) -> list[str]:
        wrong = []
        if len(text.encode("utf-8", "replace")) > longest:
            wrong.append(f"must be no more than {longest} characters")
        if not pattern.fullmatch(text):
            wrong.append(f"must be {what}")
        return wrong

    return check


_label = _pattern(_LABEL, 63, "a DNS label: lower case letters, digits and `-`, without `-` at either end")
_label_1035 = _pattern(_LABEL_1035, 63, "a DNS label that starts with a letter")
_subdomain = _pattern(
    _SUBDOMAIN, 253, "a DNS subdomain: labels of lower case letters, digits and `-`, with dots between"
)
_name = _pattern(_NAME, 63, "letters, digits, `-`, `_` and `.`, with a letter or digit at both ends")


def _label_value(text: str) -> list[str]:
    return _name(text) if text else []


def _prefix(check: Check) -> Check:
    """A prefix may end with `-`, for more follows. Masked as the server does."""
    return lambda text: check(text[:-2] + "a" if len(text) > 1 and text.endswith("-") else text)


def _qualified(text: str) -> list[str]:
    prefix, slash, name = text.rpartition("/")
    if "/" in prefix:
        return ["must be a name with at most one DNS subdomain and `/` before it"]
    wrong = [f"prefix part {each}" for each in _subdomain(prefix)] if slash else []
    return wrong + [f"name part {each}" for each in _name(name)]


def _simple(test: Callable[[str], bool], wrong: str) -> Check:
    return lambda text: [] if test(text) else [wrong]


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        return bool(datetime.date.fromisoformat(text if text[:4] != "0000" else "2000" + text[4:]))
    except ValueError:
        return False


def _is_time(text: str) -> bool:
    parts = text.lower().split("t")
    found = _CLOCK.fullmatch(parts[1]) if len(parts) > 1 and _is_date(parts[0]) else None
    return bool(found and found[1] <= "23" and found[2] <= "59" and found[3] <= "59")


FORMATS = {
    "dns1123Label": Format("DNS1123Label", _label, 30),
    "dns1123Subdomain": Format("DNS1123Subdomain", _subdomain, 60),
    "dns1035Label": Format("DNS1035Label", _label_1035, 30),
    "qualifiedName": Format("QualifiedName", _qualified, 60),
    "dns1123LabelPrefix": Format("DNS1123LabelPrefix", _prefix(_label), 30),
    "dns1123SubdomainPrefix": Format("DNS1123SubdomainPrefix", _prefix(_subdomain), 60),
    "dns1035LabelPrefix": Format("DNS1035LabelPrefix", _prefix(_label_1035), 30),
    "labelValue": Format("LabelValue", _label_value, 40),
    "uri": Format("URI", _simple(is_url, "must be an absolute URL or path"), 1103),
    "uuid": Format("uuid", _simple(lambda text: bool(_UUID.fullmatch(text)), "must be a UUID"), 90),
    "byte": Format("byte", _simple(lambda text: bool(_BASE64.fullmatch(text)), "must be base64"), 84),
    "date": Format("date", _simple(_is_date, "must be a date such as 2006-01-02"), 120),
    "datetime": Format("datetime", _simple(_is_time, "must be a time such as 2006-01-02T15:04:05Z"), 120),
}
"""Every format Kubernetes names."""


def _declare(name: str, value: Format) -> None:
    function(f"format.{name}", "-> format", since=_SINCE)(lambda: value)


for _each, _value in FORMATS.items():
    _declare(_each, _value)


@function("format.named", "string -> optional<format>", since=_SINCE)
def _named(name: str) -> Optional:
    return Optional(FORMATS[name]) if name in FORMATS else Optional.none


def _cost(value: Format, text: str) -> int:
    return tenth(1 + len(text)) * -(-value.size // 4)


@method("validate", "format, string -> optional<list<string>>", cost=_cost, since=_SINCE)
def _validate(value: Format, text: str) -> Optional:
    """What is wrong with the text; nothing where it fits."""
    wrong = value.check(text)
    return Optional(wrong) if wrong else Optional.none
