"""With the cache, without it, at any size: the same answers. A client that rotates in its network is missed once."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from georedirect.geo.bundled import bundled_database
from georedirect.geo.cache import PlaceCache
from georedirect.geo.database import Database
from georedirect.place import Place
from georedirect.visitor.address import Address
from tests.databases import numbered, write_database

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = [0, 1, 2, 3, 10, 65536]

FINE_NETWORKS = [
    *("10.0.0.0/8", "10.0.0.0/24", "10.0.0.0/25", "10.0.0.128/26", "10.0.0.7/32", "10.0.4.128/25"),
    *("10.0.5.0/31", "10.0.6.255/32", "192.0.2.0/24", "203.0.0.0/16"),
    *("2001:db8::/32", "2001:db8:0:1::/64", "2001:db8:0:1::/65", "2001:db8:0:1::7/128", "2001:db8:0:2:8000::/66"),
    *("2001:db8:0:2::/63", "2001:db8:0:5::/96", "2001:db8:1::/48"),
]
_PREFIXES_6TO4 = (b"\x20\x02\x0a\x00", b"\x20\x02\xc0\x00\x02")


@cache
def finer_than_the_keys() -> Database:
    """Networks finer than /24 and /64, and coarser ones around them."""
    with tempfile.TemporaryDirectory() as folder:
        countries = ["DE", "FR", "JP", "NA", "US", "BR", "AU"] * 3
        return Database(
            write_database(
                Path(folder) / "fine.mmdb",
                numbered(FINE_NETWORKS, countries),
            )
        )


@cache
def bundled() -> Database:
    return Database(bundled_database())


def _address(prefix: bytes, size: int) -> st.SearchStrategy[Address]:
    rest = size - len(prefix)
    return st.binary(min_size=rest, max_size=rest).map(lambda octets: Address(prefix + octets))


# Few networks, so that the cache is hit, and near the edges of the fine ones.
_low = st.integers(0, 7).map(lambda n: bytes([n]))
fine_addresses = st.one_of(
    st.builds(lambda third, last: Address(b"\x0a\x00" + third + bytes([last])), _low, st.integers(0, 255)),
    st.builds(
        lambda fourth, high, last: Address(b"\x20\x01\x0d\xb8" + bytes(3) + fourth + high + bytes(6) + bytes([last])),
        _low,
        st.sampled_from([b"\x00", b"\x80", b"\xc0", b"\x01"]),
        st.integers(0, 9),
    ),
    *(_address(prefix, 16) for prefix in _PREFIXES_6TO4),
    _address(b"\xcb\x00", 4),
    _address(b"", 4),
)
any_addresses = st.one_of(_address(b"", 4), _address(b"\x2a", 16), _address(b"\x20\x02", 16), _address(b"", 16))


def assert_the_same(database: Database, addresses: Sequence[Address], size: int) -> None:
    places = PlaceCache(database.find, size)
    for address in (*addresses, *addresses):
        assert places.find(address) == database.find(address), address
    assert places.misses <= 2 * len(addresses)
    assert size or places.misses == 2 * len(addresses)
    assert len(places) <= size


@given(addresses=st.lists(fine_addresses, min_size=1, max_size=40), size=st.sampled_from(SIZES))
@settings(max_examples=300)
def test_an_answer_is_the_same_where_networks_are_finer_than_the_keys(addresses: list[Address], size: int) -> None:
    assert_the_same(finer_than_the_keys(), addresses, size)


@given(addresses=st.lists(any_addresses, min_size=1, max_size=40), size=st.sampled_from(SIZES))
@settings(max_examples=100)
def test_an_answer_is_the_same_on_the_bundled_database(addresses: list[Address], size: int) -> None:
    assert_the_same(bundled(), addresses, size)


@pytest.mark.parametrize("size", SIZES)
def test_an_answer_is_the_same_for_every_address_of_the_fine_networks(size: int) -> None:
    ipv4 = [Address(bytes([10, 0, third, last])) for third in range(8) for last in range(256)]
    interleaved = [ipv4[(n * 797) % len(ipv4)] for n in range(len(ipv4))]
    assert_the_same(finer_than_the_keys(), [*ipv4, *interleaved], size)


class Counted:
    """A database that has one network of a given size everywhere, and counts who asks."""

    def __init__(self, prefix_length: int) -> None:
        self.asked: list[Address] = []
        self._place = Place("DE", "EU", prefix_length)

    def find(self, address: Address) -> Place:
        self.asked.append(address)
        return self._place


ROTATING = [
    ([Address(b"\x20\x01\x0d\xb8\x00\x00\x00\x07" + n.to_bytes(8)) for n in range(1, 500)], 64),
    ([Address(b"\x20\x01\x0d\xb8\x00\x00\x00\x07" + n.to_bytes(8)) for n in range(1, 500)], 32),
    ([Address(bytes([192, 0, 2, n])) for n in range(256)], 24),
    ([Address(bytes([192, 0, 2, n])) for n in range(256)], 0),
]


@pytest.mark.parametrize(("addresses", "prefix_length"), ROTATING)
@pytest.mark.parametrize("size", [1, 65536])
def test_a_client_that_rotates_in_its_network_is_missed_once(
    addresses: list[Address], prefix_length: int, size: int
) -> None:
    places = PlaceCache(Counted(prefix_length).find, size)
    for address in addresses:
        places.find(address)
    assert (places.misses, places.evictions, len(places)) == (1, 0, 1)


def test_a_rotating_client_drives_nobody_else_out() -> None:
    places = PlaceCache(Counted(64).find, 2)
    friend = Address(b"\x2a" + bytes(15))
    places.find(friend)
    for address in ROTATING[0][0]:
        places.find(address)
    places.find(friend)
    assert (places.misses, places.evictions) == (2, 0)


NEIGHBOURS = [  # the size of all networks, two addresses, and how often they are missed when they come by turns
    (0, [10, 7, 0, 1], [10, 7, 255, 1], 1),
    (0, [10, 7, 0, 1], [11, 7, 0, 1], 2),
    (16, [10, 7, 0, 1], [10, 7, 255, 1], 1),
    (16, [10, 7, 0, 1], [10, 8, 0, 1], 2),
    (17, [10, 7, 0, 1], [10, 7, 127, 255], 1),
    (17, [10, 7, 127, 255], [10, 7, 128, 0], 2),
    (17, [10, 7, 128, 0], [10, 7, 127, 255], 2),
    (24, [10, 7, 9, 0], [10, 7, 9, 255], 1),
    (31, [10, 7, 0, 0], [10, 7, 0, 1], 1),
    (32, [10, 7, 0, 1], [10, 7, 0, 2], 2),
    (32, [32, 1, 13, 184], [32, 1, 13, 184, *[0] * 12], 2),
    (32, [32, 1, 13, 184, *[0] * 12], [32, 1, 13, 184, *[255] * 12], 1),
    (64, [32, 1, 13, 184, *[0] * 12], [32, 1, 13, 184, *[0] * 4, *[255] * 8], 1),
    (64, [32, 1, 13, 184, *[0] * 12], [32, 1, 13, 184, *[255] * 12], 2),
    (128, [32, 1, 13, 184, *[0] * 12], [32, 1, 13, 184, *[0] * 11, 1], 2),
]


@pytest.mark.parametrize(("prefix_length", "first", "second", "misses"), NEIGHBOURS)
def test_whoever_comes_from_the_network_of_another_is_a_hit(
    prefix_length: int, first: list[int], second: list[int], misses: int
) -> None:
    database = Counted(prefix_length)
    places = PlaceCache(database.find, 100)
    for octets in (first, second, first, second):
        places.find(Address(bytes(octets)))
    assert (places.misses, len(database.asked)) == (misses, misses)


def test_a_block_of_many_networks_stays_bounded() -> None:
    database = Counted(32)
    places = PlaceCache(database.find, 1)
    addresses = [Address(bytes([10, 7, third, fourth])) for third in range(4) for fourth in range(256)]
    for address in (*addresses, *reversed(addresses)):
        places.find(address)
    assert places.misses == 2 * len(addresses) - 64, "as many as are kept of one block"
    assert places.evictions == (2 * len(addresses) - 64) // 64 - 1


def test_the_least_recently_used_block_is_forgotten_first() -> None:
    database = Counted(16)
    places = PlaceCache(database.find, 2)
    one, two, three = (Address(bytes([10, n, 0, 0])) for n in range(3))
    for address in (one, two, one, three, one, two):
        places.find(address)
    assert database.asked == [one, two, three, two]
    assert (places.evictions, len(places)) == (2, 2)


def test_without_a_cache_every_question_is_a_miss() -> None:
    database = Counted(24)
    places = PlaceCache(database.find, 0)
    for _ in range(3):
        places.find(Address(bytes([10, 0, 0, 1])))
    assert (places.misses, len(database.asked), len(places)) == (3, 3, 0)


def test_it_counts_where_it_is_told_to() -> None:
    cells = [0] * 8
    places = PlaceCache(Counted(16).find, 1)
    places.find(Address(bytes([10, 0, 0, 1])))
    places.count_in(cells, 5, 3)
    for number in (0, 0, 1, 2):
        places.find(Address(bytes([10, number, 0, 1])))
    assert cells == [0, 0, 0, 2, 0, 2, 0, 0]
    assert (places.misses, places.evictions) == (2, 2)


def test_a_place_that_is_not_known_is_remembered_too() -> None:
    asked: list[Address] = []

    def find(address: Address) -> Place:
        asked.append(address)
        return Place(None, None, 8)

    places = PlaceCache(find, 10)
    assert places.find(Address(bytes([10, 0, 0, 1]))) == places.find(Address(bytes([10, 0, 0, 2])))
    assert len(asked) == 1
