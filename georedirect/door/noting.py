"""Notes in the access log what was asked and what was answered. Writes nothing itself, and decides nothing."""

from __future__ import annotations

import re
from math import log1p
from random import Random
from time import time
from typing import TYPE_CHECKING

from georedirect.policy.log_model import AccessFormat, Stream
from georedirect.record.combined_lines import CombinedLines
from georedirect.record.entry import Entry, Told, Who
from georedirect.record.json_lines import JsonLines
from georedirect.visitor.client import WITHOUT_HEADER

if TYPE_CHECKING:
    from georedirect.door.answer import Answer
    from georedirect.door.snapshot import Snapshot
    from georedirect.journal.access import AccessLog
    from georedirect.record.shape import Shape
    from georedirect.visitor.address import Address
    from georedirect.visitor.request import Request

_MOST_TOLD = 8192
_FIRST_LINE = re.compile(rb"(?:\r\n)?([^\r\n]*)")
_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/([0-9]\.[0-9])")
_NO_TIME = -1.0


class Notes:
    """Notes all that is asked of one snapshot, or the share of it that the policy wants.

    `moment` is the time as it stands in a line, until `until`; but for its milliseconds it is the same throughout
    `second`. Both are in seconds since 1970.
    """

    def __init__(self, snapshot: Snapshot, log: AccessLog, chance: Random | None = None) -> None:
        settings = snapshot.configuration.log
        self._snapshot = snapshot
        self.log = log
        self.is_on = settings.access is not Stream.OFF
        is_json = settings.format is AccessFormat.JSON
        shown, worker = settings.client, log.worker
        self.shape: Shape = JsonLines(shown, worker) if is_json else CombinedLines(shown)
        self.moment, self.second, self.until = b"", 0, _NO_TIME
        self._told: dict[Told, bytes] = {}
        self._share = settings.sample
        self.is_sampled = self._share < 1
        self._chance = chance or Random()  # noqa: S311  what is drawn with it is no secret
        self._left_out = self._draw()

    def tell_time(self) -> None:
        """Write the time into `moment`; JSON tells it to the millisecond."""
        now = int(time() * 1000)
        self.moment, self.second, self.until = self.shape.moment(now), now // 1000, (now + 1) / 1000

    def doubt_time(self) -> None:
        """The clock may have been set back: to be called now and then. A pen looks at it for each line."""
        self.until = _NO_TIME

    def skips(self) -> bool:
        """Whether the next request is not noted: where only a share is, each is drawn for on its own."""
        if self._left_out:
            self._left_out -= 1
            return True
        self._left_out = self._draw()
        return False

    def _draw(self) -> int:
        """How many are left out before the next that is not: drawn at once for all of them, which comes to the same."""
        if self._share >= 1:
            return 0
        return int(log1p(-self._chance.random()) / log1p(-self._share))

    def told(self, answered: Answer) -> bytes:
        """What is told of a redirect of HTTP/1.1 to whom no page refers; nothing where nothing is noted."""
        if not self.is_on:
            return b""
        told = _told(answered, 0)
        if told not in self._told:
            if len(self._told) >= _MOST_TOLD:
                self._told.clear()
            self._told[told] = self.shape.unreferred("1.1", told)
        return self._told[told]

    def who(self, who: Who) -> bytes:
        """What is told of a client; nothing where nothing is noted."""
        return self.shape.who(who) if self.is_on else b""

    def note(self, answered: Answer, asked: Request | bytes, peer: Address | None) -> None:
        """Note any request, as it was understood, or else the octets with which it began, perhaps none."""
        if not self.is_on or self.skips():
            return
        if time() >= self.until:
            self.tell_time()
        entry = self._entry(answered, asked, peer)
        self.log.note(self.shape.line(self.moment, entry))

    def _entry(self, answered: Answer, asked: Request | bytes, peer: Address | None) -> Entry:
        who = self._who(answered, peer)
        if isinstance(asked, bytes):
            told = _told(answered, 0 if asked.startswith(b"HEAD ") else len(answered.body))
            return Entry(who, None, *_beginning(asked), told, None, None)
        told = _told(answered, 0 if asked.method == "HEAD" else len(answered.body))
        host = answered.visitor.host.name if answered.visitor is not None and answered.visitor.host else None
        sent = _sent(asked, "referer"), _sent(asked, "user-agent")
        return Entry(who, host, asked.method.encode("latin-1"), asked.target, asked.version, told, *sent)

    def _who(self, answered: Answer, peer: Address | None) -> Who:
        """The client; before anybody has found out who that is, the peer, unless it may speak for others."""
        server, visitor = self._snapshot.configuration.server, answered.visitor
        if visitor is None:
            is_client = server.client_address in WITHOUT_HEADER or peer not in server.trusted_proxies
            return Who(peer if is_client else None, None)
        address = visitor.client.address
        place = answered.place or self._snapshot.place_of(address, visitor.said_country)
        return Who(address, place.country)


def _told(answered: Answer, size: int) -> Told:
    site = answered.policy.name if answered.policy is not None else None
    what = (answered.status, size, site, str(answered.action), str(answered.reason))
    decision = answered.decision
    if decision is None:
        return Told(*what)
    return Told(*what, decision.region_name, decision.mirror, decision.rule, decision.variant, decision.tags)


def _beginning(octets: bytes) -> tuple[bytes | None, bytes | None, str | None]:
    """Method, target and version of what begins so; all of its first line as the target where it is none of HTTP's."""
    found = _FIRST_LINE.match(octets)
    line = found[1] if found is not None else b""
    parts = _REQUEST_LINE.fullmatch(line)
    if parts is None:
        return None, line or None, None
    return parts[1], parts[2], parts[3].decode()


def _sent(request: Request, name: str) -> bytes | None:
    lines = request.lines(name)
    return lines[-1].encode("latin-1") if lines else None
