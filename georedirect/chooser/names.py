"""What countries and languages are called, in whichever language (CLDR, by babel). Knows no regions and no pages."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import langcodes
from langcodes.tag_parser import LanguageTagError

if TYPE_CHECKING:
    from babel import Locale

_DOTTED_I = frozenset({"az", "tr"})  # languages in which a capital i keeps its dot


def country_name(country: str, language: str) -> str | None:
    """`Deutschland` for DE in `de`; None where CLDR has no such country or language."""
    locale = _locale(language)
    return _name(locale.territories, country, language) if locale is not None else None


def language_name(tag: str, language: str, *, with_territory: bool = True) -> str | None:
    """`Português (Brasil)` for pt-BR in `pt`, `Português` without its territory; None where CLDR has no name."""
    locale = _locale(language)
    known = _parsed(tag)
    if locale is None or known is None:
        return None
    code, script, territory = known.language or "", known.script, known.territory if with_territory else None
    candidates = ((code, script, territory), (code, None, territory), (code, script, None), (code, None, None))
    for candidate in candidates:
        name = _name(locale.languages, "_".join(part for part in candidate if part), language)
        if name is not None:
            where = locale.territories.get(territory) if territory and candidate[2] is None else None
            return f"{name} ({where})" if where else name
    return None


@lru_cache(maxsize=512)
def language_of(country: str) -> str | None:
    """The language most likely to be read in a country: `ja` for JP; None for what is no country's code."""
    known = _parsed(f"und-{country}")
    return known.maximize().language if known is not None else None


def _name(names: object, key: str, language: str) -> str | None:
    found = names.get(key) if hasattr(names, "get") else None
    return _capitalised(found, language) if isinstance(found, str) else None


def _capitalised(name: str, language: str) -> str:
    """CLDR's names are written as within a sentence; ours stand alone. `title`, as Georgian has no capitals there."""
    if name.startswith("i") and language.partition("-")[0] in _DOTTED_I:
        return f"İ{name[1:]}"
    return name[:1].title() + name[1:]


@lru_cache(maxsize=512)
def _locale(tag: str) -> Locale | None:
    """CLDR's data for a language, or for the nearest around it."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  only who shows a page needs it

    known = _parsed(tag)
    if known is None:
        return None
    for parts in ((known.script, known.territory), (known.script,), (known.territory,), ()):
        code = "_".join(part for part in (known.language, *parts) if part)
        try:
            return Locale.parse(code)
        except (UnknownLocaleError, ValueError):
            continue
    return None


@lru_cache(maxsize=2048)
def _parsed(tag: str) -> langcodes.Language | None:
    try:
        return langcodes.Language.get(tag)
    except LanguageTagError:
        return None
