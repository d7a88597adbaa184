"""Databases damaged in every way that we could think of, each made from a sound one and a seed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from scripts.mmdb_file import EMPTY, Trie, encode, leaf, render_file
from tests.databases import EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MARKER = b"\xab\xcd\xefMaxMind.com"
_NODE = 6  # octets, at 24 bits a record


def flip_bits(content: bytes, chance: Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 2, 8, 64))):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def change_octets(content: bytes, chance: Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 4, 16))):
        damaged[chance.randrange(len(damaged))] = chance.choice((0, 1, 0x1F, 0x20, 0x3F, 0x7F, 0x80, 0xE0, 0xFE, 0xFF))
    return bytes(damaged)


def cut_the_end(content: bytes, chance: Random) -> bytes:
    return content[: chance.randrange(len(content))]


def cut_the_middle(content: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.randint(1, 200) :]


def blank(content: bytes, chance: Random) -> bytes:
    return _overwrite(content, chance, b"\0")


def fill(content: bytes, chance: Random) -> bytes:
    return _overwrite(content, chance, b"\xff")


def _overwrite(content: bytes, chance: Random, octet: bytes) -> bytes:
    start, length = chance.randrange(len(content)), chance.choice((1, 3, 16, 100, 1000))
    return content[:start] + octet * min(length, len(content) - start) + content[start + length :]


def turn_the_tree(content: bytes, chance: Random) -> bytes:
    """A branch leads to some node: up, which makes a circle, or down or aside, which does not."""
    damaged, nodes = bytearray(content), _nodes(content)
    for _ in range(chance.choice((1, 1, 5))):
        slot = 3 * chance.randrange(2 * nodes)
        damaged[slot : slot + 3] = chance.randrange(nodes + chance.choice((0, 40))).to_bytes(3)
    return bytes(damaged)


def turn_the_data(content: bytes, chance: Random) -> bytes:
    """Some octets of the data become a pointer, to somewhere near: into a value, to itself, to a pointer."""
    start, end = _nodes(content) * _NODE + 16, content.index(MARKER)
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 2, 10))):
        damaged[start + chance.randrange(end - start - 1)] = 0x20
        position = start + chance.randrange(end - start - 1)
        damaged[position : position + 2] = bytes((0x20, chance.randrange(min(end - start, 256))))
    return bytes(damaged)


def misstate(content: bytes, chance: Random) -> bytes:
    """The right file with a wrong number in its metadata."""
    start = content.index(MARKER) + len(MARKER)
    damaged = bytearray(content)
    key = chance.choice((b"node_count", b"record_size", b"ip_version", b"binary_format_major_version", b"build_epoch"))
    position = content.index(key, start) + len(key)
    damaged[min(position + chance.randrange(3), len(damaged) - 1)] = chance.randrange(256)
    return bytes(damaged)


def swap_the_tree(content: bytes, chance: Random) -> bytes:
    """The metadata and data of this file, under the tree of no file at all."""
    end = _nodes(content) * _NODE
    return chance.randbytes(end) + content[end:]


def deepen_the_data(content: bytes, chance: Random) -> bytes:
    """A record in which arrays, or maps, lie in each other, and some end in pointers back."""
    levels = chance.choice((3, 30, 600, 5000, 70_000))
    one = chance.choice((b"\x01\x04", b"\xe1\x41a"))
    inner = chance.choice((b"\x42DE", b"\x20\x00", b"\x20\x02"))
    return _with_record(content, one * levels + inner)


def widen_the_data(content: bytes, chance: Random) -> bytes:
    """A record of few octets that is endless when it is written out: each array holds the next one many times."""
    levels, times = chance.choice((2, 5, 20)), chance.choice((2, 20))
    record = b""
    for level in range(levels):
        following = (level + 1) * (2 + 2 * times)
        record += bytes((times, 4)) + (0x2000 | min(following, 2047)).to_bytes(2) * times
    return _with_record(content, record + b"\x42DE")


def spoil_a_key(content: bytes, chance: Random) -> bytes:
    """A key is no text, but a number, octets, a table or a list; as it is, or by a pointer to it."""
    key = chance.choice((b"\x68" + bytes(8), b"\xa2\x01\x02", b"\x84DEFR", b"\x01\x07", b"\xe1\x41a\x41b", b"\x00\x04"))
    record = chance.choice((b"\xe1" + key + b"\x42DE", b"\xe1\x20\x06\x42DE" + key))
    return _with_record(content, record)


def claim_much(content: bytes, chance: Random) -> bytes:
    """A string, octets, array or map that says to be longer than the file."""
    kind = chance.choice((b"\x5f", b"\x9f", b"\x1f\x04", b"\xff"))
    return _with_record(content, kind + chance.choice((b"\xff\xff\xff", b"\x00\x00\x00", b"\x10\x00\x00")))


def _with_record(content: bytes, record: bytes) -> bytes:
    """Put a record where the first one was: all others move, and so all leaves but those of the first go astray."""
    start = _nodes(content) * _NODE + 16
    return content[:start] + record + content[start:]


def hang_in_many_places(_content: bytes, chance: Random) -> bytes:
    """A tree of a node for each bit, both branches of which lead to the next one: 2**128 ways to one leaf."""
    bits = chance.choice((127, 128, 129, 200))
    trie = Trie()
    branch = trie.append(leaf(0), chance.choice((EMPTY, leaf(0), leaf(1))))
    for _ in range(bits - 1):
        branch = trie.append(branch, branch)
    records = [{"country": {"iso_code": code}} for code in ("DE", "FR")]
    return render_file(trie, records, description="", database_type="Country", epoch=EPOCH)


def _nodes(content: bytes) -> int:
    start = content.rindex(MARKER)
    key = encode("node_count")
    position = content.index(key, start) + len(key)
    size = content[position] & 31
    return int.from_bytes(content[position + 1 : position + 1 + size])


DAMAGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    flip_bits,
    change_octets,
    cut_the_end,
    cut_the_middle,
    blank,
    fill,
    turn_the_tree,
    turn_the_data,
    misstate,
    swap_the_tree,
    deepen_the_data,
    widen_the_data,
    claim_much,
    spoil_a_key,
    hang_in_many_places,
)


def damaged(content: bytes, make: Callable[[bytes, Random], bytes], times: int) -> Iterator[bytes]:
    """So many files, each damaged in another way of that kind; the same ones each time."""
    for seed in range(times):
        yield make(content, Random(seed))  # noqa: S311  a fixed sequence is what it is for
