"""What all connections of one process share: what is served, the limits, the time, and whether the door is closing."""

from __future__ import annotations

import asyncio
import resource
from time import time
from typing import TYPE_CHECKING, Protocol

from georedirect.door.contexts import Contexts
from georedirect.door.counting import BORN, KEPT, MOST_KEPT, MOST_OPEN, OPEN, Counts
from georedirect.door.lane import Lane
from georedirect.door.tally import Tally

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Collection

    from georedirect.door.snapshot import Snapshot
    from georedirect.door.tally import Row
    from georedirect.health.board import HealthBoard
    from georedirect.policy.mirror_model import Check

_TICK_SECONDS = 0.25
_OTHER_DESCRIPTORS = 32  # what a process has open besides, and is handed when something else is to be served


def _descriptors() -> int:
    """How many descriptors this process may have."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Expiring(Protocol):
    """A connection with a deadline, in seconds of the event loop's clock."""

    deadline: float

    def renew(self) -> None:
        """Something else is served now."""

    def expire(self) -> None: ...


class Service:
    """`lane` is what requests read; `swap` makes that something else. `now` is at most a tick old.

    `is_timing` asks for the time that the next request takes: of all it would cost too much. No lane is asked to scan
    until it is taken, so that a request that is scanned need not look.

    `contexts` are what new connections speak TLS with. `idle_until` is how long a connection that is done with a
    request may wait for the next.

    There is one timer for all of a process: one for each request would cost more than the request.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        health: HealthBoard | None = None,
        row: Row | None = None,
        contexts: Contexts | None = None,
    ) -> None:
        self.connections: Collection[Expiring] = ()
        self.counts = Counts(row or Tally().row(0))
        self._health = health
        self.contexts = Contexts.of(snapshot) if contexts is None else contexts.after(snapshot)
        self.swap(self.lane_of(snapshot))
        self.now = self.idle_until = 0.0
        self.is_draining = self.is_timing = False

    def lane_of(self, snapshot: Snapshot) -> Lane:
        """What is to be served of a snapshot just now; it takes its time."""
        return Lane(snapshot.at(time(), self._down(snapshot)), self.counts)

    def _down(self, snapshot: Snapshot) -> frozenset[Check]:
        """Whose mirrors are sick, as far as anybody looks after them."""
        return frozenset() if self._health is None else self._health.down_of(snapshot.configuration.checks)

    def swap(self, lane: Lane) -> None:
        """Serve something else from the next request on."""
        self.lane = lane
        self._seen = -1  # what has been written since the lane was made is of no lane yet
        self.limits = lane.snapshot.configuration.limits
        self.most_connections = min(self.limits.connections, _descriptors() - _OTHER_DESCRIPTORS)
        self.counts.tell(MOST_OPEN, self.most_connections)
        self.counts.tell(MOST_KEPT, lane.snapshot.configuration.database.lru_size)
        for connection in self.connections:
            connection.renew()

    def time_next(self, *, is_timing: bool) -> None:
        """Whether the next request that arrives is to be timed."""
        self.is_timing = is_timing
        self.lane.scans(is_on=not is_timing)

    async def open(self, _app: object) -> None:
        """Begin to look at the time; Sanic calls it before the first connection."""
        self.counts.tell(BORN, time())
        self._tick(asyncio.get_running_loop())

    async def close(self, _app: object) -> None:
        """Let every answer from now on be its connection's last."""
        self.is_draining = True

    def _down_now(self) -> frozenset[Check]:
        """The same as `_down`, of what is served: the board is read only where its version is not the one seen last."""
        if self._health is None or self._health.version == self._seen:
            return self.lane.snapshot.moment.down
        self._seen = self._health.version  # first, so that what is written meanwhile is looked at next time
        return self._down(self.lane.snapshot)

    def _tick(self, loop: AbstractEventLoop) -> None:
        loop.call_later(_TICK_SECONDS, self._tick, loop)  # first, so that nothing below can stop the clock
        self.now = loop.time()
        if not self.lane.snapshot.holds(time(), self._down_now()):  # a rule's time has come, or a mirror has gone
            self.swap(self.lane_of(self.lane.snapshot))
        self.idle_until = self.now + self.limits.keep_alive_seconds
        self.lane.date()
        self.time_next(is_timing=True)
        self.counts.tell(OPEN, len(self.connections))
        self.counts.tell(KEPT, len(self.lane.snapshot.places))
        for connection in [found for found in self.connections if found.deadline < self.now]:
            connection.expire()
