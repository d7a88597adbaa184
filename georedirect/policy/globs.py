"""Paths with `*` in them, as patterns. Knows no policy."""

from __future__ import annotations

import re

GLOB = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*")
"""A path as it is received, with or without `*`."""

_STARS = re.compile(r"\*+")


def pattern_of(glob: str, *, captures: bool = False) -> str:
    """`*` stands for anything, slashes too; all else stands for itself. With `captures` each `*` is a group.

    What stands between two `*` is looked for once, from the left: linear on any path, however many there are.
    """
    opens, closes = "()" if captures else ("", "")
    first, *others = (re.escape(part) for part in _STARS.split(glob))
    if not others:
        return first
    *middle, last = others
    between = (f"(?>{opens}[^?]*?{closes}{part})" for part in middle)
    return "".join([first, *between, f"{opens}[^?]*{closes}{last}"])


def stars_in(glob: str) -> int:
    return len(_STARS.findall(glob))


def literal_of(glob: str) -> str:
    """What every path begins with that the glob matches."""
    return glob.partition("*")[0]
