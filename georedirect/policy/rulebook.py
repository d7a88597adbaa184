"""All rules of a policy, filed by host, path and country, so that a request meets only those that could hold."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import reduce
from heapq import merge
from operator import and_, attrgetter
from typing import TYPE_CHECKING, NamedTuple

from georedirect.policy.conditions import Below, Drawn, During, InHeader, Likes, OnHost, PathLike
from georedirect.policy.conditions_of_place import Hidden, InCountry, InSubdivision, OperatedBy
from georedirect.policy.globs import above as above_all_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from georedirect.policy.rule_model import Rule
    from georedirect.policy.times import Window

_Key = tuple[str | None, str]
"""A host, None for whichever, and a path above all that a rule asks for; empty for whichever."""

_by_number = attrgetter("number")
DETAIL_OF: Mapping[type, str] = {InSubdivision: "subdivision", OperatedBy: "asn", Hidden: "anonymous"}
"""What conditions read of a place besides country and continent."""


class ByCountry(NamedTuple):
    """Rules in order: those that a visitor of each country may meet, and those that all others may."""

    others: tuple[Rule, ...]
    countries: Mapping[str, tuple[Rule, ...]]

    def of(self, country: str | None) -> tuple[Rule, ...]:
        return self.others if country is None else self.countries.get(country, self.others)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """`rules` are all of them, in the file's order; the rest follows from them.

    `filed` has them by host and path, `depth` is that of its deepest path. `headers` are the request headers that
    conditions read, in lower case, `wanted` is what rules ask of a place: variables of their URIs, and details.
    `host_tests` tell hosts apart, `windows` are when rules hold, and `draws` says whether lots are drawn for visitors.
    `of_requests` has only those that are not of one mind about all requests of a place, a language and a time; None
    where that is all of them.
    """

    rules: tuple[Rule, ...] = ()
    filed: Mapping[_Key, ByCountry] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
    depth: int = 0
    headers: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()
    windows: tuple[Window, ...] = ()
    reads_languages: bool = False
    host_tests: tuple[OnHost, ...] = ()
    draws: bool = False
    of_requests: RuleBook | None = None

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> RuleBook:
        """File them."""
        rules = tuple(rules)
        requested = tuple(rule for rule in rules if rule.reads_request)
        drawers: dict[_Key, list[Rule]] = defaultdict(list)
        for rule in rules:
            for key in keys_of(rule):
                drawers[key].append(rule)
        filed = {key: _by_country(found) for key, found in drawers.items()}
        tests = [condition.test for rule in rules for condition in rule.when]
        kinds = {type(test) for test in tests}
        details = frozenset(DETAIL_OF[kind] for kind in kinds & DETAIL_OF.keys())
        return cls(
            rules=rules,
            filed=filed,
            hosts=frozenset(host for host, _ in filed if host is not None),
            depth=max((above.count("/") for _, above in filed), default=0),
            headers=frozenset(test.header for test in tests if isinstance(test, InHeader)),
            wanted=details.union(*(rule.uri.variables for rule in rules if rule.uri is not None)),
            windows=tuple(test.window for test in tests if isinstance(test, During)),
            reads_languages=Likes in kinds,
            host_tests=tuple(dict.fromkeys(test for test in tests if isinstance(test, OnHost))),
            draws=Drawn in kinds or any(rule.lot is not None for rule in rules),
            of_requests=None if len(requested) == len(rules) else cls.of(requested),
        )

    def __bool__(self) -> bool:
        return bool(self.rules)

    def candidates(self, host: str | None, path: str, country: str | None) -> Sequence[Rule]:
        """The rules that could hold, in order."""
        found: list[tuple[Rule, ...]] = []
        for name in (None, host) if host in self.hosts else (None,):
            for above in self._above(path):
                drawer = self.filed.get((name, above))
                if drawer is not None and (rules := drawer.of(country)):
                    found.append(rules)
        if len(found) < 2:
            return found[0] if found else ()
        return list(merge(*found, key=_by_number))

    def _above(self, path: str) -> Iterator[str]:
        """The path, and all above it that anything may be filed under."""
        yield ""
        end, depth = path.find("/", 1), 1
        while end >= 0 and depth <= self.depth:
            yield path[:end]
            end, depth = path.find("/", end + 1), depth + 1
        if depth <= self.depth:
            yield path

    def by_head(self, host: str | None) -> Mapping[str, tuple[Rule, ...]]:
        """The rules for one host by the first segment, as in `/shop`, of paths of which they could hold, in order.

        Those for whichever path stand under the empty text, and nowhere else.
        """
        heads: dict[str, dict[int, Rule]] = defaultdict(dict)
        for rule in self.rules:
            for name, above in keys_of(rule):
                if name in (None, host):
                    heads[_first_segment(above)][rule.number] = rule
        return {head: tuple(rules.values()) for head, rules in heads.items()}


def keys_of(rule: Rule) -> Iterator[_Key]:
    """Under what a rule is filed."""
    hosts: set[str | None] = {None}
    above = {""}
    for condition in rule.when:
        match condition.test:
            case _ if condition.is_negated:
                continue
            case OnHost(names, ()):
                hosts = {*names}
            case PathLike(globs):
                above = {above_all_of(glob) for glob in globs}
            case Below(prefixes) if above == {""}:
                above = set(prefixes)
    yield from ((host, path) for host in sorted(hosts, key=str) for path in sorted(_topmost(above)))


def _topmost(above: Collection[str]) -> Iterator[str]:
    """Those that are below no other: a path must meet the rule once, wherever it is."""
    for path in above:
        ends = (number for number, character in enumerate(path) if character == "/")
        if not any(path[:end] in above for end in ends):
            yield path


def _first_segment(path: str) -> str:
    end = path.find("/", 1)
    return path if end < 0 else path[:end]


def countries_of(rule: Rule) -> frozenset[str] | None:
    """The countries whose visitors a rule is for; None where it does not say."""
    said: list[frozenset[str]] = []
    for condition in rule.when:
        test = condition.test
        if isinstance(test, InCountry) and not condition.is_negated:
            said.append(test.countries)
        elif isinstance(test, InSubdivision) and not condition.is_negated:
            said.append(frozenset(code.partition("-")[0] for code in test.subdivisions))
    return reduce(and_, said) if said else None


def _by_country(rules: Sequence[Rule]) -> ByCountry:
    of = {rule.number: countries_of(rule) for rule in rules}
    named = {country for countries in of.values() for country in countries or ()}
    return ByCountry(
        tuple(rule for rule in rules if of[rule.number] is None),
        {
            country: tuple(rule for rule in rules if (said := of[rule.number]) is None or country in said)
            for country in named
        },
    )
