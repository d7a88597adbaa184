"""Remembers the places of networks that were asked for lately. Whether it does, nobody can tell from an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cachetools import LRUCache

from georedirect.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from georedirect.visitor.address import Address

_FINER = Place(None, None, -2)  # stands for a network in which the database tells smaller ones apart


class PlaceCache:
    """An LRU in front of `find`, keyed by the /24 or /64 around an address.

    A client that rotates inside its /64 stays one entry. Where the database tells smaller networks apart, the
    addresses inside are kept one by one. `size` counts entries; 0 switches the LRU off.
    """

    def __init__(self, find: Callable[[Address], Place], size: int) -> None:
        self.hits = 0
        self.misses = 0
        self._find_anew = find
        self._places: LRUCache[bytes, Place] | None = LRUCache(size) if size else None

    def find(self, address: Address) -> Place:
        """What the database says about this address, and how wide that holds."""
        if self._places is None:
            self.misses += 1
            return self._find_anew(address)
        network = address[:3] if len(address) == 4 else address[:8]
        try:
            place = self._places[network]
            if place is _FINER:
                place = self._places[address]
        except KeyError:
            return self._find_and_keep(address, network, self._places)
        self.hits += 1
        return place

    def _find_and_keep(self, address: Address, network: bytes, places: LRUCache[bytes, Place]) -> Place:
        self.misses += 1
        place = self._find_anew(address)
        if place.prefix_length <= 8 * len(network):
            places[network] = place
        else:
            places[network] = _FINER
            places[address] = place
        return place
