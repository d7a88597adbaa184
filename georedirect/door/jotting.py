"""Notes in the access log what the lane answers, in few steps: most of a line is there before the request comes."""

from __future__ import annotations

import re
from time import time
from typing import TYPE_CHECKING

from georedirect.journal.access import MOST_PARTS
from georedirect.record.entry import MOST_TARGET_OCTETS
from georedirect.visitor.host import parse_host

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from georedirect.door.noting import Notes

AGENT, REFERER = b"user-agent", b"referer"
"""Headers that are told as they were sent."""

_MOST_LINES = 4096
_MOST_OCTETS = 512  # of a header that is remembered
_MOST_HOSTS = 1024


class _Header:
    """What is told of one header, by what it says in lower case: the line that it was, and what is told of it."""

    def __init__(self, name: bytes, tell: Callable[[bytes | None], bytes]) -> None:
        self._usual = b"\n%b: " % b"-".join(part.capitalize() for part in name.split(b"-"))
        self._any = re.compile(rb"\n%b:[ \t]*+([^\r]*+)\r" % re.escape(name), re.IGNORECASE)
        self._tell = tell
        self._known: dict[bytes | None, tuple[bytes, bytes]] = {None: (b"", tell(None))}

    def told(self, head: bytes, low: bytes | None) -> bytes:
        """What is told, octet for octet as in `head`, where it stands once at most."""
        known = self._known.get(low)
        if known is not None and known[0] in head:  # long as it is, it is found faster than its beginning
            return known[1]
        return self._learn(head, low or b"")

    def _learn(self, head: bytes, low: bytes) -> bytes:
        at = head.find(self._usual)
        end = at + len(self._usual) + len(low)
        line, said = head[at : end + 1], head[end - len(low) : end]
        if at < 0 or said.lower() != low:
            found = self._any.search(head)
            line, said = (found[0], found[1]) if found is not None else (b"\r\n\r\n", b"")
        told = self._tell(said.rstrip(b" \t"))
        if len(low) <= _MOST_OCTETS:
            if len(self._known) > _MOST_LINES:
                self._known = {None: self._known[None]}
            self._known[low] = (line, told)
        return told


class Jotter:
    """One side's notes of GET requests whose targets need no escapes."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._log = notes.log
        self._is_sampled = notes.is_sampled
        self._begins_with_client = notes.shape.begins_with_client
        self._agents = _Header(AGENT, notes.shape.agent)
        self._referers = _Header(REFERER, notes.shape.referer)
        self._no_referer = notes.shape.referer(None)
        self._hosts: dict[bytes, bytes] = {}

    def jot(self, who: bytes, target: bytes, told: bytes, head: bytes, fields: Mapping[bytes, bytes]) -> None:
        """Note one request; `who` and `told` are as they stand in the line."""
        notes = self._notes
        if self._is_sampled and notes.skips():
            return
        if time() >= notes.until:
            notes.tell_time()
        host = fields.get(b"host", b"")
        request = self._hosts.get(host) or self._find_host(host)
        referer = self._referers.told(head, fields[REFERER]) if REFERER in fields else self._no_referer
        agent = self._agents.told(head, fields.get(AGENT))
        parts = self._log.parts
        if self._begins_with_client:
            parts += (who, notes.moment, request, target[:MOST_TARGET_OCTETS], told, referer, agent)
        else:
            parts += (notes.moment, who, request, target[:MOST_TARGET_OCTETS], told, referer, agent)
        if len(parts) >= MOST_PARTS:
            self._log.hand_on()

    def _find_host(self, host: bytes) -> bytes:
        parsed = parse_host(host.rstrip(b" \t").decode("latin-1"))
        if len(self._hosts) >= _MOST_HOSTS:
            self._hosts.clear()
        self._hosts[host] = found = self._notes.shape.request(b"GET", parsed.name if parsed else None)
        return found
