"""What only shows in a whole policy: whether language can matter, and what leads nowhere."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from georedirect.decide import decide
from georedirect.errors import PolicyError
from georedirect.moment import Moment
from georedirect.place import NOWHERE, Place
from georedirect.policy.countries import COUNTRIES
from georedirect.visitor.client import Client, ClientReason
from georedirect.visitor.languages import parse_accept_language
from georedirect.visitor.request import Visitor
from tests.policies import GOOD, load_policy, warnings_of

if TYPE_CHECKING:
    from georedirect.policy.model import Policy

CODES = ["DE", "CH", "FR", "JP", "NA"]
PLACES = [
    NOWHERE,
    Place(None, "EU", 8),
    Place(None, "AF", 8),
    *(Place(code, COUNTRIES[code].continent, 24) for code in CODES),
]
TAGS = ["de", "de-CH", "fr", "en", "ja", "he"]
ACCEPTED = ["", *TAGS, *(f"{first},{second};q=0.5" for first, second in product(TAGS, TAGS) if first != second)]
WANTED = [parse_accept_language([accepted]) for accepted in ACCEPTED]


def site(order: str, *regions: tuple[str, str]) -> str:
    """A policy whose first region is the default; each region is `(countries, languages)`, divided by blanks."""
    tables = ""
    for name, (countries, languages) in zip("abcd", regions, strict=False):
        tables += f'[regions.{name}]\nuri = "https://{name}.example/"\n'
        tables += f"countries = {countries.split()}\n" if countries else ""
        tables += f"languages = {languages.split()}\n" if languages else ""
    return f'[site]\ndefault = "a"\norder = {order.split()}\n{tables}'


def can_differ(policy: Policy) -> bool:
    """Whether any two visitors from one place are sent to different URIs for what they read, by deciding for them."""
    return any(
        len(
            {
                decide(
                    policy, Visitor(Client(None, ClientReason.PEER), wanted, None, "/", None), place, Moment(0.0)
                ).location
                for wanted in WANTED
            }
        )
        > 1
        for place in PLACES
    )


@pytest.mark.parametrize(
    ("text", "depends"),
    [
        (GOOD, True),
        (site("country language", ("", "")), False),
        (site("country language", ("", "en"), ("DE", "")), False),
        (site("country language", ("", "en de"), ("DE", "")), False),
        (site("country language", ("", ""), ("DE", "de")), True),
        (site("country", ("", ""), ("DE", "de")), False),
        (site("country", ("", "en"), ("DE", "de"), ("CH", "fr")), False),
        (site("country", ("", ""), ("CH", "de"), ("CH", "fr")), True),
        (site("country", ("", ""), ("CH", ""), ("CH", "fr")), True),
        (site("country", ("", ""), ("continent:AF", "de"), ("continent:AF", "fr")), True),
        (site("language", ("", "en"), ("DE", "")), False),
        (site("language", ("", "en"), ("DE", "de")), True),
        (site("language", ("DE", ""), ("DE", "en")).replace('default = "a"', 'default = "b"'), False),
        (site("language country", ("", "en"), ("DE", "")), True),
        (site("language country", ("", ""), ("DE", "")), False),
        (site("language country", ("DE", "en")), False),
        (site("language country", ("", "en"), ("DE", "de")), True),
        (site("country", ("", "en")).replace("example/", "example/{language}"), False),
        (site("country", ("", "en de")).replace("example/", "example/{language}"), True),
        (site("country", ("", "he iw")).replace("example/", "example/{language}"), False),
    ],
)
def test_language_matters_exactly_where_deciding_shows_it(text: str, *, depends: bool) -> None:
    policy = load_policy(text.replace("'", '"'))
    assert can_differ(policy) is depends
    assert policy.depends_on_language is depends


some_languages = st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(" ".join)
some_countries = st.lists(st.sampled_from([*CODES, "EU", "continent:EU"]), max_size=2, unique=True).map(" ".join)


@settings(max_examples=40)
@given(
    st.sampled_from(["country", "language", "country language", "language country"]),
    st.lists(st.tuples(some_countries, some_languages), min_size=1, max_size=3),
    st.booleans(),
)
def test_language_never_matters_unannounced(order: str, regions: list[tuple[str, str]], fills_in: bool) -> None:
    text = site(order, *regions)
    try:
        policy = load_policy(text.replace("example/", "example{+path}{language}") if fills_in else text)
    except PolicyError as error:
        assert "no language tells them apart" in str(error)  # noqa: PT017  some of these policies are mistakes
        return
    assert policy.depends_on_language or not can_differ(policy)


def test_a_language_that_two_regions_offer_leads_to_the_first() -> None:
    policy = load_policy(site("language", ("", ""), ("", "de fr"), ("", "fr it")))
    assert {tag: region.name for tag, region in policy.by_language.items()} == {"de": "b", "fr": "b", "it": "c"}


def test_paths_of_their_own_are_listed_by_host_and_the_longest_first() -> None:
    policy = load_policy("""\
[site]
default = "a"
[regions.a]
uri = "https://www.example.com/de{+path}"
[regions.b]
uri = "https://www.example.com/de/ch{+path}"
[regions.c]
uri = "https://WWW.example.com/fr"
[regions.d]
uri = "https://d.example{+path}"
""")
    assert {host: [home.region.name for home in found] for host, found in policy.explicit.items()} == {
        "www.example.com": ["b", "a", "c"]
    }


EVERYWHERE = " ".join(f"continent:{code}" for code in ("AF", "AN", "AS", "EU", "NA", "OC", "SA"))
NARROW = 'regions.a.languages: "{}" is not what visitors get who ask for "{}" alone; offer "{}" too'


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        (site("country", (EVERYWHERE, "")), []),
        (
            site("country", ("continent:AF continent:AN continent:AS continent:EU continent:NA continent:OC", "")),
            ['site.default: countries in no region go to "a": AR, BO, BR, CL, CO, EC, FK, GF, GY, PE and 4 more'],
        ),
        (site("language", ("", "de")), []),
        (
            site("country", (EVERYWHERE, ""), ("", "")),
            ["regions.b: nothing leads here: no country, language or rule, and it is not the default"],
        ),
        (site("language", ("", "de"), ("DE", "")), ["regions.b: nothing leads here"]),
        (site("country", (EVERYWHERE, ""), ("", "de")), ["regions.b: nothing leads here"]),
        (site("country", (EVERYWHERE, ""), ("DE", "")), []),
        (site("language", ("", "de-CH")), [NARROW.format("de-CH", "de", "de")]),
        (site("language", ("", "de-CH de")), []),
        (site("language", ("", "de-CH"), ("", "de")), []),
        (site("language", ("", "zh-Hant")), []),
        (site("language", ("", "zh-TW")), [NARROW.format("zh-TW", "zh-Hant", "zh-Hant")]),
        (site("language", ("", "iw-IL")), [NARROW.format("iw-IL", "he", "he")]),
        (site("language", ("", "he iw")), []),
        (site("country", (EVERYWHERE, "de-CH")), []),
        (
            site("country", (EVERYWHERE, "")) + '[groups]\nx = ["DE"]\n',
            ["groups.x: no region uses it, or narrower entries leave nothing of it"],
        ),
        (site("country", (EVERYWHERE + " x", "")) + '[groups]\nx = ["DE"]\n', []),
        (
            site("country", (EVERYWHERE + " x", ""), ("DE", "")) + '[groups]\nx = ["DE"]\n',
            ["groups.x: no region uses it, or narrower"],
        ),
    ],
)
def test_what_may_not_be_meant_so_is_a_warning(text: str, warnings: list[str]) -> None:
    told = [line.partition(": warning: ")[2] for line in warnings_of(text.replace("'", '"'))]
    assert [line[: len(warning)] for line, warning in zip(told, warnings, strict=True)] == warnings


def test_a_warning_names_the_line_of_what_it_is_about() -> None:
    text = site("country language", ("", "de-CH"), ("", "")) + '[groups]\nx = ["DE"]\n'
    assert [line.partition(": ")[0] for line in warnings_of(text)] == ["2", "6", "7", "10"]
