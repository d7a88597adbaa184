"""What of a request counts by a site's rules and lots, told without deciding: which rules could hold, what is drawn.

Two requests of which the same is told get the same answer, if place, languages and choice are the same too. Everything
that rules ask of place, languages and time is left out, as is what no rule could hold of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from georedirect.place import NOWHERE
from georedirect.policy.asker import Asker
from georedirect.policy.conditions import Drawn, InHeader, InNetwork

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.moment import Moment
    from georedirect.place import Place
    from georedirect.policy.conditions import Condition
    from georedirect.policy.model import Policy, Region
    from georedirect.policy.rule_model import Rule
    from georedirect.policy.rulebook import RuleBook
    from georedirect.sharing import Lot
    from georedirect.visitor.address import Address

Held = tuple[object, ...]
"""The numbers of rules that may hold, their variants, and what is drawn of a region's mirrors."""

_MOST_DRAWN = 65536


class Known(NamedTuple):
    """A client, as far as rules and lots care."""

    address: Address | None
    identity: bytes


NOBODY = Known(None, b"")


class _Draw(NamedTuple):
    """A region's lot, and the numbers of its mirrors that are well."""

    lot: Lot
    well: frozenset[int]


class Closer:
    """One site's, for a moment and one of its hosts. `heads` are the first segments of the paths that are looked at.

    `heads` is None where all are; `is_about_clients` says whether it matters who the client is.
    """

    def __init__(self, rules: RuleBook, draws: tuple[_Draw, ...], host: str | None) -> None:
        self._rules = rules
        self._host = host
        self._draws = draws
        self._drawn: dict[tuple[int, bytes], int | None] = {}
        self._variants: dict[tuple[int, bytes], str | None] = {}
        self._asks = {rule.number: rule.asks for rule in rules.rules}
        self._headers = _headers(rules)
        self.heads = _heads(rules, host)
        self.is_about_clients = rules.draws or _has_networks(rules)

    @classmethod
    def of(cls, policy: Policy, moment: Moment, host: str | None) -> Closer | None:
        """None for a site of whose requests nothing of the kind counts."""
        rules, draws = policy.rules.of_requests, _draws(policy, moment)
        rules = policy.rules if rules is None else rules
        return cls(rules, draws, host) if rules or draws else None

    def look(
        self, path: bytes, query: bytes | None, fields: Mapping[bytes, bytes], place: Place, who: Known | None
    ) -> Held | None:
        """What counts of a GET; empty if nothing does; None if that takes an even closer look."""
        if who is None:
            return None
        held: list[object] = []
        candidates = self._rules.candidates(self._host, text := path.decode("latin-1"), place.country)
        if candidates:
            said = self._say(fields)
            if said is None:
                return None
            asked = None if query is None else query.decode("latin-1")
            asker = Asker(text, asked, self._host, "GET", said, who.address, who.identity, (), NOWHERE, 0.0)
            for rule in candidates:
                if _all_hold(self._asks[rule.number], asker):
                    held += (rule.number, self._variant(rule, who.identity) if rule.lot is not None else None)
        return tuple(held)

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


def _heads(rules: RuleBook, host: str | None) -> frozenset[bytes] | None:
    """Segments as requests have them: octets, which rules see as latin-1."""
    heads = rules.heads(host)
    return None if heads is None else frozenset(head.encode("latin-1", "replace") for head in heads)


def _headers(rules: RuleBook) -> Mapping[bytes, frozenset[bytes]]:
    """The headers that rules name, and the values that they want, all in lower case."""
    wanted: dict[bytes, set[bytes]] = {name.encode(): set() for name in rules.headers}
    tests = (condition.test for rule in rules.rules for condition in rule.when)
    for test in tests:
        if isinstance(test, InHeader):
            wanted[test.header.encode()] |= {value.encode("latin-1", "replace").lower() for value in test.values}
    return {name: frozenset(values) for name, values in wanted.items()}


def _has_networks(rules: RuleBook) -> bool:
    return any(isinstance(condition.test, InNetwork | Drawn) for rule in rules.rules for condition in rule.when)
