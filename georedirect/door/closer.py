"""What of a request counts by a site's rules and lots, told without deciding: which rules could hold, what is drawn.

Two requests of which the same is told get the same answer, if place, languages and choice are the same too. Everything
that rules ask of place, languages and time is left out, as is what no rule could hold of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from georedirect.place import NOWHERE
from georedirect.policy.asker import Asker
from georedirect.policy.conditions import Below, Drawn, InHeader, InNetwork, PathLike
from georedirect.policy.rulebook import countries_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from georedirect.moment import Moment
    from georedirect.place import Place
    from georedirect.policy.conditions import Condition, Test
    from georedirect.policy.model import Policy, Region
    from georedirect.policy.rule_model import Rule
    from georedirect.policy.rulebook import RuleBook
    from georedirect.sharing import Lot
    from georedirect.visitor.address import Address

Held = tuple[object, ...]
"""The numbers of rules that may hold, their variants, and what is drawn of a region's mirrors."""

_MOST_DRAWN = 65536
_MOST_ENTRIES = 8


class Known(NamedTuple):
    """A client, as far as rules and lots care."""

    address: Address | None
    identity: bytes


NOBODY = Known(None, b"")


class _Draw(NamedTuple):
    """A region's lot, and the numbers of its mirrors that are well."""

    lot: Lot
    well: frozenset[int]


class _Entry(NamedTuple):
    """A rule, what the path is matched with, if anything, whose visitors it is for, and what else it asks."""

    rule: Rule
    matches: Callable[[bytes], object] | None
    countries: frozenset[str] | None
    others: tuple[Condition, ...]


class Here(NamedTuple):
    """The rules that count below one first segment; where there are too many to go through them all, None.

    `is_about_clients` says whether it matters who the client is. `only` is what the path is matched with, and what is
    held then, where there is one rule that asks for nothing else: most often there is.
    """

    entries: tuple[_Entry, ...] | None
    is_about_clients: bool
    only: tuple[Callable[[bytes], object], Held] | None = None


class Closer:
    """One site's, for a moment and one of its hosts. `heads` are by the first segments of paths, `/shop` and so on.

    `elsewhere` is for all other paths; None where no rule counts there.
    """

    def __init__(self, rules: RuleBook, draws: tuple[_Draw, ...], host: str | None) -> None:
        self._rules = rules
        self._host = host
        self._draws = draws
        self._drawn: dict[tuple[int, bytes], int | None] = {}
        self._variants: dict[tuple[int, bytes], str | None] = {}
        self._headers = _headers(rules)
        by_head = rules.by_head(host)
        anywhere = by_head.get("", ())
        self.elsewhere = _here(anywhere) if anywhere else None
        is_all_alike = self.elsewhere is not None and self.elsewhere.entries is None
        self.heads: Mapping[bytes, Here] = {
            _as_sent(head): _here(_in_order(here, anywhere)) for head, here in ({} if is_all_alike else by_head).items()
        }
        if is_all_alike:
            self.elsewhere = Here(None, _are_about_clients(rules.rules))

    @classmethod
    def of(cls, policy: Policy, moment: Moment, host: str | None) -> Closer | None:
        """None for a site of whose requests nothing of the kind counts."""
        rules, draws = policy.rules.of_requests, _draws(policy, moment)
        rules = policy.rules if rules is None else rules
        return cls(rules, draws, host) if rules or draws else None

    def look(
        self, here: Here, target: bytes, fields: Mapping[bytes, bytes], place: Place, who: Known | None
    ) -> Held | None:
        """What counts of a GET; empty if nothing does; None if that takes an even closer look."""
        path, mark, rest = target.partition(b"?")
        if here.only is not None:
            matches_only, held_then = here.only
            return held_then if matches_only(path) else ()
        held: list[object] = []
        asker: Asker | None = None
        for rule, matches, countries, others in here.entries or self._candidates(path, place):
            if matches is not None and not matches(path):
                continue
            if countries is not None and place.country not in countries:
                continue
            if others or rule.lot is not None:
                asker = asker or self._asker(path, mark + rest if mark else None, fields, who)
                if asker is None:
                    return None
                if not _all_hold(others, asker):
                    continue
            held += (rule.number, self._variant(rule, asker.identity) if rule.lot is not None and asker else None)
        return tuple(held)

    def _candidates(self, path: bytes, place: Place) -> Iterator[_Entry]:
        """Those of very many that could hold."""
        rules = self._rules.candidates(self._host, path.decode("latin-1"), place.country)
        return (_Entry(rule, None, None, rule.asks) for rule in rules)

    def _asker(
        self, path: bytes, query: bytes | None, fields: Mapping[bytes, bytes], who: Known | None
    ) -> Asker | None:
        said = self._say(fields)
        if said is None or who is None:
            return None
        asked = None if query is None else query.decode("latin-1")
        address, identity = who
        return Asker(path.decode("latin-1"), asked, self._host, "GET", said, address, identity, (), NOWHERE, 0.0)

    def _say(self, fields: Mapping[bytes, bytes]) -> Mapping[str, str] | None:
        """The headers that rules name. Ours are in lower case, so what may be just what a rule wants is for others."""
        said: dict[str, str] = {}
        for name, wanted in self._headers.items():
            value = fields.get(name)
            if value is not None and (value := value.rstrip(b" \t")) in wanted:
                return None
            if value is not None:
                said[name.decode()] = value.decode("latin-1")
        return said

    def _variant(self, rule: Rule, identity: bytes) -> str | None:
        drawn = self._variants.get((rule.number, identity))
        if drawn is None:
            if len(self._variants) >= _MOST_DRAWN:
                self._variants.clear()
            drawn = self._variants[rule.number, identity] = rule.variant(identity)
        return drawn

    def draw(self, number: int, identity: bytes) -> int | None:
        """The mirror that is drawn for a visitor, of the region with that number of lot."""
        if (number, identity) not in self._drawn:
            if len(self._drawn) >= _MOST_DRAWN:
                self._drawn.clear()
            lot, well = self._draws[number]
            self._drawn[number, identity] = lot.draw(identity, well)
        return self._drawn[number, identity]


def _all_hold(conditions: tuple[Condition, ...], asker: Asker) -> bool:
    for condition in conditions:  # noqa: SIM110  all() would make a generator, for one condition or two
        if not condition.holds(asker):
            return False
    return True


def _draws(policy: Policy, moment: Moment) -> tuple[_Draw, ...]:
    return tuple(_Draw(region.lot, _well(region, moment)) for region in policy.regions.values() if region.draws)


def _well(region: Region, moment: Moment) -> frozenset[int]:
    """All of them where none is: then one is drawn all the same."""
    well = (number for number, mirror in enumerate(region.mirrors) if mirror.check not in moment.down)
    return frozenset(well) or frozenset(range(len(region.mirrors)))


def lot_of(policy: Policy, region: Region) -> int:
    """The number of a region's lot among those of the policy."""
    return [other.name for other in policy.regions.values() if other.draws].index(region.name)


def _in_order(here: Sequence[Rule], anywhere: Sequence[Rule]) -> Sequence[Rule]:
    both = {rule.number: rule for rule in (*here, *anywhere)}
    return [both[number] for number in sorted(both)]


def _here(rules: Sequence[Rule]) -> Here:
    if len(rules) > _MOST_ENTRIES:
        return Here(None, _are_about_clients(rules))
    first, *others = entries = tuple(_entry(rule) for rule in rules)
    asks_more = bool(others or first.others) or first.countries is not None or first.rule.lot is not None
    only = None if asks_more or first.matches is None else (first.matches, (first.rule.number, None))
    return Here(entries, _are_about_clients(rules), only)


def _entry(rule: Rule) -> _Entry:
    """A condition on the path is the first that is asked, and by a pattern: most rules have no other of the kind."""
    first = next((each for each in rule.asks if not each.is_negated and isinstance(each.test, PathLike | Below)), None)
    others = tuple(each for each in rule.asks if each is not first)
    matches = None if first is None else re.compile(_pattern(first.test)).fullmatch
    return _Entry(rule, matches, countries_of(rule), others)


def _pattern(test: Test) -> bytes:
    if isinstance(test, Below):
        prefixes = "|".join(re.escape(prefix) for prefix in test.prefixes)
        return f"(?:{prefixes})(?:/.*)?".encode("latin-1")
    return test.pattern.pattern.encode("latin-1") if isinstance(test, PathLike) else b""


def _as_sent(head: str) -> bytes:
    """A segment as requests have it: octets, which rules see as latin-1."""
    return head.encode("latin-1", "replace")


def _headers(rules: RuleBook) -> Mapping[bytes, frozenset[bytes]]:
    """The headers that rules name, and the values that they want, all in lower case."""
    wanted: dict[bytes, set[bytes]] = {name.encode(): set() for name in rules.headers}
    tests = (condition.test for rule in rules.rules for condition in rule.when)
    for test in tests:
        if isinstance(test, InHeader):
            wanted[test.header.encode()] |= {value.encode("latin-1", "replace").lower() for value in test.values}
    return {name: frozenset(values) for name, values in wanted.items()}


def _are_about_clients(rules: Sequence[Rule]) -> bool:
    asked = any(isinstance(condition.test, InNetwork | Drawn) for rule in rules for condition in rule.when)
    return asked or any(rule.lot is not None for rule in rules)
