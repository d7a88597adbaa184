"""Who a proxy says its client is, in a PROXY header of version 1 or 2. Trusts nobody, waits for nobody.

Written by HAProxy's "The PROXY protocol, versions 1 & 2". What it leaves to the receiver is refused in doubt: a header
that two readers could take for two clients is of use to nobody but an attacker.
"""

from __future__ import annotations

import re
from socket import AF_INET, AF_INET6, inet_pton
from typing import TYPE_CHECKING, NamedTuple

from georedirect.visitor.address import address_of
from georedirect.visitor.proxy_binary import SIGNATURE, judge_fixed, read_block, size_of

if TYPE_CHECKING:
    from georedirect.visitor.address import Address

MOST_LINE_OCTETS = 107
"""What version 1 can take, its CRLF included."""

_WORD = b"PROXY "
_BEGINNING = re.compile(rb"[\x20-\x7E]*+\r?")
_PORT = rb"(0|[1-9][0-9]{0,4})"
_UNKNOWN = re.compile(rb"PROXY UNKNOWN(?: [\x20-\x7E]*+)?")
_LINE = re.compile(rb"PROXY (TCP4|TCP6) ([0-9A-Fa-f:.]+) ([0-9A-Fa-f:.]+) %b %b" % (_PORT, _PORT))
_FAMILIES = {b"TCP4": AF_INET, b"TCP6": AF_INET6}


class Announced(NamedTuple):
    """A whole header of `length` octets. `source` is the client's address; None where the proxy does not know it.

    With `is_local` the proxy speaks for itself, as in a health check: then the real peer is the client. `is_tls` says
    that the client came to the proxy over TLS.
    """

    length: int
    source: Address | None
    is_local: bool = False
    is_tls: bool = False


class NoHeader(NamedTuple):
    """Why octets do not begin with a PROXY header, whatever may follow them."""

    why: str


def read_proxy_header(octets: bytes) -> Announced | NoHeader | None:
    """Read the header with which a connection's octets begin; None while it is not whole. Total, whatever they are."""
    if octets.startswith(_WORD):
        return _read_line(octets)
    if octets.startswith(SIGNATURE):
        return _read_binary(octets)
    if _WORD.startswith(octets) or SIGNATURE.startswith(octets):
        return None
    return NoHeader("does not begin like a PROXY header")


def _read_line(octets: bytes) -> Announced | NoHeader | None:
    """Version 1: one line of text."""
    end = octets.find(b"\r\n", 0, MOST_LINE_OCTETS)
    if end >= 0:
        return _read_words(octets[:end])
    if len(octets) >= MOST_LINE_OCTETS:
        return NoHeader(f"has no end of line within {MOST_LINE_OCTETS} octets")
    return None if _BEGINNING.fullmatch(octets) else NoHeader("has an octet that no line of text has")


def _read_words(line: bytes) -> Announced | NoHeader:
    length = len(line) + len(b"\r\n")
    if _UNKNOWN.fullmatch(line):
        return Announced(length, None)
    match = _LINE.fullmatch(line)
    if match is None:
        return NoHeader("is not PROXY TCP4 or TCP6 with two addresses and two ports, nor PROXY UNKNOWN")
    if max(int(match[4]), int(match[5])) > 65535:
        return NoHeader("has a port above 65535")
    source, destination = (_pack(match[1], text) for text in (match[2], match[3]))
    if source is None or destination is None:
        return NoHeader(f"has an address that is not one of {match[1].decode()}")
    return Announced(length, address_of(source))


def _pack(family: bytes, text: bytes) -> bytes | None:
    """The octets of an address of this family; inet_pton refuses leading zeros and shorthands."""
    try:
        return inet_pton(_FAMILIES[family], text.decode())
    except OSError:
        return None


def _read_binary(octets: bytes) -> Announced | NoHeader | None:
    """Version 2: 16 octets that say how many follow, and those."""
    size = size_of(octets)
    if size is None:
        return None
    try:
        is_local = judge_fixed(octets)
        if len(octets) < size:
            return None
        source, is_tls = (None, False) if is_local else read_block(octets[:size])
    except ValueError as error:
        return NoHeader(str(error))
    return Announced(size, source, is_local, is_tls)
