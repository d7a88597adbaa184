"""What happens to a visitor, and why: one pure function from policy, visitor and place. Does no I/O, reads no clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from georedirect.guess import Choice, Reason, Step, choose, reads_languages, states_languages
from georedirect.policy.model import ExemptTo, Mode, Undecided
from georedirect.policy.pieces import PATH, REGION
from georedirect.visitor.languages import lookup

if TYPE_CHECKING:
    from georedirect.guess import Languages
    from georedirect.place import Place
    from georedirect.policy.model import Policy, Region
    from georedirect.policy.pieces import Values
    from georedirect.policy.template import Template
    from georedirect.visitor.request import Visitor

__all__ = ["Action", "Choice", "Decision", "Reason", "Step", "choose", "decide", "location_of", "reads_languages"]


class Action(StrEnum):
    """What the door does with a request."""

    REDIRECT = "redirect"
    SUGGEST = "suggest"
    STAY = "stay"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to one visitor. `location` is None unless they are redirected."""

    action: Action
    region: Region
    reason: Reason
    location: str | None
    steps: tuple[Step, ...]


def decide(policy: Policy, visitor: Visitor, place: Place) -> Decision:
    """An explicit URL beats an explicit choice, which beats a guess; what is no visitor's page is never guessed at."""
    home = _explicit_home(policy, visitor)
    if home is not None:
        why = f'{visitor.path} is inside "{home.name}" ({home.uri.text}): who asks for it is where they want to be'
        return Decision(Action.STAY, home, Reason.ALREADY_THERE, None, (Step("url", home.name, why),))
    exemption = _exemption(policy, visitor)
    if exemption is not None:
        return _answer_exempt(policy, visitor, place, Step("exempt", policy.exempt.to, exemption))
    chosen, steps = _chosen(policy, visitor)
    if chosen is not None:
        return _follow(policy, visitor, place, Choice(*chosen, steps))
    guess = choose(policy, visitor.languages, place)
    guess = guess._replace(steps=(*steps, *guess.steps))
    if _is_undecided(policy, visitor, guess):
        why = "no language stated, no choice made, and no region for where this is: the visitor is to choose"
        guess = Choice(guess.region, Reason.UNDECIDED, (*guess.steps, Step("undecided", "chooser", why)))
    return _follow(policy, visitor, place, guess)


def location_of(policy: Policy, region: Region, visitor: Visitor, place: Place) -> str:
    """What the visitor's URL is in `region`: one inside another region's own path is the same page in this one."""
    home = _explicit_home(policy, visitor)
    if home is not None and _is_prefix_and_path(home.uri):
        visitor = replace(visitor, path=visitor.path[len(home.path_prefix) :] or "/")
    return region.uri.expand(_values(region, visitor, place))


def _is_prefix_and_path(uri: Template) -> bool:
    """Whether the path of its URIs is what was asked for, behind a prefix that is always the same."""
    before = uri.pieces[: uri.pieces.index(PATH)] if PATH in uri.pieces else (PATH,)
    return all(isinstance(piece, str) or piece == REGION for piece in before)


_Chosen = tuple["Region", Reason] | None


def _chosen(policy: Policy, visitor: Visitor) -> tuple[_Chosen, tuple[Step, ...]]:
    """What the visitor has chosen: for this request, or some time before. Values of no region count for nothing."""
    steps: list[Step] = []
    if not policy.reads_choice:
        return None, ()
    for name, said, reason in (
        ("parameter", visitor.asked, Reason.PARAMETER),
        ("choice", visitor.chosen, Reason.CHOICE),
    ):
        region = policy.regions.get(said) if said is not None else None
        if region is not None:
            return (region, reason), (*steps, Step(name, region.name, _WHY_CHOSEN[reason]))
        why = "there is none" if said is None else "its value is no region of this policy"
        steps.append(Step(name, "none", why))
    return None, tuple(steps)


_WHY_CHOSEN = {
    Reason.PARAMETER: "the URL asks for it, for this request",
    Reason.CHOICE: "the cookie says that the visitor has chosen it",
}


def _exemption(policy: Policy, visitor: Visitor) -> str | None:
    """Why this is no page for a visitor to be sent to; None if it is one."""
    if policy.exempt.paths is None:
        return None
    if policy.exempt.paths.fullmatch(visitor.path):
        return f"{visitor.path} is one of the paths that are exempt"
    if visitor.destination is not None:
        return f'the browser asks for it as "{visitor.destination}", not to show a page'
    return None


def _answer_exempt(policy: Policy, visitor: Visitor, place: Place, step: Step) -> Decision:
    exempt = Choice(policy.default, Reason.EXEMPT, (step,))
    if policy.exempt.to is ExemptTo.NOT_FOUND and policy.modes.mode_for(policy.default, place) is not Mode.STAY:
        return Decision(Action.REFUSE, policy.default, Reason.EXEMPT, None, exempt.steps)
    return _follow(policy, visitor, place, exempt)


def _is_undecided(policy: Policy, visitor: Visitor, guess: Choice) -> bool:
    is_guessed = guess.reason not in (Reason.DEFAULT, Reason.UNKNOWN_PLACE)
    return policy.undecided is Undecided.CHOOSER and not is_guessed and not states_languages(visitor.languages)


def _follow(policy: Policy, visitor: Visitor, place: Place, choice: Choice) -> Decision:
    """What is done about a region: by the mode, unless the visitor is there already."""
    region = choice.region
    if _is_at(region, visitor):
        why = f'{visitor.path} on this host is what "{region.name}" ({region.uri.text}) would lead to'
        steps = (*choice.steps, Step("location", "stay", why))
        return Decision(Action.STAY, region, Reason.ALREADY_THERE, None, steps)
    mode = policy.modes.mode_for(region, place)
    action, why = _by_mode(mode, choice.reason)
    steps = choice.steps if mode is Mode.REDIRECT else (*choice.steps, Step("mode", mode, why))
    if action is not Action.REDIRECT:
        return Decision(action, region, choice.reason, None, steps)
    location = region.uri.expand(_values(region, visitor, place))
    steps = (*steps, Step("location", location, f"{region.uri.text} filled in"))
    return Decision(Action.REDIRECT, region, choice.reason, location, steps)


def _by_mode(mode: Mode, reason: Reason) -> tuple[Action, str]:
    """What a mode makes of a region that was found for this reason."""
    if mode is Mode.STAY:
        return Action.STAY, "nobody is moved here, whatever they have chosen"
    if reason is Reason.UNDECIDED:
        return Action.SUGGEST, "there is nothing to go by"
    if mode is Mode.REDIRECT:
        return Action.REDIRECT, "a guess is enough here"
    if reason in _MOVES_ANYWAY:
        return Action.REDIRECT, f"a guess only suggests here, but this is none: {_MOVES_ANYWAY[reason]}"
    return Action.SUGGEST, "a guess only suggests here, and moves nobody"


_MOVES_ANYWAY = {
    Reason.PARAMETER: "the visitor asks for it",
    Reason.CHOICE: "the visitor has chosen it",
    Reason.EXEMPT: "what is exempt is no page to suggest another for",
}


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
        "subdivision": place.subdivision,
        "city": place.city,
        "asn": None if place.asn is None else str(place.asn),
        "language": _language(region, visitor.languages),
        "region": region.name,
        "host": visitor.host.name if visitor.host else None,
    }


def _language(region: Region, languages: Languages) -> str | None:
    if "language" not in region.uri.variables or not region.languages:
        return None
    return lookup(languages, region.offered) or region.languages[0]
