"""The page for any question: whole, safe HTML that says what it should, in whichever language, within its size."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from georedirect.chooser.banner import BANNER
from georedirect.chooser.page import Chooser
from georedirect.chooser.view import Credit
from georedirect.chooser.words import catalogue
from tests.chooser.questions import ENTRIES, QUESTION, asked, of_sixty_regions, questions
from tests.chooser.reading import Document

if TYPE_CHECKING:
    from georedirect.chooser.page import Page, Question

CHOOSER = Chooser()
ATTRIBUTES = {
    "html": {"lang", "dir"},
    "head": set(),
    "meta": {"charset", "name", "content"},
    "title": set(),
    "link": {"rel", "hreflang", "href"},
    "style": set(),
    "body": set(),
    "main": set(),
    "h1": set(),
    "h2": {"id"},
    "p": set(),
    "form": {"method", "action"},
    "input": {"type", "name", "value"},
    "section": {"aria-labelledby"},
    "ul": set(),
    "li": set(),
    "button": {"name", "value", "lang", "dir", "aria-current"},
    "b": set(),
    "span": {"lang", "dir"},
    "i": {"lang", "dir"},
    "footer": set(),
}
"""Every element that the page may have, with every attribute."""


def document(question: Question) -> Document:
    return Document(CHOOSER.page(question).body.decode())


def header(page: Page, name: str) -> str:
    return dict(page.headers)[name]


@given(question=questions())
def test_no_question_makes_html_that_is_broken_or_that_runs(question: Question) -> None:
    page = document(question)
    for element in page.elements:
        assert element.attributes.keys() <= ATTRIBUTES[element.name]
    assert all(link.attributes["href"].startswith(("http", "data:,")) for link in page.all("link"))  # type: ignore[union-attr]


@given(question=questions())
def test_each_region_has_one_button_in_one_form_that_carries_the_url_on(question: Question) -> None:
    page = document(question)
    forget = ["forget"] if question.chosen else []
    rest = [entry.name for entry in question.entries if entry.name != question.suggested]
    suggested = [entry.name for entry in question.entries if entry.name == question.suggested]
    assert page.values() == suggested + rest + forget
    assert all("form" in button.parents for button in page.all("button"))
    assert page.one("form").attributes == {"method": "post", "action": question.form}
    assert page.one("input").attributes == {"type": "hidden", "name": "url", "value": question.url}


@given(question=questions())
def test_every_button_has_a_name_of_its_own(question: Question) -> None:
    shown = [button.text for button in document(question).all("button")]
    assert all(text.strip() for text in shown)
    if not any(entry.title for entry in question.entries):
        assert len(set(shown)) == len(shown)


@given(question=questions())
def test_headers_are_printable_ascii_and_each_stands_once(question: Question) -> None:
    page = CHOOSER.page(question)
    assert all(re.fullmatch(r"[ -~]+", value) for _, value in page.headers)
    names = [name for name, _ in page.headers]
    assert len(set(names)) == len(names)
    assert not {"Cache-Control", "Vary"} & set(names)


@given(question=questions())
def test_a_suggestion_is_json_whatever_was_asked(question: Question) -> None:
    said = json.loads(json.dumps(CHOOSER.suggestion(question)))
    assert (said["region"] is None) == (said["uri"] is None) == (said["message"] is None)
    assert said["dir"] in ("ltr", "rtl")


def test_the_suggested_region_comes_first_and_the_others_as_in_the_policy() -> None:
    page = document(asked(suggested="israel"))
    assert page.values() == ["israel", "global", "germany", "romandie", "japan"]
    assert [heading.text for heading in page.all("h2")] == ["Suggested for you", "Other regions"]


def test_without_a_suggestion_no_region_stands_out() -> None:
    page = document(asked(suggested=None, reason="undecided"))
    assert page.values() == [entry.name for entry in ENTRIES]
    assert page.all("h2") == []
    assert "We could not tell where you are" in [text.text for text in page.all("p")]


def test_each_region_is_named_in_its_own_language_and_script() -> None:
    page = document(asked(suggested=None))
    shown = {b.attributes["value"]: (b.text, b.attributes.get("lang"), b.attributes["dir"]) for b in page.all("button")}
    assert shown == {
        "global": ("English", "en", "ltr"),
        "germany": ("Deutschland, Österreich, Liechtenstein Deutsch", "de", "ltr"),
        "romandie": ("Suisse Français Deutsch", "fr", "ltr"),
        "israel": ("ישראל עברית", "he", "rtl"),
        "japan": ("ジャパン 日本語", "ja", "auto"),
    }
    other = [span for span in page.all("span") if "lang" in span.attributes]
    assert [(span.text, span.attributes) for span in other] == [("Deutsch", {"lang": "de", "dir": "ltr"})]


def test_what_was_chosen_before_is_marked_and_can_be_forgotten() -> None:
    page = document(asked(chosen="japan"))
    (current,) = [button for button in page.all("button") if "aria-current" in button.attributes]
    assert (current.attributes["value"], page.one("i").text) == ("japan", "your choice")
    assert page.values()[-1] == "forget"
    assert "forget" not in document(QUESTION).values()


@pytest.mark.parametrize(
    ("reason", "changes", "words"),
    [
        ("country", {}, "You seem to be here: Germany"),
        ("country", {"country": "XX"}, "Suggested for your part of the world"),
        ("country", {"country": None}, "Suggested for your part of the world"),
        ("continent", {}, "Suggested for your part of the world"),
        ("language", {"languages": ("en", "de-AT")}, "Your browser prefers: German"),
        ("language", {"languages": ("en",), "suggested": "romandie"}, "Your browser prefers: French"),
        ("default", {}, "For visitors from all other places"),
        ("unknown-place", {}, "We could not tell where you are"),
        ("undecided", {}, "We could not tell where you are"),
        ("already-there", {}, "You are already there"),
        ("parameter", {}, "Your link asks for this"),
        ("choice", {}, "You chose this before"),
    ],
)
def test_the_reason_stands_beside_the_suggestion_in_words(reason: str, changes: dict[str, object], words: str) -> None:
    assert document(asked(reason=reason, **changes)).all("p")[0].text == words


@pytest.mark.parametrize(
    ("reason", "changes"), [("exempt", {}), ("language", {"suggested": None, "languages": ()}), ("new", {})]
)
def test_where_there_is_nothing_to_say_nothing_is_said(reason: str, changes: dict[str, object]) -> None:
    assert [text.text for text in document(asked(reason=reason, **changes)).all("p")] == [
        "A cookie remembers what you choose."
    ]


@pytest.mark.parametrize("language", sorted(catalogue()))
def test_the_page_speaks_the_language_of_its_visitor(language: str) -> None:
    page = CHOOSER.page(asked(languages=(language.lower(), "en")))
    html = Document(page.body.decode()).one("html")
    words = catalogue()[language]
    assert html.attributes == {"lang": language, "dir": "rtl" if language in ("ar", "fa", "he") else "ltr"}
    assert header(page, "Content-Language") == language
    assert words.title in page.body.decode()
    assert words.country.partition("{")[0] in page.body.decode()


@pytest.mark.parametrize("language", ["en", "de", "ar", "hi", "th", "ru"])
def test_sixty_regions_stay_under_fifteen_kilobytes(language: str) -> None:
    question = of_sixty_regions()
    page = CHOOSER.page(asked(**{name: getattr(question, name) for name in ("entries", "url")}, languages=(language,)))
    assert len(question.entries) == 60
    assert len(page.body) < 15_000
    assert len(CHOOSER.page(asked(languages=(language,))).body) < 5_000


def test_a_long_url_is_not_multiplied_by_the_number_of_regions() -> None:
    path = "/" + "a" * 8000
    entries = tuple(
        e.__class__(e.name, None, e.languages, e.countries, f"https://x.example{path}") for e in ENTRIES * 12
    )
    page = CHOOSER.page(asked(entries=entries, url=path))
    assert len(page.body) < 15_000 + len(path)
    assert "Link" not in dict(page.headers)


def test_the_policy_of_the_page_allows_its_own_style_and_nothing_else() -> None:
    page = CHOOSER.page(QUESTION)
    style = Document(page.body.decode()).one("style").text
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert header(page, "Content-Security-Policy") == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "form-action 'self' https:; base-uri 'none'; frame-ancestors 'none'"
    )
    plain = asked(entries=(ENTRIES[0].__class__("a", None, (), (), "http://a.example/"),))
    assert "form-action 'self' http:;" in header(CHOOSER.page(plain), "Content-Security-Policy")


def test_whoever_is_owed_a_credit_is_named_at_the_foot_of_the_page_with_a_link() -> None:
    due = (Credit("IP data by A & B", "https://a.example/?b&c"), Credit("And by C", "https://c.example"))
    found = Document(Chooser(credits_due=due).page(asked()).body.decode())
    shown = [(link.text, link.attributes["href"]) for link in found.all("a") if "footer" in link.parents]
    assert shown == [tuple(credit) for credit in due]
    assert document(asked()).all("a") == []


def test_alternates_stand_in_the_page_and_in_the_link_header_alike() -> None:
    page = CHOOSER.page(QUESTION)
    links = [
        link.attributes for link in Document(page.body.decode()).all("link") if link.attributes["rel"] == "alternate"
    ]
    assert {"rel": "alternate", "hreflang": "x-default", "href": ENTRIES[0].uri} in links
    assert {"rel": "alternate", "hreflang": "de-AT", "href": ENTRIES[1].uri} in links
    assert header(page, "Link") == ", ".join(
        f'<{link["href"]}>; rel="alternate"; hreflang="{link["hreflang"]}"' for link in links
    )


def test_a_uri_that_could_end_the_link_header_is_left_out_of_it() -> None:
    evil = 'https://a.example/>; rel="canonical"'
    page = CHOOSER.page(asked(entries=(ENTRIES[0], ENTRIES[1].__class__("x", None, ("da",), (), evil))))
    assert "canonical" not in header(page, "Link") + page.body.decode()


def test_a_suggestion_has_all_that_a_banner_says() -> None:
    assert CHOOSER.suggestion(asked(languages=("fr-CA",))) == {
        "region": "germany",
        "uri": "https://de.example.com/a?b=1",
        "reason": "country",
        "name": "Allemagne, Autriche, Liechtenstein",
        "title": "Notre suggestion",
        "message": "Il existe une page pour vous : Allemagne, Autriche, Liechtenstein",
        "why": "Vous semblez être ici : Allemagne",
        "switch": "Y aller",
        "stay": "Rester ici",
        "language": "fr",
        "dir": "ltr",
    }


def test_the_banner_script_makes_no_markup_and_asks_its_own_door() -> None:
    script = BANNER.decode()
    assert 'new URL("suggest", script.src)' in script
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|\.style\b|https?://\w", script)
    assert {"message", "why", "title", "switch", "stay", "language", "dir"} <= set(
        re.findall(r"suggestion\.(\w+)", script)
    )


def test_who_only_imports_the_room_waits_for_neither_babel_nor_jinja2() -> None:
    code = "import sys, georedirect.chooser.page as page; page.Chooser(); print({'babel', 'jinja2'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"
