"""A child's end of the line: it takes what the supervisor hands it to serve. Does not know what is done with it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from typing import TYPE_CHECKING

from georedirect.door.line import GONE, close_all
from georedirect.door.parcel import unpack
from georedirect.door.reload import SERVE, TAKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from georedirect.door.line import Line, Message
    from georedirect.door.snapshot import Snapshot

log = logging.getLogger("georedirect")


class Renewal:
    """Hears on a line what there is to serve. `prepare` makes of a snapshot, off the event loop, what swaps it in.

    All other messages go to `hear`.
    """

    def __init__(
        self,
        line: Line,
        prepare: Callable[[Snapshot], Callable[[], None]],
        hear: Callable[[Message], None] = lambda _: None,
    ) -> None:
        self._line = line
        self._prepare = prepare
        self._hear_other = hear
        self._tasks: set[asyncio.Task[None]] = set()
        self._newest = 0

    def open(self) -> None:
        """Begin to listen, on the running event loop."""
        asyncio.get_running_loop().add_reader(self._line.fileno(), self._hear)

    def _hear(self) -> None:
        while (message := self._line.hear()) is not None:
            if message is GONE:
                asyncio.get_running_loop().remove_reader(self._line.fileno())
                return
            if message.word == SERVE:
                task = asyncio.create_task(self._take(message))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            else:
                close_all(message.descriptors)
                self._hear_other(message)

    async def _take(self, message: Message) -> None:
        """Serve it, unless there is something newer by now. Who cannot ends, and is replaced by one that can."""
        number = int(message.body)
        try:
            swap = await asyncio.get_running_loop().run_in_executor(None, self._unpack, message.descriptors)
        except Exception:
            log.exception("what there is to serve has not arrived whole")
            os.kill(os.getpid(), signal.SIGTERM)
            return
        if number > self._newest:
            self._newest = number
            swap()
        self._line.say(TAKEN, message.body)

    def _unpack(self, parcel: tuple[int, ...]) -> Callable[[], None]:
        try:
            return self._prepare(unpack(parcel))
        finally:
            close_all(parcel[:1])
