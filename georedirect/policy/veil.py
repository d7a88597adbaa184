"""A policy's text with its secrets struck out, line by line where it was. Does not know who may read the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from georedirect.policy.lines import Located, Path

STRUCK = "•••"
_SECRETS: frozenset[Path] = frozenset({("sticky", "key")})
"""What only this file and its author may know."""
_URLS = frozenset({("database", "source"), ("update", "checksum"), ("check", "path")})
"""The last two keys of values that may have a password in their query."""


def veil(text: str, located: Located) -> str:
    """The same lines; `located` is where everything stands in the text."""
    telling = [(span, path) for path, span in located.spans.items() if path in _SECRETS or path[-2:] in _URLS]
    octets = text.encode() if telling else b""
    for (start, end), path in sorted(telling, reverse=True):  # from the end, so that the others stay where they are
        octets = octets[:start] + _veiled(path, octets[start:end]) + octets[end:]
    return octets.decode() if telling else text


def _veiled(path: Path, value: bytes) -> bytes:
    if path in _SECRETS:
        return f'"{STRUCK}"'.encode() + b"\n" * value.count(b"\n")
    before, mark, query = value.partition(b"?")
    if path[-2:] in _URLS and mark:
        return before + mark + STRUCK.encode() + b"\n" * query.count(b"\n") + value[:1]
    return value
