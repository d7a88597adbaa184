"""A request target made safe to put into another URI. Never decodes, never joins, knows no policy.

What RFC 3986 allows in a path and a query passes octet for octet; what it does not allow is percent-encoded.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from georedirect.visitor.host import Host, parse_host

# RFC 3986 3.3 and 3.4: pchar and "/" in a path, "?" too in a query, "%" only where it begins an escape.
_PATH = r"A-Za-z0-9\-._~!$&'()*+,;=:@/"
_QUERY = _PATH + "?"
_ESCAPE = "%[0-9A-Fa-f]{2}"

# A run of plain octets is one step for the regex engine, so it goes from escape to escape.
_LEGAL = re.compile(
    rf"(/[{_PATH}]*+(?:{_ESCAPE}[{_PATH}]*+)*+)"
    rf"(\?[{_QUERY}]*+(?:{_ESCAPE}[{_QUERY}]*+)*+)?+"
)  # fmt: skip
PLAIN = _LEGAL.pattern.encode()
"""The pattern of a target, in octets, that is a path and query which pass octet for octet."""
_ILLEGAL_IN_PATH = re.compile(rf"(?!{_ESCAPE})[^{_PATH}]")
_ILLEGAL_IN_QUERY = re.compile(rf"(?!{_ESCAPE})[^{_QUERY}]")

_ABSOLUTE = re.compile(r"https?://([^/?]*)(.*)", re.IGNORECASE | re.DOTALL)


class Target(NamedTuple):
    """`path` begins with "/"; `query` with its "?", or is None for none; `authority` is absolute-form's."""

    path: str
    query: str | None
    authority: Host | None


def parse_target(raw: bytes) -> Target | None:
    """Read origin-form and absolute-form (RFC 9112 3.2.1, 3.2.2); None for every other."""
    text = raw.decode("latin-1")
    legal = _LEGAL.fullmatch(text)
    if legal is not None:
        return Target(legal[1], legal[2], None)
    text = text.partition("#")[0]
    if text.startswith("/"):
        return _encode(text, None)
    absolute = _ABSOLUTE.fullmatch(text)
    authority = None if absolute is None else parse_host(absolute[1])
    if absolute is None or authority is None:
        return None
    rest = absolute[2]
    return _encode(rest if rest.startswith("/") else f"/{rest}", authority)


def _encode(text: str, authority: Host | None) -> Target:
    path, mark, query = text.partition("?")
    return Target(
        _ILLEGAL_IN_PATH.sub(_percent_encode, path),
        _ILLEGAL_IN_QUERY.sub(_percent_encode, mark + query) if mark else None,
        authority,
    )


def _percent_encode(octet: re.Match[str]) -> str:
    return f"%{ord(octet[0]):02X}"
