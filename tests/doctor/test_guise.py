"""Visitors as they are given on a command line."""

from __future__ import annotations

from itertools import combinations

import pytest

from georedirect.doctor.guise import MOST, guises_of


def test_visitors_are_named_by_letters_in_the_order_given() -> None:
    guises = guises_of([["Accept-Language: de"], ["Accept-Language:fr ", "X: y"]])
    assert [guise.name for guise in guises] == ["A", "B"]
    assert guises[1].headers == (("Accept-Language", "fr"), ("X", "y"))


def test_without_any_there_are_several_languages_and_a_cookie() -> None:
    guises = guises_of([])
    assert {dict(guise.headers)["Accept-Language"] for guise in guises} == {"de", "fr", "es", "ja"}
    assert sorted(guises[0].differs_in(guises[-1])) == ["cookie"]
    assert all(one.differs_in(other) for one, other in combinations(guises, 2))
    assert len(guises) <= MOST


def test_what_all_send_comes_with_each_unless_a_visitor_says_otherwise() -> None:
    one, other = guises_of([["Host: a.example"], ["Accept-Language: de"]], ["host: b.example", "X: y"])
    assert one.headers == (("X", "y"), ("Host", "a.example"))
    assert other.headers == (("host", "b.example"), ("X", "y"), ("Accept-Language", "de"))


@pytest.mark.parametrize(
    ("one", "other", "names"),
    [
        (["Accept-Language: de"], ["Accept-Language: fr"], {"accept-language"}),
        (["Accept-Language: de"], ["accept-language: de", "Cookie: a"], {"cookie"}),
        (["X-Forwarded-For: 192.0.2.1"], ["Accept-Language: de"], {"x-forwarded-for", "accept-language"}),
    ],
)
def test_two_visitors_can_be_told_apart_by_the_headers_that_differ(
    one: list[str], other: list[str], names: set[str]
) -> None:
    first, second = guises_of([one, other])
    assert first.differs_in(second) == second.differs_in(first) == names


WRONG: list[tuple[list[list[str]], str]] = [
    ([["A: 1"]], "1 visitors cannot be compared; give from 2 to 6, or none"),
    ([["A: 1"], ["A: 2"], ["A: 3"], ["A: 4"], ["A: 5"], ["A: 6"], ["A: 7"]], "7 visitors cannot be compared"),
    ([["A: 1"], ["A:1 "]], "two visitors are the same"),
    ([["A: 1"], ["A"]], "'A' is not a header such as"),
    ([["A: 1"], ["A B: 1"]], "'A B: 1' is not a header"),
    ([["A: 1"], [": 1"]], "': 1' is not a header"),
    ([["A: 1"], ["A: 1\r\nB: 2"]], "is not a header"),
    ([["A: 1"], ["A: \u00e9"]], "is not a header"),
    ([["A: 1"], ["A: \udcff"]], "is not a header"),
]


@pytest.mark.parametrize(("visitors", "why"), WRONG)
def test_words_that_are_no_visitors_are_refused(visitors: list[list[str]], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        guises_of(visitors)
