"""Turns a database's record into a Place, whichever of the known shapes it has. Opens no database.

Nested, as MaxMind and DB-IP write: `country.iso_code`, `continent.code`, `registered_country.iso_code`.
Flat, as IPinfo and others write: `country_code` (or `country`, when it is two letters) and `continent_code`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from georedirect.place import Place
from georedirect.policy.countries import CONTINENTS, COUNTRIES

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_record(record: object, prefix_length: int, *, use_registered_country: bool = False) -> Place:
    """The place of a record. What is no ISO 3166-1 code, or no continent, counts as not known."""
    try:
        place = place_of_codes(record["country"]["iso_code"], record["continent"]["code"], prefix_length)  # type: ignore[index]
        if place.country is not None:
            return place  # as nearly all records of nearly all databases are
    except (KeyError, TypeError):
        pass
    if not isinstance(record, dict):
        return place_of_codes(None, None, prefix_length)
    country = _country(record, use_registered_country=use_registered_country)
    continent = _code(record.get("continent"), "code") or _text(record.get("continent_code"))
    return place_of_codes(country, continent, prefix_length)


def _country(record: Mapping[str, object], *, use_registered_country: bool) -> str | None:
    country = record.get("country")
    code = _code(country, "iso_code") or _text(record.get("country_code")) or _text(country)
    if code not in COUNTRIES and use_registered_country:
        return _code(record.get("registered_country"), "iso_code")
    return code


def _code(table: object, key: str) -> str | None:
    return _text(table.get(key)) if isinstance(table, dict) else None


def _text(value: object) -> str | None:
    return value.upper() if isinstance(value, str) and len(value) == 2 else None


@lru_cache(maxsize=16384)
def place_of_codes(country: str | None, continent: str | None, prefix_length: int) -> Place:
    """One object for all networks of a country and size, so that a full LRU stays small."""
    known = COUNTRIES.get(country) if country else None
    if continent not in CONTINENTS:
        continent = known.continent if known else None
    return Place(known.code if known else None, continent, prefix_length)
