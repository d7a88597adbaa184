"""Who got whose answer: each visitor's answers in turns, held against what they get on their own."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from georedirect.doctor.caching import lines_of, signs_of_a_store
from georedirect.doctor.finding import Finding, Kind, Level
from georedirect.doctor.questions import MARK, Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from georedirect.doctor.questions import Exchange, Reply

_REFUSED = frozenset({400, 401, 403, 407, 408, 421, 429})

Shown = tuple[int | str | None, ...]
Own = dict[str, Shown]


class Content(NamedTuple):
    """What a visitor sees of an answer, without the doctor's own mark."""

    status: int
    location: str | None
    body: str


def content_of(reply: Reply) -> Content:
    location = location_of(reply)
    unmarked = MARK.sub("", reply.body.decode("latin-1")).encode("latin-1")
    return Content(reply.status, None if location is None else MARK.sub("", location), sha256(unmarked).hexdigest())


def location_of(reply: Reply) -> str | None:
    return next((value for name, value in reply.headers if name.lower() == "location"), None)


def is_error(exchange: Exchange) -> bool:
    """Whether the answer says nothing of where the visitor belongs: refused, had enough, was not there."""
    return exchange.reply.status >= 500 or exchange.reply.status in _REFUSED


def find_mix_ups(exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    yield from _other_urls(exchanges)
    answered = [exchange for exchange in exchanges if not is_error(exchange)]
    steady = steady_parts(answered)
    own = own_answers(answered, steady)
    if not {Content._fields.index("status"), Content._fields.index("location")} <= set(steady):
        yield Finding(Level.NOTE, Kind.UNSTEADY, "one visitor gets different answers by itself; these are not compared")
    elif len(own) > 1 and len(set(own.values())) == 1:
        why = (
            "all visitors get the same answer, so a mix-up could not be seen; ask as visitors that differ, by --visitor"
        )
        yield Finding(Level.NOTE, Kind.ALIKE, why)
    yield from _foreign(answered, own, steady)


def steady_parts(exchanges: Iterable[Exchange]) -> tuple[int, ...]:
    """Which parts of the content each visitor gets unchanged on its own: a page may carry the time of day."""
    alone: dict[str, list[Content]] = defaultdict(list)
    for exchange in exchanges:
        if exchange.question.series is Series.OWN:
            alone[exchange.question.guise.name].append(content_of(exchange.reply))
    return tuple(
        part
        for part in range(len(Content._fields))
        if all(len({content[part] for content in contents}) == 1 for contents in alone.values())
    )


def own_answers(exchanges: Iterable[Exchange], steady: Sequence[int]) -> Own:
    return {
        exchange.question.guise.name: _shown(exchange, steady)
        for exchange in exchanges
        if exchange.question.series is Series.OWN
    }


def _shown(exchange: Exchange, steady: Sequence[int]) -> Shown:
    content = content_of(exchange.reply)
    return tuple(content[part] for part in steady)


def _foreign(exchanges: Sequence[Exchange], own: Own, steady: Sequence[int]) -> Iterator[Finding]:
    """Answers that are not the visitor's own: another's, or of somebody before us."""
    asked = [exchange for exchange in exchanges if exchange.question.series is not Series.OWN]
    receivers: dict[tuple[str, Shown], set[Shown]] = defaultdict(set)
    for exchange in asked:
        if mine := own.get(exchange.question.guise.name):
            receivers[exchange.question.target, _shown(exchange, steady)].add(mine)
    for exchange in asked:
        got, mine = _shown(exchange, steady), own.get(exchange.question.guise.name)
        if mine is None or got == mine:
            continue
        owners = [name for name, theirs in own.items() if theirs == got]
        # a URL may lead elsewhere without our mark; but not all of them to one place, nor out of a store
        is_kept = len(receivers[exchange.question.target, got]) > 1 or signs_of_a_store(exchange.reply.headers)
        if owners:
            yield _mix_up(exchange, owners)
        elif is_kept:
            yield _stranger(exchange)


def _mix_up(exchange: Exchange, owners: Sequence[str]) -> Finding:
    why = f"{exchange.question.guise.name} got the answer of {' or '.join(owners)}: {described(exchange.reply)}"
    return _wrong(exchange, Kind.MIX_UP, why)


def _stranger(exchange: Exchange) -> Finding:
    name = exchange.question.guise.name
    why = f"{name} got an answer that none of these visitors gets by itself: {described(exchange.reply)}"
    return _wrong(exchange, Kind.STRANGER, why)


def _wrong(exchange: Exchange, kind: Kind, why: str) -> Finding:
    return Finding(Level.WRONG, kind, why, exchange.question.target, lines_of(exchange.reply.headers))


def described(reply: Reply) -> str:
    """`307 https://de.example.com/`, the same whatever the doctor's mark."""
    location = content_of(reply).location
    return str(reply.status) if location is None else f"{reply.status} {location}"


def _other_urls(exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """Answers to another question than was asked: a cache that leaves the query out of its key."""
    askers = {exchange.question.mark: exchange.question.guise.name for exchange in exchanges if _is_own(exchange)}
    for exchange in exchanges:
        reply, question = exchange.reply, exchange.question
        marks = set(MARK.findall(f"{location_of(reply) or ''}\n{reply.body.decode('latin-1')}")) - {question.mark}
        if marks:
            yield _wrong(exchange, Kind.OTHER_URL, _why_other(question.guise.name, sorted(marks), askers))
        elif _is_own(exchange) and signs_of_a_store(reply.headers):
            why = "a URL that nobody had asked was answered out of a cache: it leaves the query out of its key"
            yield _wrong(exchange, Kind.OTHER_URL, why)


def _is_own(exchange: Exchange) -> bool:
    return exchange.question.series is Series.OWN


def _why_other(name: str, marks: Sequence[str], askers: Mapping[str, str]) -> str:
    others = sorted({askers[mark] for mark in marks if mark in askers} - {name})
    whose = f", which only {' and '.join(others)} had asked" if others else ""
    return f"{name} got the answer to another URL{whose}: a cache leaves the query out of its key"
