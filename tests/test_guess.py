"""Whether what a visitor reads counts at all: where it is said that it does not, it changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.guess import choose, reads_languages
from georedirect.place import NOWHERE, Place
from georedirect.visitor.languages import parse_accept_language
from tests.policies import GOOD, load_policy

if TYPE_CHECKING:
    from georedirect.policy.model import Policy

IN = {code: Place(code, "EU", 16) for code in ("DE", "CH", "SE", "FR")}
COUNTRY_ONLY = GOOD.replace('["country", "language"]', '["country"]')
TWO_SITES = """\
[site]
default = "a"
order = ["country"]
[regions.a]
uri = "https://a.example{+path}{+query}"
countries = ["DE"]
[regions.b]
uri = "https://b.example/{language}{+path}{+query}"
countries = ["SE"]
[regions.c]
uri = "https://c.example{+path}{+query}"
countries = ["FR"]
"""
BY_RULE = """
[[rules]]
when = { language = "fr" }
status = 404
"""
TO_A_REGION = """
[[rules]]
when = { path = "/b" }
region = "b"
"""

CASES = [
    (GOOD, IN["DE"], False),  # one region claims the country
    (GOOD, IN["CH"], True),  # two do
    (GOOD, IN["FR"], False),  # the continent's
    (GOOD, NOWHERE, True),  # nothing but languages to go by
    (COUNTRY_ONLY, NOWHERE, False),
    (COUNTRY_ONLY.replace('mode = "redirect"', 'mode = "redirect"\nundecided = "chooser"'), NOWHERE, True),
    (GOOD.replace('["country", "language"]', '["language", "country"]'), IN["DE"], True),
    (GOOD.replace('["country", "language"]', '["language"]'), IN["DE"], True),
    (TWO_SITES, IN["DE"], False),
    (TWO_SITES, IN["SE"], True),  # it stands in the region's URI
    (TWO_SITES.replace('countries = ["FR"]', 'countries = ["FR"]\nfallback = ["b"]'), IN["FR"], True),
    (TWO_SITES.replace('default = "a"', 'default = "b"'), NOWHERE, True),
    (TWO_SITES, NOWHERE, False),
    (TWO_SITES + BY_RULE, IN["DE"], True),
    (TWO_SITES + TO_A_REGION, IN["DE"], True),  # or in that of one which a rule leads to
    (GOOD + TO_A_REGION.replace('"b"', '"germany"'), IN["DE"], False),
]


@pytest.mark.parametrize(("text", "place", "counts"), CASES)
def test_languages_count_where_regions_share_a_country_and_where_a_uri_or_a_rule_has_them(
    text: str, place: Place, counts: bool
) -> None:
    assert reads_languages(load_policy(text), place) is counts


POLICIES = [load_policy(text) for text in dict.fromkeys(text for text, _, _ in CASES)]


@given(
    policy=st.sampled_from(POLICIES),
    place=st.sampled_from([*IN.values(), NOWHERE]),
    accepts=st.lists(st.sampled_from(["de", "de-CH", "fr", "en;q=0.5", "zh-Hant", "sv", "*", "x"]), max_size=4),
)
def test_where_they_do_not_count_no_languages_change_the_guess(
    policy: Policy, place: Place, accepts: list[str]
) -> None:
    languages = parse_accept_language(accepts)
    if not reads_languages(policy, place):
        guess = choose(policy, languages, place)
        assert (guess.region, guess.reason) == choose(policy, (), place)[:2]
        assert "language" not in guess.region.variables
