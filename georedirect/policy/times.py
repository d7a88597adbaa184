"""When rules hold: spans of time, and hours of the day by a wall clock. Reads no clock: it is told the time.

Times are in seconds since 1970. A wall clock says what the people of its zone read, so that an hour that is left out in
spring is in no window, and one that comes twice in autumn is in it twice.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, inf, isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import time
    from zoneinfo import ZoneInfo

EVERY_DAY = frozenset(range(7))

State = tuple[int, tuple[float | None, ...]]
"""What all windows of a timetable say at some time."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one time on, until just before another."""

    begins: float = -inf
    ends: float = inf

    def holds(self, now: float) -> bool:
        return self.begins <= now < self.ends

    def end_after(self, now: float) -> float:  # noqa: ARG002  one signature for all windows
        """When a window that holds ends; infinite for never."""
        return self.ends


@dataclass(frozen=True, slots=True)
class Daily:
    """From one time of the day on, until just before another, which may be the next day's.

    `days` are the weekdays on which it begins; Monday is 0. Where they are not all, and both times are midnight, it is
    whole days.
    """

    begins: time
    ends: time
    zone: ZoneInfo
    days: frozenset[int] = EVERY_DAY

    def holds(self, now: float) -> bool:
        local = datetime.fromtimestamp(now, self.zone)
        clock, day = local.time(), local.weekday()
        if self.begins < self.ends:
            return self.begins <= clock < self.ends and day in self.days
        return day in self.days if clock >= self.begins else clock < self.ends and (day - 1) % 7 in self.days

    def end_after(self, now: float) -> float:
        """When a window that holds ends: where its clock says, or where that is put forward or back out of it."""
        there = self._next_end(now)
        jump = _jump_between(now, there, self.zone)
        ends = there if jump is None else jump
        return self.end_after(ends) if self.holds(ends) else ends

    def _next_end(self, now: float) -> float:
        """When the clock next shows `ends`; of two times, the one that is still to come."""
        local = datetime.fromtimestamp(now, self.zone)
        day = local.date() if local.time() < self.ends else local.date() + timedelta(days=1)
        there = datetime.combine(day, self.ends, self.zone)
        first = there.timestamp()
        return first if first > now else there.replace(fold=1).timestamp()


def _jump_between(now: float, then: float, zone: ZoneInfo) -> float | None:
    """When clocks are put forward or back behind the one time and until the other; that is so at whole seconds."""
    before, after = floor(now), floor(then)
    offset = datetime.fromtimestamp(before, zone).utcoffset()
    if datetime.fromtimestamp(after, zone).utcoffset() == offset:
        return None
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


Window = Span | Daily


@dataclass(frozen=True, slots=True)
class Timetable:
    """All windows together: whether what they say has changed, whichever way the clock went.

    `edges` are the times at which spans begin and end, in order.
    """

    edges: tuple[float, ...] = ()
    daily: tuple[Daily, ...] = ()

    @classmethod
    def of(cls, windows: Iterable[Window]) -> Timetable:
        windows = list(windows)
        edges = {edge for window in windows if isinstance(window, Span) for edge in (window.begins, window.ends)}
        daily = dict.fromkeys(window for window in windows if isinstance(window, Daily))
        return cls(tuple(sorted(filter(isfinite, edges))), tuple(daily))

    def state(self, now: float) -> State:
        """Equal for two times if no window says another thing at the one than at the other, nor when that ends."""
        return bisect_right(self.edges, now), tuple(
            daily.end_after(now) if daily.holds(now) else None for daily in self.daily
        )
