"""The notice is small, whole and safe, says what its status means in the visitor's language, and nothing of theirs."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.chooser.notice import MOST_REMEMBERED, _page, notice
from georedirect.chooser.words import catalogue
from tests.chooser.reading import Document

if TYPE_CHECKING:
    from georedirect.chooser.page import Page

NOON = datetime(2026, 12, 2, 12, tzinfo=UTC).timestamp()
STATUSES = [404, 451, 503]
ATTRIBUTES = {
    "html": {"lang", "dir"},
    "head": set(),
    "meta": {"charset", "name", "content"},
    "title": set(),
    "link": {"rel", "href"},
    "style": set(),
    "body": set(),
    "main": set(),
    "h1": set(),
    "p": set(),
    "time": {"datetime", "dir"},
}
"""Every element that a notice may have, with every attribute."""


def read(page: Page) -> Document:
    return Document(page.body.decode())


@pytest.mark.parametrize(
    ("status", "title", "sentence"),
    [
        (503, "Back soon", "This page is being worked on. Please come again a little later."),
        (404, "Not found", "There is nothing at this address."),
        (451, "Not available", "For legal reasons, this page may not be shown where you are."),
    ],
)
def test_a_notice_says_what_its_status_means(status: int, title: str, sentence: str) -> None:
    page = read(notice(status, ("en",)))
    assert page.one("title").text == page.one("h1").text == title
    assert [text.text for text in page.all("p")] == [sentence]


@pytest.mark.parametrize("language", sorted(catalogue()))
@pytest.mark.parametrize("status", STATUSES)
def test_a_notice_is_small_and_in_the_language_of_its_visitor(status: int, language: str) -> None:
    answer = notice(status, ("xx", language.lower(), "en"), NOON)
    page = read(answer)
    assert page.one("html").attributes == {
        "lang": language,
        "dir": "rtl" if language in ("ar", "fa", "he") else "ltr",
    }
    assert dict(answer.headers)["Content-Language"] == language
    words = catalogue()[language]
    assert (page.one("h1").text, page.all("p")[0].text) == {
        404: (words.missing, words.missing_more),
        451: (words.withheld, words.withheld_more),
        503: (words.down, words.down_more),
    }[status]
    assert len(answer.body) < 3_000


@pytest.mark.parametrize("status", STATUSES)
def test_a_notice_has_no_script_no_link_no_form_and_is_not_to_be_found_by_search(status: int) -> None:
    page = read(notice(status, ("he",), NOON))
    for element in page.elements:
        assert element.attributes.keys() <= ATTRIBUTES[element.name]
    assert page.one("link").attributes == {"rel": "icon", "href": "data:,"}
    assert {"name": "robots", "content": "noindex"} in [meta.attributes for meta in page.all("meta")]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Expected back: 2026-12-02 12:00 UTC"), ("he", "חזרה משוערת: 2026-12-02 12:00 UTC")],
)
def test_maintenance_with_a_known_end_says_when_that_is(language: str, said: str) -> None:
    page = read(notice(503, (language,), NOON + 59.9))
    assert page.all("p")[1].text == said
    assert page.one("time").attributes == {"datetime": "2026-12-02T12:00Z", "dir": "ltr"}


@pytest.mark.parametrize("until", [None, 2.6e11, -1e12, 1e300, float("inf"), float("nan")])
def test_an_end_that_nobody_can_name_is_not_named(until: float | None) -> None:
    assert read(notice(503, ("en",), until)).all("time") == []


def test_the_last_second_that_a_policy_can_name_is_named() -> None:
    forever = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
    assert read(notice(503, ("en",), forever)).one("time").text == "9999-12-31 23:59 UTC"


@pytest.mark.parametrize("status", [404, 451])
def test_what_is_not_maintenance_has_no_end(status: int) -> None:
    assert notice(status, ("en",), NOON) is notice(status, ("en",))


def test_the_policy_of_a_notice_allows_its_own_style_and_nothing_else() -> None:
    page = notice(503, ("en",))
    digest = base64.b64encode(hashlib.sha256(read(page).one("style").text.encode()).digest()).decode()
    assert dict(page.headers) == {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": "en",
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


@given(st.sampled_from(STATUSES), st.lists(st.text(max_size=20) | st.sampled_from(["de", "zh-hk", "*"])))
def test_whatever_a_visitor_reads_they_get_one_of_our_pages_as_it_is(status: int, languages: list[str]) -> None:
    ours = {notice(status, (language,)).body for language in catalogue()}
    assert notice(status, tuple(languages)).body in ours


def test_a_notice_is_made_once_and_no_more_are_remembered_than_may_be() -> None:
    assert notice(503, ("de",), NOON) is notice(503, ("de-AT", "fr"), NOON)
    for minute in range(MOST_REMEMBERED + 10):
        notice(503, ("en",), NOON + 60 * minute)
    assert _page.cache_info().currsize == MOST_REMEMBERED


def test_a_status_that_is_none_of_a_notice_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        notice(418, ("en",))


def test_who_only_imports_the_notice_does_not_wait_for_jinja2() -> None:
    code = "import sys, georedirect.chooser.notice; print({'babel', 'jinja2'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"
