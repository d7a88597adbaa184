"""The narrower claim on a country wins wherever it stands; of equal ones language chooses, or it is a mistake."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from georedirect.policy.areas import parse_area
from georedirect.policy.claims import some_of
from georedirect.policy.countries import COUNTRIES
from tests.policies import load_policy, mistakes_of

GROUPS = {"dach": frozenset({"DE", "AT", "CH"}), "alps": frozenset({"AT", "CH", "LI"})}
HEAD = '[site]\ndefault = "none"\n[regions.none]\nuri = "https://none.example/"\n'
TAIL = '[groups]\ndach = ["DE", "AT", "CH"]\nalps = ["AT", "CH", "LI"]\n'
ENTRIES = ["AT", "DE", "FR", "dach", "alps", "EU", "EEA", "continent:EU", "continent:AF"]
LANGUAGES = ["de", "fr", "it", "en", "nl"]


def region(name: str, countries: list[str], languages: list[str]) -> str:
    listed = "".join(
        f"{key} = {value}\n" for key, value in (("countries", countries), ("languages", languages)) if value
    )
    return f'[regions.{name}]\nuri = "https://{name}.example/"\n{listed}'


def claimants(text: str, country: str) -> list[tuple[str, str]]:
    candidates = load_policy(text).by_country.get(country)
    return [(claim.region.name, claim.through) for claim in candidates.claims] if candidates else []


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        (["AT"], ["dach"], ("first", "AT")),
        (["dach"], ["AT"], ("second", "AT")),
        (["AT"], ["continent:EU"], ("first", "AT")),
        (["continent:EU"], ["EU"], ("second", "EU")),
        (["alps"], ["continent:EU"], ("first", "alps")),
        (["continent:EU", "AT"], ["EU"], ("first", "AT")),
        (["EU", "alps"], ["continent:EU"], ("first", "EU")),  # of one region's own, the first
    ],
)
def test_the_narrower_claim_wins(first: list[str], second: list[str], winner: tuple[str, str]) -> None:
    text = HEAD + region("first", first, []) + region("second", second, []) + TAIL
    assert claimants(text, "AT") == [winner]


def test_equal_claims_stand_in_the_order_of_the_file() -> None:
    text = HEAD + region("z", ["CH"], ["fr"]) + region("a", ["alps", "CH"], ["de", "fr"]) + TAIL
    assert claimants(text, "CH") == [("z", "CH"), ("a", "CH")]
    candidates = load_policy(text).by_country["CH"]
    assert {tag: claim.region.name for tag, claim in candidates.by_tag.items()} == {"fr": "z", "de": "a"}


def test_countries_with_the_same_claims_share_them() -> None:
    policy = load_policy(HEAD + region("a", ["dach"], []) + TAIL)
    assert policy.by_country["DE"] is policy.by_country["CH"]


def test_only_whole_continents_claim_a_continent() -> None:
    policy = load_policy(HEAD + region("a", ["EEA"], []) + region("b", ["continent:AF"], []))
    assert {place: one.claims[0].region.name for place, one in policy.by_continent.items()} == {"AF": "b"}


several = st.lists(
    st.tuples(st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=3, unique=True), st.sampled_from(LANGUAGES)),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one[1],  # so that no two are a mistake
)


@settings(max_examples=40)
@given(several, st.randoms(use_true_random=False))
def test_who_has_a_country_does_not_depend_on_the_order_of_the_file(
    regions: list[tuple[list[str], str]], random: object
) -> None:
    tables = [region(language, countries, [language]) for countries, language in regions]
    shuffled = sorted(tables, key=lambda _: random.random())  # type: ignore[attr-defined]
    policies = [load_policy(HEAD + "".join(order) + TAIL) for order in (tables, shuffled)]
    one, other = (
        {place: {claim.region.name for claim in found.claims} for place, found in policy.by_country.items()}
        for policy in policies
    )
    assert one == other
    areas = {language: [parse_area(text, GROUPS) for text in countries] for countries, language in regions}
    for country in COUNTRIES:
        widths = {
            name: min((a.width for a in of if country in a.countries), default=None) for name, of in areas.items()
        }
        narrowest = min((width for width in widths.values() if width is not None), default=None)
        assert one.get(country, set()) == {
            name for name, width in widths.items() if width is not None and width == narrowest
        }


@pytest.mark.parametrize(
    ("tables", "mistake"),
    [
        ([("a", ["DE"], []), ("b", ["DE"], [])], '"DE" is already in region "a"'),
        ([("a", ["DE"], ["de"]), ("b", ["DE"], [])], '"DE" is already in region "a"'),
        ([("a", ["DE"], ["de"]), ("b", ["DE"], ["fr"]), ("c", ["DE"], ["fr"])], '"DE" is already in region "b"'),
        ([("a", ["DE"], ["he"]), ("b", ["DE"], ["iw"])], '"DE" is already in region "a"'),
        ([("a", ["dach"], []), ("b", ["alps"], [])], '"alps" (AT, CH) is already in region "a"'),
        ([("a", ["continent:AN"], []), ("b", ["continent:AN"], [])], '"continent:AN" is already in region "a"'),
    ],
)
def test_whom_nobody_can_reach_is_a_mistake(tables: list[tuple[str, list[str], list[str]]], mistake: str) -> None:
    (told,) = mistakes_of(HEAD + "".join(region(*table) for table in tables) + TAIL)
    assert f"regions.{tables[-1][0]}.countries: {mistake}, and no language tells them apart; give the" in told


@pytest.mark.parametrize(
    "tables",
    [
        [("a", ["DE"], []), ("b", ["DE"], ["de"])],
        [("a", ["DE"], ["de"]), ("b", ["DE"], ["de-CH"])],
        [("a", ["DE"], ["de", "fr"]), ("b", ["DE"], ["fr", "it"])],
        [("a", ["DE"], ["zh"]), ("b", ["DE"], ["zh-HK"])],
        [("a", ["DE"], []), ("b", ["dach"], []), ("c", ["EU"], ["de"])],
    ],
)
def test_whom_a_language_or_a_width_tells_apart_is_none(tables: list[tuple[str, list[str], list[str]]]) -> None:
    load_policy(HEAD + "".join(region(*table) for table in tables) + TAIL)


@pytest.mark.parametrize(
    ("items", "most", "said"),
    [([], 3, ""), (["A"], 3, "A"), (["A", "B", "C"], 3, "A, B, C"), (["A", "B", "C", "D"], 2, "A, B and 2 more")],
)
def test_long_lists_are_cut_for_people(items: list[str], most: int, said: str) -> None:
    assert some_of(items, most) == said
