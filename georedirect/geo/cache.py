"""Remembers the networks that were asked for lately, and their places. No answer tells whether it does."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Protocol

from cachetools import LRUCache

from georedirect.visitor.address import Address

if TYPE_CHECKING:
    from collections.abc import Callable

    from georedirect.place import Place

_MOST_NETWORKS = 64  # of one block: with the default size, about 40 MB if all of the Internet comes by


class Cells(Protocol):
    """Where things are counted."""

    def __getitem__(self, cell: int, /) -> int: ...
    def __setitem__(self, cell: int, count: int, /) -> None: ...


class _Block:
    """What is known of a block of addresses: first and last address of each network, in order, and its place."""

    __slots__ = ("firsts", "lasts", "places")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.firsts: list[Address] = []
        self.lasts: list[Address] = []
        self.places: list[Place] = []

    @property
    def is_full(self) -> bool:
        return len(self.firsts) == _MOST_NETWORKS

    def keep(self, address: Address, place: Place) -> None:
        """Remember the network of this place around an address that is in none of the others."""
        others = (1 << 8 * len(address) - place.prefix_length) - 1
        last = int.from_bytes(address) | others
        index = bisect_right(self.firsts, address)
        self.firsts.insert(index, Address((last - others).to_bytes(len(address))))
        self.lasts.insert(index, Address(last.to_bytes(len(address))))
        self.places.insert(index, place)


class PlaceCache:
    """An LRU in front of `find`, of blocks: the /16 (IPv4) or /32 (IPv6) around an address.

    A block holds the networks that were found in it, whatever their size: a visitor nobody has seen is a hit if anybody
    came from the same network, and a client that rotates inside its own is one entry. `size` counts blocks; 0 switches
    the LRU off. `misses` are questions that went to the database, `evictions` blocks that had to make room for others,
    or were emptied as they held too many networks.
    """

    def __init__(self, find: Callable[[Address], Place], size: int) -> None:
        self.count_in([0, 0], 0, 1)
        self._find_anew = find
        self._size = size
        self._blocks: LRUCache[bytes, _Block] | None = LRUCache(size) if size else None

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled, it has seen nobody yet."""
        return PlaceCache, (self._find_anew, self._size)

    def __len__(self) -> int:
        """How many blocks there are."""
        return len(self._blocks or ())

    def count_in(self, cells: Cells, misses: int, evictions: int) -> None:
        """Count in these cells from now on."""
        self._cells, self._misses, self._evictions = cells, misses, evictions

    @property
    def misses(self) -> int:
        return self._cells[self._misses]

    @property
    def evictions(self) -> int:
        return self._cells[self._evictions]

    def find(self, address: Address) -> Place:
        """What the database says about this address, and how wide that holds."""
        blocks = self._blocks
        if blocks is None:
            self._cells[self._misses] += 1
            return self._find_anew(address)
        key = address[:2] if len(address) == 4 else address[:4]
        try:
            block = blocks[key]
        except KeyError:
            block = self._open(blocks, key)
        index = bisect_right(block.firsts, address) - 1
        if index >= 0 and address <= block.lasts[index]:
            return block.places[index]
        self._cells[self._misses] += 1
        place = self._find_anew(address)
        if block.is_full:
            self._cells[self._evictions] += 1
            block.clear()
        block.keep(address, place)
        return place

    def _open(self, blocks: LRUCache[bytes, _Block], key: bytes) -> _Block:
        if len(blocks) >= self._size:
            self._cells[self._evictions] += 1
        blocks[key] = block = _Block()
        return block
