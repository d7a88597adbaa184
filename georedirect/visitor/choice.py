"""What a visitor has chosen, as the query and the Cookie header say it. Knows no regions: any text may be a choice.

Both are read raw, by exact name, and the first of several counts, even where it is none of ours: nothing that
somebody adds behind it can change it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECURE = "__Host-"
"""What browsers only take from https, and for no other host (RFC 6265bis, 4.1.3.2)."""

_SECONDS_OF_A_DAY = 86400


class Asked(NamedTuple):
    """What the parameter says, None if it is absent, and what is left of the query (with its `?`; None for none)."""

    value: str | None
    query: str | None


def take_parameter(query: str | None, name: str) -> Asked:
    """Take every `name=value` out of a query, and leave all else octet for octet as it was."""
    if query is None:
        return Asked(None, None)
    begins = f"{name}="
    members = query[1:].split("&")
    left = [member for member in members if not member.startswith(begins)]
    if len(left) == len(members):
        return Asked(None, query)
    value = next(member.removeprefix(begins) for member in members if member.startswith(begins))
    return Asked(value, f"?{'&'.join(left)}" if left else None)


def read_choice(lines: Sequence[str], name: str, scheme: str) -> str | None:
    """The value of our cookie; None if there is none. On https only the one counts that no other host can set."""
    return read_cookie(lines, cookie_name(name, scheme))


def read_cookie(lines: Sequence[str], name: str) -> str | None:
    """The value of a cookie by its exact name; None if there is none."""
    begins = f"{name}="
    for line in lines:
        for member in line.split(";"):
            pair = member.strip(" \t")
            if pair.startswith(begins):
                return pair.removeprefix(begins)
    return None


def cookie_name(name: str, scheme: str) -> str:
    return f"{_SECURE}{name}" if scheme == "https" else name


def write_cookie(name: str, scheme: str, value: str, days: int) -> str:
    """The value of Set-Cookie that stores a choice; with 0 days, the one that forgets it."""
    is_secure = "; Secure" if scheme == "https" else ""
    seconds = days * _SECONDS_OF_A_DAY
    return f"{cookie_name(name, scheme)}={value}; Max-Age={seconds}; Path=/{is_secure}; HttpOnly; SameSite=Lax"
