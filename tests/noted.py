"""An access log in memory, and what its lines say."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from georedirect.door.service import Service
from georedirect.journal.access import AccessLog
from georedirect.journal.writer import Writer
from tests.serving import snapshot_for

if TYPE_CHECKING:
    from georedirect.journal.sink import Sink

COMBINED = re.compile(
    r'([0-9a-f.:]+|-) - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "([ !#-~]*)" (\d{3}) (\d+) "([ !#-~]*)" '
    r'"([ !#-~]*)"'
)
"""A line of it: no tool has to be cleverer than this."""


class Memory(Writer):
    """Keeps what it is handed."""

    def __init__(self) -> None:
        super().__init__()
        self.octets = b""
        self.aims: list[Sink | None] = []

    def put(self, lines: bytes, number: int) -> None:
        assert lines.count(b"\n") == number
        self.octets += lines

    def aim(self, sink: Sink | None) -> None:
        self.aims.append(sink)


class Noted:
    """A service that notes what it is asked in memory."""

    def __init__(self, *texts: str) -> None:
        self.memory = Memory()
        self.log = AccessLog(self.memory)
        self.service = Service(snapshot_for(*texts), log=self.log)

    def lines(self) -> list[str]:
        """What has been noted since, without line feeds; each line is one, and printable ASCII."""
        self.log.hand_on()
        octets, self.memory.octets = self.memory.octets, b""
        lines = octets.decode("ascii").split("\n")
        assert lines.pop() == ""
        assert all(line.isprintable() and len(line) < 4096 for line in lines)
        return lines

    def told(self) -> list[dict[str, Any]]:
        """The same as objects, without the time."""
        told = [json.loads(line) for line in self.lines()]
        for each in told:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", each.pop("time"))
        return told
