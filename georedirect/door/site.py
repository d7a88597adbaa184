"""What has been answered for one site, and for which requests that is enough. Decides nothing, and reads no place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from georedirect.place import Place
from georedirect.policy.template import OF_VISITORS
from georedirect.visitor.choice import cookie_name
from georedirect.visitor.target import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from georedirect.policy.model import Policy

Prepared = tuple[bytes, int]
"""The first half of an answer, and the number of the second; or one of these, which are none:"""
BY_MORE: Prepared = (b"", -1)
LONG_WAY: Prepared = (b"", -2)

Key = tuple[Place, bytes, tuple[bytes, ...] | None]
"""A place, languages, and whatever else counts, as it stands in the request; None where it contradicts itself."""

MARKS = (b"sec-fetch-dest", b"sec-purpose", b"purpose")
"""Headers by which a browser says that it asks for no page to be shown."""

_MOST_ANSWERS = 8192
_SCHEME = b"x-forwarded-proto"
_COOKIE = b"\nCookie: "


def names_that_count(policies: Iterable[Policy], *, is_trusted: bool) -> list[bytes]:
    """Patterns of header names that stand only where they may say more than place and languages.

    That is not so of Cookie without one of ours, and of Sec-Fetch-Dest with what is as if there were none.
    """
    policies = list(policies)
    cookies = {re.escape(policy.choice.cookie.lower().encode()) for policy in policies if policy.reads_choice}
    names = [rb"cookie(?=:[^\r]*?(?:%b)=)" % b"|".join(sorted(cookies))] if cookies else []
    if cookies and is_trusted:
        names.append(_SCHEME)
    if any(policy.exempt.paths is not None for policy in policies):
        names += [rb"sec-fetch-dest(?!:[ \t]*+(?:document|empty|iframe)[ \t]*+\r)", *MARKS[1:]]
    return names


class Site:
    """One policy, for one kind of peer: its answers by place, and by more than that where more counts."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.homes = frozenset().union(*(region.hosts for region in policy.regions.values()))
        self.answers: dict[Place, Prepared] = {}
        self.by_more: dict[Key, Prepared] = {}
        self.sure = frozenset(_sure_choices(policy))
        self._cookie = f"{policy.choice.cookie.lower()}=".encode()
        self.takes = re.compile(_exceptions(policy) + PLAIN).fullmatch

    def more(self, head: bytes, fields: Mapping[bytes, bytes], *, has_marks: bool) -> tuple[bytes, ...] | None:
        """What a request says besides place and languages; None where it takes a closer look to say so."""
        low = fields.get(b"cookie")
        chosen = b"" if low is None else self._read_cookie(head, low)
        if not has_marks:
            return None if chosen is None else (chosen, fields.get(_SCHEME, b""))
        if chosen is None or head.lower().count(b"\nsec-fetch-dest:") > 1:  # of which `fields` knows just one
            return None
        return (chosen, fields.get(_SCHEME, b""), *(fields.get(mark, b"") for mark in MARKS))

    def _read_cookie(self, head: bytes, low: bytes) -> bytes | None:
        """The member of the Cookie header that has our name in it, as it was sent: values are case-sensitive.

        `low` is the header's value in lower case. None where several members have the name, or the header is spelled
        oddly.
        """
        name = low.find(self._cookie)
        if name < 0:
            return b""
        at = head.rfind(_COOKIE) + len(_COOKIE)  # most often it is among the last
        sent = head[at : at + len(low)]
        if sent.lower() != low:
            at = head.rfind(_COOKIE.lower()) + len(_COOKIE)
            sent = head[at : at + len(low)]
            if sent.lower() != low:
                return None
        if low.find(self._cookie, name + 1) >= 0:
            return None
        end = low.find(b";", name)
        return sent[low.rfind(b";", 0, name) + 1 : end if end >= 0 else None]

    def keep_place(self, place: Place, prepared: Prepared) -> None:
        """Remember an answer for all of a place: with cities there may be many."""
        if len(self.answers) >= _MOST_ANSWERS:
            self.answers.clear()
        self.answers[place] = prepared

    def keep(self, key: Key, prepared: Prepared) -> None:
        """Remember an answer; all are forgotten before they are too many."""
        if len(self.by_more) >= _MOST_ANSWERS:
            self.by_more.clear()
        self.by_more[key] = prepared


def _sure_choices(policy: Policy) -> Iterator[tuple[bytes, ...]]:
    """What `more` says of choices that lead to the same place from wherever they are made, in whatever language."""
    for region in policy.regions.values() if policy.reads_choice else ():
        has_one_mode = region.mode is not None or len(policy.modes.of_places) == 1
        if has_one_mode and region.variables.isdisjoint(OF_VISITORS):
            for scheme in ("", "http", "https"):
                pair = f"{cookie_name(policy.choice.cookie, scheme)}={region.name}"
                yield from ((member.encode(), scheme.encode()) for member in (pair, f" {pair}"))


def _exceptions(policy: Policy) -> bytes:
    """A pattern that stops at our own pages, at what is exempt, and where the query may name a region."""
    stops = [re.escape(policy.chooser.prefix)]
    if policy.exempt.paths is not None:
        stops.append(rf"(?:{policy.exempt.paths.pattern})(?:\?|\Z)")
    if policy.reads_choice:
        stops.append(rf"[^?]*+\?.*{re.escape(policy.choice.parameter)}=")
    return "".join(f"(?!{stop})" for stop in stops).encode()
