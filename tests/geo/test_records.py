"""A record of any known shape gives its country and continent; anything else gives "not known", never an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.geo.records import read_record
from georedirect.place import Place
from georedirect.policy.countries import CONTINENTS, COUNTRIES

NOT_KNOWN = (None, None)

SHAPES: list[tuple[object, tuple[str | None, str | None]]] = [
    # nested: MaxMind, DB-IP
    ({"country": {"iso_code": "DE"}, "continent": {"code": "EU"}}, ("DE", "EU")),
    ({"country": {"iso_code": "DE", "names": {"en": "Germany"}}, "city": {"geoname_id": 1}}, ("DE", "EU")),
    ({"country": {"iso_code": "NA"}, "continent": {"code": "AF"}}, ("NA", "AF")),
    ({"country": {"iso_code": "NA"}}, ("NA", "AF")),
    ({"country": {"iso_code": "XK"}}, ("XK", "EU")),
    ({"country": {"iso_code": "CY"}, "continent": {"code": "AS"}}, ("CY", "AS")),
    ({"country": {"iso_code": "CY"}}, ("CY", "EU")),
    ({"country": {"iso_code": "de"}, "continent": {"code": "eu"}}, ("DE", "EU")),
    # a continent, and no country
    ({"continent": {"code": "EU"}}, (None, "EU")),
    ({"continent": {"code": "NA"}}, (None, "NA")),
    ({"continent": {"code": "AS", "geoname_id": 6255147, "names": {"en": "Asia"}}, "country": {}}, (None, "AS")),
    # flat: IPinfo and others
    ({"country_code": "NA", "continent_code": "AF"}, ("NA", "AF")),
    ({"country_code": "jp"}, ("JP", "AS")),
    (
        {
            "asn": "AS64500",
            "country": "United States",
            "country_code": "US",
            "continent": "North America",
            "continent_code": "NA",
        },
        ("US", "NA"),
    ),
    ({"country": "FR"}, ("FR", "EU")),
    ({"country": "NA"}, ("NA", "AF")),
    ({"country": "fr", "continent": "EU"}, ("FR", "EU")),
    ({"continent_code": "OC"}, (None, "OC")),
    # registered_country, which nobody asked for
    ({"registered_country": {"iso_code": "US"}, "continent": {"code": "EU"}}, (None, "EU")),
    ({"registered_country": {"iso_code": "US"}}, NOT_KNOWN),
    # no ISO 3166-1 code, or no continent
    ({"country": {"iso_code": "UK"}}, NOT_KNOWN),
    ({"country": {"iso_code": "EU"}, "continent": {"code": "EU"}}, (None, "EU")),
    ({"country": {"iso_code": "ZZ"}, "continent": {"code": "ZZ"}}, NOT_KNOWN),
    ({"country": {"iso_code": "T1"}}, NOT_KNOWN),
    ({"country": {"iso_code": "DEU"}}, NOT_KNOWN),
    ({"country": {"iso_code": "D"}}, NOT_KNOWN),
    ({"country": {"iso_code": ""}}, NOT_KNOWN),
    ({"country_code": "--"}, NOT_KNOWN),
    ({"country_code": "??", "continent_code": "**"}, NOT_KNOWN),
    ({"country": {"iso_code": "DE"}, "continent": {"code": "XX"}}, ("DE", "EU")),
    # garbage
    (None, NOT_KNOWN),
    ("DE", NOT_KNOWN),
    (["DE"], NOT_KNOWN),
    (49, NOT_KNOWN),
    ({}, NOT_KNOWN),
    ({"country": None, "continent": None}, NOT_KNOWN),
    ({"country": ["DE"], "continent": 7}, NOT_KNOWN),
    ({"country": {"iso_code": 49}, "continent": {"code": ["EU"]}}, NOT_KNOWN),
    ({"country": {"iso_code": b"DE"}}, NOT_KNOWN),
    ({"country_code": True, "continent_code": 1.5}, NOT_KNOWN),
    ({"autonomous_system_number": 64500}, NOT_KNOWN),
]


@pytest.mark.parametrize(("record", "expected"), SHAPES)
def test_a_record_gives_this_country_and_continent(record: object, expected: tuple[str | None, str | None]) -> None:
    assert read_record(record, 24) == Place(*expected, 24)
    assert read_record(record, 24).is_known == (expected != NOT_KNOWN)


REGISTERED: list[tuple[object, str | None]] = [
    ({"registered_country": {"iso_code": "US"}}, "US"),
    ({"registered_country": {"iso_code": "na"}}, "NA"),
    ({"country": {}, "registered_country": {"iso_code": "US"}}, "US"),
    ({"country": {"iso_code": "DE"}, "registered_country": {"iso_code": "US"}}, "DE"),
    ({"country_code": "DE", "registered_country": {"iso_code": "US"}}, "DE"),
    ({"country": "DE", "registered_country": {"iso_code": "US"}}, "DE"),
    ({"registered_country": "US"}, None),
    ({"registered_country": {"iso_code": "ZZ"}}, None),
    ({"country": {"iso_code": "ZZ"}, "registered_country": {"iso_code": "US"}}, "US"),
]


@pytest.mark.parametrize(("record", "country"), REGISTERED)
def test_the_registered_country_counts_where_there_is_no_other_and_the_policy_says_so(
    record: object, country: str | None
) -> None:
    assert read_record(record, 8, use_registered_country=True).country == country


def test_a_continent_of_the_record_stays_beside_the_registered_country() -> None:
    record = {"continent": {"code": "EU"}, "registered_country": {"iso_code": "US"}}
    assert read_record(record, 8, use_registered_country=True) == Place("US", "EU", 8)


@pytest.mark.parametrize("code", sorted(COUNTRIES))
def test_every_country_is_read_from_every_shape(code: str) -> None:
    place = Place(code, COUNTRIES[code].continent, 16)
    for record in ({"country": {"iso_code": code}}, {"country_code": code}, {"country": code}):
        assert read_record(record, 16) == place


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["DE", "eu", "NA", "ZZ"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["country", "iso_code", "country_code", "continent", "code", "continent_code"])
            | st.just("registered_country"),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(record=json_like, use_registered_country=st.booleans())
def test_whatever_the_record_is_the_place_has_only_codes_that_exist(
    record: object, *, use_registered_country: bool
) -> None:
    place = read_record(record, 32, use_registered_country=use_registered_country)
    assert place.country is None or place.country in COUNTRIES
    assert place.continent is None or place.continent in CONTINENTS
    assert place.continent is not None or place.country is None
    assert place.prefix_length == 32
