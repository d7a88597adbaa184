"""What databases of cities, network operators and anonymisers add to a place, and the records they have. Opens no file.

Nested or named as MaxMind and DB-IP write them, flat as IPinfo does. What is of no use as a value counts as not known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from georedirect.geo.records import read_record
from georedirect.place import Anonymity, Coordinates
from georedirect.policy.countries import SUBDIVISION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.geo.mmdb import Mmdb
    from georedirect.place import Place
    from georedirect.visitor.address import Address

_MOST_CHARACTERS = 128
_LETTER = re.compile(r"[^\W\d_]")
_ASN = re.compile(r"(?:AS)?([0-9]{1,10})", re.IGNORECASE)
_FLAGS = {
    "is_anonymous": Anonymity.ANONYMOUS,
    "is_anonymous_vpn": Anonymity.VPN,
    "is_hosting_provider": Anonymity.HOSTING,
    "is_public_proxy": Anonymity.PUBLIC_PROXY,
    "is_residential_proxy": Anonymity.RESIDENTIAL_PROXY,
    "is_tor_exit_node": Anonymity.TOR,
    "vpn": Anonymity.VPN,
    "hosting": Anonymity.HOSTING,
    "proxy": Anonymity.PUBLIC_PROXY,
    "tor": Anonymity.TOR,
}


class City(NamedTuple):
    """What a record says of a place in its `country`."""

    country: str | None
    subdivision: str | None
    city: str | None
    coordinates: Coordinates | None


class Operator(NamedTuple):
    """Who operates a network."""

    asn: int | None
    organization: str | None


class Detail(Protocol):
    """One database beside the country's. `gives` are those of DETAILS that it can tell.

    `is_of_the_country` says whether what it adds is of use only where the country database says where an address is.
    """

    gives: frozenset[str]
    is_of_the_country: bool

    def add(self, place: Place, address: Address) -> Place:
        """The place with what this database says of the address, in the smaller of both networks."""


class Cities:
    """Says more of the country that is known already; of another one it says nothing."""

    gives = frozenset({"subdivision", "city", "coordinates"})
    is_of_the_country = True

    def __init__(self, mmdb: Mmdb) -> None:
        self._find = mmdb.find
        mmdb.expect(lambda record: any(read_city(record)[1:]), "cities", "a city database such as GeoLite2-City")

    def add(self, place: Place, address: Address) -> Place:
        record, prefix_length = self._find(address)
        country, subdivision, city, coordinates = read_city(record)
        place = place.within(prefix_length)
        if country is None or country != place.country:
            return place
        return place._replace(subdivision=subdivision, city=city, coordinates=coordinates)


class Operators:
    """Says who operates a network."""

    gives = frozenset({"asn"})
    is_of_the_country = False

    def __init__(self, mmdb: Mmdb) -> None:
        self._find = mmdb.find
        better = "an ASN database such as GeoLite2-ASN"
        mmdb.expect(lambda record: read_operator(record).asn is not None, "numbers of network operators", better)

    def add(self, place: Place, address: Address) -> Place:
        record, prefix_length = self._find(address)
        asn, organization = read_operator(record)
        return place.within(prefix_length)._replace(asn=asn, organization=organization)


class Anonymisers:
    """Says what hides who is behind an address."""

    gives = frozenset({"anonymous"})
    is_of_the_country = False

    def __init__(self, mmdb: Mmdb) -> None:
        self._find = mmdb.find
        better = "a database such as GeoIP2-Anonymous-IP"
        mmdb.expect(lambda record: not _FLAGS.keys().isdisjoint(_table(record)), "anonymisers", better)

    def add(self, place: Place, address: Address) -> Place:
        record, prefix_length = self._find(address)
        return place.within(prefix_length)._replace(anonymous=read_anonymous(record))


def read_city(record: object) -> City:
    table = _table(record)
    location = _table(table.get("location"))
    city = table.get("city")
    return City(
        country=read_record(record, 0, use_registered_country=True).country,
        subdivision=_subdivision(table),
        city=read_text(_table(_table(city).get("names")).get("en") if isinstance(city, dict) else city),
        coordinates=_coordinates(location) or _coordinates(table),
    )


def _subdivision(table: Mapping[str, object]) -> str | None:
    """The largest: a region or state, not a district of it."""
    subdivisions = table.get("subdivisions")
    first = _table(subdivisions[0]) if isinstance(subdivisions, list) and subdivisions else {}
    code = first.get("iso_code", table.get("region_code"))
    code = code.upper() if isinstance(code, str) and code.isascii() else ""
    return code if SUBDIVISION.fullmatch(code) else None


def _coordinates(table: Mapping[str, object]) -> Coordinates | None:
    latitude = _degrees(table.get("latitude", table.get("lat")), 90)
    longitude = _degrees(table.get("longitude", table.get("lng")), 180)
    return None if latitude is None or longitude is None else Coordinates(latitude, longitude)


def _degrees(value: object, most: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        degrees = float(value)
    except (ValueError, OverflowError):
        return None
    return degrees if -most <= degrees <= most else None


def read_operator(record: object) -> Operator:
    table = _table(record)
    asn = table.get("autonomous_system_number", table.get("asn"))
    number = _ASN.fullmatch(str(asn)) if isinstance(asn, int | str) else None
    name = table.get("autonomous_system_organization", table.get("as_name", table.get("name")))
    return Operator(int(number[1]) if number and int(number[1]) < 1 << 32 else None, read_text(name))


def read_anonymous(record: object) -> frozenset[Anonymity]:
    return frozenset(_FLAGS[key] for key, value in _table(record).items() if key in _FLAGS and value in (True, "true"))


def read_text(value: object) -> str | None:
    """A name, as it can stand in a URI and on a terminal; None for what names nothing."""
    if not isinstance(value, str) or len(value) > _MOST_CHARACTERS:
        return None
    text = value.strip()
    return text if text.isprintable() and _LETTER.search(text) else None


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
