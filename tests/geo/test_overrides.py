"""Overrides over a database: the longest prefix wins, and an answer holds in all of the network that it comes with."""

from __future__ import annotations

import pickle
import tempfile
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from georedirect.geo.cache import PlaceCache
from georedirect.geo.database import Database
from georedirect.geo.geofeed import Geofeed
from georedirect.geo.locator import Locator
from georedirect.geo.overrides import Feed, Overrides
from georedirect.geo.private import PRIVATE_NETWORKS
from georedirect.visitor.address import Address, parse_address
from tests.databases import numbered, write_database

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping
    from ipaddress import IPv4Network, IPv6Network

    IPNetwork = IPv4Network | IPv6Network


def overrides(*texts: str, private: str | None = None) -> Overrides:
    feeds = tuple(Feed(f"{number}.csv", Geofeed(text)) for number, text in enumerate(texts, 1))
    assert not any(geofeed.mistakes for _, geofeed in feeds)
    return Overrides(feeds, private)


def address(text: str) -> Address:
    parsed = parse_address(text)
    assert parsed is not None
    return parsed


def told(found: Overrides, text: str) -> tuple[str | None, int, str | None]:
    """Country, size of the network, and where it stands."""
    place, prefix_length = found.find(address(text))
    return place and place.country, prefix_length, found.source_of(address(text))


def test_without_any_nothing_is_said_of_the_whole_internet() -> None:
    assert not Overrides()
    assert told(Overrides(), "192.0.2.1") == told(Overrides(), "2001:db8::1") == (None, 0, None)


def test_the_longest_prefix_wins_and_then_the_file_that_is_named_first() -> None:
    found = overrides("192.0.2.0/24,DE\n192.0.2.128/25,FR\n", "192.0.2.0/24,JP\n192.0.2.64/26,US\n192.0.0.0/16,AT")
    assert told(found, "192.0.2.1") == ("DE", 26, "1.csv:1")
    assert told(found, "192.0.2.65") == ("US", 26, "2.csv:2")
    assert told(found, "192.0.2.200") == ("FR", 25, "1.csv:2")
    assert told(found, "192.0.3.1") == ("AT", 24, "2.csv:3")
    assert told(found, "192.1.0.0") == (None, 16, None)
    assert told(found, "10.0.0.1") == (None, 1, None)
    assert found


def test_a_place_that_is_not_known_wins_too() -> None:
    found = overrides("192.0.2.0/24,\n192.0.0.0/16,DE")
    place, prefix_length = found.find(address("192.0.2.1"))
    assert place is not None
    assert (place.is_known, prefix_length) == (False, 24)


def test_addresses_of_6to4_are_where_their_own_networks_say_and_else_where_the_ipv4_address_inside_is() -> None:
    found = overrides("192.0.2.0/24,DE\n2002:c000:201::/48,FR\n")
    assert told(found, "2002:c000:201::1") == ("FR", 48, "1.csv:2")
    assert told(found, "2002:c000:2ff::1") == ("DE", 41, "1.csv:1")
    assert told(found, "2002:c000:202::1") == ("DE", 47, "1.csv:1")
    assert told(found, "2002:c000:300::1") == (None, 40, None)
    assert told(overrides("192.0.2.0/24,DE\n2000::/3,JP"), "2002:c000:201::1") == ("JP", 3, "1.csv:2")


def test_private_and_reserved_networks_are_said_last() -> None:
    found = overrides("10.0.0.0/8,FR\n192.168.7.0/24,JP\n100.0.0.0/8,US", private="DE")
    assert told(found, "10.1.1.1") == ("FR", 8, "1.csv:1")
    assert told(found, "192.168.7.1") == ("JP", 24, "1.csv:2")
    assert told(found, "192.168.8.1") == ("DE", 21, "")
    assert told(found, "100.64.0.1") == ("DE", 10, "")
    assert told(found, "100.0.0.1") == ("US", 10, "1.csv:3")
    assert told(found, "fd00::1") == ("DE", 7, "")
    assert told(found, "8.8.8.8")[0] is told(found, "2a00::1")[0] is None


def test_private_networks_are_those_that_nobody_reaches() -> None:
    newer = {"192.0.0.8/32", "64:ff9b:1::/48", "100:0:0:1::/64", "3fff::/20", "5f00::/16"}  # than Python's own list
    assert {text for text in PRIVATE_NETWORKS if ip_network(text).is_global} <= newer
    found = overrides(private="DE")
    for text in ("10.0.0.1", "127.0.0.1", "172.31.255.255", "169.254.1.1", "203.0.113.5", "::1", "fe80::1", "fc00::1"):
        assert told(found, text)[0] == "DE", text
    for text in ("172.32.0.0", "192.0.0.9", "198.20.0.0", "224.0.0.1", "2001:4860::1", "fec0::1"):
        assert told(found, text)[0] is None, text


def test_they_are_the_same_in_another_process() -> None:
    found = overrides("192.0.2.0/24,DE,DE-BY,Munich\n2001:db8::/48,FR\n10.0.0.0/9,", private="AT")
    copy = pickle.loads(pickle.dumps(found))  # noqa: S301  our own
    for text in ("192.0.2.7", "10.1.1.1", "10.200.1.1", "8.8.8.8", "2001:db8::7", "2001:db8:1::", "2002:c000:201::"):
        assert copy.find(address(text)) == found.find(address(text))
        assert told(copy, text) == told(found, text)


# The law

IPV4 = st.builds(
    lambda high, low, length: ip_network(((0x0A << 24 | high << 14 | low) >> 32 - length << 32 - length, length)),
    st.integers(0, 7),
    st.integers(0, 7),
    st.integers(0, 32) | st.integers(14, 19) | st.integers(28, 32),
)
IPV6 = st.builds(
    lambda first, high, low, length: ip_network(
        (((first << 112) | high << 60 | low) >> 128 - length << 128 - length, length)
    ),
    st.sampled_from([0x2001, 0x2002]),
    st.integers(0, 7),
    st.integers(0, 7),
    st.integers(0, 128) | st.integers(58, 70) | st.integers(124, 128),
)
SIX_TO_FOUR = IPV4.map(lambda net: ip_network(((0x2002 << 112) | int(net.network_address) << 80, net.prefixlen + 16)))
NETWORKS = st.dictionaries(
    IPV4 | IPV6 | SIX_TO_FOUR, st.sampled_from(["DE", "FR", "JP", "US"]), min_size=1, max_size=12
)
SAID = st.dictionaries(IPV4 | IPV6 | SIX_TO_FOUR, st.sampled_from(["DE", "FR", "BR", ""]), max_size=12)


def around(networks: Iterable[IPNetwork]) -> list[Address]:
    """The neighbours of every edge, and for IPv4 the addresses of 6to4 around them."""
    found: set[Address] = set()
    for network in networks:
        size = network.max_prefixlen
        edges = int(network[0]), int(network[-1])
        numbers = {at + step for at in edges for step in (-1, 0, 1) if 0 <= at + step < 1 << size}
        octets = {number.to_bytes(size // 8) for number in numbers}
        found |= {Address(address) for address in octets}
        if size == 32:
            found |= {Address(b"\x20\x02" + address + rest) for address in octets for rest in (bytes(10), b"\xff" * 10)}
    return sorted(found)


def longest(networks: Mapping[IPNetwork, str], octets: bytes) -> str | None:
    found = [network for network in networks if network.version == (4 if len(octets) == 4 else 6)]
    found = [network for network in found if ip_address(octets) in network]
    return networks[max(found, key=lambda network: network.prefixlen)] if found else None


def country_of(said: Mapping[IPNetwork, str], database: Mapping[IPNetwork, str], octets: bytes) -> str | None:
    """By brute force."""
    inside = octets[2:6] if octets[:2] == b"\x20\x02" and len(octets) == 16 else octets
    answers = (longest(said, octets), longest(said, inside), longest(database, inside))
    return next((answer for answer in answers if answer is not None), None) or None


@cache
def folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()


@settings(max_examples=150)
@given(said=SAID, database=NETWORKS, size=st.sampled_from([0, 1, 3, 65536]), chance=st.randoms(use_true_random=False))
def test_what_is_found_and_remembered_is_what_brute_force_finds(
    said: dict[IPNetwork, str], database: dict[IPNetwork, str], size: int, chance: random.Random
) -> None:
    database = {**database, ip_network("1.0.0.0/8"): "AU"}  # by which it is seen to be one of countries
    texts = {str(network): country for network, country in database.items()}
    opened = Database(write_database(Path(folder().name) / "law.mmdb", numbered(texts, texts.values())))
    lines = "\n".join(f"{network},{country}" for network, country in said.items())
    places = PlaceCache(Locator(opened, overrides(lines)).find, size)
    addresses = around([*said, *database])
    chance.shuffle(addresses)
    for octets in addresses:
        assert places.find(octets).country == country_of(said, database, octets), octets.hex()


@pytest.mark.parametrize("text", ["192.0.2.7", "192.0.3.7", "192.0.0.1", "2001:db8::1", "2001:db8:0:1::", "8.8.8.8"])
def test_the_network_of_an_answer_is_as_large_as_the_lines_allow(text: str) -> None:
    lines = {"192.0.2.0/24": "DE", "192.0.2.0/28": "FR", "2001:db8::/48": "JP"}
    found = overrides("\n".join(map(",".join, lines.items())))
    one = address(text)
    place, prefix_length = found.find(one)
    source = found.source_of(one)
    inside = ip_network((one, prefix_length), strict=False)
    assert {found.source_of(Address(at.packed)) for at in (inside[0], inside[-1])} == {source}
    if prefix_length:
        wider = inside.supernet()
        edges = [octets for octets in around(map(ip_network, lines)) if ip_address(octets) in wider]
        assert {found.source_of(octets) for octets in edges} - {source}, place
