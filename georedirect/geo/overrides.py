"""Where the operator says that networks are, whatever databases say. Knows no database, and remembers no answer."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from georedirect.geo.geofeed import Geofeed
from georedirect.geo.private import PRIVATE_NETWORKS
from georedirect.visitor.address import SIX_TO_FOUR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from georedirect.place import Place
    from georedirect.visitor.address import Address

_UNEVEN = 255  # of a segment that is no network, but several
_NOBODY = 0  # the row of addresses of which nothing is said
_FIRST, _LENGTH = 8, 0xFF  # in a network's number


class Feed(NamedTuple):
    """A file's own name, and what it says."""

    name: str
    geofeed: Geofeed


class Overrides:
    """Networks and their places; the longest prefix wins, and of equal networks that of the feed named first.

    Addresses of 6to4 (2002::/16) are where IPv6 networks around them say, else where the IPv4 address inside them is.
    Holds numbers and octets only, so that it costs the garbage collector nothing, and little to hand on to a process.
    """

    def __init__(self, feeds: Sequence[Feed] = (), private: str | None = None) -> None:
        """`private` is the country of the private and reserved networks that no feed names."""
        if private is not None:
            lines = "".join(f"{network},{private}\n" for network in PRIVATE_NETWORKS)
            feeds = (*feeds, Feed("", Geofeed(lines)))
        self._names = tuple(feed.name for feed in feeds)
        self._begins = array("I")  # the first row of each feed
        self._lines = array("I", [0])
        self._places = array("I", [0])
        self._distinct: tuple[Place, ...] = ()
        self._ipv4, self._ipv6 = (Segments(bits, self._rows(bits, feeds)) for bits in (32, 128))
        self._take(feeds)

    def _rows(self, bits: int, feeds: Sequence[Feed]) -> Mapping[int, int]:
        """The row of each network, counted through all feeds."""
        rows: dict[int, int] = {}
        begin = 1
        for _, geofeed in feeds:
            for network, row in geofeed.rows[bits].items():
                rows.setdefault(network, begin + row)
            begin += len(geofeed.places)
        return rows

    def _take(self, feeds: Sequence[Feed]) -> None:
        distinct: dict[Place, int] = {}
        for _, geofeed in feeds:
            self._begins.append(len(self._lines))
            numbers = [distinct.setdefault(place, len(distinct)) for place in geofeed.distinct]
            self._lines.extend(geofeed.lines)
            self._places.extend(numbers[place] for place in geofeed.places)
        self._distinct = tuple(distinct)

    def __bool__(self) -> bool:
        return len(self._lines) > 1

    def find(self, address: Address) -> tuple[Place | None, int]:
        """The place that is said, None where nothing is, and the prefix length of the network where that is so."""
        row, prefix_length = self._ipv4.find(address) if len(address) == 4 else self._find(address)
        return (self._distinct[self._places[row]] if row else None), prefix_length

    def source_of(self, address: Address) -> str | None:
        """Where that stands, `FILE:LINE`; empty for private and reserved networks, None where nothing is said."""
        row, _ = self._find(address)
        if row == _NOBODY:
            return None
        name = self._names[bisect_right(self._begins, row) - 1]
        return name and f"{name}:{self._lines[row]}"

    def _find(self, address: Address) -> tuple[int, int]:
        if len(address) == 4:
            return self._ipv4.find(address)
        row, prefix_length = self._ipv6.find(address)
        if row == _NOBODY and address[:2] == SIX_TO_FOUR:
            row, inside = self._ipv4.find(address[2:6])
            prefix_length = max(prefix_length, inside + 16)
        return row, prefix_length


class Segments:
    """All addresses of a family, cut where a network begins or ends, and the row that holds in each segment."""

    def __init__(self, bits: int, rows: Mapping[int, int]) -> None:
        self._bits = bits
        starts, self._rows = _cut(bits, rows)
        self._starts = tuple(start.to_bytes(bits // 8) for start in starts)
        self._lengths = bytes(_length(bits, start, end) for start, end in pairwise((*starts, 1 << bits)))

    def __getstate__(self) -> tuple[int, bytes, array[int], bytes]:
        return self._bits, b"".join(self._starts), self._rows, self._lengths

    def __setstate__(self, state: tuple[int, bytes, array[int], bytes]) -> None:
        self._bits, octets, self._rows, self._lengths = state
        size = self._bits // 8
        self._starts = tuple(octets[at : at + size] for at in range(0, len(octets), size))

    def find(self, address: bytes) -> tuple[int, int]:
        """The row, and the prefix length of the largest network around the address that lies in one segment."""
        past = bisect_right(self._starts, address)
        length = self._lengths[past - 1]
        return self._rows[past - 1], length if length != _UNEVEN else self._length(address, past)

    def _length(self, address: bytes, past: int) -> int:
        """So many bits as tell the address from the last one before the segment, and from the first one past it."""
        starts, at = self._starts, int.from_bytes(address)
        differing = self._bits
        if past > 1:
            differing = (at ^ int.from_bytes(starts[past - 1]) - 1).bit_length()
        if past < len(starts):
            differing = min(differing, (at ^ int.from_bytes(starts[past])).bit_length())
        return self._bits + 1 - differing


def _length(bits: int, start: int, end: int) -> int:
    """The prefix length of a segment that is a network, as nearly all are of which something is said."""
    size = end - start
    return _UNEVEN if size & (size - 1) or start & (size - 1) else bits + 1 - size.bit_length()


def _cut(bits: int, rows: Mapping[int, int]) -> tuple[list[int], array[int]]:
    """Where segments start, the first at 0, and their rows: a sweep that keeps the networks it is in on a stack."""
    starts, found = [0], array("I", [_NOBODY])
    past_all = 1 << bits
    around = [(past_all, _NOBODY)]  # where each ends, and its row; the narrowest last

    def start(at: int, row: int) -> None:
        if starts[-1] == at:
            found[-1] = row
        elif at < past_all:
            starts.append(at)
            found.append(row)

    for network in sorted(rows):
        first = network >> _FIRST
        while around[-1][0] <= first:
            end, _ = around.pop()
            start(end, around[-1][1])
        start(first, rows[network])
        around.append((first + (1 << bits - (network & _LENGTH)), rows[network]))
    while len(around) > 1:
        end, _ = around.pop()
        start(end, around[-1][1])
    return starts, found
