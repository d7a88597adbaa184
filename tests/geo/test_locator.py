"""Who is asked first, what is told to whom, and where somebody is of whom only the country is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from georedirect.geo.database import Database
from georedirect.geo.details import Anonymisers, Cities, Operators
from georedirect.geo.geofeed import Geofeed
from georedirect.geo.locator import Locator, place_in
from georedirect.geo.mmdb import Mmdb
from georedirect.geo.overrides import Feed, Overrides
from georedirect.place import DETAILS, NOWHERE, Anonymity, Coordinates, Place
from georedirect.visitor.address import Address
from tests.databases import MUNICH, PROVIDER, TOR, write_database

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

HERE = Address(bytes([192, 0, 2, 1]))
OFFICE = Address(bytes([192, 0, 2, 200]))
ALL = Place(
    *("DE", "EU", 24, "BY", "Munich", Coordinates(48.14, 11.58), 64500, "Example"),
    frozenset({Anonymity.ANONYMOUS, Anonymity.TOR}),
)
WANTED: list[tuple[AbstractSet[str], Place]] = [
    (set(), Place("DE", "EU", 24)),
    ({"country", "path", "region"}, Place("DE", "EU", 24)),
    ({"subdivision"}, Place("DE", "EU", 24, "BY")),
    ({"city"}, Place("DE", "EU", 24, None, "Munich")),
    ({"asn"}, Place("DE", "EU", 24, asn=64500)),
    ({"coordinates"}, Place("DE", "EU", 24, coordinates=ALL.coordinates)),
    ({"anonymous"}, Place("DE", "EU", 24, anonymous=ALL.anonymous)),
    ({"asn", "city", "subdivision"}, Place("DE", "EU", 24, "BY", "Munich", asn=64500)),
    (DETAILS, ALL._replace(organization=None)),
]


@pytest.fixture
def file(tmp_path: Path) -> Mmdb:
    record = {**MUNICH, **PROVIDER, **TOR}  # type: ignore[dict-item]
    return Mmdb(write_database(tmp_path / "all.mmdb", {"192.0.2.0/24": record}))


def locator(file: Mmdb, *wanted: str, lines: str = "") -> Locator:
    overrides = Overrides([Feed("x.csv", Geofeed(lines))])
    return Locator(Database(file), overrides, (Cities(file), Operators(file), Anonymisers(file)), frozenset(wanted))


@pytest.mark.parametrize(("wanted", "place"), WANTED)
def test_nothing_is_told_that_nobody_refers_to_but_to_who_asks_for_all(
    file: Mmdb, wanted: AbstractSet[str], place: Place
) -> None:
    found = locator(file, *wanted)
    assert found.find(HERE) == place
    assert found.find_all(HERE) == ALL


@pytest.mark.parametrize(("wanted", "place"), WANTED)
def test_the_same_is_told_of_addresses_in_a_gap_between_overrides(
    file: Mmdb, wanted: AbstractSet[str], place: Place
) -> None:
    found = locator(file, *wanted, lines="192.0.2.128/25,FR")
    assert found.find(HERE) == place.within(25)
    assert found.find_all(HERE) == ALL.within(25)


def test_a_database_is_not_asked_for_what_nobody_refers_to(file: Mmdb) -> None:
    asked: list[str] = []

    class Listening(Anonymisers):
        def add(self, place: Place, address: Address) -> Place:
            asked.append(str(address))
            return super().add(place, address)

    for wanted in (set(), {"country"}, DETAILS - {"anonymous"}):
        Locator(Database(file), Overrides(), (Cities(file), Listening(file)), frozenset(wanted)).find(HERE)
    assert asked == []
    Locator(Database(file), Overrides(), (Listening(file),), frozenset({"anonymous"})).find(HERE)
    assert len(asked) == 1


def test_where_an_override_holds_no_database_is_asked_where_that_is(file: Mmdb) -> None:
    lines = "192.0.2.128/25,FR,FR-IDF,Paris"
    paris = Place("FR", "EU", 25, "IDF", "Paris")
    assert locator(file, lines=lines).find(OFFICE) == Place("FR", "EU", 25)
    assert locator(file, "subdivision", lines=lines).find(OFFICE) == Place("FR", "EU", 25, "IDF")
    assert locator(file, "city", "subdivision", lines=lines).find(OFFICE) == paris
    everything = paris._replace(asn=64500, organization="Example", anonymous=ALL.anonymous)
    assert locator(file, lines=lines).find_all(OFFICE) == everything
    assert locator(file, "city", lines="192.0.2.128/25,DE").find(OFFICE) == Place("DE", "EU", 25)
    assert locator(file, "coordinates", lines="192.0.2.128/25,DE").find(OFFICE) == Place("DE", "EU", 25)
    hidden = Place("FR", "EU", 25, anonymous=ALL.anonymous)
    assert locator(file, "anonymous", lines=lines).find(OFFICE) == hidden
    assert locator(file, lines="192.0.2.128/25,").find(OFFICE) == Place(None, None, 25)


def test_it_is_known_of_which_addresses_an_override_speaks(file: Mmdb) -> None:
    found = locator(file, lines="192.0.2.128/25,")
    assert found.is_overridden(OFFICE)
    assert not found.is_overridden(HERE)
    assert not found.is_overridden(None)


@pytest.mark.parametrize(
    ("country", "address", "known", "place"),
    [
        ("DE", HERE, NOWHERE, Place("DE", "EU", 32)),
        ("DE", None, NOWHERE, Place("DE", "EU", 0)),
        ("DE", HERE, ALL, ALL.within(32)),
        ("FR", HERE, Place("DE", "EU", 24), Place("FR", "EU", 32)),
        (
            "US",
            HERE,
            ALL,
            Place("US", "NA", 32, asn=64500, organization="Example", anonymous=ALL.anonymous),
        ),
        ("", HERE, ALL, Place(None, None, 32, asn=64500, organization="Example", anonymous=ALL.anonymous)),
        ("", None, NOWHERE, NOWHERE),
        ("", HERE, Place(None, "EU", 8), Place(None, None, 32)),
    ],
)
def test_of_a_place_of_which_the_country_is_said_all_the_rest_of_that_country_stays(
    country: str, address: Address | None, known: Place, place: Place
) -> None:
    assert place_in(country, address, known) == place
