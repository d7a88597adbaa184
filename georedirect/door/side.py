"""The short way from a request's octets to its redirect, for requests that hold nothing unusual. Decides nothing.

Whatever it was not made for, it says so (None), and the request goes the long way, through `answer`. What it does
answer is what `answer` said of the first such visitor, octet for octet, but for target and date.

It is written for few steps rather than small ones: nine requests in ten come by here. What an attribute holds is called
by a name of its own, as the interpreter looks for a method first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from georedirect.door.answer import answer, secure_headers
from georedirect.door.closer import NOBODY, Held, Known, lot_of
from georedirect.door.finishing import finisher
from georedirect.door.head import read_head
from georedirect.door.jotting import jotter
from georedirect.door.scanning import Wanted, finder, once, scanner
from georedirect.door.site import BY_MORE, DRAWN, LONG_WAY, Site, headers_that_count
from georedirect.place import Place
from georedirect.policy.server_model import Answering
from georedirect.record.entry import Who
from georedirect.visitor.address import parse_address
from georedirect.visitor.client import WITHOUT_HEADER, resolve_client
from georedirect.visitor.host import parse_host
from georedirect.visitor.languages import MOST_CHARACTERS
from georedirect.visitor.request import read_country
from georedirect.visitor.target import PLAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.door.counting import Counts
    from georedirect.door.finishing import Prepared
    from georedirect.door.halves import Halves
    from georedirect.door.noting import Notes
    from georedirect.door.site import Key, More, Name
    from georedirect.door.snapshot import Snapshot
    from georedirect.door.spoken import Spoken
    from georedirect.policy.model import Policy
    from georedirect.visitor.address import Address

Whence = tuple[Place, bytes]
"""Where a client is, and what the access log tells of it, empty where there is none."""
_Kept = TypeVar("_Kept")

_is_plain = re.compile(PLAIN).fullmatch

_MOST_HOSTS = 1024
_MOST_OCTETS = 512  # of a host, and of what counts besides place and languages
_MOST_CLIENT_OCTETS = 64  # that are remembered: one address in any spelling, or two in the usual one
_MOST_PLACES = 16384  # of all sizes; of countries alone there are some thousands


class Shared(NamedTuple):
    """What all sides of one lane have."""

    snapshot: Snapshot
    halves: Halves
    counts: Counts
    notes: Notes


class Side:
    """A lane for the peers that we trust, whose word counts for scheme and client, or for all others, who are it.

    Over our own TLS there are others; whom we send to https goes the long way. `headers` are on all answers besides.
    """

    def __init__(self, shared: Shared, spoken: Spoken, *, is_trusted: bool) -> None:
        snapshot, notes, counts = shared.snapshot, shared.notes, shared.counts
        self.headers = secure_headers(snapshot.configuration) if spoken.is_tls else ()
        self._is_tls = is_tls = spoken.is_tls
        self._notes = notes
        jot, noted = jotter(notes)
        self._snapshot = snapshot
        self._halves = shared.halves
        self._counts = counts
        self._finish = finisher(counts.cells, shared.halves, jot)
        kind = snapshot.configuration.server.client_address
        self._header = kind.encode() if is_trusted and kind not in WITHOUT_HEADER else None
        country_header = snapshot.configuration.database.country_header
        self._country_header = country_header.encode() if is_trusted and country_header else None
        self._limits = snapshot.configuration.limits
        answers_visitors = snapshot.configuration.server.answer is Answering.DOOR and spoken.https_port is None
        policies = snapshot.configuration.policies if answers_visitors else ()
        self._site_of = {policy.file: Site(policy, snapshot.moment, is_tls=is_tls) for policy in policies}
        self._sites: dict[bytes, Site] = {}
        self._site_of_hosts: dict[tuple[str, tuple[bool, ...]], Site] = {}
        self._places: dict[Name, Whence] = {}  # behind it is an LRU
        self._unsized: dict[Place, Place] = {}
        self._most_places = snapshot.configuration.database.lru_size
        names = filter(None, (b"host", self._header, self._country_header, b"accept-language"))
        counting = headers_that_count(policies, is_trusted=is_trusted)
        wanted = once((*map(Wanted, names), *counting, *noted))
        self._find = finder(wanted)
        self.scan = self.scanner = scanner(wanted, self._limits)

    def fields(self, head: bytes) -> dict[bytes, bytes] | None:
        """What may decide, in lower case, if `head` is one whole head and has none of it twice; else None."""
        if head[-4:] != b"\r\n\r\n":
            return None
        found = self._find(head.lower())  # the head's end, too, under no name
        fields = dict(found)
        return fields if len(fields) == len(found) else None

    def takes(self, head: bytes, target: bytes, *, closes: bool) -> bool:
        """Whether a request without a body, whose head llhttp has found right, is of the kind that `redirect` takes."""
        version, limits = head[len(target) + 4 : len(target) + 15], self._limits
        return (
            head[:4] == b"GET "
            and (version == b" HTTP/1.1\r\n" or (closes and version == b" HTTP/1.0\r\n"))  # as proxies send it
            and len(head) <= limits.head_octets
            and len(target) <= limits.target_octets
            and _is_plain(target) is not None
            and head.count(b"\n") - 2 <= limits.headers
        )

    def redirect(
        self,
        head: bytes,
        target: bytes,
        fields: Mapping[bytes, bytes],
        peer: Address | None,
        closes: bool,  # noqa: FBT001  a keyword takes more steps
    ) -> bytes | None:
        """The answer to a request that was scanned, or that is of that kind; None if it needs the long way."""
        host = fields.get(b"host", b"")
        site = self._sites.get(host) or self._find_site(fields)
        takes = None if site is None else site.takes
        taken = None if takes is None else takes(target)
        said = peer if self._header is None else fields.get(self._header)
        name: Name = said if self._country_header is None else (said, fields.get(self._country_header))
        found = self._places.get(name) or self._find_place(name, fields, peer)
        if site is None or taken is None or found is None:
            return None
        place, who = found
        closer = site.closer
        held: Held | None = ()
        if closer is not None and (here := closer.heads.get(taken[1], closer.elsewhere)) is not None:
            known = self._know(name, site, head, fields, peer) if here.is_about_clients else NOBODY
            held = closer.look(here, target, fields, place, known)
        has_marks = b"sec-fetch-dest" in fields or b"sec-purpose" in fields or b"purpose" in fields
        more: More | None = ()
        prepared = BY_MORE
        if has_marks or b"cookie" in fields:
            more = site.more(head, fields, has_marks=has_marks)
        elif held is not None:
            answers = (site.answers_to.get(held) or site.open(held)) if held else site.answers
            prepared = answers.get(place) or self._prepare_place(site, answers, place, head, peer)
        if prepared is BY_MORE:
            key = self._key(site, place, fields, more, held)
            prepared = site.by_more.get(key) or self._prepare_more(site, key, head, peer)
        if prepared[1] == DRAWN:
            held = site.draw(held, prepared[3], self._know(name, site, head, fields, peer))
            key = self._key(site, place, fields, more, held)
            prepared = site.by_more.get(key) or self._prepare_more(site, key, head, peer, is_drawn=True)
        finish = self._finish
        return finish(prepared, target, closes, who, host, head, fields)

    @staticmethod
    def _key(site: Site, place: Place, fields: Mapping[bytes, bytes], more: More | None, held: Held | None) -> Key:
        """What has to be the same for two visitors to get the same answer."""
        if held == () and more in site.sure:
            return (place.country, b"", more, held)  # which only counts
        languages = fields.get(b"accept-language", b"") if more or site.reads_languages(place) else b""
        return (place, languages, more, held)

    # What has not been asked before

    def _find_site(self, fields: Mapping[bytes, bytes]) -> Site | None:
        """What a Host stands for, if nothing about the host itself can change an answer."""
        host = fields.get(b"host", b"")
        parsed = parse_host(host.rstrip(b" \t").decode("latin-1"))
        policy = self._snapshot.configuration.policy_for(parsed.name) if parsed else None
        site = self._site_of.get(policy.file) if policy else None
        if parsed is None or policy is None or site is None or parsed.name in site.homes:
            return None
        if policy.rules.host_tests:
            site = self._site_for(policy, parsed.name)
        if len(host) <= _MOST_OCTETS:
            if len(self._sites) >= _MOST_HOSTS:
                self._sites.clear()
            self._sites[host] = site
        return site

    def _site_for(self, policy: Policy, host: str) -> Site:
        """Of hosts that rules tell apart, one for all that are alike: of others there may be any number."""
        alike = (policy.file, tuple(test.has(host) for test in policy.rules.host_tests))
        if alike not in self._site_of_hosts:
            if len(self._site_of_hosts) >= _MOST_HOSTS:
                self._site_of_hosts.clear()
            self._site_of_hosts[alike] = Site(policy, self._snapshot.moment, host, is_tls=self._is_tls)
        return self._site_of_hosts[alike]

    def _find_place(self, name: Name, fields: Mapping[bytes, bytes], peer: Address | None) -> Whence | None:
        """Where the client of this name is; None if the header that would say so is there, but empty."""
        if self._header is not None and fields.get(self._header) == b"":
            return None
        said_country = None if self._country_header is None else self._read_country(fields)
        client = self._find_client(fields, peer)
        found = self._snapshot.place_of(client, said_country)
        place = self._unsized.get(found) or self._unsize(found)
        whence = (place, self._notes.who(Who(client, place.country)))
        self._keep(self._places, name, whence, fields)
        return whence

    def _know(
        self, name: Name, site: Site, head: bytes, fields: Mapping[bytes, bytes], peer: Address | None
    ) -> Known | None:
        """Who is asking, as far as rules and lots care; None where that takes a closer look."""
        cookie = site.sticky(head, fields) if b"cookie" in fields else ""
        if cookie is None:
            return None
        known = None if cookie else site.clients.get(name)
        if known is None:
            client = self._find_client(fields, peer)
            known = Known(client, site.policy.sticky.identity(client, cookie))
            if not cookie:
                self._keep(site.clients, name, known, fields)
        return known

    def _find_client(self, fields: Mapping[bytes, bytes], peer: Address | None) -> Address | None:
        said = None if self._header is None else fields.get(self._header)
        return (peer or None) if said is None else self._read_client(peer, said.rstrip(b" \t").decode("latin-1"))

    def _keep(self, known: dict[Name, _Kept], name: Name, kept: _Kept, fields: Mapping[bytes, bytes]) -> None:
        """Remember something of a client, unless it has the name of many peers."""
        if len(known) >= self._most_places:
            known.clear()
        is_one = self._header is None or self._header in fields
        if is_one and self._most_places and _octets(name) <= _MOST_CLIENT_OCTETS:
            known[name] = kept

    def _read_country(self, fields: Mapping[bytes, bytes]) -> str | None:
        said = fields.get(self._country_header or b"")
        return None if said is None else read_country([said.decode("latin-1")])

    def _unsize(self, place: Place) -> Place:
        """The place of all networks, large and small, of which the same is known."""
        if len(self._unsized) >= _MOST_PLACES:
            self._unsized.clear()
        self._unsized[place] = unsized = place._replace(prefix_length=0)
        return unsized

    def _read_client(self, peer: Address | None, text: str) -> Address | None:
        address = None if self._header == b"forwarded" else parse_address(text)  # most often there is but one hop
        if address is not None:
            return address
        server = self._snapshot.configuration.server
        return resolve_client(peer, server.client_address, [text], server.trusted_proxies).address

    def _prepare_place(
        self, site: Site, answers: dict[Place, Prepared], place: Place, head: bytes, peer: Address | None
    ) -> Prepared:
        prepared = BY_MORE if site.reads_languages(place) else self._prepare(head, peer)
        site.keep_place(answers, place, prepared)
        return prepared

    def _prepare_more(
        self, site: Site, key: Key, head: bytes, peer: Address | None, *, is_drawn: bool = False
    ) -> Prepared:
        _, languages, more, held = key
        if more is None or held is None or len(languages) > MOST_CHARACTERS or sum(map(len, more)) > _MOST_OCTETS:
            return LONG_WAY
        prepared = self._prepare(head, peer, is_drawn=is_drawn)
        site.keep(key, prepared)
        return prepared

    def _prepare(self, head: bytes, peer: Address | None, *, is_drawn: bool = False) -> Prepared:
        """Ask the long way, and remember what it says before and after the target, unless others may draw otherwise."""
        request = read_head(head, peer, is_tls=self._is_tls).request
        answered = answer(self._snapshot, request)
        decision, policy = answered.decision, answered.policy
        if decision is None or decision.template is None or policy is None:
            return LONG_WAY
        if not is_drawn and decision.region is not None and decision.region.draws:
            return (b"", DRAWN, False, lot_of(policy, decision.region), b"")
        host = decision.template.origin.host
        if decision.region is None and self._snapshot.configuration.policy_for(host) is not None:
            return LONG_WAY  # a rule may lead to the very URL that is asked for
        cell, told = self._counts.cell_of(answered), self._notes.told(answered)
        if decision.template.ends_with_target:
            return (*self._halves.cut(answered, request.target, self.headers), True, cell, told)
        if decision.template.is_without_target:
            return (*self._halves.cut(answered, more=self.headers), False, cell, told)
        return LONG_WAY


def _octets(name: Name) -> int:
    return sum(len(part or b"") for part in name) if isinstance(name, tuple) else len(name or b"")
