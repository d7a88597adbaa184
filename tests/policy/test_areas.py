"""An entry of `countries` stands for a country, a union, a group or a continent, or is told what would."""

from __future__ import annotations

import pytest

from georedirect.policy.areas import Area, Width, parse_area, why_not_a_group_name
from georedirect.policy.countries import CONTINENTS, COUNTRIES, UNIONS, countries_of_continent

GROUPS = {"nordics": frozenset({"DK", "FI", "IS", "NO", "SE"})}


@pytest.mark.parametrize("code", COUNTRIES)
def test_every_country_stands_for_itself(code: str) -> None:
    assert parse_area(code, GROUPS) == Area(code, Width.COUNTRY, frozenset({code}))


@pytest.mark.parametrize("name", UNIONS)
def test_a_union_stands_for_its_members(name: str) -> None:
    assert parse_area(name, {}) == Area(name, Width.GROUP, UNIONS[name])


def test_a_group_stands_for_its_countries() -> None:
    assert parse_area("nordics", GROUPS) == Area("nordics", Width.GROUP, GROUPS["nordics"])


@pytest.mark.parametrize("code", CONTINENTS)
def test_a_continent_stands_for_its_countries_and_is_whole(code: str) -> None:
    text = f"continent:{code}"
    assert parse_area(text, {}) == Area(text, Width.CONTINENT, countries_of_continent(code), code)


def test_a_country_is_narrower_than_a_group_and_that_than_a_continent() -> None:
    assert Width.COUNTRY < Width.GROUP < Width.CONTINENT


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("UK", '"UK" is not an ISO 3166-1 code; did you mean "GB"?'),
        ("na", '"na" is not an ISO 3166-1 code; did you mean "NA"?'),
        ("ZZ", '"ZZ" is not an ISO 3166-1 code'),
        ("eu", '"eu" is neither a country nor a group; did you mean "EU"?'),
        ("Eea", '"Eea" is neither a country nor a group; did you mean "EEA"?'),
        ("Nordics", '"Nordics" is neither a country nor a group; did you mean "nordics"?'),
        ("nordic", '"nordic" is neither a country nor a group; did you mean "nordics"?'),
        ("europe", '"europe" is not a country; did you mean "continent:EU"?'),
        ("north america", '"north america" is not a country; did you mean "continent:NA"?'),
        ("Continent:eu", '"Continent:eu" is not a country; did you mean "continent:EU"?'),
        (
            "continent:Europe",
            (
                '"continent:Europe" is no continent; there are AF (Africa), AN (Antarctica), AS (Asia), EU (Europe), '
                "NA (North America), OC (Oceania), SA (South America)"
            ),
        ),
        (
            "Deutschland",
            (
                '"Deutschland" is neither a country nor a group; name an ISO 3166-1 code such as "DE", "EU", "EEA", '
                '"continent:AF" or one of [groups]'
            ),
        ),
    ],
)
def test_what_stands_for_nothing_is_told_what_would(text: str, why: str) -> None:
    with pytest.raises(ValueError, match="is n") as raised:
        parse_area(text, GROUPS)
    assert str(raised.value) == why


@pytest.mark.parametrize("name", ["nordics", "D-A-CH", "g7", "0", "a" * 64, "DEU"])
def test_a_group_may_have_any_plain_name(name: str) -> None:
    assert why_not_a_group_name(name) is None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "a group's name has letters"),
        ("-a", "a group's name has letters"),
        ("a b", "a group's name has letters"),
        ("continent:EU", "a group's name has letters"),
        ("a" * 65, "a group's name has letters"),
        ("a\n", "a group's name has letters"),
        ("DE", '"DE" already has a meaning'),
        ("de", '"de" already has a meaning'),
        ("Eu", '"Eu" already has a meaning'),
        ("eea", '"eea" already has a meaning'),
    ],
)
def test_a_group_may_not_be_called_so(name: str, why: str) -> None:
    assert (why_not_a_group_name(name) or "").startswith(why)
