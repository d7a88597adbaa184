"""What the admin listener knows: what is served, what has become of each reload, and how to ask for one. No HTTP."""

from __future__ import annotations

import asyncio
import pickle
from contextlib import suppress
from time import monotonic, time
from typing import TYPE_CHECKING

from georedirect.door.history import History
from georedirect.door.reload import TOLD
from georedirect.door.tally import Tally
from georedirect.health.board import Verdicts
from georedirect.watch.figures import Figures
from georedirect.watch.mirrors import see_mirrors

if TYPE_CHECKING:
    from collections.abc import Callable

    from georedirect.door.history import Attempt
    from georedirect.door.line import Message
    from georedirect.door.snapshot import Snapshot
    from georedirect.health.board import HealthBoard
    from georedirect.policy.mirror_model import Check
    from georedirect.watch.figures import CacheSeen, Traffic, WorkerSeen
    from georedirect.watch.mirrors import Seen

RELOAD_SECONDS = 150.0
"""How long a reload may take: as long as the loader may, and then some."""

_LOOK_SECONDS = 0.25  # how often to see whether the door is being stopped


class Desk:
    """`ask` asks the supervisor for a reload, by number, and says whether it listens; `asked` is the last that was."""

    def __init__(  # noqa: PLR0913  one for each thing that it knows
        self,
        snapshot: Snapshot,
        is_draining: Callable[[], bool] = lambda: False,
        history: History | None = None,
        ask: Callable[[int], bool] = lambda _: False,
        *,
        asked: int = 0,
        health: HealthBoard | None = None,
        tally: Tally | None = None,
    ) -> None:
        self._snapshot = snapshot
        self.health = health
        self.figures = Figures(tally or Tally())
        self.is_draining = is_draining
        self.history = history or History(loaded=time())
        self._ask = ask
        self._asked = asked
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def snapshot(self) -> Snapshot:
        """What is served now."""
        health, checks = self.health, self._snapshot.configuration.checks
        down: frozenset[Check] = frozenset() if health is None else health.down_of(checks)
        self._snapshot = self._snapshot.at(time(), down)
        return self._snapshot

    def mirrors(self) -> list[Seen]:
        """How all mirrors are that are checked."""
        verdicts = Verdicts() if self.health is None else self.health.read()
        return see_mirrors(self._snapshot.configuration, verdicts)

    def traffic(self) -> Traffic:
        """What all workers together have answered since the start."""
        return self.figures.traffic()

    def cache(self, traffic: Traffic | None = None) -> CacheSeen:
        """How well the workers remember where addresses are; `traffic` is for who has just read that."""
        return self.figures.cache(traffic)

    def workers(self) -> list[WorkerSeen]:
        """How each worker is; none where there is no service around this desk."""
        return self.figures.workers()

    def renew(self, snapshot: Snapshot) -> Callable[[], None]:
        """Make ready to speak of another snapshot; what is returned swaps it in."""

        def swap() -> None:
            self._snapshot = snapshot

        return swap

    def hear(self, message: Message) -> None:
        """Take note of what the supervisor tells."""
        if message.word == TOLD:
            self.history = pickle.loads(message.body)  # noqa: S301  the supervisor is this very program
            task = asyncio.create_task(self._tell())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def reload(self) -> Attempt | None:
        """Have everything loaded again, and wait for what becomes of it; None when nobody does."""
        self._asked += 1
        mine = self._asked
        if self.is_draining() or not self._ask(mine):
            return None
        deadline = monotonic() + RELOAD_SECONDS
        while self.history.answered < mine and monotonic() < deadline and not self.is_draining():
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS), self._news:
                    await self._news.wait()
        return self.history.last if self.history.answered >= mine else None
