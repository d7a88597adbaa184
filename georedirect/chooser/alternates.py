"""Which `hreflang` each region has, so that search engines know them all. Knows no pages and no headers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import langcodes

_COUNTRY = re.compile(r"[A-Z]{2}")
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis"})


class Region(NamedTuple):
    """What of a region decides its tags."""

    name: str
    languages: tuple[str, ...]
    countries: tuple[str, ...]


@lru_cache(maxsize=256)  # one a policy
def hreflangs(regions: tuple[Region, ...], default: str) -> tuple[tuple[str, str], ...]:
    """(tag, NAME of the region), each tag once, x-default first.

    A language of one region only stands alone. One of several has a tag for each of their countries, and stands alone
    for the default region or the first that has no countries; where neither is among them, x-default takes the rest.
    """
    tags = {"x-default": default} if any(region.name == default for region in regions) else {}
    offers = _offers(regions)
    for tag, offering in offers.items():
        if len(offering) == 1 or _has_territory(tag):
            tags.setdefault(tag, offering[0].name)
    for tag, offering in offers.items():
        if len(offering) > 1 and not _has_territory(tag):
            _share(tag, offering, default, tags)
    return tuple(tags.items())


def _offers(regions: tuple[Region, ...]) -> dict[str, list[Region]]:
    offers: dict[str, list[Region]] = {}
    for region in regions:
        for tag in dict.fromkeys(map(_standard, region.languages)):
            if tag is not None:
                offers.setdefault(tag, []).append(region)
    return offers


def _share(tag: str, offering: list[Region], default: str, tags: dict[str, str]) -> None:
    everywhere = [region.name for region in offering if region.name == default or not region.countries]
    if everywhere:
        tags.setdefault(tag, default if default in everywhere else everywhere[0])
    for region in offering:
        for country in filter(_COUNTRY.fullmatch, region.countries):
            tags.setdefault(langcodes.Language.get(tag).update_dict({"territory": country}).to_tag(), region.name)


def _standard(tag: str) -> str | None:
    """The tag as BCP 47 writes it today; None for what is none, or names no language."""
    if not tag.isascii() or not langcodes.tag_is_valid(tag):
        return None
    standard = langcodes.standardize_tag(tag)
    return None if standard.partition("-")[0] in _NO_LANGUAGE else standard


def _has_territory(tag: str) -> bool:
    return langcodes.Language.get(tag).territory is not None
