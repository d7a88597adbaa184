"""Asks all mirrors, each in its own rhythm, and keeps the board up to date. Knows nothing of processes or policies.

All times are those of the event loop's clock, which no change of the date can reach.
"""

from __future__ import annotations

import asyncio
import logging
from random import uniform
from time import monotonic
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from georedirect.health.board import Verdicts, names_of
from georedirect.policy.mirror_model import MOST_CHECKS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from georedirect.health.board import HealthBoard
    from georedirect.health.verdict import Outcome, Verdict
    from georedirect.policy.mirror_model import Check

log = logging.getLogger("georedirect")

MOST_AT_ONCE = 64
_FIRST_SECONDS = 1.0  # within which a mirror is asked for the first time
_SHORTEST, _LONGEST = 0.9, 1.0  # of an interval: so those who are asked together are not for long
_FIGURES_SECONDS = 1.0  # how old the board's figures may be
_NEWS_SECONDS = 0.02  # how old a change may be: a hundred at once are written once


class Checker:
    """To be used as a context on the running event loop; `ask` asks a mirror once and never raises.

    What is known of a mirror at the start is what the board says: another process may have asked before.
    """

    def __init__(self, board: HealthBoard, ask: Callable[[Check], Awaitable[Outcome]]) -> None:
        self._board = board
        self._ask = ask
        self._verdicts: dict[Check, Verdict] = {}
        self._tasks: dict[Check, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._writing: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._write()

    def renew(self, checks: Sequence[Check]) -> None:
        """Make these the checks from now on; those that stay are not disturbed."""
        if len(checks) > MOST_CHECKS:
            log.error("there are %d checks, and only the first %d are made", len(checks), MOST_CHECKS)
        wanted = dict.fromkeys(checks[:MOST_CHECKS])
        for check in [check for check in self._tasks if check not in wanted]:
            self._tasks.pop(check).cancel()
        known = self._known()
        self._verdicts = {check: known.of(check) for check in wanted}
        self._tasks = {check: self._tasks.get(check) or asyncio.create_task(self._follow(check)) for check in wanted}
        self._write()

    def _known(self) -> Verdicts:
        if not self._verdicts:
            return self._board.read()
        return Verdicts((names_of(check), verdict) for check, verdict in self._verdicts.items())

    async def _follow(self, check: Check) -> None:
        """Ask a mirror for good. Each time is at most one interval after the one before, if there is a place."""
        await asyncio.sleep(uniform(0.0, min(float(check.interval_seconds), _FIRST_SECONDS)))  # noqa: S311  no secret
        while True:
            begins = monotonic()
            async with self._places:
                outcome = await self._ask(check)
            self._learn(check, outcome)
            next_begins = begins + check.interval_seconds * uniform(_SHORTEST, _LONGEST)  # noqa: S311  nor this
            await asyncio.sleep(max(0.0, next_begins - monotonic()))

    def _learn(self, check: Check, outcome: Outcome) -> None:
        before = self._verdicts[check]
        verdict = self._verdicts[check] = before.after(outcome, check, monotonic())
        if verdict.is_well is not before.is_well:
            _log(check, verdict)
            self._write_within(_NEWS_SECONDS)
        else:
            self._write_within(_FIGURES_SECONDS)

    def _write_within(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if self._writing is not None and self._writing.when() > loop.time() + seconds:
            self._writing.cancel()
            self._writing = None
        self._writing = self._writing or loop.call_later(seconds, self._write)

    def _write(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        self._board.write(self._verdicts)


def _log(check: Check, verdict: Verdict) -> None:
    where = shown(check.url)
    if verdict.is_well:
        log.info("%s is well again; right answers in a row: %d, the last: %s", where, verdict.rights, verdict.word)
    else:
        text = "%s is sick; wrong answers in a row: %d, the last: %s; right ones that make it well: %d"
        log.warning(text, where, verdict.wrongs, verdict.word, verdict.rises_after(check))


def shown(url: str) -> str:
    """A URL as it may stand in a log: without what may be a secret."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
