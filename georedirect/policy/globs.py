"""Paths with `*` in them, as patterns. Knows no policy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

GLOB = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*")
"""A path as it is received, with or without `*`."""

_STARS = re.compile(r"\*+")


def pattern_of(glob: str) -> str:
    """`*` stands for anything, slashes too; all else stands for itself.

    What stands between two `*` is looked for once, from the left: linear on any path, however many there are.
    """
    first, *others = (re.escape(part) for part in parts_of(glob))
    if not others:
        return first
    *middle, last = others
    between = (f"(?>[^?]*?{part})" for part in middle)
    return "".join([first, *between, f"[^?]*{last}"])


def parts_of(glob: str) -> tuple[str, ...]:
    """What stands before, between and behind its `*`."""
    return tuple(_STARS.split(glob))


def stood_for(parts: Sequence[str], path: str) -> tuple[str, ...] | None:
    """What each `*` between these parts stands for in a path, found as `pattern_of` does; None if it does not match.

    Without a pattern, as one for each of hundreds of globs takes long to compile.
    """
    first, *others = parts
    if not others or not path.startswith(first):
        return () if not others and path == first else None
    *middle, last = others
    found, begin = [], len(first)
    for part in middle:
        end = path.find(part, begin)
        if end < 0:
            return None
        found.append(path[begin:end])
        begin = end + len(part)
    end = len(path) - len(last)
    return (*found, path[begin:end]) if begin <= end and path.endswith(last) else None


def stars_in(glob: str) -> int:
    return len(_STARS.findall(glob))


def above(glob: str) -> str:
    """The longest path, in whole segments, that is above all paths that a glob matches, or is the only one."""
    literal = literal_of(glob)
    return literal if literal == glob else literal[: literal.rfind("/")]


def literal_of(glob: str) -> str:
    """What every path begins with that the glob matches."""
    return glob.partition("*")[0]
