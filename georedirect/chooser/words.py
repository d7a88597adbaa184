"""What the chooser says, and in which language it says it to whom. Knows no regions."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import langcodes
from langcodes.tag_parser import LanguageTagError

from georedirect.chooser.assets import asset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FALLBACK = "en"
_STANDS_FOR = {"no": "nb", "nn": "nb", "cmn": "zh", "yue": "zh"}  # who reads the one reads the other
_LONGEST_TAG = 35  # RFC 5646 4.4.1: what implementations should have room for
_RIGHT_TO_LEFT = frozenset(["Adlm", "Arab", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi"])


@dataclass(frozen=True, slots=True)
class Words:
    """All that the page and the banner say in one language; see words.toml."""

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


@lru_cache(maxsize=1024)  # more tags than browsers send; hostile ones are short and fall out again
def _ours(tag: str) -> str | None:
    return _by_script().get(_language_and_script(tag))


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
