"""Version 2 of the PROXY header: its fixed part, addresses, and what follows them as type, length, value.

ValueError says what is wrong with a header.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from georedirect.visitor.address import address_of
from georedirect.visitor.crc32c import crc32c

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.visitor.address import Address

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
MOST_BLOCK_OCTETS = 16384
"""What may follow the fixed part: room for a chain of client certificates, where the format itself allows 65,535."""

_FIXED = struct.Struct("!12xBBH")
_TLV = struct.Struct("!BH")
_VERSION = 2
_LOCAL, _PROXY = 0, 1
_CRC32C, _UNIQUE_ID, _SSL = 0x03, 0x05, 0x20
_READ = {_CRC32C: "CRC32C", _UNIQUE_ID: "UNIQUE_ID", _SSL: "SSL"}
_MOST_UNIQUE_ID_OCTETS = 128
_SSL_OCTETS = 5
_CLIENT_SSL = 0x01


class _Family(NamedTuple):
    """How long a source address is, and all of the addresses and ports together; 0 where the source is no IP."""

    source: int
    all: int


_INET, _INET6, _UNIX, _UNSPECIFIED = _Family(4, 12), _Family(16, 36), _Family(0, 216), _Family(0, 0)
_FAMILIES = {
    0x00: _UNSPECIFIED,
    0x11: _INET,
    0x12: _INET,
    0x21: _INET6,
    0x22: _INET6,
    0x31: _UNIX,
    0x32: _UNIX,
}


class _Tlv(NamedTuple):
    """One value, and where in its header it begins."""

    type: int
    start: int
    value: bytes


def size_of(octets: bytes) -> int | None:
    """Of how many octets the header is; None while they do not say."""
    return None if len(octets) < _FIXED.size else _FIXED.size + _fixed(octets)[2]


def _fixed(octets: bytes) -> tuple[int, int, int]:
    """Version and command, family and transport, and how many octets follow."""
    version_and_command, kind, size = _FIXED.unpack_from(octets)
    return version_and_command, kind, size


def judge_fixed(octets: bytes) -> bool:
    """Whether the proxy speaks for itself; ValueError if what follows the fixed part need not even be waited for."""
    version_and_command, kind, size = _fixed(octets)
    version, command = divmod(version_and_command, 16)
    if version != _VERSION:
        raise ValueError(f"begins like version 2, but says it is version {version}")
    if command not in (_LOCAL, _PROXY):
        raise ValueError(f"has command {command}, which there is not")
    if size > MOST_BLOCK_OCTETS:
        raise ValueError(f"is longer than {MOST_BLOCK_OCTETS} octets")
    if command == _PROXY:  # else the rest is to be passed over, its family included
        _judge_family(kind, size)
    return command == _LOCAL


def _judge_family(kind: int, size: int) -> None:
    family = _FAMILIES.get(kind)
    if family is None:
        raise ValueError(f"has family and transport 0x{kind:02x}, which there are not")
    if size < family.all:
        raise ValueError(f"is too short for the addresses of family and transport 0x{kind:02x}")


def read_block(header: bytes) -> tuple[Address | None, bool]:
    """The source's address, None where it has none, and whether it came over TLS."""
    family = _FAMILIES[header[13]]
    source = header[_FIXED.size : _FIXED.size + family.source]
    tlvs = _by_type(_walk(header, _FIXED.size + family.all, len(header)))
    _check_sum(header, tlvs.get(_CRC32C))
    _check_unique_id(tlvs.get(_UNIQUE_ID))
    return address_of(source) if source else None, _is_tls(header, tlvs.get(_SSL))


def _walk(header: bytes, at: int, end: int) -> Iterator[_Tlv]:
    """All values up to `end`, which must be the last one's."""
    while at < end:
        start = at + _TLV.size
        if start > end:
            raise ValueError("ends before a TLV does")
        kind, size = _TLV.unpack_from(header, at)
        at = start + size
        if at > end:
            raise ValueError("ends before a TLV does")
        yield _Tlv(kind, start, header[start:at])


def _by_type(tlvs: Iterator[_Tlv]) -> dict[int, _Tlv]:
    """Those that we read, each at most once; the others may come as they like."""
    found: dict[int, _Tlv] = {}
    for tlv in tlvs:
        if tlv.type in found and tlv.type in _READ:
            raise ValueError(f"has {_READ[tlv.type]} twice")
        found[tlv.type] = tlv
    return found


def _check_sum(header: bytes, tlv: _Tlv | None) -> None:
    """The sum is of the whole header with zeros where the sum itself stands."""
    if tlv is None:
        return
    if len(tlv.value) != 4:
        raise ValueError("has a CRC32C that is not of 4 octets")
    blank = header[: tlv.start] + bytes(4) + header[tlv.start + 4 :]
    if crc32c(blank) != int.from_bytes(tlv.value):
        raise ValueError("does not have the CRC32C that it says it has")


def _check_unique_id(tlv: _Tlv | None) -> None:
    if tlv is not None and len(tlv.value) > _MOST_UNIQUE_ID_OCTETS:
        raise ValueError(f"has a UNIQUE_ID of more than {_MOST_UNIQUE_ID_OCTETS} octets")


def _is_tls(header: bytes, tlv: _Tlv | None) -> bool:
    """Whether its bits say so, which a 32-bit number and values of its own must follow."""
    if tlv is None:
        return False
    if len(tlv.value) < _SSL_OCTETS:
        raise ValueError("has an SSL that is too short")
    for _ in _walk(header, tlv.start + _SSL_OCTETS, tlv.start + len(tlv.value)):
        pass
    return bool(tlv.value[0] & _CLIENT_SSL)
