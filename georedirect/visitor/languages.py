"""Which languages the visitor reads, and which of those on offer suits best. Knows no regions and no CLDR."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_CHARACTERS = 500
MOST_RANGES = 32

# RFC 4647 2.1 and RFC 9110 12.4.2. Possessive quantifiers keep it linear on any text.
_MEMBER = re.compile(
    r"[ \t]*+(\*|[A-Za-z]{1,8}+(?:-[A-Za-z0-9]{1,8}+)*+)[ \t]*+"
    r"(?:;[ \t]*+[Qq]=(0(?:\.[0-9]{0,3})?+|1(?:\.0{0,3})?+)[ \t]*+)?+"
)


class LanguageRange(NamedTuple):
    """A lower-case BCP 47 range, or "*", and how much it is wanted, in thousandths; 0 refuses it."""

    tag: str
    q: int


_by_q = attrgetter("q")


@dataclass(frozen=True, slots=True)
class Offered:
    """The languages on offer, prepared for `lookup`. All keys are lower-case.

    `tags` has a key with an explicit script for each tag as the policy spells it ("zh-hant-hk": "zh-HK").
    `scripts` has the likely script of each offered language, and of each language and region that differs
    from it ("zh": "hans", "zh-hk": "hant"). `aliases` has deprecated primary subtags ("iw": "he").
    """

    tags: Mapping[str, str]
    scripts: Mapping[str, str]
    aliases: Mapping[str, str]


def parse_accept_language(lines: Sequence[str]) -> tuple[LanguageRange, ...]:
    """Read Accept-Language (RFC 9110 12.5.4): the most wanted first, as listed where equally wanted.

    Malformed members are skipped. No more than 500 characters and 32 ranges are read.
    """
    text = ",".join(lines)
    if len(text) > MOST_CHARACTERS:
        text = text[: MOST_CHARACTERS + 1].rpartition(",")[0]  # no half of a range
    ranges = [known for member in text.split(",") if (known := _read_member(member)) is not None]
    del ranges[MOST_RANGES:]
    ranges.sort(key=_by_q, reverse=True)  # stable, in reverse too
    return tuple(ranges)


@lru_cache(maxsize=1024)  # the world's browsers send a few hundred; hostile ones fill at most 1024 times 500 characters
def _read_member(text: str) -> LanguageRange | None:
    member = _MEMBER.fullmatch(text)
    if member is None:
        return None
    return LanguageRange(member[1].lower(), round(1000 * float(member[2] or 1)))


def lookup(ranges: Iterable[LanguageRange], offered: Offered) -> str | None:
    """Find the offered tag that the visitor prefers (RFC 4647 3.4), as the policy spells it; None if there is none.

    `ranges` come as `parse_accept_language` sorts them. Scripts are made explicit first, so "zh-HK" (Hant)
    never finds "zh" (Hans). "*" says nothing about which one; a tag that the visitor refuses is never found.
    """
    ranges = tuple(ranges)
    wishes = _wishes(ranges, offered) if ranges and ranges[-1].q == 0 else None
    for tag, q in ranges:
        if q == 0:
            break
        key = explicit_key(tag, offered.scripts, offered.aliases)
        while key:
            if key in offered.tags and (wishes is None or _is_wanted(key, wishes)):
                return offered.tags[key]
            key = key.rpartition("-")[0]  # keys never end in a single character, hence no rule for it
    return None


def explicit_key(tag: str, scripts: Mapping[str, str], aliases: Mapping[str, str]) -> str | None:
    """Write `tag` (lower-case) as `language-script[-...]`.

    An absent script is the likely one of language and region; an extended language (`zh-yue`) stands for itself (RFC
    5646 2.2.2). None when the language is not offered.
    """
    language, _, rest = tag.partition("-")
    second, _, further = rest.partition("-")
    if len(second) == 3 and second.isalpha():
        language, rest = second, further
        second = rest.partition("-")[0]
    language = aliases.get(language, language)
    script = scripts.get(language)
    if script is None:
        return None
    if not rest:
        return f"{language}-{script}"
    if len(second) == 4 and second.isalpha():  # a variant of four begins with a digit (RFC 5646 2.2.5)
        return f"{language}-{rest}"
    return f"{language}-{scripts.get(f'{language}-{second}', script)}-{rest}"


def _wishes(ranges: Iterable[LanguageRange], offered: Offered) -> dict[str, int]:
    """Say how much each key is wanted; of equal ones the kinder counts, which comes first."""
    wishes: dict[str, int] = {}
    for tag, q in ranges:
        key = explicit_key(tag, offered.scripts, offered.aliases)
        if key is not None:
            wishes.setdefault(key, q)
    return wishes


def _is_wanted(key: str, wishes: Mapping[str, int]) -> bool:
    """Ask the most specific wish around `key`; a key that none is around was found from a narrower, kind one."""
    while key and key not in wishes:
        key = key.rpartition("-")[0]
    return wishes.get(key, 1) > 0
