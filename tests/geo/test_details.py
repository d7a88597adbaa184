"""Databases of cities, operators and anonymisers: what they add to a place, and which files are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.errors import DatabaseError
from georedirect.geo.details import Anonymisers, Cities, Operators, read_anonymous, read_city, read_operator, read_text
from georedirect.geo.mmdb import Mmdb
from georedirect.place import DETAILS, Anonymity, Coordinates, Place
from georedirect.visitor.address import Address, parse_address
from tests.databases import GERMANY, MUNICH, PROVIDER, TOR, damage, write_database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from georedirect.geo.details import Detail

IN_GERMANY = Place("DE", "EU", 16)
KINDS: list[tuple[Callable[[Mmdb], Detail], str]] = [
    (Cities, "cities (its type is GeoLite2-Country); use a city database such as GeoLite2-City"),
    (
        Operators,
        "numbers of network operators (its type is GeoLite2-Country); use an ASN database such as GeoLite2-ASN",
    ),
    (Anonymisers, "anonymisers (its type is GeoLite2-Country); use a database such as GeoIP2-Anonymous-IP"),
]


def address(text: str) -> Address:
    parsed = parse_address(text)
    assert parsed is not None
    return parsed


@pytest.fixture
def everything(tmp_path: Path) -> Mmdb:
    networks = {"192.0.2.0/24": {**MUNICH, **PROVIDER, **TOR}, "192.0.3.0/24": GERMANY}  # type: ignore[dict-item]
    return Mmdb(write_database(tmp_path / "all.mmdb", networks))


def test_each_detail_is_told_by_one_kind_of_database_and_the_place_has_it(everything: Mmdb) -> None:
    kinds = (Cities(everything), Operators(everything), Anonymisers(everything))
    assert sorted(name for kind in kinds for name in kind.gives) == sorted(DETAILS)
    for kind in kinds:
        place = kind.add(IN_GERMANY, address("192.0.2.1"))
        known = {name for name in DETAILS if getattr(place, name)}
        assert known == kind.gives


def test_a_city_is_added_to_a_place_of_its_country(everything: Mmdb) -> None:
    munich = Place("DE", "EU", 24, "BY", "Munich", Coordinates(48.14, 11.58))
    cities = Cities(everything)
    assert cities.add(IN_GERMANY, address("192.0.2.1")) == munich
    assert cities.add(IN_GERMANY.within(28), address("192.0.2.1")) == munich.within(28)
    assert cities.add(IN_GERMANY, address("2002:c000:201::")) == munich.within(40)
    assert cities.add(IN_GERMANY, address("192.0.3.1")) == IN_GERMANY.within(24)


@pytest.mark.parametrize("place", [Place("AT", "EU", 16), Place(None, "EU", 16), Place(None, None, 16)])
def test_a_city_is_not_added_to_a_place_elsewhere(everything: Mmdb, place: Place) -> None:
    assert Cities(everything).add(place, address("192.0.2.1")) == place.within(24)


def test_an_operator_is_added_wherever_that_is(everything: Mmdb) -> None:
    operators = Operators(everything)
    assert operators.add(IN_GERMANY, address("192.0.2.1")) == IN_GERMANY.within(24)._replace(
        asn=64500, organization="Example"
    )
    assert operators.add(IN_GERMANY, address("8.8.8.8")).asn is None


def test_what_hides_somebody_is_added_too(everything: Mmdb) -> None:
    anonymisers = Anonymisers(everything)
    found = anonymisers.add(IN_GERMANY, address("192.0.2.1"))
    assert found == IN_GERMANY.within(24)._replace(anonymous=frozenset({Anonymity.ANONYMOUS, Anonymity.TOR}))
    assert anonymisers.add(IN_GERMANY, address("192.0.3.1")).anonymous == frozenset()


@pytest.mark.parametrize(("kind", "why"), KINDS)
def test_a_database_of_something_else_is_refused(tmp_path: Path, kind: Callable[[Mmdb], Detail], why: str) -> None:
    path = write_database(tmp_path / "country.mmdb", {"192.0.2.0/24": GERMANY, "2001:db8::/32": GERMANY})
    with pytest.raises(DatabaseError) as raised:
        kind(Mmdb(path))
    assert str(raised.value) == f"{path} holds no {why}"


@pytest.mark.parametrize("kind", [kind for kind, _ in KINDS])
def test_a_damaged_database_is_refused(tmp_path: Path, kind: Callable[[Mmdb], Detail]) -> None:
    networks = {f"{first}.0.0.0/8": {"city": {"names": {"en": f"City {first}"}}} for first in range(1, 100)}
    path = damage(write_database(tmp_path / "damaged.mmdb", networks), 0.3, b"\xff" * 1500)
    with pytest.raises(DatabaseError, match="damaged"):
        kind(Mmdb(path))


CITIES = [
    ({"city": {"names": {"de": "München"}}}, (None, None, None)),
    ({"city": "Munich", "region": "Bavaria", "region_code": "by", "country": "DE"}, ("BY", "Munich", None)),
    ({"city": "Munich", "lat": "48.14", "lng": "11.58"}, (None, "Munich", (48.14, 11.58))),
    ({"latitude": 0, "longitude": -180.0}, (None, None, (0.0, -180.0))),
    ({"location": {"latitude": 91.0, "longitude": 0.0}}, (None, None, None)),
    ({"location": {"latitude": float("nan"), "longitude": 0.0}}, (None, None, None)),
    ({"location": {"latitude": True, "longitude": 0.0}}, (None, None, None)),
    ({"latitude": "north", "longitude": 10**400}, (None, None, None)),
    ({"location": {"latitude": 48.0}}, (None, None, None)),
    ({"subdivisions": [{"iso_code": "ENG"}, {"iso_code": "WSX"}]}, ("ENG", None, None)),
    ({"subdivisions": [{"iso_code": "much too long"}]}, (None, None, None)),
    ({"subdivisions": [{"iso_code": "\xdf"}]}, (None, None, None)),
    ({"subdivisions": []}, (None, None, None)),
    ({"subdivisions": ["BY"]}, (None, None, None)),
    ({"city": ".."}, (None, None, None)),
    ({"city": "a\r\nb"}, (None, None, None)),
    (None, (None, None, None)),
]


@pytest.mark.parametrize(("record", "expected"), CITIES)
def test_a_record_gives_this_city(record: object, expected: tuple[object, ...]) -> None:
    assert read_city(record)[1:] == expected


OPERATORS = [
    ({"autonomous_system_number": 64500, "autonomous_system_organization": "Example"}, (64500, "Example")),
    ({"autonomous_system_number": 64500}, (64500, None)),
    ({"asn": "AS64500", "as_name": "Example"}, (64500, "Example")),
    ({"asn": "as64500", "name": "Example"}, (64500, "Example")),
    ({"asn": "64500"}, (64500, None)),
    ({"asn": 1 << 32}, (None, None)),
    ({"asn": -1}, (None, None)),
    ({"asn": "AS"}, (None, None)),
    ({"asn": "AS64500\n"}, (None, None)),
    ({"asn": 1.5, "as_name": 7}, (None, None)),
    ({}, (None, None)),
    ("AS64500", (None, None)),
]


@pytest.mark.parametrize(("record", "expected"), OPERATORS)
def test_a_record_gives_this_operator(record: object, expected: tuple[object, ...]) -> None:
    assert read_operator(record) == expected


ALL_FLAGS = {
    "is_anonymous": True,
    "is_anonymous_vpn": True,
    "is_hosting_provider": True,
    "is_public_proxy": True,
    "is_residential_proxy": True,
    "is_tor_exit_node": True,
}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (ALL_FLAGS, set(Anonymity)),
        ({"vpn": "true", "proxy": True, "tor": False, "hosting": "false"}, {"vpn", "public-proxy"}),
        ({"vpn": "", "proxy": [], "tor": {}, "hosting": 2, "relay": True}, set()),
        ({}, set()),
        (None, set()),
    ],
)
def test_a_record_gives_these_flags(record: object, expected: set[str]) -> None:
    assert read_anonymous(record) == expected


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4), lambda inner: (
    st.lists(inner, max_size=2) | st.dictionaries(
        st.sampled_from(["city", "names", "en", "subdivisions", "iso_code", "location", "latitude", "longitude", "asn"])
        | st.sampled_from(["autonomous_system_number", "is_anonymous", "vpn", "region_code", "country"]),
        inner, max_size=4))))  # fmt: skip
def test_whatever_the_record_is_it_gives_values_of_use_or_none(record: object) -> None:
    _, subdivision, city, coordinates = read_city(record)
    asn, organization = read_operator(record)
    assert subdivision is None or (subdivision.isalnum() and subdivision.isascii() and len(subdivision) <= 3)
    assert all(text is None or read_text(text) == text for text in (city, organization))
    assert coordinates is None or (abs(coordinates.latitude) <= 90 and abs(coordinates.longitude) <= 180)
    assert asn is None or 0 <= asn < 1 << 32
    assert read_anonymous(record) <= set(Anonymity)
