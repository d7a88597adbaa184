"""What an entry of `countries` stands for: a country, a group or a continent. Knows no region."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from georedirect.policy.countries import CONTINENTS, COUNTRIES, UNIONS, countries_of_continent, likely_meant
from georedirect.policy.table import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What regions and groups may be called: it also stands in URIs, forms and labels."""

_CONTINENT = "continent:"


class Width(IntEnum):
    """How much an area takes in; the narrower wins."""

    COUNTRY = 0
    GROUP = 1
    CONTINENT = 2


@dataclass(frozen=True, slots=True)
class Area:
    """Some countries, and the `text` by which the policy calls them. `continent` is set where it is a whole one."""

    text: str
    width: Width
    countries: frozenset[str]
    continent: str | None = None


def parse_area(text: str, groups: Mapping[str, frozenset[str]]) -> Area:
    """Read `DE`, `EU`, `EEA`, `continent:AF` or the name of a group; ValueError says what would be right."""
    if text in COUNTRIES:
        return Area(text, Width.COUNTRY, frozenset({text}))
    if text in UNIONS:
        return Area(text, Width.GROUP, UNIONS[text])
    if text in groups:
        return Area(text, Width.GROUP, groups[text])
    if text.startswith(_CONTINENT):
        return _parse_continent(text)
    raise ValueError(_what_would_be_right(text, groups))


def _parse_continent(text: str) -> Area:
    continent = text.removeprefix(_CONTINENT)
    if continent in CONTINENTS:
        return Area(text, Width.CONTINENT, countries_of_continent(continent), continent)
    known = ", ".join(f"{code} ({name})" for code, name in CONTINENTS.items())
    raise ValueError(f'"{text}" is no continent; there are {known}')


def _what_would_be_right(text: str, groups: Mapping[str, frozenset[str]]) -> str:
    """The nearest thing that exists, or the kinds of things that do."""
    if meant := likely_meant(text):
        return f'"{text}" is not an ISO 3166-1 code; did you mean "{meant}"?'
    for name in (*UNIONS, *groups):
        if text.casefold() == name.casefold():
            return f'"{text}" is neither a country nor a group; did you mean "{name}"?'
    for continent, name in CONTINENTS.items():
        if text.casefold() in (name.casefold(), f"{_CONTINENT}{continent}".casefold()):
            return f'"{text}" is not a country; did you mean "{_CONTINENT}{continent}"?'
    if len(text) == 2:
        return f'"{text}" is not an ISO 3166-1 code'
    names = [*groups, *UNIONS]
    hint = did_you_mean(text, names)
    if not hint.startswith("did"):
        hint = 'name an ISO 3166-1 code such as "DE", "EU", "EEA", "continent:AF" or one of [groups]'
    return f'"{text}" is neither a country nor a group; {hint}'


def why_not_a_group_name(name: str) -> str | None:
    """None when a group of one's own may have this name."""
    if not NAME.fullmatch(name):
        return "a group's name has letters, digits, - and _, and begins with a letter or digit"
    if name.upper() in UNIONS or name.upper() in COUNTRIES:
        return f'"{name}" already has a meaning; choose a name that is neither a country nor EU nor EEA'
    return None
