"""What a template gets to see of a question. Knows neither jinja2 nor HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from georedirect.chooser.alternates import Region, hreflangs
from georedirect.chooser.labels import Text, own_labels
from georedirect.chooser.names import country_name, language_name
from georedirect.chooser.words import Words, catalogue, direction, language_for

if TYPE_CHECKING:
    from georedirect.chooser.page import Entry, Question

MOST_OCTETS_OF_ALTERNATES = 4096
"""Of all their tags and URIs. Beyond it there are none: a long path, times sixty regions, is no help to anyone."""

_URI = re.compile(r"https?://[!#-;=?-Z\[\]_a-z~]+")  # RFC 3986, without what could end a Link header's <...>

WORDS_FOR = {
    "continent": "place",
    "default": "elsewhere",
    "unknown-place": "unknown",
    "undecided": "unknown",
    "already-there": "here",
    "parameter": "link",
    "choice": "choice",
}
"""Which of our words say a reason, where they need nothing filled in."""


class Offer(NamedTuple):
    """One region as the page shows it."""

    region: str
    name: Text
    languages: tuple[Text, ...]
    uri: str
    is_chosen: bool


class Credit(NamedTuple):
    """A line in English that is due to somebody whose data is used, and where it leads."""

    text: str
    uri: str


class View(NamedTuple):
    """All variables of a template, but for the stylesheet and the credits, which are the same for everybody."""

    language: str
    dir: str
    words: Words
    suggested: Offer | None
    reason: str
    others: tuple[Offer, ...]
    chosen: str | None
    form: str
    url: str
    alternates: tuple[tuple[str, str], ...]


def view(question: Question) -> View:
    """The suggested region first, the others in the policy's order."""
    suggested = suggested_entry(question)
    language = page_language(question)
    words = catalogue()[language]
    offers = _offers(question)
    others = tuple(offer for entry, offer in zip(question.entries, offers, strict=True) if entry is not suggested)
    return View(
        language=language,
        dir=direction(language),
        words=words,
        suggested=next((offer for offer in offers if suggested and offer.region == suggested.name), None),
        reason=reason_in_words(question, language),
        others=others,
        chosen=question.chosen,
        form=question.form,
        url=question.url,
        alternates=alternates(question),
    )


def suggested_entry(question: Question) -> Entry | None:
    """The entry that is suggested, if it is on offer."""
    return next((entry for entry in question.entries if entry.name == question.suggested), None)


def page_language(question: Question) -> str:
    """The visitor's; of one who states none, that of the place which is suggested."""
    suggested = suggested_entry(question)
    return language_for((*question.languages, *(suggested.languages if suggested else ())))


def reason_in_words(question: Question, language: str) -> str:
    """Why a region is suggested; empty where there is nothing to say."""
    words = catalogue()[language]
    if question.reason == "country":
        country = country_name(question.country, language) if question.country else None
        return words.country.format(country=country) if country else words.place
    if question.reason == "language":
        name = language_name(_language_read(question), language, with_territory=False)
        return words.language.format(language=name) if name else ""
    key = WORDS_FOR.get(question.reason)
    return getattr(words, key) if key else ""


def alternates(question: Question) -> tuple[tuple[str, str], ...]:
    """(hreflang, URI) of each region whose URI can stand in a header; none where they would be too much."""
    regions = tuple(Region(entry.name, entry.languages, entry.countries) for entry in question.entries)
    uris = {entry.name: entry.uri for entry in question.entries if _URI.fullmatch(entry.uri)}
    found = tuple((tag, uris[name]) for tag, name in hreflangs(regions, question.default) if name in uris)
    return found if sum(len(tag) + len(uri) for tag, uri in found) <= MOST_OCTETS_OF_ALTERNATES else ()


def _offers(question: Question) -> list[Offer]:
    entries = question.entries
    labels = own_labels(tuple((entry.name, entry.title, entry.languages, entry.countries) for entry in entries))
    return [
        Offer(entry.name, label.name, label.languages, entry.uri, entry.name == question.chosen)
        for entry, label in zip(entries, labels, strict=True)
    ]


def _language_read(question: Question) -> str:
    """The first language of the visitor's that the suggested region offers, as it does; its own first where none is."""
    suggested = suggested_entry(question)
    offered = suggested.languages if suggested else ()
    by_code = {tag.lower().partition("-")[0]: tag for tag in reversed(offered)}
    read = (by_code.get(tag.lower().partition("-")[0]) for tag in question.languages)
    return next(filter(None, read), offered[0] if offered else "und")
