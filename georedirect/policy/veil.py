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


def quotable(url: str) -> str:
    """Such a value as a finding may quote it: without its query."""
    before, mark, query = url.partition("?")
    return f"{before}{mark}{STRUCK}" if query else url


def veil(text: str, located: Located) -> str:
    """The same lines; `located` is where everything stands in the text."""
    telling = [(span, path) for path, span in located.spans.items() if path in _SECRETS or path[-2:] in _URLS]
    octets = text.encode() if telling else b""
    for (start, end), path in sorted(telling, reverse=True):  # from the end, so that the others stay where they are
        octets = octets[:start] + _veiled(path, octets[start:end]) + octets[end:]
    return octets.decode() if telling else text


def _veiled(path: Path, value: bytes) -> bytes:
    if path in _SECRETS or b"\\" in value:  # with which a question mark may be written otherwise
        return f'"{STRUCK}"'.encode() + b"\n" * value.count(b"\n")
    before, mark, query = value.partition(b"?")
    return before + mark + STRUCK.encode() + b"\n" * query.count(b"\n") + value[:1] if mark else value
