"""What the chooser says, and in which language it says it to whom. Knows no regions."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import langcodes
from langcodes.data_dicts import LANGUAGE_REPLACEMENTS, LIKELY_SUBTAGS
from langcodes.tag_parser import LanguageTagError

from georedirect.chooser.assets import asset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FALLBACK = "en"
_STANDS_FOR = {"no": "nb", "nn": "nb", "cmn": "zh", "yue": "zh"}  # who reads the one reads the other
_VISITORS_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{3}))?(?:-([a-z]{4}))?(?:-([a-z]{2}))?(?![a-z0-9])")
_SCRIPT_LETTERS = 4
_LONGEST_TAG = 35  # RFC 5646 4.4.1: what implementations should have room for
_RIGHT_TO_LEFT = frozenset(["Adlm", "Arab", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi"])


@dataclass(frozen=True, slots=True)
class Words:
    """All that the page, the banner and the notice say in one language; see words.toml."""

    title: str
    suggested: str
    others: str
    chosen: str
    remembered: str
    forget: str
    country: str
    language: str
    place: str
    elsewhere: str
    unknown: str
    here: str
    choice: str
    link: str
    offer: str
    switch: str
    stay: str
    down: str
    down_more: str
    expected: str
    missing: str
    missing_more: str
    withheld: str
    withheld_more: str


@cache
def catalogue() -> Mapping[str, Words]:
    """Our words by BCP 47 tag."""
    return {tag: Words(**words) for tag, words in tomllib.loads(asset("words.toml")).items()}


def language_for(wanted: Iterable[str]) -> str:
    """The first wanted language that we have words for, in a script that its reader reads."""
    return next((ours for tag in wanted if (ours := _ours(tag)) is not None), FALLBACK)


def direction(tag: str) -> str:
    """`rtl` or `ltr`: how the script is written that this language is likely to be in."""
    script = _language_and_script(tag)[1]
    return "rtl" if script in _RIGHT_TO_LEFT else "ltr"


def _ours(tag: str) -> str | None:
    """Read out of tables, as visitors may send any tag: langcodes remembers each that it is asked about, for ever."""
    known = _VISITORS_TAG.match(tag.lower())
    if known is None:
        return None
    first, extended, script, territory = known.groups("")
    language = LANGUAGE_REPLACEMENTS.get(extended or first, extended or first)
    meant = _STANDS_FOR.get(language, language)
    likely = next(filter(None, map(LIKELY_SUBTAGS.get, (f"{language}-{territory.upper()}", language, meant))), "")
    script = script.title() or "".join(part for part in likely.split("-") if len(part) == _SCRIPT_LETTERS)
    return _by_script().get((meant, script))


@cache
def _by_script() -> Mapping[tuple[str, str], str]:
    return {_language_and_script(tag): tag for tag in catalogue()}


@lru_cache(maxsize=1024)
def _language_and_script(tag: str) -> tuple[str, str]:
    """("zh", "Hant") for "zh-HK"; empty for what is no language."""
    try:
        language = langcodes.Language.get(tag if len(tag) <= _LONGEST_TAG else tag.partition("-")[0]).maximize()
    except LanguageTagError:
        return ("", "")
    code = language.language or ""
    return (_STANDS_FOR.get(code, code), language.script or "")
