"""What an answer's headers say to and of caches (RFC 9111, 9211, 9213). Knows no visitors."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from georedirect.doctor.guise import Headers

TARGETED = ("CDN-Cache-Control", "Cloudflare-CDN-Cache-Control", "Surrogate-Control")
"""What some caches obey instead of Cache-Control, and often swallow."""

_TELL = ("X-Cache", "X-Cache-Status", "X-Proxy-Cache", "X-Nginx-Cache", "CF-Cache-Status", "X-Vercel-Cache")
_ABOUT_CACHES = (
    *("Cache-Control", *TARGETED, "Expires", "Pragma", "Vary", "Set-Cookie"),
    *("Age", "Cache-Status", *_TELL, "X-Cache-Hits", "X-Varnish", "Via"),
)
_DIRECTIVE = re.compile(r"""([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]*)))?""")
_HIT = re.compile(r"(?<![a-z_])(?:tcp_(?:(?!refresh)[a-z]+_)?)?hit\b|^(?:stale|updating)\b", re.IGNORECASE)
_KEEPING_SECONDS = ("stale-while-revalidate", "stale-if-error")


class Storing(StrEnum):
    """Whether a shared cache may give this answer to the next visitor without asking."""

    FORBIDDEN = "forbidden"
    ALLOWED = "allowed"
    UNSAID = "unsaid"  # then each cache does as it is configured


def values_of(headers: Headers, name: str) -> list[str]:
    return [value for line, value in headers if line.lower() == name.lower()]


def lines_of(headers: Headers, names: Iterable[str] = _ABOUT_CACHES) -> tuple[str, ...]:
    """Header lines to show, in the order of `names`; of a cookie only its name."""
    return tuple(f"{name}: {_shown(name, value)}" for name in names for value in values_of(headers, name))


def _shown(name: str, value: str) -> str:
    return f"{value.partition('=')[0]}=..." if name == "Set-Cookie" else value


def storing(headers: Headers) -> Storing:
    """Judge as the most liberal cache would: one that a targeted field allows to store does so."""
    said = [_said_by(directives(values_of(headers, name))) for name in TARGETED if values_of(headers, name)]
    if Storing.ALLOWED in said:
        return Storing.ALLOWED
    if "*" in vary_of(headers):
        return Storing.FORBIDDEN
    plain = _said_by(directives(values_of(headers, "Cache-Control")))
    return _said_by_expires(headers) if plain is Storing.UNSAID else plain


def _said_by(said: Mapping[str, str | None]) -> Storing:
    # with a value, private and no-cache speak only of the fields that they name (RFC 9111, 5.2.2.4 and 5.2.2.7)
    if any(name in said and said[name] is None for name in ("no-store", "private", "no-cache")):
        return Storing.FORBIDDEN
    seconds = next((said[name] for name in ("s-maxage", "max-age") if name in said), "")
    if seconds == "" and "public" not in said:
        return Storing.UNSAID
    is_kept = seconds == "" or any(_seconds(text) for text in (seconds, *(said.get(name) for name in _KEEPING_SECONDS)))
    return Storing.ALLOWED if is_kept else Storing.FORBIDDEN


def _said_by_expires(headers: Headers) -> Storing:
    expires = values_of(headers, "Expires")
    if not expires:
        return Storing.UNSAID
    until, now = _date(expires[0]), _date("".join(values_of(headers, "Date")[:1]))
    is_fresh = until is not None and (now is None or until > now)
    return Storing.ALLOWED if is_fresh else Storing.FORBIDDEN


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else None


def directives(lines: Iterable[str]) -> dict[str, str | None]:
    """Cache-Control's directives by lower-case name; of two of a name the first counts."""
    found: dict[str, str | None] = {}
    for match in _DIRECTIVE.finditer(", ".join(lines)):
        value = match[3] if match[2] is None else match[2]
        found.setdefault(match[1].lower(), value)
    return found


def _seconds(text: str | None) -> int:
    """Take what is no number for none: it is stale (RFC 9111, 4.2.1)."""
    return int(text[:18]) if text and text.isascii() and text.isdecimal() else 0


def vary_of(headers: Headers) -> frozenset[str]:
    """Lower-case names; Accept-Encoding left out, which caches add and which tells no visitors apart."""
    names = (name.strip().lower() for value in values_of(headers, "Vary") for name in value.split(","))
    return frozenset(name for name in names if name not in ("", "accept-encoding"))


def is_private(headers: Headers) -> bool:
    """Whether no shared cache may have kept it at all, as far as Cache-Control goes."""
    said = directives(values_of(headers, "Cache-Control"))
    return any(name in said and said[name] is None for name in ("no-store", "private"))


def signs_of_a_store(headers: Headers) -> tuple[str, ...]:
    """The header lines which tell that this answer was given before; none if nothing tells so."""
    signs = [f"Age: {age}" for age in values_of(headers, "Age") if _seconds(age.strip())]
    signs += [f"{name}: {value}" for name in _TELL for value in values_of(headers, name) if _HIT.search(value)]
    signs += [
        f"Cache-Status: {value}" for value in values_of(headers, "Cache-Status") if re.search(r";\s*hit\b", value)
    ]
    signs += [f"X-Varnish: {value}" for value in values_of(headers, "X-Varnish") if len(value.split()) == 2]
    return tuple(signs)
