"""Memory in which one process writes how all mirrors are, and many others read it. Asks no mirror.

There are two halves, and a word of eight octets that says which one counts. The writer fills the other half, then
stores the word, which is one step for the machine: whenever it is killed, readers find what was whole before, or what
is whole now.
"""

from __future__ import annotations

import json
from dataclasses import fields
from functools import lru_cache
from hashlib import blake2b
from mmap import mmap
from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from georedirect.health.verdict import Verdict
from georedirect.policy.mirror_model import MOST_CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from georedirect.policy.mirror_model import Check

MOST_WORD_CHARACTERS = 24
_ENTRY_OCTETS = 640  # two names of 32 characters, a word with all of it escaped, nine numbers of up to 24 characters
_HALF_OCTETS = MOST_CHECKS * _ENTRY_OCTETS + 64
_FIRST_HALF = 64
_HEADER = Struct("=QQ")  # how many octets follow, and their check sum
_LOW = 0xFFFF_FFFF
_FIELDS = tuple(field.name for field in fields(Verdict))
_MOST_COUNT = 1 << 53  # which JSON holds exactly


class Names(NamedTuple):
    """Short names of a check: of all that it says, and of just what it asks. Equal checks have equal ones, anywhere."""

    whole: str
    asked: str


@lru_cache(maxsize=2 * MOST_CHECKS)
def names_of(check: Check) -> Names:
    asked, statuses = (check.url, check.method), _in_text(check.statuses)
    others = (check.interval_seconds, check.timeout_seconds, check.fall, check.rise, check.text)
    return Names(_digest((asked, statuses, others)), _digest(asked))


@lru_cache(maxsize=MOST_CHECKS)
def _in_text(statuses: tuple[int, ...]) -> str:
    """Most checks have the same ones, and many."""
    return repr(statuses)


def _digest(value: object) -> str:
    return blake2b(json.dumps(value).encode(), digest_size=16).hexdigest()


class Verdicts:
    """All verdicts of one moment, by the names of their checks."""

    def __init__(self, entries: Iterable[tuple[Names, Verdict]] = ()) -> None:
        self._entries = tuple(entries)
        self._by_whole = {names.whole: verdict for names, verdict in self._entries}
        self._by_asked = {names.asked: verdict for names, verdict in reversed(self._entries)}

    def __iter__(self) -> Iterator[tuple[Names, Verdict]]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def of(self, check: Check) -> Verdict:
        """Its own, else that of one that asks the same, else that of a mirror of which nothing is known yet."""
        names = names_of(check)
        return self._by_whole.get(names.whole) or self._by_asked.get(names.asked) or Verdict()


class HealthBoard:
    """To be made before the processes are forked that share it. Only one of them at a time may write."""

    def __init__(self) -> None:
        self._memory = memoryview(mmap(-1, _FIRST_HALF + 2 * _HALF_OCTETS))
        self._word = self._memory[:8].cast("Q")
        self._shown: frozenset[tuple[str, bool]] | None = None

    @property
    def version(self) -> int:
        """Another number whenever other checks are on the board or another mirror is sick; cheap to look at."""
        return self._word[0] >> 32

    def read(self) -> Verdicts:
        """All that is known."""
        octets = self._octets()
        return Verdicts(_read(entry) for entry in json.loads(octets)) if octets else Verdicts()

    def down_of(self, checks: Iterable[Check]) -> frozenset[Check]:
        """Those of the checks whose mirrors are sick."""
        verdicts = self.read()
        return frozenset(check for check in checks if not verdicts.of(check).is_well)

    def write(self, verdicts: Mapping[Check, Verdict]) -> None:
        """Make these all that is known; of more than MOST_CHECKS, the first."""
        entries = [(names_of(check), verdict) for check, verdict in [*verdicts.items()][:MOST_CHECKS]]
        octets = json.dumps([_written(*entry) for entry in entries], separators=(",", ":")).encode()
        word = self._word[0]
        number = (word + 1) & _LOW
        half = self._half(number)
        half[: _HEADER.size] = _HEADER.pack(len(octets), crc32(octets))
        half[_HEADER.size : _HEADER.size + len(octets)] = octets
        shown = frozenset((names.whole, verdict.is_well) for names, verdict in entries)
        version = (word >> 32) + (shown != self._shown)
        self._shown = shown
        self._word[0] = (version & _LOW) << 32 | number

    def _half(self, number: int) -> memoryview:
        begin = _FIRST_HALF + (number & 1) * _HALF_OCTETS
        return self._memory[begin : begin + _HALF_OCTETS]

    def _octets(self) -> bytes:
        """What was written last, whole; empty where nothing was.

        Who is so slow that the writer has come round meanwhile reads again.
        """
        while True:
            word = self._word[0]
            half = self._half(word & _LOW)
            length, digest = _HEADER.unpack(half[: _HEADER.size])
            octets = bytes(half[_HEADER.size : _HEADER.size + length])
            if self._word[0] == word and crc32(octets) == digest:
                return octets


def _written(names: Names, verdict: Verdict) -> list[object]:
    """One entry, whose length is bounded whatever the verdict says."""
    return [*names, *(_bounded(getattr(verdict, name)) for name in _FIELDS)]


def _bounded(value: object) -> object:
    if isinstance(value, str):
        return value[:MOST_WORD_CHARACTERS]
    if isinstance(value, float):
        return round(value, 6)
    return min(value, _MOST_COUNT) if isinstance(value, int) else value


def _read(entry: list[Any]) -> tuple[Names, Verdict]:
    whole, asked, *values = entry
    return Names(whole, asked), Verdict(*values)
