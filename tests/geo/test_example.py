"""An address of a country: one that is found there, the same each time, and none where there is none."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from georedirect.door.snapshot import load_snapshot
from georedirect.geo.database import Database
from georedirect.geo.example import address_in
from georedirect.visitor.address import format_address, parse_address
from tests.databases import FRANCE, GERMANY, JAPAN, write_database

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Database:
    networks = {"81.0.0.0/8": GERMANY, "81.1.2.128/25": FRANCE, "91.1.0.0/32": FRANCE, "2a00::/16": JAPAN}
    return Database(write_database(tmp_path / "world.mmdb", networks))


@pytest.mark.parametrize(("country", "address"), [("DE", "81.0.0.1"), ("FR", "81.1.2.128"), ("JP", None), ("CH", None)])
def test_an_address_of_a_country_is_found_however_small_its_networks_are(
    database: Database, country: str, address: str | None
) -> None:
    found = address_in(country, database.find)
    assert (found and format_address(found)) == address


def test_one_that_is_not_wanted_is_passed_over(database: Database) -> None:
    unwanted = {parse_address("81.0.0.1"), parse_address("81.1.2.128")}
    found = [address_in(country, database.find, lambda address: address not in unwanted) for country in ("DE", "FR")]
    assert found == [parse_address("81.1.0.1"), parse_address("91.1.0.0")]


@pytest.mark.parametrize("country", ["US", "DE", "LI", "VA", "TV"])
def test_in_the_bundled_database_countries_have_one(country: str) -> None:
    locator = load_snapshot([]).locator
    found = address_in(country, locator.find)
    assert found is not None
    assert locator.find(found).country == country
    assert ip_network(format_address(found)).is_global
