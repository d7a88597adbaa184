"""The short way from a request's octets to its redirect, for requests that hold nothing unusual. Decides nothing.

Whatever it was not made for, it says so (None), and the request goes the long way, through `answer`. What it does
answer is what `answer` said of the first such visitor, octet for octet, but for target and date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cachetools import LRUCache

from georedirect.decide import reads_languages
from georedirect.door.answer import answer
from georedirect.door.clock import http_date
from georedirect.door.head import read_head
from georedirect.door.response import octets
from georedirect.place import NOWHERE
from georedirect.policy.model import Answering
from georedirect.visitor.address import parse_address
from georedirect.visitor.client import resolve_client
from georedirect.visitor.host import parse_host
from georedirect.visitor.languages import MOST_CHARACTERS
from georedirect.visitor.target import is_plain

if TYPE_CHECKING:
    from georedirect.door.snapshot import Snapshot
    from georedirect.place import Place
    from georedirect.policy.model import Policy
    from georedirect.visitor.address import Address

PAGES = b"/.georedirect/"

_HOST = b"\r\nhost:"
_LANGUAGES = b"\r\naccept-language:"
_MOST_HOSTS = 1024
_MOST_ANSWERS = 8192
_DATE_OCTETS = 29  # of an IMF-fixdate (RFC 9110 5.6.7)


class _Prepared(NamedTuple):
    """An answer up to where the target goes, and the number of what stands behind it; None where that is not all."""

    head: bytes | None
    tail: int


_NOT_PLAIN = _Prepared(None, 0)
_BY_LANGUAGE = _Prepared(None, 1)

_Where = tuple[str | None, str | None]


class _Site:
    """One policy, for one kind of peer: its answers that place alone decides."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.answers: dict[_Where, _Prepared] = {}


class Lane:
    """What has been answered by one snapshot. Bounded, whatever is asked."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._is_asked = snapshot.configuration.server.answer is not Answering.DOOR
        self._kind = snapshot.configuration.server.client_address
        self._header = f"\r\n{self._kind}:".encode()
        self._sites: tuple[dict[bytes, _Site | None], ...] = ({}, {})  # by trust, and then by the octets of Host
        self._by_language: LRUCache[tuple[_Site, _Where, bytes], _Prepared] = LRUCache(_MOST_ANSWERS)
        self._tails: list[tuple[bytes, bytes]] = []
        self._dated: list[bytes] = []
        self._closing: list[bytes] = []

    def trusts(self, peer: Address | None) -> bool:
        return peer in self.snapshot.configuration.server.trusted_proxies

    def is_page(self, target: bytes) -> bool:
        """Whether a target is one of our own pages."""
        return target.startswith(PAGES)

    def date(self) -> None:
        """Write the time into the answers; to be called at least once a second."""
        now = http_date().encode()
        self._dated = [before + now + after for before, after in self._tails]
        self._closing = [tail[:-2] + b"Connection: close\r\n\r\n" for tail in self._dated]

    def redirect(
        self, head: bytes, target: bytes, peer: Address | None, *, is_trusted: bool, closes: bool
    ) -> bytes | None:
        """The answer to one GET without a body, whose head llhttp has found right; None if it needs the long way."""
        low = head.lower()
        site = self._site(only_value(low, _HOST), is_trusted=is_trusted)
        if site is None or not is_plain(target) or target.startswith(PAGES):
            return None
        place = self._place(low, peer, is_trusted=is_trusted)
        if place is None:
            return None
        prepared = site.answers.get(place[:2])
        if prepared is None:
            prepared = self._prepare_place(site, place, head, target, peer)
        if prepared is _BY_LANGUAGE:
            languages = only_value(low, _LANGUAGES)
            if languages is None or len(languages) > MOST_CHARACTERS:
                return None
            key = (site, place[:2], languages)
            prepared = self._by_language.get(key)
            if prepared is None:
                prepared = self._by_language[key] = self._prepare(head, target, peer)
        if prepared.head is None:
            return None
        return prepared.head + target + (self._closing if closes else self._dated)[prepared.tail]

    def _site(self, host: bytes | None, *, is_trusted: bool) -> _Site | None:
        """What a Host stands for, if nothing about the host itself can change an answer."""
        sites = self._sites[is_trusted]
        try:
            return sites[host]  # type: ignore[index]  # None is no key, which is what we ask
        except KeyError:
            pass
        if len(sites) >= _MOST_HOSTS:
            sites.clear()
        parsed = parse_host((host or b"").decode("latin-1"))
        policy = self.snapshot.configuration.policy_for(parsed.name) if parsed else None
        if parsed is None or policy is None:
            return None
        may_be_there = any(region.uri.origin.host == parsed.name for region in policy.regions.values())
        same = next((site for site in sites.values() if site and site.policy is policy), None)
        site = sites[host or b""] = None if self._is_asked or may_be_there else same or _Site(policy)
        return site

    def _place(self, low: bytes, peer: Address | None, *, is_trusted: bool) -> Place | None:
        """Where the client is; None if the header that would say so stands there twice."""
        header = only_value(low, self._header) if is_trusted and self._kind != "peer" else b""
        if header is None or (not header and is_trusted and self._header in low):  # there, but empty
            return None
        address = self._client(peer, header) if header else peer
        return NOWHERE if address is None else self.snapshot.places.find(address)

    def _client(self, peer: Address | None, value: bytes) -> Address | None:
        text = value.decode("latin-1")
        address = None if self._kind == "forwarded" else parse_address(text)  # most often there is but one hop
        if address is not None:
            return address
        return resolve_client(peer, self._kind, [text], self.snapshot.configuration.server.trusted_proxies).address

    def _prepare_place(self, site: _Site, place: Place, head: bytes, target: bytes, peer: Address | None) -> _Prepared:
        prepared = _BY_LANGUAGE
        if not reads_languages(site.policy, place):
            prepared = self._prepare(head, target, peer)
        site.answers[place[:2]] = prepared
        return prepared

    def _prepare(self, head: bytes, target: bytes, peer: Address | None) -> _Prepared:
        """Ask the long way, and remember what it says before and after the target."""
        answered = answer(self.snapshot, read_head(head, peer).request)
        decision = answered.decision
        if decision is None or decision.location is None or not decision.region.uri.ends_with_target:
            return _NOT_PLAIN
        whole = octets(answered)
        end = whole.index(b"\r\n", whole.index(b"\r\nLocation: ") + 2)
        date = whole.index(b"\r\nDate: ", end) + len(b"\r\nDate: ")
        tail = (whole[end:date], whole[date + _DATE_OCTETS :])
        if tail not in self._tails:
            self._tails.append(tail)
            self.date()
        return _Prepared(whole[: end - len(target)], self._tails.index(tail))


def only_value(low: bytes, name: bytes) -> bytes | None:
    """The value of a header in a lower-case head: empty if there is none, None if there are several lines of it.

    `name` is as its line begins, with the line break before and the colon behind.
    """
    start = low.find(name)
    if start < 0:
        return b""
    start += len(name)
    end = low.find(b"\r\n", start)
    if low.find(name, end) >= 0:
        return None
    return low[start:end].strip(b" \t")
