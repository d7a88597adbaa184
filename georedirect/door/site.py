"""What has been answered for one site, and for which requests that is enough. Decides nothing, and reads no place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from georedirect.door.closer import Closer, Held, Known
from georedirect.door.scanning import Wanted
from georedirect.guess import reads_languages
from georedirect.place import Place
from georedirect.policy.template import OF_VISITORS
from georedirect.visitor.choice import cookie_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from georedirect.door.finishing import Prepared
    from georedirect.moment import Moment
    from georedirect.policy.model import Policy, Region

BY_MORE: Prepared = (b"", -1, False, 0, b"")
LONG_WAY: Prepared = (b"", -2, False, 0, b"")
"""What is prepared where there is no one answer: it takes more than the place, or a closer look at each request."""
DRAWN = -3
"""Instead of the number of the second half: by lot for each visitor, and instead of the cell stands which lot."""

Name = bytes | None | tuple[bytes | None, bytes | None]
"""What names a client: the peer, or the header with its address; and where that counts, the header with its country."""
More = tuple[bytes, ...]
Key = tuple[Place | str | None, bytes, More | None, Held | None]
"""A place (its country alone where no more of it counts), languages, whatever else counts, as it stands in the request
(None where it contradicts itself), and what rules and lots say of it (None likewise)."""

MARKS = (b"sec-fetch-dest", b"sec-purpose", b"purpose")
"""Headers by which a browser says that it asks for no page to be shown."""

_MOST_ANSWERS = 8192
_SCHEME = b"x-forwarded-proto"
_COOKIE = b"\nCookie: "
_HEAD = rb"(?=(/[^/?]*+))"  # the first segment of the path


def headers_that_count(policies: Iterable[Policy], *, is_trusted: bool) -> Iterator[Wanted]:
    """Headers, where they may say more than place and languages.

    That is not so of Cookie without one of ours, and of Sec-Fetch-Dest with what is as if there were none.
    """
    policies = list(policies)
    yield from map(Wanted, sorted({name.encode() for policy in policies for name in policy.rules.headers}))
    read = {policy.choice.cookie for policy in policies if policy.reads_choice}
    read |= {policy.sticky.cookie for policy in policies if policy.sticky.cookie is not None and policy.draws}
    if read:
        yield Wanted(b"cookie", having=tuple(sorted(b"%b=" % name.lower().encode() for name in read)))
    if is_trusted and any(policy.reads_choice for policy in policies):
        yield Wanted(_SCHEME)
    if any(policy.exempt.paths is not None for policy in policies):
        yield Wanted(MARKS[0], unless=(b"document", b"empty", b"iframe"))
        yield from map(Wanted, MARKS[1:])


class Site:
    """One policy, for one kind of peer: its answers by place, and by more than that where more counts."""

    def __init__(self, policy: Policy, moment: Moment, host: str | None = None, *, is_tls: bool = False) -> None:
        self.policy = policy
        self.closer = Closer.of(policy, moment, host)
        self.homes = frozenset().union(*(region.hosts for region in policy.regions.values()))
        self.clients: dict[Name, Known] = {}
        self._reads_languages: dict[Place, bool] = {}
        self.answers: dict[Place, Prepared] = {}
        self.answers_to: dict[Held, dict[Place, Prepared]] = {}
        self._kept = 0  # of them and those by place
        self.by_more: dict[Key, Prepared] = {}
        self.sure = frozenset(_sure_choices(policy, is_tls=is_tls))
        self._cookie = policy.choice.cookie.lower().encode() if policy.reads_choice else None
        self._sticky = (policy.sticky.cookie or "").lower().encode() if policy.draws else b""
        self.takes = re.compile(_exceptions(policy) + _HEAD).match

    def more(self, head: bytes, fields: Mapping[bytes, bytes], *, has_marks: bool) -> More | None:
        """What a request says besides place and languages; None where it takes a closer look to say so."""
        chosen = self._member(head, fields, self._cookie)
        if not has_marks:
            return None if chosen is None else (chosen, fields.get(_SCHEME, b""))
        if chosen is None or head.lower().count(b"\nsec-fetch-dest:") > 1:  # of which `fields` knows just one
            return None
        return (chosen, fields.get(_SCHEME, b""), *(fields.get(mark, b"") for mark in MARKS))

    def sticky(self, head: bytes, fields: Mapping[bytes, bytes]) -> str | None:
        """What the cookie says by which the site knows its visitors, empty for nothing; None where it is odd."""
        member = self._member(head, fields, self._sticky or None)
        if not member:
            return None if member is None else ""
        name, _, value = member.strip(b" \t").partition(b"=")
        return value.decode("latin-1") if name == (self.policy.sticky.cookie or "").encode() else None

    @staticmethod
    def _member(head: bytes, fields: Mapping[bytes, bytes], name: bytes | None) -> bytes | None:
        """The member of the Cookie header that has a name in it, as it was sent: values are case-sensitive.

        None where several members have the name, or the header is spelled oddly.
        """
        low = fields.get(b"cookie")
        wanted = b"" if name is None else name + b"="
        at_name = low.find(wanted) if low is not None and wanted else -1
        if low is None or at_name < 0:
            return b""
        before = max(head.rfind(_COOKIE), head.rfind(_COOKIE.lower()))  # most often it is among the last
        sent = head[before + len(_COOKIE) : before + len(_COOKIE) + len(low)]
        if before < 0 or sent.lower() != low:
            return None
        if low.find(wanted, at_name + 1) >= 0:
            return None
        end = low.find(b";", at_name)
        return sent[low.rfind(b";", 0, at_name) + 1 : end if end >= 0 else None]

    def reads_languages(self, place: Place) -> bool:
        """Whether what visitors read can change anything for those of a place who have chosen nothing."""
        known = self._reads_languages.get(place)
        if known is None:
            if len(self._reads_languages) >= _MOST_ANSWERS:
                self._reads_languages.clear()
            known = self._reads_languages[place] = reads_languages(self.policy, place)
        return known

    def draw(self, held: Held | None, lot: int, who: Known | None) -> Held | None:
        """What is held, and what is drawn of a lot for a visitor; None where either is not known."""
        if held is None or who is None or self.closer is None:
            return None
        return (*held, "lot", lot, self.closer.draw(lot, who.identity))

    def open(self, held: Held) -> dict[Place, Prepared]:
        """Where answers by place will stand to all of whom the same is held."""
        return self.answers_to.setdefault(held, {})

    def keep_place(self, answers: dict[Place, Prepared], place: Place, prepared: Prepared) -> None:
        """Remember an answer for all of a place: with cities there may be many."""
        if self._kept >= _MOST_ANSWERS:
            self.answers.clear()
            self.answers_to.clear()
            self._kept = 0
        self._kept += 1
        answers[place] = prepared

    def keep(self, key: Key, prepared: Prepared) -> None:
        """Remember an answer; all are forgotten before they are too many."""
        if len(self.by_more) >= _MOST_ANSWERS:
            self.by_more.clear()
        self.by_more[key] = prepared


def _sure_choices(policy: Policy, *, is_tls: bool) -> Iterator[tuple[bytes, ...]]:
    """What `more` says of choices that lead to the same place from wherever they are made, in whatever language."""
    has_rules_for_all = policy.rules.of_requests is not None
    for region in policy.regions.values() if policy.reads_choice and not has_rules_for_all else ():
        has_one_mode = region.mode is not None or len(policy.modes.of_places) == 1
        if has_one_mode and _is_same_for_all(policy, region):
            for scheme in ("", "http", "https"):
                spoken = scheme or ("https" if is_tls else "http")
                pair = f"{cookie_name(policy.choice.cookie, spoken)}={region.name}"
                yield from ((member.encode(), scheme.encode()) for member in (pair, f" {pair}"))


def _is_same_for_all(policy: Policy, region: Region) -> bool:
    """Whether it, and what serves for it, have the same URIs for all visitors of a URL but for what is drawn."""
    serving = (region, *(policy.regions[name] for name in region.fallback))
    return all(other.variables.isdisjoint(OF_VISITORS) and not other.goes_by_distance for other in serving)


def _exceptions(policy: Policy) -> bytes:
    """A pattern that stops at our own pages, at what is exempt, and where the query may name a region."""
    stops = [re.escape(policy.chooser.prefix)]
    if policy.exempt.paths is not None:
        stops.append(rf"(?:{policy.exempt.paths.pattern})(?:\?|\Z)")
    if policy.reads_choice:
        stops.append(rf"[^?]*+\?.*{re.escape(policy.choice.parameter)}=")
    return "".join(f"(?!{stop})" for stop in stops).encode()
