"""What forwarding headers list, from the right, and the `for` of RFC 7239. Knows no addresses, trusts nobody.

Proxies add on the right, so what stands on the left may be anybody's. Members are therefore split at every
comma, quoted or not: an unterminated quote on the left cannot swallow what a proxy added after it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_CHARACTERS = 4096
MOST_MEMBERS = 64

_CUT = "?"  # neither an address nor a token: stands for what the limits cut off, and spoils what they cut in two

# One pair of RFC 7239 4 with its semicolon, or an empty one. Unquoted values may hold what only quoted ones
# should (`:`, `[`, `]`), as it stays unambiguous. Possessive quantifiers keep it linear on any text.
_PAIR = re.compile(
    r"[ \t]*+"
    r"(?:([!#$%&'*+.^_`|~0-9A-Za-z-]++)="
    r"(?:([!#-+\--:<-\[\]-~]++)|\"((?:[^\"\\]|\\.)*+)\")"
    r"[ \t]*+)?+"
    r"(?:;|\Z)",
    re.DOTALL,
)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)  # RFC 9110 5.6.4


def last_members(lines: Sequence[str]) -> list[str]:
    """List the members of a list header from right to left, without empty ones (RFC 9110 5.6.1).

    What lies beyond the limits is one last member that cannot be read.
    """
    text = ",".join(lines)
    if len(text) > MOST_CHARACTERS:
        text = _CUT + text[-MOST_CHARACTERS - 1 :]  # one more, to see whether the limit fell on a comma
    members = [member for member in text.split(",") if member.strip(" \t")]
    members.reverse()
    if len(members) > MOST_MEMBERS:
        members[MOST_MEMBERS:] = [_CUT]
    return members


def last_elements(lines: Sequence[str]) -> Iterator[str | None]:
    """Yield each Forwarded element's `for` from right to left, without quotes; None for an unreadable one."""
    return map(_read_for, last_members(lines))


def _read_for(element: str) -> str | None:
    value: str | None = None
    position = 0
    while position < len(element):
        pair = _PAIR.match(element, position)
        if pair is None:
            return None
        name, plain, quoted = pair.groups()
        if name is not None and name.lower() == "for":
            if value is not None:
                return None
            value = plain or _QUOTED_PAIR.sub(r"\1", quoted)
        position = pair.end()
    return value
