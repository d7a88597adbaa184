"""The process that asks the mirrors how they are, from its fork to its end. Does not know what follows from that."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from georedirect.door.renewal import Renewal
from georedirect.health.checker import Checker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from georedirect.door.child import Life
    from georedirect.door.snapshot import Snapshot
    from georedirect.health.board import HealthBoard
    from georedirect.health.probe import Prober
    from georedirect.health.verdict import Outcome
    from georedirect.policy.mirror_model import Check

_BEAT_SECONDS = 0.25


def check_mirrors(checks: Sequence[Check], board: HealthBoard, life: Life) -> None:
    """Ask until SIGTERM, or until the process at the other end of the lifeline is gone."""
    asyncio.run(_check_mirrors(checks, board, life))


async def _check_mirrors(checks: Sequence[Check], board: HealthBoard, life: Life) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(life.lifeline, stop.set)
    async with _Asking() as asking, Checker(board, asking.ask) as checker:
        checker.renew(checks)
        _beat(loop, life)
        Renewal(life.line, lambda snapshot: _prepare(checker, snapshot)).open()
        life.ready()
        await stop.wait()
        loop.remove_reader(life.lifeline)


class _Asking(AsyncExitStack):
    """Asks once there is anything to ask: what that takes is loaded no sooner, as many a door never needs it."""

    _prober: Prober | None = None

    async def ask(self, check: Check) -> Outcome:
        if self._prober is None:
            from georedirect.health.probe import Prober  # noqa: PLC0415  see above

            self._prober = await self.enter_async_context(Prober())  # which waits for nothing
        return await self._prober.ask(check)


def _prepare(checker: Checker, snapshot: Snapshot) -> Callable[[], None]:
    """Of a snapshot only its checks are kept: its databases are the workers' business."""
    checks = snapshot.configuration.checks
    return lambda: checker.renew(checks)


def _beat(loop: asyncio.AbstractEventLoop, life: Life) -> None:
    """Say that the event loop goes round, for as long as it does."""
    life.beat()
    loop.call_later(_BEAT_SECONDS, _beat, loop, life)
