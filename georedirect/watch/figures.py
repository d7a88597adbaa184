"""What has been counted, put together for whoever tells the operator. Knows neither Prometheus nor pages."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from georedirect.door import counting
from georedirect.door.announcing import Unannounced
from georedirect.door.census import DEATHS, SERVES
from georedirect.door.counting import ANSWER, BOUNDS, Counted, bucket_key
from georedirect.door.tally import OTHERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from georedirect.door.tally import Key, Row, Tally

_HITS = ("hits",)
_OF_BLOCKS = (counting.EVICTIONS, counting.KEPT, counting.MOST_KEPT)
_OF_CONNECTIONS = (counting.OPEN, counting.MOST_OPEN, counting.ACCEPTED)


class Traffic:
    """All answers so far, by what they are counted by; `uncounted` are those of which no more is known."""

    def __init__(self, counts: Mapping[Counted, int], uncounted: int = 0) -> None:
        self.counts = counts
        self.uncounted = uncounted

    @property
    def total(self) -> int:
        return self.uncounted + sum(self.counts.values())

    def by(self, *names: str) -> Counter[tuple[str, ...]]:
        """How many by some of `Counted`'s fields: `by("site", "country")`. What there is none of is empty."""
        fields = [Counted._fields.index(name) for name in names]
        found = Counter[tuple[str, ...]]()
        for counted, count in self.counts.items():
            found[tuple([counted[field] for field in fields])] += count
        return found

    def without_country(self) -> Traffic:
        """The same for who does not want to know that: of far fewer things."""
        *others, _ = Counted._fields
        return Traffic({Counted(*values): count for values, count in self.by(*others).items()}, self.uncounted)


class CacheSeen(NamedTuple):
    """The LRUs of all workers together. `hits` and `misses` are answers without and with a question to the database.

    `size` and `capacity` are in blocks of addresses; `evictions` are blocks that had to make room.
    """

    hits: int
    misses: int
    evictions: int
    size: int
    capacity: int

    @property
    def hit_share(self) -> float | None:
        """Between 0 and 1; None before the first answer."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else None


class ConnectionsSeen(NamedTuple):
    """The connections of all workers together: how many are open, may be, and have been."""

    open: int
    most: int
    accepted: int


class DecidedIn(NamedTuple):
    """How long it took to decide, of a sample: how many within each of BOUNDS or less, and seconds in all."""

    within: Sequence[int]
    seconds: float

    @property
    def all(self) -> int:
        return self.within[-1]


class ProcessSeen(NamedTuple):
    """One process that the supervisor keeps alive: whether it serves, and how often it has died."""

    name: str
    serves: bool
    deaths: int

    @property
    def role(self) -> str:
        """`worker`, `admin` or `checks`."""
        return self.name.partition(" ")[0]


class WorkerSeen(NamedTuple):
    """One worker: since when it serves (seconds since 1970; 0 before it does), what it has open, and has answered.

    All but `since`, `connections` and `cached` (blocks) include what was before it in its place.
    """

    number: int
    serves: bool
    since: float
    deaths: int
    connections: int
    most_connections: int
    accepted: int
    answered: int
    cached: int


class Figures:
    """What the processes have counted in the rows of a tally, and go on counting."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._supervisor = tally.supervisor()
        self.admin = tally.admin()
        self._counted: dict[Key, Counted] = {}

    def traffic(self) -> Traffic:
        return self._traffic(self._tally.read())

    def cache(self, traffic: Traffic | None = None) -> CacheSeen:
        """A hit is what is no miss; as both go on while they are read, what has once been told is not taken back.

        `traffic` is for who has just read that.
        """
        answered = (traffic or self.traffic()).total  # first: one too few comes later
        misses = self._tally.count(counting.MISSES)
        most, cell = self.admin.cells, self.admin.cell_of(_HITS)
        most[cell] = hits = max(most[cell], answered - misses)
        return CacheSeen(hits, misses, *map(self._tally.count, _OF_BLOCKS))

    def connections(self) -> ConnectionsSeen:
        return ConnectionsSeen(*map(self._tally.count, _OF_CONNECTIONS))

    def unannounced(self) -> Mapping[str, int]:
        """How many connections have been closed unheard, by each reason why that may be."""
        return {str(cause): self._tally.count((counting.UNANNOUNCED, str(cause))) for cause in Unannounced}

    def decided_in(self) -> DecidedIn:
        within = accumulate(self._tally.count(bucket_key(bound)) for bound in BOUNDS)
        return DecidedIn([*within], self._tally.count(counting.NANOSECONDS) / 1e9)

    def processes(self) -> list[ProcessSeen]:
        """In the supervisor's order, which is workers, admin, checks."""
        told = self._supervisor.read()
        names = (key[1] for key in told if key[:1] == (SERVES,))
        return [ProcessSeen(name, bool(told[SERVES, name]), told[DEATHS, name]) for name in names]

    def workers(self) -> list[WorkerSeen]:
        told = [process for process in self.processes() if process.role == "worker"]
        return [self._worker(number, *pair) for number, pair in enumerate(zip(told, self._tally.rows, strict=False), 1)]

    def _worker(self, number: int, process: ProcessSeen, row: Row) -> WorkerSeen:
        connections, most, accepted = map(row.count, _OF_CONNECTIONS)
        since, cached = row.count(counting.BORN), row.count(counting.KEPT)
        answered = self._traffic(row.read()).total
        return WorkerSeen(number, process.serves, since, process.deaths, connections, most, accepted, answered, cached)

    def _traffic(self, total: Mapping[Key, int]) -> Traffic:
        """Keys are read once: they are many, and most are the same each time."""
        counts: dict[Counted, int] = {}
        for key, count in total.items():
            if count and key[:1] == (ANSWER,):
                counted = self._counted.get(key) or self._counted.setdefault(key, Counted(*key[1:]))
                counts[counted] = count
        return Traffic(counts, total.get(OTHERS, 0))
