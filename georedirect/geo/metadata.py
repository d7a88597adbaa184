"""What an MMDB file says of itself, and where its parts are, each checked against the file. Looks no address up."""

from __future__ import annotations

import struct
from typing import NamedTuple

from maxminddb import InvalidDatabaseError
from maxminddb.decoder import Decoder

from georedirect.errors import DatabaseError
from georedirect.policy.findings import one_line

_MARKER = b"\xab\xcd\xefMaxMind.com"
MOST_OCTETS = 128 << 10
"""At a file's end, within which the metadata begin, MaxMind-DB-spec.md says; readers look no further."""

_KEYS = frozenset(
    (
        *("binary_format_major_version", "binary_format_minor_version", "build_epoch", "database_type"),
        *("description", "ip_version", "languages", "node_count", "record_size"),
    )
)
"""Of the metadata; at any other, maxminddb's reader in C ends the process."""

_SEPARATOR = bytes(16)
_RECORD_SIZES = (24, 28, 32)
_BITS = {4: 32, 6: 128}

_UNDECODABLE = (InvalidDatabaseError, ValueError, TypeError, IndexError, RecursionError, struct.error)
"""What the decoder raises on octets that are no value; UnicodeDecodeError is a ValueError."""


class Metadata(NamedTuple):
    """`nodes` of two records of `record_size` bits each; `bits` is what an address has; `epoch` counts from 1970."""

    database_type: str
    epoch: int
    bits: int
    record_size: int
    nodes: int

    @property
    def tree_octets(self) -> int:
        return self.nodes * self.record_size // 4


class Parts(NamedTuple):
    """A file, taken apart: `values` is the data section alone, which pointers count from."""

    metadata: Metadata
    tree: memoryview
    values: bytes


def read_metadata(end: bytes) -> tuple[Metadata, int]:
    """What a file's last `MOST_OCTETS` say of it, and where in them; `DatabaseError` says what is wrong with that."""
    marker = end.rfind(_MARKER, max(0, len(end) - MOST_OCTETS))
    if marker < 0:
        raise DatabaseError("it has no metadata at its end, as if it were cut short")
    return _read(decode_value(end[marker + len(_MARKER) :], 0)), marker


def take_apart(octets: bytes) -> Parts:
    """Find the parts of a file; `DatabaseError` says why that is not possible."""
    metadata, marker = read_metadata(octets)
    end = metadata.tree_octets
    if end + len(_SEPARATOR) > marker:
        raise DatabaseError(f"its search tree is said to have {metadata.nodes} nodes, more than the file has room for")
    if octets[end : end + len(_SEPARATOR)] != _SEPARATOR:
        raise DatabaseError(f"its search tree does not end where {metadata.nodes} nodes would")
    return Parts(metadata, memoryview(octets)[:end], octets[end + len(_SEPARATOR) : marker])


def decode_value(values: bytes, offset: int) -> object:
    """Decode the value at an offset by the library's decoder in Python, which no octets can crash."""
    try:
        value, past = Decoder(values).decode(offset)
    except _UNDECODABLE as error:
        raise DatabaseError(f"the value at {offset} of its data cannot be decoded ({error})") from error
    if past > len(values):
        raise DatabaseError(f"the value at {offset} of its data is cut short")
    if not _has_texts_for_keys(value):
        raise DatabaseError(f"the value at {offset} of its data has a key that is no text")
    return value


def _has_texts_for_keys(value: object) -> bool:
    """Whether all tables in a value, and in those, have them; maxminddb takes any key's octets for a text's address."""
    values = [value]
    while values:
        one = values.pop()
        if isinstance(one, dict):
            if not all(isinstance(key, str) for key in one):
                return False
            values.extend(one.values())
        elif isinstance(one, list):
            values.extend(one)
    return True


def _read(table: object) -> Metadata:
    if not isinstance(table, dict):
        raise DatabaseError("its metadata are not a table")
    if strange := sorted(table.keys() - _KEYS):
        raise DatabaseError(f"its metadata have a key that no reader knows, {one_line(strange[0][:40])}")
    if table.get("binary_format_major_version") != 2:
        raise DatabaseError(
            f"its format is version {table.get('binary_format_major_version')}; version 2 is the only one"
        )
    nodes, epoch, record_size, bits = (
        table.get("node_count"),
        table.get("build_epoch"),
        table.get("record_size"),
        _BITS.get(_number(table.get("ip_version"))),
    )
    if record_size not in _RECORD_SIZES:
        raise DatabaseError(f"its metadata say record_size = {record_size}; there are 24, 28 and 32")
    if bits is None:
        raise DatabaseError(f"its metadata say ip_version = {table.get('ip_version')}; there are 4 and 6")
    if _number(nodes) < 1:
        raise DatabaseError(f"its metadata say node_count = {nodes}; there must be one at least")
    if _number(epoch) < 0:
        raise DatabaseError(f"its metadata say build_epoch = {epoch}, which is no date")
    return Metadata(
        one_line(str(table.get("database_type"))), _number(epoch), bits, _number(record_size), _number(nodes)
    )


def _number(value: object) -> int:
    """The value as a whole number; -1 where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1
