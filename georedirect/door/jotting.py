"""Notes in the access log what the lane answers, in few steps: most of a line is there before the request comes."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import time
from typing import TYPE_CHECKING

from georedirect.journal.access import MOST_LINES
from georedirect.record.entry import MOST_TARGET_OCTETS
from georedirect.visitor.host import parse_host

try:
    from georedirect.door.pen import Pen
except ImportError:  # there was no compiler when this was installed
    Pen = None  # type: ignore[assignment,misc]

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.door.noting import Notes
    from georedirect.record.shape import Shape

REFERER = b"referer"

_MOST_VALUES = 4096
_MOST_HOSTS = 1024
_MOST_OCTETS = 512  # of a value that is remembered


class _Header:
    """What is told of a header, by what stands behind `line` in the head; of several such lines the last counts.

    `line` is how the header was written last: names are the same in any case, but most clients and proxies agree.
    """

    def __init__(self, name: bytes, tell: Callable[[bytes], bytes]) -> None:
        self._usual = [b"\n%b: " % each for each in (b"-".join(map(bytes.capitalize, name.split(b"-"))), name)]
        self._any = re.compile(rb"\n%b:([^\r]*)" % re.escape(name), re.IGNORECASE)
        self._tell = tell
        self.line, self.length = self._usual[0], len(self._usual[0])
        self.told: dict[bytes, bytes] = {}

    def of(self, head: bytes) -> bytes:
        """What is told of the header in a head that has it."""
        at = head.rfind(self.line)
        told = self.told.get(head[at + self.length : head.find(b"\r", at)]) if at >= 0 else None
        return told or self.learn(head) or b""

    def learn(self, head: bytes) -> bytes | None:
        """What is told of the header in a head for which that is not known yet; None where it is not there."""
        line = next((line for line in self._usual if line in head), None)
        if line is None:
            found = self._any.findall(head)
            return self._tell(found[-1].strip(b" \t")) if found else None
        self.line = line
        at = head.rfind(line)
        value = head[at + self.length : head.find(b"\r", at)]
        told = self._tell(value.strip(b" \t"))
        if len(value) <= _MOST_OCTETS:
            if len(self.told) >= _MOST_VALUES:
                self.told.clear()
            self.told[value] = told
        return told


Jot = Callable[[bytes, bytes, bytes, bytes, bytes, "Mapping[bytes, bytes]"], None]
"""Notes one request: who asks as it stands in the line, the Host header, the target, what is told of the answer to whom
no page refers, the head, and the fields that may decide.
"""


def jotter(notes: Notes) -> Jot:
    """What notes GET requests whose targets need no escapes. A closure, as that takes fewer steps than an object."""
    agents, referers = _Header(b"user-agent", notes.shape.agent), _Header(REFERER, notes.shape.referer)
    no_agent, requests, is_sampled = notes.shape.agent(None), dict[bytes, bytes](), notes.is_sampled
    log, lines, begins = notes.log, notes.log.lines, notes.shape.begins_with_client
    pen = None if Pen is None else Pen(lines, requests, agents.told, agents.line, MOST_TARGET_OCTETS, begins)
    write = _write_nothing if pen is None else pen.jot
    notes.pens += [pen] if pen is not None else []

    def jot(  # noqa: PLR0913, PLR0917  called once for each request
        who: bytes, host: bytes, target: bytes, told: bytes, head: bytes, fields: Mapping[bytes, bytes]
    ) -> None:
        if is_sampled and notes.skips():
            return
        if REFERER in fields:
            told = notes.shape.referred(told, referers.of(head))
        held = write(who, host, target, told, head) or jot_plainly(who, host, target, told, head)
        if held >= MOST_LINES:
            log.hand_on()

    def jot_plainly(who: bytes, host: bytes, target: bytes, told: bytes, head: bytes) -> int:
        if time() >= notes.until:
            notes.tell_time()
        agent = agents.of(head) or no_agent
        if pen is not None:
            pen.header, pen.moment, pen.until = agents.line, notes.moment, notes.until
        request = requests.get(host) or _learn_host(requests, notes.shape, host)
        first, second = (who, notes.moment) if begins else (notes.moment, who)
        lines.append(b"".join((first, second, request, target[:MOST_TARGET_OCTETS], told, agent)))
        return len(lines)

    return jot


def _write_nothing(*_: bytes) -> int:
    return 0


def _learn_host(requests: dict[bytes, bytes], shape: Shape, host: bytes) -> bytes:
    """What stands before the target of a GET, by the Host header."""
    parsed = parse_host(host.rstrip(b" \t").decode("latin-1"))
    if len(requests) >= _MOST_HOSTS:
        requests.clear()
    requests[host] = request = shape.request(b"GET", parsed.name if parsed else None)
    return request
