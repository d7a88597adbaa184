"""Questions for tests of the chooser: a handful of regions, sixty of them, and any that hypothesis can think of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from georedirect.chooser.names import language_of
from georedirect.chooser.page import Entry, Question
from georedirect.chooser.view import WORDS_FOR
from georedirect.policy.countries import COUNTRIES

ENTRIES = (
    Entry("global", None, ("en",), (), "https://global.example.com/a?b=1"),
    Entry("germany", None, ("de",), ("DE", "AT", "LI"), "https://de.example.com/a?b=1"),
    Entry("romandie", None, ("fr", "de"), ("CH",), "https://ch.example.com/fr/a?b=1"),
    Entry("israel", None, ("he",), ("IL",), "https://il.example.com/a?b=1"),
    Entry("japan", "ジャパン", ("ja",), ("JP",), "https://jp.example.com/a?b=1"),
)

QUESTION = Question(
    entries=ENTRIES,
    suggested="germany",
    reason="country",
    country="DE",
    languages=("en",),
    url="/a?b=1",
    form="/.georedirect/",
    chosen=None,
    default="global",
)

SIXTY = ["DE", "US", *sorted(COUNTRIES.keys() - {"DE", "US"})[:174:3]]


def asked(**changes: Any) -> Question:  # noqa: ANN401  whatever the fields of a question are
    return replace(QUESTION, **changes)


def of_sixty_regions() -> Question:
    entries = tuple(
        Entry(
            f"region-{country.lower()}",
            None,
            (language_of(country) or "en",),
            (country,),
            f"https://{country.lower()}.example.com/shop/shoes?id=1",
        )
        for country in SIXTY
    )
    return asked(entries=entries, suggested="region-de", default="region-us", url="/shop/shoes?id=1")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onfocus=x ",
        "</style>",
        "{{ 7*7 }}",
        "&lt;",
        "\u202ex",
    ]
)
tags = st.sampled_from(
    [
        "de",
        "de-AT",
        "EN-gb",
        "zh-HK",
        "zh-Hant",
        "ar",
        "he",
        "iw",
        "sr-Latn",
        "pt-BR",
        "tlh",
        "und",
        "no",
        "*",
        "",
        "x-y",
        "日",
    ]
)
countries = st.sampled_from(["DE", "AT", "CH", "IL", "GE", "XX", "EU", "de", "<b>", ""])
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)
uris = st.sampled_from(["https://a.example/x?y=z", "http://b.example:81/%20", "https://[::1]/"]) | texts


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Any at all, with what no policy lets through as well: the page is to hold whatever stands before it."""
    entries = draw(
        st.lists(
            st.builds(
                Entry,
                name=names,
                title=st.none() | texts,
                languages=st.lists(tags | texts, max_size=3).map(tuple),
                countries=st.lists(countries | texts, max_size=6).map(tuple),
                uri=uris,
            ),
            max_size=6,
            unique_by=lambda entry: entry.name,
        )
    )
    name = st.sampled_from([entry.name for entry in entries]) if entries else names
    reasons = [*WORDS_FOR, "country", "language", "exempt"]
    return Question(
        entries=tuple(entries),
        suggested=draw(st.none() | name | texts),
        reason=draw(st.sampled_from(reasons) | texts),
        country=draw(st.none() | countries | texts),
        languages=tuple(draw(st.lists(tags | texts, max_size=4))),
        url=draw(texts),
        form=draw(texts),
        chosen=draw(st.none() | name | texts),
        default=draw(name | texts),
    )
