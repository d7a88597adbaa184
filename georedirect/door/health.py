"""The process that asks the mirrors how they are, from its fork to its end. Does not know what follows from that."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from georedirect.door.renewal import Renewal
from georedirect.health.checker import Checker
from georedirect.health.probe import Prober

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from georedirect.door.child import Life
    from georedirect.door.snapshot import Snapshot
    from georedirect.health.board import HealthBoard
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
    async with Prober() as prober, Checker(board, prober.ask) as checker:
        checker.renew(checks)
        _beat(loop, life)
        Renewal(life.line, lambda snapshot: _prepare(checker, snapshot)).open()
        life.ready()
        await stop.wait()
        loop.remove_reader(life.lifeline)


def _prepare(checker: Checker, snapshot: Snapshot) -> Callable[[], None]:
    """Of a snapshot only its checks are kept: its databases are the workers' business."""
    checks = snapshot.configuration.checks
    return lambda: checker.renew(checks)


def _beat(loop: asyncio.AbstractEventLoop, life: Life) -> None:
    """Say that the event loop goes round, for as long as it does."""
    life.beat()
    loop.call_later(_BEAT_SECONDS, _beat, loop, life)
