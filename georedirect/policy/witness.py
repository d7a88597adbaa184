"""Somebody for whom a rule holds, made up of its conditions: for proofs by example. Looks at no URL."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_network
from itertools import chain, islice
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from georedirect.place import NOWHERE, Anonymity, Place
from georedirect.policy.asker import Asker
from georedirect.policy.conditions import (
    ByMethod,
    Drawn,
    During,
    InHeader,
    InNetwork,
    Likes,
)
from georedirect.policy.conditions_of_place import Hidden, InCountry, InSubdivision, OnContinent, OperatedBy
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

_OF_VISITORS = (
    *(ByMethod, InHeader, InNetwork, Drawn, During, Likes),
    *(InCountry, OnContinent, InSubdivision, OperatedBy, Hidden),
)
"""What is not asked of the URL."""

_MOST_ORIGINS = 8
_MOST_NETWORKS = 8
_MOST_DRAWN = 100
"""So many of each are tried, and no more."""
_LAST = 4_102_444_800.0
"""2100: no later time is tried, as no clock can show the last ones that a file can name."""

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

    `now` is when they ask, unless the rule holds at other times only. A method that is not safe outlasts no redirect.
    """
    said = {test.header: min(test.values, default="x") for test in rule.tests(InHeader)}
    method = "GET" if all("GET" in test.methods for test in rule.tests(ByMethod)) else "HEAD"
    somebody = Witness(method, said, None, (), NOWHERE, now)
    in_time = (somebody._replace(time=time) for time in _times(rule, now))
    known = next((each for each in in_time if _meets(each, rule, policy, During)), somebody)
    addressed = (known._replace(address=address) for address in _addresses(rule))
    known = next((each for each in addressed if _meets(each, rule, policy, Drawn, InNetwork)), known)
    for country, tag in islice(_likely(rule, origins), _MOST_ORIGINS):
        tags = [*(next(iter(test.offered.tags.values())) for test in rule.tests(Likes)), *([tag] if tag else ())]
        found = known._replace(languages=parse_accept_language(tags[:1]), place=_place(rule, country))
        if _meets(found, rule, policy, *_OF_VISITORS):
            yield found


def _likely(rule: Rule, origins: Sequence[Origin]) -> Iterator[Origin]:
    wanted = countries_of(rule)
    if wanted is None:
        return iter([(None, None), *origins])
    first = [(country, None) for country in sorted(wanted)[:1]]
    return iter(dict.fromkeys([*first, *(origin for origin in origins if origin[0] in wanted)]))


def _meets(witness: Witness, rule: Rule, policy: Policy, *kinds: type) -> bool:
    """Whether all conditions of these kinds hold."""
    asker = Asker(
        *("/", None, None, witness.method, witness.said, witness.address),
        policy.sticky.identity(witness.address, None),
        *(witness.languages, witness.place, witness.time),
    )
    return all(condition.holds(asker) for condition in rule.when if isinstance(condition.test, kinds))


def _place(rule: Rule, country: str | None) -> Place:
    continent = next((min(test.continents) for test in rule.tests(OnContinent)), None)
    parts = [code.partition("-") for test in rule.tests(InSubdivision) for code in sorted(test.subdivisions)]
    means = [min(test.means, default=Anonymity.ANONYMOUS) for test in rule.tests(Hidden)]
    return Place(
        country,
        COUNTRIES[country].continent if country else continent,
        0,
        subdivision=next((part for of, _, part in parts if of == country), None),
        asn=next((min(test.numbers) for test in rule.tests(OperatedBy)), None),
        anonymous=frozenset(means),
    )


def _addresses(rule: Rule) -> list[Address | None]:
    networks = [ip_network(text) for test in rule.tests(InNetwork) for text in test.networks.texts[:_MOST_NETWORKS]]
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
