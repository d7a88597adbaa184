"""The catalogue is whole, and each visitor gets the first of their languages that it has."""

from __future__ import annotations

import tomllib
from string import Formatter

import langcodes
import pytest
from babel import Locale

from georedirect.chooser.assets import asset
from georedirect.chooser.words import Words, catalogue, direction, language_for

HOLES = {"country": ["country"], "language": ["language"], "offer": ["name"], "expected": ["time"]}


def test_the_catalogue_has_the_languages_that_most_visitors_read() -> None:
    assert catalogue().keys() >= {"ar", "de", "en", "es", "fr", "he", "hi", "ja", "pt", "ru", "zh-Hans", "zh-Hant"}
    assert len(catalogue()) >= 30


@pytest.mark.parametrize("tag", sorted(catalogue()))
def test_a_language_has_all_words_each_with_its_hole_and_none_twice(tag: str) -> None:
    words = tomllib.loads(asset("words.toml"))[tag]
    assert words.keys() == set(Words.__slots__)
    assert langcodes.standardize_tag(tag) == tag
    for key, text in words.items():
        assert text == text.strip()
        assert [hole for _, hole, _, _ in Formatter().parse(text) if hole] == HOLES.get(key, [])
    assert len(set(words.values())) == len(words)


@pytest.mark.parametrize("tag", sorted(catalogue()))
def test_a_language_is_known_to_cldr_and_runs_the_same_way_there(tag: str) -> None:
    assert Locale.parse(tag, sep="-").text_direction == direction(tag)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ((), "en"),
        (("de-at", "fr"), "de"),
        (("is", "fr-ca"), "fr"),
        (("is",), "en"),
        (("zh",), "zh-Hans"),
        (("zh-cn",), "zh-Hans"),
        (("zh-hk",), "zh-Hant"),
        (("zh-tw",), "zh-Hant"),
        (("zh-hant-my",), "zh-Hant"),
        (("yue",), "zh-Hant"),
        (("cmn",), "zh-Hans"),
        (("iw",), "he"),
        (("no",), "nb"),
        (("nn-no",), "nb"),
        (("pt-br",), "pt"),
        (("de-arab", "tr"), "tr"),
        (("*", "da"), "da"),
        (("", "-", "a" * 400, "i", "x-y", "日本", "da"), "da"),
        (("de-" + "-".join(["aaaaaaaa"] * 40),), "de"),
    ],
)
def test_a_visitor_gets_the_first_language_that_they_can_read(wanted: tuple[str, ...], found: str) -> None:
    assert language_for(wanted) == found


@pytest.mark.parametrize(
    ("tag", "way"), [("ar", "rtl"), ("az-Arab", "rtl"), ("dv", "rtl"), ("ur-PK", "rtl"), ("az", "ltr"), ("?", "ltr")]
)
def test_the_likely_script_says_which_way_a_language_runs(tag: str, way: str) -> None:
    assert direction(tag) == way


def test_tags_that_visitors_invent_leave_nothing_behind() -> None:
    remembered = langcodes.Language._PARSE_CACHE  # noqa: SLF001  what langcodes remembers, it never forgets
    language_for(["de"])
    before = len(remembered)
    assert (
        language_for(f"{code}-x{number}" for code in ("qq", "zh-xx", "yy-zzzz") for number in range(100)) == "zh-Hans"
    )
    assert language_for(f"qq-{number:08}" for number in range(1000)) == "en"
    assert len(remembered) == before
