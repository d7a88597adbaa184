"""Writes MMDB 2.0 files: a trie over addresses with records at its leaves. Knows no country and no source.

The format is that of MaxMind-DB-spec.md. Its pointers, which save repeating a value, are left out: a few
hundred short records need none, and readers decode faster without.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Network
from typing import TypeAlias

IPV4_NETWORKS = tuple(IPv6Network(text) for text in ("::/96", "::ffff:0:0/96", "2002::/16"))
"""Where an IPv6 address holds an IPv4 one and shares its record: the format's own place, v4-mapped, 6to4."""

EMPTY = -1
_SEPARATOR = bytes(16)
_METADATA_START = b"\xab\xcd\xefMaxMind.com"
_RECORD_SIZE = 24


@dataclass(frozen=True, slots=True)
class Unsigned:
    """An unsigned integer with the width, in bits, that the format asks for in its place."""

    bits: int
    number: int


Value: TypeAlias = "str | bool | float | Unsigned | Sequence[Value] | Mapping[str, Value]"
Span: TypeAlias = tuple[int, int, int]
"""First address, last address, and the branch that answers for them."""


def leaf(record: int) -> int:
    """Give the branch that ends at that record. Nodes are 0 and up, so leaves lie below EMPTY."""
    return EMPTY - 1 - record


class Trie:
    """Nodes with two branches each. Equal sibling leaves become one leaf; equal subtrees are stored once."""

    def __init__(self) -> None:
        self.nodes: list[tuple[int, int]] = []
        self._numbers: dict[tuple[int, int], int] = {}

    def join(self, left: int, right: int) -> int:
        if left == right and left < 0:
            return left
        number = self._numbers.get((left, right))
        if number is None:
            number = self._numbers[left, right] = self.append(left, right)
        return number

    def append(self, left: int, right: int) -> int:
        self.nodes.append((left, right))
        return len(self.nodes) - 1

    def grow(self, spans: Sequence[Span], bits: int) -> int:
        """Make the branch for a space of 2**bits addresses. Spans are sorted and disjoint."""
        firsts = [first for first, _, _ in spans]

        def block(low: int, bits: int, start: int, stop: int) -> int:
            """Make the branch for the 2**bits addresses from `low`, which spans[start:stop] touch."""
            if start == stop:
                return EMPTY
            first, last, branch = spans[start]
            if first <= low and last >= low + (1 << bits) - 1:
                return branch
            middle = low + (1 << (bits - 1))
            cut = bisect_left(firsts, middle, start, stop)
            reaches_over = cut > start and spans[cut - 1][1] >= middle
            left = block(low, bits - 1, start, cut)
            return self.join(left, block(middle, bits - 1, cut - reaches_over, stop))

        return block(0, bits, 0, len(spans))

    def grow_ipv4(self, spans: Sequence[Span]) -> int:
        """Make the root of IPv4: a node, and not shared, as readers tell its aliases by its number."""
        root = self.grow(spans, 32)
        if root < 0:
            return self.append(root, root)
        del self._numbers[self.nodes[root]]
        return root

    def grow_both(self, ipv4: Sequence[Span], ipv6: Sequence[Span]) -> None:
        """Fill the tree; its root is the last node. No IPv6 span may touch IPV4_NETWORKS."""
        root = self.grow_ipv4(ipv4)
        aliases = [(int(network[0]), int(network[-1]), root) for network in IPV4_NETWORKS]
        self.grow(sorted([*aliases, *ipv6]), 128)

    def render(self, record_offsets: Sequence[int]) -> bytes:
        """Make the tree section. A parent has a higher number than its children; the file wants it lower."""
        count = len(self.nodes)
        highest = count + len(_SEPARATOR) + max(record_offsets, default=0)
        if highest >= 1 << _RECORD_SIZE:
            raise ValueError(f"{count} nodes are too many for a record size of {_RECORD_SIZE} bits")
        pointers = {leaf(record): count + len(_SEPARATOR) + offset for record, offset in enumerate(record_offsets)}
        pointers[EMPTY] = count
        numbers = [
            pointers[branch] if branch < 0 else count - 1 - branch for node in reversed(self.nodes) for branch in node
        ]
        return b"".join(number.to_bytes(_RECORD_SIZE // 8) for number in numbers)


def render_file(trie: Trie, records: Sequence[Value], *, description: str, database_type: str, epoch: int) -> bytes:
    """Make the whole file: tree, separator, records, metadata. `epoch` is in seconds since 1970."""
    encoded = [encode(record) for record in records]
    offsets = [0]
    for record in encoded:
        offsets.append(offsets[-1] + len(record))
    metadata: Value = {
        "binary_format_major_version": Unsigned(16, 2),
        "binary_format_minor_version": Unsigned(16, 0),
        "build_epoch": Unsigned(64, epoch),
        "database_type": database_type,
        "description": {"en": description},
        "ip_version": Unsigned(16, 6),
        "languages": ["en"],
        "node_count": Unsigned(32, len(trie.nodes)),
        "record_size": Unsigned(16, _RECORD_SIZE),
    }
    tree = trie.render(offsets[:-1])
    return b"".join([tree, _SEPARATOR, *encoded, _METADATA_START, encode(metadata)])


def encode(value: Value) -> bytes:
    """Encode one value of the data section, with all that it holds."""
    match value:
        case bool():  # its size is its value
            return _control(14, int(value))
        case float():
            return _control(3, 8) + struct.pack(">d", value)
        case str():
            text = value.encode()
            return _control(2, len(text)) + text
        case Unsigned(bits, number):
            octets = number.to_bytes((number.bit_length() + 7) // 8)
            return _control({16: 5, 32: 6, 64: 9}[bits], len(octets)) + octets
        case Mapping():
            return _control(7, len(value)) + b"".join(encode(key) + encode(item) for key, item in value.items())
        case _:
            return _control(11, len(value)) + b"".join(map(encode, value))


def _control(kind: int, size: int) -> bytes:
    """Make what precedes a value: type in three bits (from 8 on in a byte more), size in five or more."""
    if size >= 29 + 256:
        raise ValueError(f"a value of size {size} is longer than anything that we write")
    short, further = (size, b"") if size < 29 else (29, bytes([size - 29]))
    head = bytes([kind << 5 | short]) if kind <= 7 else bytes([short, kind - 7])
    return head + further
