"""Which languages regions offer, prepared for RFC 4647 lookup. BCP 47 knowledge comes from langcodes, at load only."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import langcodes
from langcodes.data_dicts import LANGUAGE_REPLACEMENTS, LIKELY_SUBTAGS

from georedirect.policy.countries import COUNTRIES, likely_meant
from georedirect.visitor.languages import Offered, explicit_key

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_COUNTRY_TAKEN_FOR_LANGUAGE = {
    "at": "de",
    "cn": "zh-Hans",
    "cz": "cs",
    "dk": "da",
    "gb": "en-GB",
    "gr": "el",
    "il": "he",
    "jp": "ja",
    "us": "en-US",
}
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis"})
_REPLACEMENTS = {**LANGUAGE_REPLACEMENTS, "cmn": "zh"}  # Mandarin is what `zh` means in practice


def check_tag(tag: str) -> None:
    """ValueError with what would be right, unless `tag` is a BCP 47 language tag of registered subtags."""
    if not _TAG.fullmatch(tag) or not langcodes.tag_is_valid(tag) or tag.lower().split("-")[0] in _NO_LANGUAGE:
        raise ValueError(f'"{tag}" is not a BCP 47 language tag; {_what_would_be_right(tag)}')
    territory = langcodes.Language.get(tag, normalize=False).territory
    if territory is not None and territory.isalpha() and territory not in COUNTRIES:
        meant = likely_meant(territory)
        written = re.sub(rf"-{territory}(?=-|$)", f"-{meant}", tag, count=1, flags=re.IGNORECASE) if meant else None
        right = written or tag.split("-", maxsplit=1)[0]
        raise ValueError(f'"{tag}" has "{territory}", which is not an ISO 3166-1 code; did you mean "{right}"?')


def _what_would_be_right(tag: str) -> str:
    hyphenated = tag.replace("_", "-")
    if hyphenated != tag and _TAG.fullmatch(hyphenated) and langcodes.tag_is_valid(hyphenated):
        return f'did you mean "{hyphenated}"?'
    if meant := _COUNTRY_TAKEN_FOR_LANGUAGE.get(tag.lower()):
        return f'did you mean "{meant}"?'
    return 'write one such as "de", "pt-BR" or "zh-Hant"'


def offer(tags: Iterable[str]) -> Offered:
    """Prepare valid tags for `visitor.languages.lookup`; of two that mean the same, the first stands."""
    return _offer(tuple(tags))


@lru_cache(maxsize=1024)  # thousands of rules may ask for the same few
def _offer(tags: tuple[str, ...]) -> Offered:
    languages = {_subtags(tag)[0] for tag in tags}
    scripts = _likely_scripts(languages)
    aliases = {old: new for old, new in _REPLACEMENTS.items() if new in languages and old != new}
    keys = {explicit_key("-".join(_subtags(tag)), scripts, aliases): tag for tag in reversed(tags)}
    return Offered({key: tag for key, tag in keys.items() if key is not None}, scripts, aliases)


def _subtags(tag: str) -> list[str]:
    """The subtags of a valid tag in BCP 47's order, lower-case, its deprecated parts replaced."""
    return langcodes.Language.get(tag).to_tag().lower().split("-")


def _likely_scripts(languages: set[str]) -> dict[str, str]:
    """The script of each language, and of each `language-region` that CLDR says is written otherwise."""
    scripts = {language: _likely_script(language) for language in languages}
    for tag in LIKELY_SUBTAGS:
        language, _, region = tag.lower().partition("-")
        if language in languages and len(region) == 2:
            scripts[tag.lower()] = _likely_script(tag)
    return {
        tag: script for tag, script in scripts.items() if script != scripts.get(tag.partition("-")[0]) or "-" not in tag
    }


def _likely_script(tag: str) -> str:
    return (langcodes.Language.get(tag).maximize().script or "zyyy").lower()
