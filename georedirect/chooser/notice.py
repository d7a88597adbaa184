"""A page that only says why there is nothing to see: 503, 404 or 451. Of the request it knows the languages alone."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from georedirect.chooser.page import Page
from georedirect.chooser.template import our_template, read_stylesheet
from georedirect.chooser.words import Words, catalogue, direction, language_for

MOST_REMEMBERED = 512
"""Pages: every status in every language, and some ends of maintenance besides."""


def notice(status: int, languages: tuple[str, ...], until: float | None = None) -> Page:
    """The page for an answer with this status, in the first of the visitor's languages that we have words for.

    `until` is when a 503 is expected to be over, in seconds since 1970; of other statuses it says nothing.
    """
    return _page(status, language_for(languages), until if status == 503 else None)


@lru_cache(maxsize=MOST_REMEMBERED)
def _page(status: int, language: str, until: float | None) -> Page:
    """Remembered, as everybody asks for it while a site is down."""
    words = catalogue()[language]
    title, sentence = _said(status, words)
    before, _, after = words.expected.partition("{time}")
    stylesheet = read_stylesheet(None)
    text = our_template("notice.html").render(
        language=language,
        dir=direction(language),
        title=title,
        sentence=sentence,
        before=before,
        after=after,
        until=_moment(until),
        stylesheet=stylesheet,
    )
    return Page(text.encode(), _headers(language, stylesheet.source))


def _said(status: int, words: Words) -> tuple[str, str]:
    return {
        404: (words.missing, words.missing_more),
        451: (words.withheld, words.withheld_more),
        503: (words.down, words.down_more),
    }[status]


def _moment(until: float | None) -> datetime | None:
    """None as well for what no calendar has: an end in the last hours of the year 9999 is in the next one in UTC."""
    try:
        return None if until is None else datetime.fromtimestamp(until, UTC)
    except (ValueError, OverflowError):
        return None


def _headers(language: str, style: str) -> tuple[tuple[str, str], ...]:
    policy = (
        f"default-src 'none'; style-src {style}; img-src data:; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    return (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Language", language),
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
    )
