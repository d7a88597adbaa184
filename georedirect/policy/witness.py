"""Somebody for whom a rule holds, made up of its conditions: for proofs by example. Looks at no URL."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_network
from itertools import chain, islice
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from georedirect.place import Anonymity, Place
from georedirect.policy.asker import Asker
from georedirect.policy.conditions import (
    Below,
    ByMethod,
    Drawn,
    During,
    InHeader,
    InNetwork,
    InQuery,
    Likes,
    OnHost,
    PathLike,
)
from georedirect.policy.conditions_of_place import Hidden, InSubdivision, OnContinent, OperatedBy
from georedirect.policy.countries import COUNTRIES
from georedirect.policy.rulebook import countries_of
from georedirect.policy.times import Daily, Span
from georedirect.visitor.address import Address
from georedirect.visitor.languages import parse_accept_language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from georedirect.policy.model import Policy
    from georedirect.policy.rule_model import Rule
    from georedirect.policy.times import Window
    from georedirect.visitor.languages import LanguageRange

_OF_URLS = (PathLike, Below, OnHost, InQuery)
"""What is asked of the URL, which is no matter of who asks."""

_MOST_GUESSED = 8
"""So many countries and languages are tried, and no more."""
_MOST_DRAWN = 100
_LAST = 4_102_444_800.0
"""2100: no later time is tried, as no clock can show the last ones that a file can name."""

_Test = TypeVar("_Test")

Origin = tuple[str | None, str | None]
"""A country and a language, None where that is not known."""


class Witness(NamedTuple):
    """As in `Visitor`, but for the URL; `place` and `time` are where and when they ask."""

    method: str
    said: Mapping[str, str]
    address: Address | None
    languages: tuple[LanguageRange, ...]
    place: Place
    time: float


def witnesses(rule: Rule, policy: Policy, origins: Sequence[Origin], now: float) -> Iterator[Witness]:
    """One of each origin, of whom all holds that the rule asks besides the URL; it may hold of others too.

    `now` is when they ask, unless the rule holds at other times only.
    """
    wanted = countries_of(rule)
    named = [(None, None), *origins] if wanted is None else [(country, None) for country in sorted(wanted)[:1]]
    among = [origin for origin in origins if wanted is not None and origin[0] in wanted]
    for origin in islice(dict.fromkeys([*named, *among]), _MOST_GUESSED):
        found = next((each for each in _all(rule, origin, now) if _meets(each, rule, policy)), None)
        if found is not None:
            yield found


def _meets(witness: Witness, rule: Rule, policy: Policy) -> bool:
    asker = Asker(
        *("/", None, None, witness.method, witness.said, witness.address),
        policy.sticky.identity(witness.address, None),
        *(witness.languages, witness.place, witness.time),
    )
    return all(condition.holds(asker) for condition in rule.when if not isinstance(condition.test, _OF_URLS))


def _all(rule: Rule, origin: Origin, now: float) -> Iterator[Witness]:
    """All that are to be tried: they differ in times and addresses alone, where the rule has something to say of those.

    A method that is not safe does not outlast a redirect.
    """
    country, tag = origin
    said = {test.header: min(test.values, default="x") for test in _tests(rule, InHeader)}
    tags = [next(iter(test.offered.tags.values())) for test in _tests(rule, Likes)] or ([tag] if tag else [])
    languages, place = parse_accept_language(tags[:1]), _place(rule, country)
    methods = _tests(rule, ByMethod)
    method = "GET" if all("GET" in test.methods for test in methods) else "HEAD"
    for time in _times(rule, now):
        for address in _addresses(rule):
            yield Witness(method, said, address, languages, place, time)


def _tests(rule: Rule, kind: type[_Test]) -> list[_Test]:
    return [each.test for each in rule.when if isinstance(each.test, kind) and not each.is_negated]


def _place(rule: Rule, country: str | None) -> Place:
    continent = next((min(test.continents) for test in _tests(rule, OnContinent)), None)
    parts = [code.partition("-") for test in _tests(rule, InSubdivision) for code in sorted(test.subdivisions)]
    means = [min(test.means, default=Anonymity.ANONYMOUS) for test in _tests(rule, Hidden)]
    return Place(
        country,
        COUNTRIES[country].continent if country else continent,
        0,
        subdivision=next((part for of, _, part in parts if of == country), None),
        asn=next((min(test.numbers) for test in _tests(rule, OperatedBy)), None),
        anonymous=frozenset(means),
    )


def _addresses(rule: Rule) -> list[Address | None]:
    networks = [ip_network(text) for test in _tests(rule, InNetwork) for text in test.networks.texts[:_MOST_GUESSED]]
    if networks:
        return [Address(network.network_address.packed) for network in networks]
    drawn = _MOST_DRAWN if any(isinstance(each.test, Drawn) for each in rule.when) else 0
    return [None, *(Address(bytes((10, number, 0, 1))) for number in range(drawn))]


def _times(rule: Rule, now: float) -> list[float]:
    windows = [each.test.window for each in rule.when if isinstance(each.test, During)]
    bases = [now, *chain.from_iterable(_edges(window) for window in windows)]
    return [*bases, *(time for window in windows for base in bases for time in _begins(window, base))]


def _edges(window: Window) -> Iterable[float]:
    """The first time in a span, and the last second of it; the same just outside."""
    if not isinstance(window, Span):
        return ()
    edges = (window.begins, window.ends - 1, window.ends, window.begins - 1)
    return (edge for edge in edges if isfinite(edge) and 0 <= edge <= _LAST)


def _begins(window: Window, base: float) -> Iterable[float]:
    """When the hours of a day begin and end, on each of the seven days from a time on."""
    if not isinstance(window, Daily):
        return ()
    day = datetime.fromtimestamp(base, window.zone).date()
    clocks = (window.begins, window.ends)
    days = (day + timedelta(days=number) for number in range(8))
    return (datetime.combine(date, clock, window.zone).timestamp() for date in days for clock in clocks)


def latest(policies: Iterable[Policy]) -> float:
    """When all spans of all rules are over that end at all, and those that do not have begun."""
    windows = (window for policy in policies for window in policy.rules.windows)
    spans = (window for window in windows if isinstance(window, Span))
    edges = (edge for span in spans for edge in (span.begins, span.ends) if isfinite(edge))
    return min(max(edges, default=0.0), _LAST)
