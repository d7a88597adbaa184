"""One worker's access log: what has been noted and not handed to the writer yet. Knows no format and no requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.journal.sink import Sink
from georedirect.journal.writer import Writer
from georedirect.policy.log_model import Stream

if TYPE_CHECKING:
    from pathlib import PurePath

    from georedirect.policy.log_model import LogSettings

MOST_LINES = 256
"""That are noted before they are handed on, if a quarter of a second is not over sooner."""
_CLOSE_SECONDS = 1.0


class AccessLog:
    """`lines` are those that wait, in order: whoever adds one looks whether they are MOST_LINES by then.

    It is always the same list, so whoever notes may hold on to it.
    """

    def __init__(self, writer: Writer | None = None, worker: int = 1) -> None:
        """`worker` is counted from 1, as it is told."""
        self.worker = worker
        self.lines: list[bytes] = []
        self._writer = writer or Writer()
        self._where: PurePath | Stream = Stream.OFF

    def aim(self, settings: LogSettings) -> None:
        """Write what is noted from now on to where the settings say."""
        where = settings.where
        if where != self._where:
            self.hand_on()
            self._where = where
            self._writer.aim(None if where is Stream.OFF else Sink(where))

    def hand_on(self) -> None:
        """Have written what has been noted; to be called several times a second."""
        if self.lines:
            self._writer.put(b"".join(self.lines))
            self.lines.clear()

    def reopen(self) -> None:
        self._writer.reopen()

    def close(self) -> None:
        """Write what is left, unless that takes longer than anybody should wait for the end."""
        self.hand_on()
        self._writer.close(_CLOSE_SECONDS)
