"""A host with an optional port, as in Host and in URIs. Resolves nothing and knows no hosts of its own."""

from __future__ import annotations

import re
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import NamedTuple

MOST_NAME_CHARACTERS = 253

_AUTHORITY = re.compile(
    r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9_-]{1,63}+(?:\.[A-Za-z0-9_-]{1,63}+)*+)\.?)(?::([0-9]{0,5}))?"
)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Host(NamedTuple):
    """`name` is lower-case: a name without its last dot, an IPv4 address, or an IPv6 address in brackets."""

    name: str
    port: int | None


def parse_host(text: str) -> Host | None:
    """Read `uri-host [ ":" port ]` (RFC 9110 7.2), without percent-escapes; None for anything else."""
    authority = _AUTHORITY.fullmatch(text)
    if authority is None:
        return None
    boxed, plain, digits = authority.groups()
    name = _read_name(plain.lower()) if boxed is None else _read_ipv6(boxed)
    port = int(digits) if digits else None
    return None if name is None or (port is not None and port > 65535) else Host(name, port)


def _read_name(name: str) -> str | None:
    """Take a name that ends in a number for IPv4 or nothing: no client sends `127.1` or `0x7f.1` as a name."""
    if _NUMBER.fullmatch(name, name.rfind(".") + 1):
        try:
            inet_pton(AF_INET, name)
        except OSError:
            return None
    return name if len(name) <= MOST_NAME_CHARACTERS else None


def _read_ipv6(text: str) -> str | None:
    try:
        return f"[{inet_ntop(AF_INET6, inet_pton(AF_INET6, text))}]"
    except OSError:
        return None
