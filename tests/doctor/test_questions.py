"""The order of questions gives every cache its chance, and each visitor an answer of its own to compare with."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.doctor.guise import Guise
from georedirect.doctor.questions import MARK, Series, parse_url, plan
from tests.doctor.answering import SEED

GUISES = [Guise(name, (("Accept-Language", name),)) for name in "ABCDEF"]

URLS = [
    ("http://www.example.com", "http://www.example.com/", "www.example.com", 80),
    ("HTTPS://WWW.Example.com:443/a?b#c", "https://www.example.com/a?b", "www.example.com", 443),
    ("https://www.example.com:8443?x=1", "https://www.example.com:8443/?x=1", "www.example.com:8443", 8443),
    ("http://[::1]:8307/", "http://[::1]:8307/", "[::1]:8307", 8307),
    ("http://127.0.0.1:8307/a b/é%2F", "http://127.0.0.1:8307/a%20b/%C3%A9%2F", "127.0.0.1:8307", 8307),
]


@pytest.mark.parametrize(("text", "url", "authority", "port"), URLS)
def test_a_url_is_read_as_a_client_would(text: str, url: str, authority: str, port: int) -> None:
    parsed = parse_url(text)
    assert (str(parsed), parsed.authority, parsed.port) == (url, authority, port)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "/",
            "www.example.com",
            "ftp://www.example.com/",
            "http://",
            "http:///a",
            "http://a b/",
            "http://me@host/",
        ),
        *("http://host:0/", "http://host:99999/", "http://exämple.com/", "http://host/\udcff", "http://[::1/"),
    ],
)
def test_what_is_no_url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        parse_url(text)


@given(st.integers(2, 6), st.integers(1, 10))
def test_the_number_of_questions_is_known_and_bounded(visitors: int, rounds: int) -> None:
    questions = plan("/", GUISES[:visitors], rounds, SEED)
    assert len(questions) == rounds * visitors * (visitors + 3) <= 540


@given(st.integers(2, 6), st.integers(1, 10), st.sampled_from(["/", "/a?b=1", "/?"]))
def test_own_urls_are_asked_once_and_the_others_by_all_in_turns(visitors: int, rounds: int, target: str) -> None:
    guises = GUISES[:visitors]
    questions = plan(target, guises, rounds, SEED)
    own = Counter(question.target for question in questions if question.series is Series.OWN)
    assert set(own.values()) == {1}
    assert own.keys().isdisjoint(question.target for question in questions if question.series is not Series.OWN)
    for series in (Series.TURNS, Series.GIVEN):
        asked = [question for question in questions if question.series is series]
        for url in {question.target for question in asked}:
            names = [question.guise.name for question in asked if question.target == url]
            assert names == names[:visitors] * rounds
            assert set(names) == {guise.name for guise in guises}


def test_each_visitor_is_the_first_at_one_new_url() -> None:
    firsts: dict[str, str] = {}
    for question in plan("/", GUISES[:4], 2, SEED):
        if question.series is Series.TURNS:
            firsts.setdefault(question.target, question.guise.name)
    assert list(firsts.values()) == ["A", "B", "C", "D"]


FORMS = [
    "https://de.example/?georedirect-doctor={mark}",
    "https://de.example/?a=1&georedirect-doctor={mark}",
    '<a href="/?a=1&amp;georedirect-doctor={mark}">',
    "https://de.example/?to=%2F%3Fgeoredirect-doctor%3D{mark}",
    "https://de.example/?to=%2F%3fa%26georedirect-doctor%3d{mark}",
    r'{{"uri": "/?a=1\u0026georedirect-doctor={mark}"}}',
]


@pytest.mark.parametrize("form", FORMS)
def test_the_mark_is_found_again_however_it_is_written(form: str) -> None:
    mark = plan("/", GUISES, 1, SEED)[0].mark
    assert MARK.findall(form.format(mark=mark)) == [mark]
    assert "georedirect-doctor" not in MARK.sub("", form.format(mark=mark))
