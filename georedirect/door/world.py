"""Where the visitors of each country go, all countries at once, by the very code that serves."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from georedirect.decide import decide
from georedirect.door.answer import Met, meet
from georedirect.door.question import imagine_request
from georedirect.geo.locator import place_in
from georedirect.place import NOWHERE
from georedirect.policy.countries import COUNTRIES
from georedirect.policy.rule_model import Deed
from georedirect.visitor.languages import parse_accept_language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from georedirect.decision import Action, Decision
    from georedirect.door.snapshot import Snapshot
    from georedirect.guess import Reason
    from georedirect.moment import Moment
    from georedirect.place import Place
    from georedirect.policy.model import Policy
    from georedirect.visitor.request import Visitor

SOME_ADDRESS = "192.0.2.1"
"""Of whoever is imagined: it is nobody's (RFC 5737), and where it is has been said already."""


class WhereTo(NamedTuple):
    """What happens to the visitors of one country, and why.

    `region` is None where they are sent elsewhere or told no, with `status`; `rule` is the one that decided. Some of
    them may get to other regions: `by_language` has those by the tag of whoever reads it, `by_lot` those of a split.
    """

    region: str | None
    action: Action
    reason: Reason
    rule: str | None = None
    location: str | None = None
    status: int | None = None
    by_language: Mapping[str, str] = MappingProxyType({})
    by_lot: tuple[str, ...] = ()


class _Question(NamedTuple):
    """A visitor of a site, who may be in any country."""

    policy: Policy
    visitor: Visitor
    moment: Moment

    def answer(self, place: Place) -> Decision:
        """What is decided of them there."""
        return decide(self.policy, self.visitor, place, self.moment)

    def reading(self, tag: str) -> _Question:
        """The same, of one who reads that language alone."""
        return self._replace(visitor=replace(self.visitor, languages=parse_accept_language([tag])))


def world_of(
    snapshot: Snapshot, policy: Policy, now: float, url: str = "/", languages: Iterable[str] = ()
) -> dict[str, WhereTo]:
    """For each country what a visitor gets who is known by nothing but that, and by the languages that they state.

    `url` is a path on the site's first host, or a URL on any of its hosts; ValueError says what is no good about it.
    """
    snapshot = snapshot.at(now)
    visitor = _visitor(snapshot, policy, url, languages)
    question = _Question(policy, visitor, snapshot.moment)
    return {code: _where_to(question, _place_in(snapshot, code)) for code in sorted(COUNTRIES)}


def _visitor(snapshot: Snapshot, policy: Policy, url: str, languages: Iterable[str]) -> Visitor:
    stated = ", ".join(languages)
    headers = [f"Accept-Language: {stated}"] if stated else []
    if not url.lower().startswith(("http://", "https://")):
        url = f"http://{_host_of(snapshot, policy)}{url if url.startswith('/') else f'/{url}'}"
    met = meet(snapshot, imagine_request(snapshot.configuration, SOME_ADDRESS, url, headers=headers))
    if not isinstance(met, Met):
        raise ValueError(f"{url}: {met.why}")  # noqa: TRY004  it is what the text says that is wrong
    if met.policy is not policy:
        raise ValueError(f"{url} is not on the site {policy.name}, but on {met.policy.name}")
    if met.is_for_page:
        raise ValueError(f"{url} is one of our own pages, which nobody is sent from")
    return met.visitor


def _host_of(snapshot: Snapshot, policy: Policy) -> str:
    """Its first host; for a site that answers for every host, one that is no other site's."""
    others = snapshot.configuration.by_host
    return (
        policy.hosts[0] if policy.hosts else next(name for name in ("localhost", "any.invalid") if name not in others)
    )


def _place_in(snapshot: Snapshot, code: str) -> Place:
    """Nobody can tell any more once the database is too old to, unless somebody else says so."""
    is_silent = snapshot.database.is_silent and snapshot.configuration.database.country_header is None
    return NOWHERE if is_silent else place_in(code, None)


def _where_to(question: _Question, place: Place) -> WhereTo:
    decision = question.answer(place)
    return WhereTo(
        region=decision.region_name,
        action=decision.action,
        reason=decision.reason,
        rule=decision.rule,
        location=decision.location,
        status=None if decision.refusal is None else decision.refusal.status,
        by_language=dict(_by_language(question, place, decision)),
        by_lot=_by_lot(question.policy, decision),
    )


def _by_language(question: _Question, place: Place, decision: Decision) -> Iterator[tuple[str, str]]:
    """Of the regions that share the country, those to which its other languages lead."""
    candidates = question.policy.by_country.get(place.country or "")
    if candidates is None or len(candidates.claims) == 1 or question.visitor.languages:
        return
    for tag in dict.fromkeys(tag for claim in candidates.claims for tag in claim.region.languages):
        other = question.reading(tag).answer(place).region_name
        if other not in {None, decision.region_name}:
            yield tag, str(other)


def _by_lot(policy: Policy, decision: Decision) -> tuple[str, ...]:
    """The regions of the split that decided, but for the one that was drawn."""
    rule = next((rule for rule in policy.rules.rules if rule.name == decision.rule), None)
    if rule is None or rule.deed is not Deed.SPLIT or rule.lot is None:
        return ()
    drawn = (option.name for option in rule.lot.options if option.weight)
    return tuple(name for name in drawn if name != decision.region_name)
