"""Where a visitor goes, and why: one pure function from policy, visitor and place. Does no I/O and reads no clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from georedirect.policy.model import Source
from georedirect.visitor.languages import lookup

if TYPE_CHECKING:
    from georedirect.place import Place
    from georedirect.policy.model import Candidates, Policy, Region
    from georedirect.policy.pieces import Values
    from georedirect.visitor.languages import LanguageRange
    from georedirect.visitor.request import Visitor

Languages = tuple["LanguageRange", ...]


class Action(StrEnum):
    """What the door does with a request."""

    REDIRECT = "redirect"
    STAY = "stay"
    REFUSE = "refuse"


class Reason(StrEnum):
    """Why; the one word that log, metric, header and `explain` share."""

    COUNTRY = "country"
    CONTINENT = "continent"
    LANGUAGE = "language"
    DEFAULT = "default"
    UNKNOWN_PLACE = "unknown-place"
    ALREADY_THERE = "already-there"


class Step(NamedTuple):
    """One step of the way to a decision: what was asked, what came out, and why."""

    step: str
    outcome: str
    why: str


class Choice(NamedTuple):
    """The region for a place and its languages, whatever the URL is."""

    region: Region
    reason: Reason
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to one visitor. `location` is None unless they are redirected."""

    action: Action
    region: Region
    reason: Reason
    location: str | None
    steps: tuple[Step, ...]


def decide(policy: Policy, visitor: Visitor, place: Place) -> Decision:
    """An explicit URL beats a guess; a guess asks the sources in the policy's order; the default takes the rest."""
    home = _explicit_home(policy, visitor)
    if home is not None:
        why = f'{visitor.path} is inside "{home.name}" ({home.uri.text}): who asks for it is where they want to be'
        return Decision(Action.STAY, home, Reason.ALREADY_THERE, None, (Step("url", home.name, why),))
    choice = choose(policy, visitor.languages, place)
    if _is_at(choice.region, visitor):
        why = f'{visitor.path} on this host is what "{choice.region.name}" ({choice.region.uri.text}) would lead to'
        steps = (*choice.steps, Step("location", "stay", why))
        return Decision(Action.STAY, choice.region, Reason.ALREADY_THERE, None, steps)
    location = choice.region.uri.expand(_values(choice.region, visitor, place))
    steps = (*choice.steps, Step("location", location, f"{choice.region.uri.text} filled in"))
    return Decision(Action.REDIRECT, choice.region, choice.reason, location, steps)


def choose(policy: Policy, languages: Languages, place: Place) -> Choice:
    """The first source in the policy's order that has something to say; the default if none has."""
    steps: list[Step] = []
    for source in policy.order:
        ask = _by_country if source is Source.COUNTRY else _by_language
        found, step = ask(policy, languages, place)
        steps.append(step)
        if found is not None:
            return Choice(*found, tuple(steps))
    reason = Reason.DEFAULT if place.is_known else Reason.UNKNOWN_PLACE
    why = "nothing else places this visitor" if place.is_known else "nothing says where this visitor is"
    return Choice(policy.default, reason, (*steps, Step("default", policy.default.name, why)))


def reads_languages(policy: Policy, place: Place) -> bool:
    """Whether what visitors read can change `choose`, or the URI that follows from it, for this place."""
    if policy.order[0] is not Source.COUNTRY:
        return True
    candidates = _candidates(policy, place)
    if candidates is None:
        return Source.LANGUAGE in policy.order or "language" in policy.default.uri.variables
    return len(candidates.claims) > 1 or "language" in candidates.claims[0].region.uri.variables


def _candidates(policy: Policy, place: Place) -> Candidates | None:
    """The regions of a place: of its country, or of its continent where the database knows no more."""
    if place.country is not None:
        return policy.by_country.get(place.country)
    return None if place.continent is None else policy.by_continent.get(place.continent)


_Found = tuple["Region", Reason] | None


def _by_country(policy: Policy, languages: Languages, place: Place) -> tuple[_Found, Step]:
    """The regions of the visitor's country; of its continent, when the database knows no more."""
    where = place.country or place.continent
    if where is None:
        return None, Step("country", "none", "the database does not say where the address is")
    reason = Reason.COUNTRY if place.country else Reason.CONTINENT
    candidates = _candidates(policy, place)
    if candidates is None:
        return None, Step("country", "none", f"no region has {where}")
    region, why = _among(candidates, languages, where)
    return (region, reason), Step("country", region.name, why)


def _among(candidates: Candidates, languages: Languages, where: str) -> tuple[Region, str]:
    """Of several regions for one place, the one in the visitor's language; the first in the file if none."""
    first = candidates.claims[0]
    if len(candidates.claims) == 1:
        return first.region, f"{where} is in it{_through(first.through, where)}"
    names = ", ".join(f'"{claim.region.name}"' for claim in candidates.claims)
    tag = lookup(languages, candidates.offered)
    if tag is None:
        return first.region, f"{where} is in {names}; none is in a language of the visitor's, so the first"
    return candidates.by_tag[tag].region, f'{where} is in {names}; the visitor reads "{tag}"'


def _through(through: str, where: str) -> str:
    return "" if through == where else f' as part of "{through}"'


def _by_language(policy: Policy, languages: Languages, place: Place) -> tuple[_Found, Step]:  # noqa: ARG001  one signature for all sources
    tag = lookup(languages, policy.offered)
    if tag is None:
        why = "no region is in a language of the visitor's" if languages else "the visitor states no language"
        return None, Step("language", "none", why)
    region = policy.by_language[tag]
    return (region, Reason.LANGUAGE), Step("language", region.name, f'it offers "{tag}"')


def _explicit_home(policy: Policy, visitor: Visitor) -> Region | None:
    """The region that the URL itself names: one with a path of its own on the host that was asked.

    One of the policy's `hosts` counts on every port: a proxy may have changed it, or left it out.
    """
    if visitor.host is None:
        return None
    is_ours = visitor.host.name in policy.hosts
    homes = policy.explicit.get(visitor.host.name, ())
    return next((home for home in homes if _is_at(home, visitor) or (is_ours and home.holds(visitor.path))), None)


def _is_at(region: Region, visitor: Visitor) -> bool:
    """Whether the URL that was asked for is one of this region's. The scheme is not compared: TLS may end before us."""
    host, origin = visitor.host, region.uri.origin
    if host is None or host.name != origin.host:
        return False
    has_same_port = host.port == origin.port or (origin.port is None and host.port in (80, 443))
    return has_same_port and region.holds(visitor.path)


def _values(region: Region, visitor: Visitor, place: Place) -> Values:
    """What fills the region's template; see `policy.template.VARIABLES`."""
    return {
        "path": visitor.path,
        "query": visitor.query,
        "country": place.country,
        "continent": place.continent,
        "language": _language(region, visitor.languages),
        "region": region.name,
        "host": visitor.host.name if visitor.host else None,
    }


def _language(region: Region, languages: Languages) -> str | None:
    if "language" not in region.uri.variables or not region.languages:
        return None
    return lookup(languages, region.offered) or region.languages[0]
