"""Notes in the access log what the lane answers, in few steps: most of a line is there before the request comes."""

from __future__ import annotations

import re
from time import time
from typing import TYPE_CHECKING

from georedirect.journal.access import MOST_PARTS
from georedirect.record.entry import MOST_TARGET_OCTETS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from georedirect.door.noting import Notes

REFERER = b"referer"

_MOST_VALUES = 4096
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


class Jotter:
    """One side's notes of GET requests whose targets need no escapes."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._log = notes.log
        self._is_sampled = notes.is_sampled
        self._begins_with_client = notes.shape.begins_with_client
        self._agents = _Header(b"user-agent", notes.shape.agent)
        self._length = self._agents.length
        self._no_agent = notes.shape.agent(None)
        self._referers = _Header(REFERER, notes.shape.referer)

    def jot(self, shown: bytes, target: bytes, told: bytes, head: bytes, fields: Mapping[bytes, bytes]) -> None:
        """Note one request. `shown` and `told` are as they stand in the line, the latter for whom no page refers."""
        notes, agents = self._notes, self._agents
        if self._is_sampled and notes.skips():
            return
        if time() >= notes.until:
            notes.tell_time()
        at = head.rfind(agents.line)
        agent = agents.told.get(head[at + self._length : head.find(b"\r", at)]) if at >= 0 else None
        if agent is None:
            agent = agents.learn(head) or self._no_agent
        if REFERER in fields:
            told = self._with_referer(told, head)
        parts = self._log.parts
        if self._begins_with_client:
            parts += (shown, notes.moment, b"GET ", target[:MOST_TARGET_OCTETS], told, agent)
        else:
            parts += (notes.moment, shown, target[:MOST_TARGET_OCTETS], told, agent)
        if len(parts) >= MOST_PARTS:
            self._log.hand_on()

    def _with_referer(self, told: bytes, head: bytes) -> bytes:
        referers = self._referers
        at = head.rfind(referers.line)
        referer = referers.told.get(head[at + referers.length : head.find(b"\r", at)]) if at >= 0 else None
        return self._notes.shape.referred(told, referer or referers.learn(head) or b"")
