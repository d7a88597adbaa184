"""The question that we put to a visitor, as a page and as JSON. Knows no requests, no policy and no files."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from georedirect.chooser.labels import name_in
from georedirect.chooser.template import Stylesheet, our_template, read_stylesheet, read_template
from georedirect.chooser.view import Credit, page_language, reason_in_words, suggested_entry, view
from georedirect.chooser.words import catalogue, direction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from georedirect.chooser.view import View

MOST_OCTETS_OF_LINK = 2048
"""Of the Link header: proxies keep 4 KiB for a whole head. The page itself has them all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One region on offer."""

    name: str
    title: str | None
    """What the operator calls it for people; wins over what we would."""
    languages: tuple[str, ...]
    """BCP 47."""
    countries: tuple[str, ...]
    """ISO 3166-1 alpha-2; may be empty."""
    uri: str
    """Where this visitor's URL leads there."""


@dataclass(frozen=True, slots=True)
class Question:
    """All that decides what one visitor sees."""

    entries: tuple[Entry, ...]
    suggested: str | None
    """NAME of the region that we would choose."""
    reason: str
    """Why: a value of `georedirect.decide.Reason`."""
    country: str | None
    """The visitor's, ISO 3166-1 alpha-2."""
    languages: tuple[str, ...]
    """The visitor's, most wanted first."""
    url: str
    """The path and query that the visitor wanted, which the form carries on."""
    form: str
    """The path that the form posts to."""
    chosen: str | None
    """NAME of the stored choice."""
    default: str
    """NAME of the region for everyone else: hreflang x-default."""


@dataclass(frozen=True, slots=True)
class Page:
    """A body and its headers, but for Cache-Control and Vary, which are the door's."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


class Chooser:
    """A template and a stylesheet, checked; ours where None. ChooserError for texts that are no good."""

    def __init__(
        self, template: str | None = None, stylesheet: str | None = None, *, credits_due: tuple[Credit, ...] = ()
    ) -> None:
        self._credits = credits_due
        self._text = template
        self._stylesheet = read_stylesheet(stylesheet)
        self._template = None if template is None else read_template(template, self._samples())

    def __getstate__(self) -> tuple[str | None, Stylesheet, tuple[Credit, ...]]:
        """Pickled, it is its texts, which need no second proof."""
        return self._text, self._stylesheet, self._credits

    def __setstate__(self, state: tuple[str | None, Stylesheet, tuple[Credit, ...]]) -> None:
        self._text, self._stylesheet, self._credits = state
        self._template = None if self._text is None else read_template(self._text, ())

    def page(self, question: Question) -> Page:
        """The page that puts this question."""
        seen = view(question)
        template = self._template or our_template()
        text = template.render(self._variables(seen))
        return Page(text.encode("utf-8", "replace"), self._headers(question, seen))

    def suggestion(self, question: Question) -> dict[str, str | None]:
        """What a script needs to put the question: the region, why, and the words for it in the visitor's language."""
        language = page_language(question)
        words = catalogue()[language]
        entry = suggested_entry(question)
        name = name_in(language, entry.name, entry.title, entry.languages, entry.countries) if entry else None
        return {
            "region": entry.name if entry else None,
            "uri": entry.uri if entry else None,
            "reason": question.reason,
            "name": name,
            "title": words.suggested,
            "message": words.offer.format(name=name) if name else None,
            "why": reason_in_words(question, language),
            "switch": words.switch,
            "stay": words.stay,
            "language": language,
            "dir": direction(language),
        }

    def _variables(self, seen: View) -> Mapping[str, object]:
        return {**seen._asdict(), "stylesheet": self._stylesheet, "credits": self._credits}

    def _headers(self, question: Question, seen: View) -> tuple[tuple[str, str], ...]:
        link = ", ".join(f'<{uri}>; rel="alternate"; hreflang="{tag}"' for tag, uri in seen.alternates)
        return (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Language", seen.language),
            ("Content-Security-Policy", self._security_policy(question)),
            *((("Link", link),) if 0 < len(link) <= MOST_OCTETS_OF_LINK else ()),
            ("Referrer-Policy", "same-origin"),
            ("X-Content-Type-Options", "nosniff"),
        )

    def _security_policy(self, question: Question) -> str:
        """Nothing but our own style and form. Chromium holds redirects to form-action, those of the region's site too.

        So the answer to the form may lead to any host by the schemes that the regions have; `http:` covers https.
        """
        is_plain = any(entry.uri.startswith("http:") for entry in question.entries)
        return (
            f"default-src 'none'; style-src {self._stylesheet.source}; img-src data:; "
            f"form-action 'self' {'http:' if is_plain else 'https:'}; base-uri 'none'; frame-ancestors 'none'"
        )

    def _samples(self) -> Iterator[Mapping[str, object]]:
        """Questions of every shape that a template must be able to put."""
        both = (
            Entry("a", None, ("de", "en"), ("DE",), "https://a.example/"),
            Entry("b", "B", (), (), "https://b.example/"),
        )
        due = (Credit("Data by Example", "https://example.com"),)
        for entries, suggested, chosen, languages, credits_due in product(
            (both, both[:1]), (None, "a"), (None, "b"), (("en",), ("ar",)), ((), due)
        ):
            question = Question(entries, suggested, "country", "DE", languages, "/", "/.georedirect/", chosen, "b")
            yield {**self._variables(view(question)), "credits": credits_due}
