from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.visitor.languages import LanguageRange, Offered, explicit_key, lookup, parse_accept_language

if TYPE_CHECKING:
    from random import Random

SCRIPTS = {
    "de": "latn",
    "en": "latn",
    "es": "latn",
    "fr": "latn",
    "he": "hebr",
    "ja": "jpan",
    "pt": "latn",
    "sr": "cyrl",
    "sr-me": "latn",
    "zh": "hans",
    "zh-hk": "hant",
    "zh-mo": "hant",
    "zh-tw": "hant",
}
ALIASES = {"iw": "he"}


def offer(*tags: str) -> Offered:
    keys = {explicit_key(tag.lower(), SCRIPTS, ALIASES): tag for tag in tags}
    return Offered({key: tag for key, tag in keys.items() if key is not None}, SCRIPTS, ALIASES)


def find(header: str, *tags: str) -> str | None:
    return lookup(parse_accept_language([header]), offer(*tags))


def pairs(*lines: str) -> list[tuple[str, int]]:
    return [(tag, q) for tag, q in parse_accept_language(lines)]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", [("de-ch", 1000), ("de", 900), ("en", 800)]),
        ("en-US,en;q=0.5", [("en-us", 1000), ("en", 500)]),
        (
            "zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7",
            [("zh-tw", 1000), ("zh", 900), ("en-us", 800), ("en", 700)],
        ),
        ("sr-Latn-RS, sr;q=0.7", [("sr-latn-rs", 1000), ("sr", 700)]),
        ("da, en-gb;q=0.8, en;q=0.7", [("da", 1000), ("en-gb", 800), ("en", 700)]),
        ("fr-CH, fr;q=0.9, *;q=0.5", [("fr-ch", 1000), ("fr", 900), ("*", 500)]),
        ("es-419,es;q=0.9", [("es-419", 1000), ("es", 900)]),
        ("*", [("*", 1000)]),
        ("", []),
    ],
)
def test_what_browsers_send_is_read(header: str, expected: list[tuple[str, int]]) -> None:
    assert pairs(header) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("en;q=0.2,de;q=0.9", ["de", "en"]),
        ("en;q=0.5,de;q=0.5,fr", ["fr", "en", "de"]),
        ("en;q=0,de,fr;q=0.1,*;q=0.0", ["de", "fr", "en", "*"]),
        ("en;q=0.301,de;q=0.3,fr;q=0.302", ["fr", "en", "de"]),
    ],
)
def test_the_most_wanted_comes_first_and_listing_order_breaks_ties(header: str, expected: list[str]) -> None:
    assert [tag for tag, _ in pairs(header)] == expected


@pytest.mark.parametrize(
    ("weight", "q"),
    [
        *(("", 1000), (";q=1", 1000), (";q=1.", 1000), (";q=1.000", 1000), (";q=0", 0), (";q=0.000", 0)),
        *((";q=0.001", 1), (";q=0.299", 299), (";q=0.57", 570), (";Q=0.5", 500), (" ; q=0.5 ", 500), ("\t;\tq=0.", 0)),
    ],
)
def test_weights_have_at_most_three_decimals(weight: str, q: int) -> None:
    assert pairs(f"de{weight}") == [("de", q)]


def test_every_thousandth_counts() -> None:
    assert [pairs(f"de;q=0.{q:03}") for q in range(1000)] == [[("de", q)] for q in range(1000)]


@pytest.mark.parametrize(
    "member",
    [
        *("de;q=1.1", "de;q=1.001", "de;q=2", "de;q=0.1234", "de;q=-1", "de;q=.5", "de;q=", "de;q", "de;", "de;q=01"),
        *("de;q=0.5;q=0.4", "de;level=1", "de;level=1;q=0.5", "de;q=0.5;x=y", "de;q =0.5", "de;q= 0.5", 'de;q="0.5"'),
        *("de_CH", "de-", "-de", "de--ch", "d1", "12", "abcdefghi", "de-abcdefghi", "**", "*-ch", "de ch", "d\xe9"),
        *("\xa0de", "de;q=0,5x", "de\0", "de\n", "\u212a", "de;q=\u0661", "=", ";q=1"),
    ],
)
def test_a_malformed_member_is_skipped_and_the_others_stay(member: str) -> None:
    assert ("fr", 900) in pairs(f"fr;q=0.9,{member}")
    assert [tag for tag, _ in pairs(f"{member},fr;q=0.9") if tag.startswith("de")] == (
        ["de"] if "0,5" in member else []
    )


def test_several_lines_are_one_list_and_empty_members_are_none() -> None:
    assert pairs("de", ",fr;q=0.5, ,", "", "en") == [("de", 1000), ("en", 1000), ("fr", 500)]
    assert pairs() == []


def test_no_more_than_32_ranges_are_read() -> None:
    tags = [f"x{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(40)]
    assert pairs("?,?," + ",".join(tags)) == [(tag, 1000) for tag in tags[:32]]


def test_no_more_than_500_characters_are_read_and_no_half_range() -> None:
    filler = "," * 495
    assert pairs(f"{filler}de-at") == [("de-at", 1000)]
    assert pairs(f"{filler}de-at,fr") == [("de-at", 1000)]
    assert pairs(f"{filler}de-at-1996") == []
    assert pairs(f"{filler}de-at1996") == []
    assert pairs(f"{filler}de,fr;q=0") == [("de", 1000)]
    assert pairs("a" * 501) == []


@given(st.lists(st.text() | st.text(alphabet="deDE-*;q=0.195, \t"), max_size=3))
def test_no_header_is_too_strange(lines: list[str]) -> None:
    ranges = parse_accept_language(lines)
    assert len(ranges) <= 32
    assert [q for _, q in ranges] == sorted((q for _, q in ranges), reverse=True)
    assert all(tag.isascii() and tag == tag.lower() and 0 <= q <= 1000 for tag, q in ranges)


TAGS = st.sampled_from(
    [
        "de",
        "de-ch",
        "de-at",
        "en",
        "en-us",
        "en-gb",
        "fr",
        "zh",
        "zh-hk",
        "zh-hant",
        "zh-hans-hk",
        "iw",
        "sr-latn",
        "*",
        "ja",
    ]
)
WISHES = st.lists(st.tuples(TAGS, st.integers(0, 1000)), unique_by=lambda wish: wish[1], max_size=8)
OFFERS = st.lists(st.sampled_from(["de", "de-CH", "en", "en-GB", "fr", "zh", "zh-TW", "zh-HK", "he", "sr", "ja"]))


def header_of(wishes: list[tuple[str, int]]) -> str:
    return ", ".join(f"{tag};q={q / 1000:.3f}" for tag, q in wishes)


@given(WISHES, st.randoms(use_true_random=False))
def test_order_does_not_matter_where_weights_differ(wishes: list[tuple[str, int]], random: Random) -> None:
    shuffled = random.sample(wishes, len(wishes))
    assert pairs(header_of(shuffled)) == pairs(header_of(wishes)) == sorted(wishes, key=lambda wish: -wish[1])


@given(WISHES, OFFERS)
def test_what_is_found_is_on_offer_and_wanted(wishes: list[tuple[str, int]], tags: list[str]) -> None:
    found = find(header_of(wishes), *tags)
    assert found is None or found in tags
    if found is not None:
        refused = {explicit_key(tag, SCRIPTS, ALIASES) for tag, q in wishes if q == 0}
        wanted = {explicit_key(tag, SCRIPTS, ALIASES) for tag, q in wishes if q > 0}
        assert explicit_key(found.lower(), SCRIPTS, ALIASES) not in refused - wanted


@given(st.lists(st.text(max_size=30), max_size=3), OFFERS)
def test_no_header_finds_what_is_not_offered(lines: list[str], tags: list[str]) -> None:
    found = lookup(parse_accept_language(lines), offer(*tags))
    assert found is None or found in tags


@pytest.mark.parametrize(
    ("tag", "key"),
    [
        ("de", "de-latn"),
        ("de-ch", "de-latn-ch"),
        ("de-latn-ch", "de-latn-ch"),
        ("de-ch-1996", "de-latn-ch-1996"),
        ("de-1996", "de-latn-1996"),
        ("de-x-private", "de-latn-x-private"),
        ("es-419", "es-latn-419"),
        ("zh", "zh-hans"),
        ("zh-cn", "zh-hans-cn"),
        ("zh-hk", "zh-hant-hk"),
        ("zh-hans-hk", "zh-hans-hk"),
        ("zh-hant", "zh-hant"),
        ("sr", "sr-cyrl"),
        ("sr-me", "sr-latn-me"),
        ("iw-il", "he-hebr-il"),
        ("it", None),
        ("*", None),
        ("x-klingon", None),
        ("", None),
    ],
)
def test_every_key_has_its_script(tag: str, key: str | None) -> None:
    assert explicit_key(tag, SCRIPTS, ALIASES) == key


@pytest.mark.parametrize(
    ("header", "offered", "found"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", ["de", "en"], "de"),
        ("de-CH,de;q=0.9,en;q=0.8", ["en", "de-CH"], "de-CH"),
        ("de-CH,de;q=0.9,en;q=0.8", ["en", "fr"], "en"),
        ("it,en;q=0.8", ["en"], "en"),
        ("it", ["en"], None),
        ("", ["en"], None),
        ("de-CH-1996,en", ["de", "en"], "de"),
        ("de-CH-1996,en", ["de-CH", "en"], "de-CH"),
        ("de-CH-x-a-b,en", ["de-CH", "de"], "de-CH"),
        ("de-a-x-b", ["de"], "de"),
        ("iw", ["he"], "he"),
        ("he-IL", ["he"], "he"),
        ("pt", ["pt-BR", "en"], None),
        ("de", ["de-DE"], None),
    ],
)
def test_ranges_are_truncated_until_something_on_offer_fits(header: str, offered: list[str], found: str | None) -> None:
    assert find(header, *offered) == found


@pytest.mark.parametrize(
    ("header", "offered", "found"),
    [
        ("zh-HK,zh;q=0.9,en;q=0.8", ["zh", "zh-TW", "en"], "zh"),
        ("zh-HK,en;q=0.8", ["zh", "en"], "en"),
        ("zh-HK,en;q=0.8", ["zh-Hant", "zh", "en"], "zh-Hant"),
        ("zh-HK,en;q=0.8", ["zh-CN", "en"], "en"),
        ("zh-Hans-HK", ["zh", "zh-HK"], "zh"),
        ("zh-CN", ["zh-Hant", "zh-Hans"], "zh-Hans"),
        ("zh-SG", ["zh"], "zh"),
        ("sr-Latn", ["sr"], None),
        ("sr-ME", ["sr", "sr-Latn"], "sr-Latn"),
        ("sr-Cyrl-ME", ["sr", "sr-Latn"], "sr"),
    ],
)
def test_a_script_is_never_taken_for_another(header: str, offered: list[str], found: str | None) -> None:
    assert find(header, *offered) == found


@pytest.mark.parametrize(
    ("header", "offered", "found"),
    [
        ("*", ["en"], None),
        ("*,en;q=0.1", ["de", "en"], "en"),
        ("de,*;q=0", ["de"], "de"),
        ("de-CH,*;q=0", ["de"], "de"),
        ("*;q=0", ["de"], None),
        ("de;q=0", ["de"], None),
        ("de;q=0,de-CH", ["de-CH"], "de-CH"),
        ("de;q=0,de-CH", ["de"], None),
        ("de;q=0,de-CH,en;q=0.1", ["de", "en"], "en"),
        ("de-CH;q=0,de", ["de-CH", "de"], "de"),
        ("de-CH;q=0", ["de"], None),
        ("de;q=0,de-CH-1996", ["de-CH"], None),
        ("de-CH;q=0,de-CH-1996", ["de-CH", "de"], "de"),
        ("de-CH,it;q=0,en;q=0", ["de"], "de"),
        ("de;q=0,de;q=0.5", ["de"], "de"),
        ("iw;q=0,he-IL", ["he"], None),
        ("zh;q=0,zh-HK", ["zh-Hant", "zh"], "zh-Hant"),
    ],
)
def test_wildcards_choose_nothing_and_refused_tags_are_never_found(
    header: str, offered: list[str], found: str | None
) -> None:
    assert find(header, *offered) == found


def test_lookup_takes_any_iterable() -> None:
    assert lookup(iter([LanguageRange("en-us", 1000)]), offer("en")) == "en"
    assert lookup(iter([]), offer("en")) is None


@pytest.mark.parametrize(
    "unit", [" ", "a-", "a", "-", "*", ";", "a;q=", "a;q=0,", "de-ch-x-a,", "\t,", "de-a-a,de;q=0,"]
)
def test_time_is_bounded_for_any_header(unit: str) -> None:
    header = unit * (100_000 // len(unit))
    started = time.process_time()
    for _ in range(5):
        find(header, "de", "en", "zh")
        find(f"de;q=0,{header}", "de", "en", "zh")
    assert time.process_time() - started < 0.5
