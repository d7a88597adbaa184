"""Under what each answer is counted, and what else a worker counts. Knows the words, and no figures.

All of it stands in a row of memory that outlives the worker. What only says how the worker is just now begins anew with
it.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from georedirect.decision import Decision
    from georedirect.door.answer import Answer
    from georedirect.door.tally import Key, Row
    from georedirect.geo.cache import PlaceCache

_TAGS = " "  # between tags, which have no blanks

ANSWER, DECIDED = "answer", "decided"
"""The first words of keys: of an answer, and of the times that it took to decide."""
ACCEPTED, MISSES, EVICTIONS, NANOSECONDS = ("accepted",), ("misses",), ("evictions",), ("nanoseconds",)
"""Keys of what is counted besides."""
OPEN, MOST_OPEN, KEPT, MOST_KEPT, BORN = ("open",), ("most-open",), ("kept",), ("most-kept",), ("born",)
"""Keys of what only says how a worker is just now: connections, places in the LRU, and when it began to serve."""

BOUNDS = (5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 1e-1, float("inf"))
"""Seconds within which something is decided, or not; each time counts for the first that it is within."""


UNANNOUNCED = "unannounced"
"""The first word of keys that count connections which were closed unheard; the second is why."""


class Counted(NamedTuple):
    """What one cell counts; empty for what there is none of. `tags` are divided by blanks, `draws` are JSON."""

    status: str = ""
    site: str = ""
    reason: str = ""
    region: str = ""
    mirror: str = ""
    rule: str = ""
    draws: str = ""
    tags: str = ""
    country: str = ""

    @property
    def each_tag(self) -> list[str]:
        return self.tags.split(_TAGS) if self.tags else []

    @property
    def each_rule(self) -> list[tuple[str, str]]:
        """The rule that decided and those that drew something, each with its variant; empty where it has none."""
        drawn: dict[str, str] = dict(json.loads(self.draws)) if self.draws else {}
        return [*drawn.items(), *([(self.rule, "")] if self.rule and self.rule not in drawn else [])]

    @property
    def key(self) -> Key:
        return (ANSWER, *self)


class Counts:
    """A worker's counts, which goes on counting in the row of the one before it."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self.cells = row.cells
        self.buckets = [row.cell_of(bucket_key(bound)) for bound in BOUNDS]
        self._nanoseconds = row.cell_of(NANOSECONDS)
        self.accepted, self.misses, self.evictions = map(row.cell_of, (ACCEPTED, MISSES, EVICTIONS))
        self._of_now: dict[Key, int] = {key: row.cell_of(key) for key in (OPEN, MOST_OPEN, KEPT, MOST_KEPT, BORN)}
        for cell in self._of_now.values():
            self.cells[cell] = 0

    def cell_of(self, answered: Answer) -> int:
        """The cell in which such an answer is counted; without its country, where there are too many."""
        decision, place = answered.decision, answered.place
        counted = Counted(
            str(answered.status),
            answered.policy.name if answered.policy is not None else "",
            answered.reason,
            *((decision.region_name or "", *_had_a_part(decision)) if decision is not None else ("",) * 5),
            country=(place.country if place is not None else None) or "",
        )
        return self._row.cell_of(counted.key, counted._replace(country="").key)

    def add(self, answered: Answer) -> None:
        """Count an answer that was given the long way."""
        self.cells[self.cell_of(answered)] += 1

    def add_unannounced(self, cause: str) -> None:
        """Count a connection that was closed before anything on it was read as HTTP."""
        self.cells[self._row.cell_of((UNANNOUNCED, cause))] += 1

    def accept(self) -> None:
        """Count a connection."""
        self.cells[self.accepted] += 1

    def time(self, seconds: float) -> None:
        """Count how long it took to decide."""
        self.cells[self.buckets[bisect_left(BOUNDS, seconds)]] += 1
        self.cells[self._nanoseconds] += int(seconds * 1e9)

    def tell(self, key: Key, number: float) -> None:
        """Say how the worker is just now."""
        self.cells[self._of_now[key]] = int(number)

    def watch(self, places: PlaceCache) -> None:
        """Count what becomes of its questions, from now on."""
        places.count_in(self.cells, self.misses, self.evictions)


def bucket_key(bound: float) -> Key:
    return DECIDED, str(bound)


def _had_a_part(decision: Decision) -> tuple[str, str, str, str]:
    draws = json.dumps(decision.draws) if decision.draws else ""
    return decision.mirror or "", decision.rule or "", draws, _TAGS.join(decision.tags)
