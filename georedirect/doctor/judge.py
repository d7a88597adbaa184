"""What is wrong with a series of answers. The same answers always give the same findings; nothing else is asked."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from georedirect.doctor.caching import (
    TARGETED,
    Storing,
    directives,
    is_private,
    lines_of,
    signs_of_a_store,
    storing,
    values_of,
    vary_of,
)
from georedirect.doctor.finding import Finding, Kind, Level, gathered
from georedirect.doctor.mixups import find_mix_ups, is_error, own_answers, steady_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from georedirect.doctor.guise import Guise
    from georedirect.doctor.questions import Exchange

_CURE = "send Cache-Control: private, no-store"
_ORDER = list(Level)


def judge(exchanges: Sequence[Exchange], *, is_shared: bool = False) -> list[Finding]:
    """All that is to be said, the worst first. `is_shared`: caches are meant to keep answers, keyed by country."""
    found = [*find_mix_ups(exchanges), *_errors(exchanges), *_vary_differs(exchanges)]
    apart = _told_apart_by(exchanges)
    for exchange in exchanges:
        if not is_error(exchange):
            found += _stored(exchange)
            found += [] if is_shared else _storable(exchange, apart)
    kept = gathered(found)
    if any(finding.kind is Kind.OTHER_URL for finding in kept):  # then nothing was asked of the door itself
        kept = [finding for finding in kept if finding.level is not Level.NOTE]
    return sorted(kept, key=lambda finding: _ORDER.index(finding.level))


def _finding(exchange: Exchange, level: Level, kind: Kind, why: str, *names: str) -> Finding:
    lines = lines_of(exchange.reply.headers, names) if names else lines_of(exchange.reply.headers)
    return Finding(level, kind, why, exchange.question.target, lines)


def _stored(exchange: Exchange) -> Iterator[Finding]:
    """What must not come out of a store, or must not get into one."""
    headers = exchange.reply.headers
    signs = signs_of_a_store(headers)
    if signs and is_private(headers) and not any(values_of(headers, name) for name in TARGETED):
        why = "a cache keeps answers that Cache-Control says are for one visitor only; see where it is told to"
        yield _finding(exchange, Level.WRONG, Kind.DISREGARDED, why)
    if values_of(headers, "Set-Cookie"):
        if signs:
            yield _finding(exchange, Level.WRONG, Kind.SET_COOKIE, "one visitor's cookie is given out by a cache")
        elif storing(headers) is not Storing.FORBIDDEN:
            why = f"a cookie in an answer that a cache may keep; {_CURE}"
            yield _finding(exchange, Level.RISK, Kind.SET_COOKIE, why)
    is_kept = "no-store" not in directives(values_of(headers, "Cache-Control"))
    if exchange.reply.status in {301, 308} and is_kept:
        why = f"a permanent redirect: a browser keeps it when the visitor moves; answer 307, or {_CURE.lower()}"
        yield _finding(exchange, Level.RISK, Kind.PERMANENT, why)


def _storable(exchange: Exchange, apart: Sequence[tuple[Guise, Guise, frozenset[str]]]) -> Iterator[Finding]:
    said, vary = storing(exchange.reply.headers), vary_of(exchange.reply.headers)
    names = ("Cache-Control", *TARGETED, "Expires", "Vary", "Via")
    if said is Storing.UNSAID:
        why = f"Cache-Control does not say whether a cache may keep it, so some will; {_CURE}"
        yield _finding(exchange, Level.RISK, Kind.UNSAID, why, *names)
    if said is not Storing.ALLOWED:
        return
    missed = [(one, other, by) for one, other, by in apart if not by & vary]
    for one, other, by in missed[:1]:
        what = " and ".join(_as_written(name, one, other) for name in sorted(by))
        why = f"a cache may keep it, but answers differ by {what} ({one.name}, {other.name}) and Vary does not say so"
        yield _finding(exchange, Level.WRONG, Kind.VARY, f"{why}; {_CURE}", *names)
    if not missed:
        why = f"a cache may keep it for visitors from anywhere: Vary cannot name their address; {_CURE}"
        yield _finding(exchange, Level.RISK, Kind.STORABLE, why, *names)


def _as_written(name: str, *guises: Guise) -> str:
    return next(written for guise in guises for written, _ in guise.headers if written.lower() == name)


def _told_apart_by(exchanges: Sequence[Exchange]) -> list[tuple[Guise, Guise, frozenset[str]]]:
    """Pairs of visitors that get different answers, and the headers that may be why; the closest pairs first."""
    answered = [exchange for exchange in exchanges if not is_error(exchange)]
    own = own_answers(answered, steady_parts(answered))
    guises = dict.fromkeys(exchange.question.guise for exchange in answered if exchange.question.guise.name in own)
    pairs = [
        (one, other, one.differs_in(other))
        for one, other in combinations(guises, 2)
        if own[one.name] != own[other.name]
    ]
    return sorted(pairs, key=lambda pair: len(pair[2]))


def _vary_differs(exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """A cache goes by the Vary of the answer that it has kept, so all answers of a URL must have the same."""
    by_target: dict[str, dict[frozenset[str], Exchange]] = defaultdict(dict)
    for exchange in exchanges:
        if not is_error(exchange):
            by_target[exchange.question.target].setdefault(vary_of(exchange.reply.headers), exchange)
    for seen in by_target.values():
        if len(seen) > 1:
            example = next(seen[vary] for vary in seen if vary)
            said = " and ".join(sorted(f'"{", ".join(sorted(vary))}"' for vary in seen))
            why = f"answers of one URL differ in Vary: {said}"
            yield _finding(example, Level.RISK, Kind.VARY_DIFFERS, why, "Cache-Control", "Vary")


def _errors(exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    for exchange in exchanges:
        if is_error(exchange):
            why = f"answered {exchange.reply.status}: nothing can be told of visitors"
            yield _finding(exchange, Level.WRONG, Kind.ERROR, why)
