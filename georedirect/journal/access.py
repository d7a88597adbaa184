"""One worker's access log: what has been noted and not handed to the writer yet. Knows no format and no requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.journal.sheet import new_sheet
from georedirect.journal.sink import Sink
from georedirect.journal.writer import Writer
from georedirect.policy.log_model import Stream

if TYPE_CHECKING:
    from pathlib import PurePath

    from georedirect.policy.log_model import LogSettings

MOST_LINES, MOST_NOTED_OCTETS = 2048, 1 << 20
"""That are noted before they are handed on, if a quarter of a second is not over sooner."""
_CLOSE_SECONDS = 1.0


class AccessLog:
    """`sheet` is what is noted on: always the same, so whoever notes may hold on to it."""

    def __init__(self, writer: Writer | None = None, worker: int = 1) -> None:
        """`worker` is counted from 1, as it is told."""
        self.worker = worker
        self.sheet = new_sheet(MOST_LINES, MOST_NOTED_OCTETS)
        self._writer = writer or Writer()
        self._where: PurePath | Stream = Stream.OFF

    def aim(self, settings: LogSettings) -> None:
        """Write what is noted from now on to where the settings say."""
        where = settings.where
        if where != self._where:
            self.hand_on()
            self._where = where
            self._writer.aim(None if where is Stream.OFF else Sink(where))

    def note(self, line: bytes) -> None:
        """Note a line, with its line feed. An empty sheet has room for any: they are much shorter than that."""
        if not self.sheet.add(line):
            self.hand_on()
            self.sheet.add(line)

    def hand_on(self) -> None:
        """Have written what has been noted; to be called several times a second."""
        lines, number = self.sheet.take()
        if number:
            self._writer.put(lines, number)

    def reopen(self) -> None:
        self._writer.reopen()

    def close(self) -> None:
        """Write what is left, unless that takes longer than anybody should wait for the end."""
        self.hand_on()
        self._writer.close(_CLOSE_SECONDS)
