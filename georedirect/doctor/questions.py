"""What is asked of a URL, in which order and as whom, so that a cache can go wrong if it ever does. Asks nobody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from georedirect.visitor.host import Host, parse_host

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from georedirect.doctor.guise import Guise, Headers

PARAMETER = "georedirect-doctor"
SEED_DIGITS, _NUMBER_DIGITS = 12, 4
MARK = re.compile(
    rf"(?:[?&]|&amp;|%3[Ff]|%26|\\u0026){PARAMETER}(?:=|%3[Dd])([0-9a-f]{{{SEED_DIGITS + _NUMBER_DIGITS}}})"
)
"""What the doctor adds to a URL, as it may stand in an answer: raw, in HTML, in a query, in JSON."""

_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.DOTALL)
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_PORTS = {"http": 80, "https": 443}


class Url(NamedTuple):
    """An http(s) URL: where to connect, what to send as Host, and the target as it goes over the wire."""

    scheme: str
    host: Host
    target: str

    @property
    def port(self) -> int:
        return self.host.port or _PORTS[self.scheme]

    @property
    def authority(self) -> str:
        is_usual = self.port == _PORTS[self.scheme]
        return self.host.name if is_usual else f"{self.host.name}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_url(text: str) -> Url:
    """Read an absolute URL; else ValueError. A fragment is dropped, as clients do."""
    match = _URL.fullmatch(text)
    if match is None or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(f"{text!r} is not a URL such as https://www.example.com/")
    host = parse_host(match[2])
    if host is None or host.port == 0:
        raise ValueError(f"{match[2]!r} is not a host such as www.example.com or [::1]:8307")
    target = match[3] if match[3].startswith("/") else f"/{match[3]}"
    return Url(match[1].lower(), host, quote(target, safe=_VISIBLE))


class Series(StrEnum):
    """What a question is for."""

    OWN = "own"  # at a URL that nobody else asks: what this visitor gets when no cache can know better
    TURNS = "turns"  # at a URL that is new, and that all ask in turns
    GIVEN = "given"  # at the URL as it was given, where answers may lie that others have left


@dataclass(frozen=True, slots=True)
class Question:
    """One request; `mark` is what makes its URL a new one, empty for the URL as given."""

    target: str
    guise: Guise
    series: Series
    mark: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, with its headers as they came, and the body as far as it was read."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    question: Question
    reply: Reply


def plan(target: str, guises: Sequence[Guise], rounds: int, seed: str) -> tuple[Question, ...]:
    """All questions in order: `rounds * len(guises) * (len(guises) + 3)` of them.

    Each visitor is the first at one new URL. `seed` is SEED_DIGITS hexadecimal digits that no other run has.
    """
    marks = (f"{seed}{number:0{_NUMBER_DIGITS}x}" for number in range(16**_NUMBER_DIGITS))
    return (
        *_alone(target, [*guises] * rounds, marks),
        *_turns(target, guises, rounds, marks),
        *_asked(target, guises, rounds, Series.GIVEN),
        *_alone(target, [*reversed(guises)] * rounds, marks),  # reversed, or servers that take turns too look steady
    )


def _alone(target: str, guises: Sequence[Guise], marks: Iterator[str]) -> Iterator[Question]:
    for guise, mark in zip(guises, marks, strict=False):
        yield Question(_marked(target, mark), guise, Series.OWN, mark)


def _turns(target: str, guises: Sequence[Guise], rounds: int, marks: Iterator[str]) -> Iterator[Question]:
    for first, mark in zip(range(len(guises)), marks, strict=False):
        order = [*guises[first:], *guises[:first]]
        yield from _asked(_marked(target, mark), order, rounds, Series.TURNS, mark)


def _asked(target: str, guises: Sequence[Guise], rounds: int, series: Series, mark: str = "") -> Iterator[Question]:
    return (Question(target, guise, series, mark) for guise in [*guises] * rounds)


def _marked(target: str, mark: str) -> str:
    return f"{target}{'&' if '?' in target else '?'}{PARAMETER}={mark}"
