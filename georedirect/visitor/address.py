"""An IP address as its octets, and the texts that stand for one. Knows no headers and trusts nobody."""

from __future__ import annotations

import re
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import NewType

Address = NewType("Address", bytes)
"""4 or 16 octets in network order; an IPv4-mapped IPv6 address is stored as its IPv4 address."""

MAPPED = bytes(10) + b"\xff\xff"
"""How the 16 octets of an IPv4-mapped address begin (RFC 4291 2.5.5.2)."""
SIX_TO_FOUR = b"\x20\x02"
"""How the 16 octets of a 6to4 address begin; four of IPv4 follow (RFC 3056 2)."""

UNKNOWN = Address(b"")
"""The peer of whom a proxy says that it does not know who it is. Such an address is in no network."""

_UNSPECIFIED = frozenset({bytes(4), bytes(16)})
_LOOPBACK6 = bytes(15) + b"\x01"

# A node of RFC 7239 6, zones as in RFC 6874. Possessive quantifiers keep it linear on any text.
_PORT = r"(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]++))?"
_V6 = r"([0-9A-Fa-f]*+:[0-9A-Fa-f:.]*+)(?:%[A-Za-z0-9._~%-]++)?"
_NODE = re.compile(rf'("?)(?:([0-9.]++){_PORT}|\[{_V6}\]{_PORT}|{_V6})\1')


def parse_address(text: str) -> Address | None:
    """Read bare address text; None for shorthands, leading zeros, `0.0.0.0`, `::` and anything else.

    inet_pton is what refuses `1.2.3`, `010.1.1.1` and their like, which other readers take for addresses.
    """
    try:
        octets = inet_pton(AF_INET6 if ":" in text else AF_INET, text)
    except (OSError, ValueError):  # ValueError: NUL or a lone surrogate
        return None
    return address_of(octets)


def address_of(octets: bytes) -> Address | None:
    """The address in these 4 or 16 octets, in network order; None for `0.0.0.0` and `::`."""
    if len(octets) == 16 and octets.startswith(MAPPED):
        octets = octets[12:]
    return None if octets in _UNSPECIFIED else Address(octets)


def parse_hop(text: str) -> Address | None:
    """Read what forwarding headers hold: an address, also quoted, in brackets, with a port or a zone.

    None for `unknown`, `_hidden` and everything else that names no address.
    """
    text = text.strip(" \t")
    bare = parse_address(text)
    if bare is not None:
        return bare
    node = _NODE.fullmatch(text)
    return None if node is None else parse_address(node[2] or node[3] or node[4])


def format_address(address: Address) -> str:
    """Write the canonical text, without brackets."""
    return inet_ntop(AF_INET if len(address) == 4 else AF_INET6, address)


def is_loopback(address: Address) -> bool:
    """Whether the address is this machine's own: 127.0.0.0/8 or ::1."""
    return address[0] == 127 if len(address) == 4 else address == _LOOPBACK6
