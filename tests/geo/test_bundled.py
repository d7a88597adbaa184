"""The database that comes with georedirect, asked through the whole room and through maxminddb alone."""

from __future__ import annotations

import random
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import maxminddb
import pytest

from georedirect.geo.bundled import bundled_database
from georedirect.geo.database import Database
from georedirect.place import Place
from georedirect.policy.countries import COUNTRIES
from georedirect.visitor.address import Address, parse_address

SEED = 20260625
_GLOBAL = 0x2000 << 112


@cache
def database() -> Database:
    return Database(bundled_database())


def ipv4_addresses(count: int) -> list[IPv4Address]:
    numbers = random.Random(SEED)  # noqa: S311  a sample, the same each time
    return [IPv4Address(numbers.getrandbits(32)) for _ in range(count)]


def ipv6_addresses(count: int) -> list[IPv6Address]:
    """Half of them anywhere in 2000::/3, half in 2a00::/12, where most networks are."""
    numbers = random.Random(SEED)  # noqa: S311
    anywhere = [IPv6Address(_GLOBAL | numbers.getrandbits(125)) for _ in range(count // 2)]
    return anywhere + [IPv6Address(0x2A0 << 116 | numbers.getrandbits(116)) for _ in range(count - len(anywhere))]


def place_of(record: Any, prefix_length: int) -> Place:  # noqa: ANN401  what maxminddb gives
    """What a record in GeoLite2's shape says, read in the plainest way."""
    if record is None:
        return Place(None, None, prefix_length)
    return Place(record.get("country", {}).get("iso_code"), record["continent"]["code"], prefix_length)


def test_every_address_is_where_maxminddb_alone_finds_it() -> None:
    addresses: list[IPv4Address | IPv6Address] = [*ipv4_addresses(4000), *ipv6_addresses(1000)]
    known = 0
    with maxminddb.open_database(bundled_database(), maxminddb.MODE_MEMORY) as reader:  # the one in pure Python
        for address in addresses:
            expected = place_of(*reader.get_with_prefix_len(str(address)))
            assert database().find(Address(address.packed)) == expected, address
            known += expected.is_known
    assert known > 3000


def test_an_address_of_ipv4_inside_one_of_ipv6_is_where_it_is_itself() -> None:
    for address in ipv4_addresses(1000):
        place = database().find(Address(address.packed))
        mapped = parse_address(f"::ffff:{address}")
        assert mapped is not None
        assert database().find(mapped) == place
        inside_6to4 = Address(b"\x20\x02" + address.packed + bytes(10))
        assert database().find(inside_6to4) == place._replace(prefix_length=place.prefix_length + 16)


def test_the_bundled_database_has_nearly_every_country() -> None:
    found = {database().find(Address(address.packed)).country for address in ipv4_addresses(20_000)}
    assert found - {None} <= COUNTRIES.keys()
    assert len(found) > 100


@pytest.mark.parametrize("text", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "fe80::1", "fc00::1", "2001:db8::1"])
def test_an_address_of_no_public_network_is_nowhere(text: str) -> None:
    address = parse_address(text)
    assert address is not None
    assert not database().find(address).is_known


def test_the_bundled_database_is_a_file_of_this_package() -> None:
    assert bundled_database().name == "country.mmdb"
    assert bundled_database().is_file()
