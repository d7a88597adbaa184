"""Notes in the access log what the lane answers, in few steps: most of a line is there before the request comes."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import time
from typing import TYPE_CHECKING, cast

from georedirect.door.scanning import Wanted, new_glossary
from georedirect.record.entry import MOST_TARGET_OCTETS
from georedirect.visitor.host import parse_host

try:
    from georedirect.journal.pen import Pen, Sheet
except ImportError:  # there was no compiler when this was installed
    Pen = Sheet = None  # type: ignore[assignment,misc]

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.door.noting import Notes

_MOST_VALUES = 4096
_MOST_HOSTS = 1024
_MOST_OCTETS = 512  # of a value that is remembered


class _Header:
    """What is told of a header that is in a head no more than once.

    How its name was written last is looked for first: names are the same in any case, but most clients and proxies
    agree. What is remembered the scanner learns, too: of `wanted`, it puts what is told under `key`, or no octets for
    what it does not know.
    """

    def __init__(self, name: bytes, tell: Callable[[bytes], bytes]) -> None:
        self._usual = [b"\n%b: " % each for each in (b"-".join(map(bytes.capitalize, name.split(b"-"))), name)]
        self._any = re.compile(rb"\n%b:([^\r]*)" % re.escape(name), re.IGNORECASE)
        self._tell = tell
        self._glossary = new_glossary()
        self.name, self.key = name, b"told of " + name  # which no header has for a name
        self.wanted = Wanted(name, glossary=self._glossary, key=self.key)
        self._line = self._usual[0]
        self._told: dict[bytes, bytes] = {}

    def of(self, head: bytes) -> bytes:
        """What is told of the header, nothing where it is not there."""
        value = _behind(self._line, head)
        told = None if value is None else self._told.get(value)
        if value is None or told is None:
            return self._learn(head)
        self._share(value, told)  # which may have forgotten it
        return told

    def _learn(self, head: bytes) -> bytes:
        for line in self._usual:
            if (value := _behind(line, head)) is not None:
                self._line = line
                told = self._tell(value.strip(b" \t"))
                if len(value) <= _MOST_OCTETS:
                    if len(self._told) >= _MOST_VALUES:
                        self._told.clear()
                    self._told[value] = told
                    self._share(value, told)
                return told
        found = self._any.search(head)
        return self._tell(found[1].strip(b" \t")) if found else b""

    def _share(self, value: bytes, told: bytes) -> None:
        if self._glossary is not None:
            self._glossary.learn(value.lstrip(b" \t"), told)


def _behind(line: bytes, head: bytes) -> bytes | None:
    """What stands in a head from there to the line's end."""
    at = head.rfind(line)
    return head[at + len(line) : head.find(b"\r", at)] if at >= 0 else None


Jot = Callable[[bytes, bytes, bytes, bytes, bytes, "Mapping[bytes, bytes]"], object]
"""Notes one request: who asks as it stands in the line, the Host header, the target, what is told of the answer to whom
no page refers, the head, and its fields.
"""


def jotter(notes: Notes) -> tuple[Jot, tuple[Wanted, ...]]:
    """What notes GET requests whose targets need no escapes, and the headers that are to be found for it."""
    if not notes.is_on:
        return _jot_nothing, ()
    plain = _Plain(notes)
    sheet, jot = notes.log.sheet, cast("Jot", plain.jot)
    if Pen is not None and isinstance(sheet, Sheet):
        jot = Pen(sheet, plain.requests, *plain.keys, *plain.sizes, notes.shape.begins_with_client, plain.jot).jot
    return _Some(notes, jot).jot if notes.is_sampled else jot, plain.wanted


def _jot_nothing(*_: object) -> None: ...


class _Some:
    """Notes the share of all requests that is wanted."""

    def __init__(self, notes: Notes, jot: Jot) -> None:
        self._notes, self._jot = notes, jot

    def jot(self, *parts: *tuple[bytes, bytes, bytes, bytes, bytes, Mapping[bytes, bytes]]) -> None:
        if not self._notes.skips():
            self._jot(*parts)


class _Plain:
    """Notes all requests, and says what a pen has to know for the next.

    It knows no pen: so both are gone at once when nobody needs them, and with them all that was served.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._shape = shape = notes.shape
        self._referers, self._agents = _Header(b"referer", shape.referer), _Header(b"user-agent", shape.agent)
        self._no_agent = shape.agent(None)
        self.requests: dict[bytes, bytes] = {}
        self.wanted = self._referers.wanted, self._agents.wanted
        self.keys = self._referers.key, self._agents.key
        self.sizes = len(shape.referer(None)), shape.milliseconds_at, MOST_TARGET_OCTETS

    def jot(  # noqa: PLR0913, PLR0917  called once for each request
        self, who: bytes, host: bytes, target: bytes, told: bytes, head: bytes, fields: Mapping[bytes, bytes]
    ) -> tuple[bytes, int]:
        """Note one; tell what the time is throughout which second but for its milliseconds."""
        notes, shape = self._notes, self._shape
        if time() >= notes.until:
            notes.tell_time()
        if self._referers.name in fields or self._referers.key in fields:
            told = shape.referred(told, self._referers.of(head))
        agent = self._agents.of(head) or self._no_agent
        request = self.requests.get(host) or self._learn_host(host)
        first, second = (who, notes.moment) if shape.begins_with_client else (notes.moment, who)
        notes.log.note(b"".join((first, second, request, target[:MOST_TARGET_OCTETS], told, agent)))
        return notes.moment, notes.second

    def _learn_host(self, host: bytes) -> bytes:
        """What stands before the target of a GET, by the Host header."""
        parsed = parse_host(host.rstrip(b" \t").decode("latin-1"))
        request = self._shape.request(b"GET", parsed.name if parsed else None)
        if len(host) <= _MOST_OCTETS:
            if len(self.requests) >= _MOST_HOSTS:
                self.requests.clear()
            self.requests[host] = request
        return request
