"""Who gets what, by lot: fair, the same each time, and without a memory. Knows no request and no policy.

A visitor is known by some octets, their *identity*. Every draw has a key of its own, so that two draws have nothing to
do with each other; whoever has the same key draws the same, on whatever machine.
"""

from __future__ import annotations

from hashlib import blake2b
from math import log
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MOST_WEIGHT = 1_000_000
"""Of one option."""

_OCTETS = 8
_TOO_FINE = 12  # bits that a float has no room for
_RANGE = 1 << (8 * _OCTETS - _TOO_FINE)


def key_of(*texts: str) -> bytes:
    """A key that only these texts, in this order, make."""
    whole = blake2b(digest_size=32)
    for text in texts:
        octets = text.encode()
        whole.update(len(octets).to_bytes(8, "big") + octets)
    return whole.digest()


def position(key: bytes, identity: bytes) -> float:
    """Where on the way from 0 to 1 an identity stands, neither included: evenly spread over all identities."""
    drawn = int.from_bytes(blake2b(identity, digest_size=_OCTETS, key=key).digest(), "big") >> _TOO_FINE
    return (drawn + 0.5) / _RANGE


class Option(NamedTuple):
    """One thing to get, its weight among the others, and a key of its own."""

    name: str
    weight: int
    key: bytes


class Lot(NamedTuple):
    """Options of which each identity gets one: weighted rendezvous hashing.

    Each option gets its weight's share. When weights change, or an option comes or goes, only as many identities move
    as have to: those that an option gains, or that it had.
    """

    options: tuple[Option, ...] = ()

    @classmethod
    def of(cls, weights: Iterable[tuple[str, int]], *texts: str) -> Lot:
        """A lot that depends on the texts and the options' names."""
        return cls(tuple(Option(name, weight, key_of(*texts, name)) for name, weight in weights))

    def draw(self, identity: bytes, among: Collection[int] | None = None) -> int | None:
        """The number of the option that this identity gets, of those `among` if given; None where none has a weight."""
        best, found = 0.0, None
        for number, option in enumerate(self.options):
            if not option.weight or (among is not None and number not in among):
                continue
            # exponentially distributed: the least of them is each option's with a chance of its weight's share
            wait = -log(position(option.key, identity)) / option.weight
            if found is None or wait < best:
                best, found = wait, number
        return found
