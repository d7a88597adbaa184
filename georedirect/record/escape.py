"""Octets from anywhere as text that no line of a log can be forged with: printable ASCII, and cut. Knows no log."""

from __future__ import annotations

import re

_ODD = re.compile(rb"[^ !#-\[\]-~]")  # all but printable ASCII without quote and backslash
_JSON = [b"\\u%04x" % octet for octet in range(256)]
_JSON[ord('"')], _JSON[ord("\\")] = b'\\"', b"\\\\"
_COMBINED = [b"\\x%02X" % octet for octet in range(256)]


def for_json(octets: bytes, most: int) -> bytes:
    """What stands between the quotes of a JSON string, each odd octet as the character of that number.

    At most `most` octets of it; an escape is whole or not there.
    """
    return _escape(octets, most, _JSON)


def for_combined(octets: bytes, most: int) -> bytes:
    r"""The same for the quotes of a combined line, each odd octet as `\xHH`, so also the quote and the backslash."""
    return _escape(octets, most, _COMBINED)


def _escape(octets: bytes, most: int, escapes: list[bytes]) -> bytes:
    octets = octets[:most]  # no octet becomes less than one
    if _ODD.search(octets) is None:
        return octets
    escaped, left = [], most
    for octet in octets:
        part = escapes[octet] if _ODD.match(bytes((octet,))) else bytes((octet,))
        left -= len(part)
        if left < 0:
            break
        escaped.append(part)
    return b"".join(escaped)
