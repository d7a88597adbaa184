"""An address of a country, for who asks what happens to its visitors. Whoever says where addresses are is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.visitor.address import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from georedirect.place import Place

_IPV4 = 1 << 32
_BLOCK = 1 << 16
_MOST_NETWORKS = 20_000_000  # more than any database has of IPv4


def address_in(
    country: str, find: Callable[[Address], Place], is_wanted: Callable[[Address], bool] = lambda _: True
) -> Address | None:
    """An address of IPv4 that is found there, the same each time; None where none is.

    `is_wanted` may say no to one. Most countries have a whole /16, so that is looked at first; all networks take a
    second or two.
    """
    for address in _blocks():
        if find(address).country == country and is_wanted(address):
            return address
    return next((found for found in _networks(find, country) if is_wanted(found)), None)


def _blocks() -> Iterator[Address]:
    """The second address of each /16: the first looks like a network's own."""
    return (_address(block + 1) for block in range(0, _IPV4, _BLOCK))


def _networks(find: Callable[[Address], Place], country: str) -> Iterator[Address]:
    """The first address of each network that is of this country."""
    number = 0
    for _ in range(_MOST_NETWORKS):
        if number >= _IPV4:
            return
        address = _address(number)
        place = find(address)
        if place.country == country:
            yield address
        size = 1 << (32 - min(place.prefix_length, 32))
        number = (number // size + 1) * size


def _address(number: int) -> Address:
    return Address(number.to_bytes(4))
