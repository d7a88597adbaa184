"""A place tells what is wanted of it, and no more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from georedirect.place import DETAILS, NOWHERE, Anonymity, Coordinates, Place

BARE = Place("DE", "EU", 24)
ALL = Place(*("DE", "EU", 24, "BY", "Munich", Coordinates(0, 0), 0, "Example"), frozenset({Anonymity.VPN}))


@given(st.frozensets(st.sampled_from([*sorted(DETAILS), "country", "organization", "path"])))
def test_a_place_keeps_the_details_that_are_wanted_and_no_other_ones(wanted: frozenset[str]) -> None:
    kept = ALL.only(wanted)
    for name in DETAILS:
        assert getattr(kept, name) == getattr(ALL if name in wanted else BARE, name)
    assert kept.organization is None
    assert kept[:3] == ALL[:3]
    assert kept.only(wanted) == kept


def test_where_nothing_is_wanted_all_places_of_a_country_are_the_same() -> None:
    assert ALL.only(frozenset()) == BARE
    assert NOWHERE.only(DETAILS) == NOWHERE
