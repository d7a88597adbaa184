"""The frozen table of countries agrees with ISO 3166-1, GeoNames and the unions as they are."""

from __future__ import annotations

import langcodes
import pytest
from langcodes.data_dicts import TERRITORY_REPLACEMENTS

from georedirect.policy.countries import CONTINENTS, COUNTRIES, UNIONS, countries_of_continent, likely_meant


def test_there_are_the_countries_of_iso_3166_and_kosovo() -> None:
    assert len(COUNTRIES) == 250
    assert "XK" in COUNTRIES
    assert all(code == country.code and len(code) == 2 and code.isupper() for code, country in COUNTRIES.items())


def test_every_code_is_one_that_cldr_knows() -> None:
    assert all(langcodes.tag_is_valid(f"und-{code}") for code in COUNTRIES)


def test_na_is_namibia_and_a_continent_too() -> None:
    assert COUNTRIES["NA"].continent == "AF"
    assert CONTINENTS["NA"] == "North America"
    assert "NA" in countries_of_continent("AF")
    assert "NA" not in countries_of_continent("NA")


def test_continents_part_the_world() -> None:
    parts = [countries_of_continent(continent) for continent in CONTINENTS]
    assert sum(map(len, parts)) == 250
    assert frozenset().union(*parts) == COUNTRIES.keys()


@pytest.mark.parametrize(
    ("code", "continent"),
    [
        ("CY", "EU"),
        ("TL", "OC"),
        ("TF", "AN"),
        ("BV", "AN"),
        ("CC", "AS"),
        ("HM", "AN"),
        ("IO", "AS"),
        ("GS", "AN"),
        ("TR", "AS"),
        ("RU", "EU"),
        ("EG", "AF"),
        ("MX", "NA"),
        ("GL", "NA"),
        ("US", "NA"),
        ("BR", "SA"),
        ("AU", "OC"),
        ("XK", "EU"),
    ],
)
def test_continents_are_those_of_geonames(code: str, continent: str) -> None:
    assert COUNTRIES[code].continent == continent


def test_the_unions_have_their_members() -> None:
    assert len(UNIONS["EU"]) == 27
    assert len(UNIONS["EEA"]) == 30
    assert UNIONS["EEA"] - UNIONS["EU"] == {"IS", "LI", "NO"}
    assert not UNIONS["EEA"] & {"GB", "CH"}
    assert {code for code, country in COUNTRIES.items() if country.is_in_eu} == UNIONS["EU"]
    assert {code for code, country in COUNTRIES.items() if country.is_in_eea} == UNIONS["EEA"]


def test_langcodes_says_which_country_an_alias_means() -> None:
    """Its documentation does not promise this table: keys in lower case, alpha-2 in upper case."""
    known = {"uk": "GB", "deu": "DE", "usa": "US", "su": "RU"}
    assert {code: TERRITORY_REPLACEMENTS.get(code) for code in known} == known
    assert all(key == key.lower() for key in TERRITORY_REPLACEMENTS)


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("de", "DE"),
        ("UK", "GB"),
        ("uk", "GB"),
        ("EL", "GR"),
        ("DEU", "DE"),
        ("usa", "US"),
        ("SU", "RU"),
        ("ZZ", None),
        ("AP", None),
        ("EU", None),
        ("QU", None),  # once the EU; no country
        ("Germany", None),
        ("", None),
    ],
)
def test_a_mistaken_code_suggests_the_country_it_means(code: str, meant: str | None) -> None:
    assert likely_meant(code) == meant
