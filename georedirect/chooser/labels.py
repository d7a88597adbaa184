"""What each region on offer is called, in its own language and script. Knows no visitor but by the page's language."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from georedirect.chooser.names import country_name, language_name, language_of
from georedirect.chooser.words import direction

Names = tuple[str, str | None, tuple[str, ...], tuple[str, ...]]
"""What of a region decides how it is called: NAME, title, languages, countries."""

MOST_COUNTRIES = 4


class Text(NamedTuple):
    """A text with the language that it is in, if that is known, and its direction: `ltr`, `rtl` or `auto`."""

    text: str
    lang: str | None
    dir: str


class Label(NamedTuple):
    """A region's name, and the languages to be read there."""

    name: Text
    languages: tuple[Text, ...]


@lru_cache(maxsize=256)  # one a policy
def own_labels(regions: tuple[Names, ...]) -> tuple[Label, ...]:
    """Each region as its own people would call it; where two would read the same, NAME follows."""
    labels = [_own_label(*region) for region in regions]
    seen = Counter(map(_words, labels))
    return tuple(
        label if seen[_words(label)] == 1 else _with_name(label, region[0])
        for region, label in zip(regions, labels, strict=True)
    )


def _own_label(name: str, title: str | None, languages: tuple[str, ...], countries: tuple[str, ...]) -> Label:
    """`title` is the operator's word, which wins."""
    spoken = languages[0] if languages else next(filter(None, map(language_of, countries)), None)
    readable = _languages(languages, is_alone=not countries)
    if title and title.strip():
        return Label(Text(title, languages[0] if languages else None, "auto"), readable)
    if spoken is not None and (where := _countries(countries, spoken)):
        return Label(Text(where, spoken, direction(spoken)), readable)
    if readable:
        (first, *others) = readable
        return Label(first, tuple(others))
    return Label(Text(name, None, "auto"), ())


@lru_cache(maxsize=4096)  # for each region of each policy, the languages that its visitors read
def name_in(language: str, name: str, title: str | None, languages: tuple[str, ...], countries: tuple[str, ...]) -> str:
    """A region's name in the visitor's language, in one line."""
    spoken = ", ".join(text for tag in languages if (text := language_name(tag, language)))
    if title and title.strip():
        return title
    return _countries(countries, language) or spoken or name


def _with_name(label: Label, name: str) -> Label:
    return label._replace(name=label.name._replace(text=f"{label.name.text} ({name})"))


def _words(label: Label) -> tuple[str, ...]:
    return (label.name.text, *(text.text for text in label.languages))


def _languages(tags: tuple[str, ...], *, is_alone: bool) -> tuple[Text, ...]:
    """Each language once: `en-US` and `en-CA` read the same beside their countries."""
    found: dict[str, Text] = {}
    for tag in tags:
        if (text := _language(tag, is_alone=is_alone)) is not None:
            found.setdefault(text.text, text)
    return tuple(found.values())


def _language(tag: str, *, is_alone: bool) -> Text | None:
    """A language in its own words; its territory only where no country beside it says the same."""
    name = language_name(tag, tag, with_territory=is_alone)
    return None if name is None else Text(name, tag, direction(tag))


def _countries(countries: tuple[str, ...], language: str) -> str:
    """`Danmark, Finland, Norge`; of many the first three and an ellipsis."""
    shown = countries if len(countries) <= MOST_COUNTRIES else countries[: MOST_COUNTRIES - 1]
    names = [name for country in shown if (name := country_name(country, language)) is not None]
    if names and len(shown) < len(countries):
        names.append("…")
    return ", ".join(names)
