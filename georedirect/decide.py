"""What happens to a visitor, and why: one pure function from policy, visitor and place. Does no I/O, reads no clock."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite
from typing import TYPE_CHECKING, NamedTuple

from georedirect.choice import act_by, chosen_by
from georedirect.decision import Action, Decision, Refusal
from georedirect.guess import Choice, Reason, choose, states_languages
from georedirect.home import explicit_home, is_at, is_of
from georedirect.mirrors import take
from georedirect.policy.mirror_model import WhenDown
from georedirect.policy.model import ExemptTo, Mode, Undecided
from georedirect.policy.pieces import PATH, REGION
from georedirect.policy.rule_model import Deed
from georedirect.ruling import NO_RULING, Ruling, asker_of, rule_on
from georedirect.step import Step
from georedirect.visitor.languages import lookup

if TYPE_CHECKING:
    from georedirect.guess import Languages
    from georedirect.mirrors import Taken
    from georedirect.moment import Moment
    from georedirect.place import Place
    from georedirect.policy.model import Home, Policy, Region
    from georedirect.policy.pieces import Values
    from georedirect.policy.rule_model import Rule
    from georedirect.policy.template import Template
    from georedirect.visitor.request import Visitor


class _Case(NamedTuple):
    """All that is decided about."""

    policy: Policy
    visitor: Visitor
    place: Place
    moment: Moment
    ruling: Ruling = NO_RULING


def decide(policy: Policy, visitor: Visitor, place: Place, moment: Moment) -> Decision:
    """A rule beats an explicit URL, which beats an explicit choice, which beats a guess."""
    if not policy.rules:
        return decide_without_rules(policy, visitor, place, moment)
    ruling = rule_on(policy, asker_of(policy, visitor, place, moment))
    case = _Case(policy, visitor, place, moment, ruling)
    decision = _decide_freely(case) if ruling.rule is None else _obey(case, ruling.rule)
    return replace(
        decision,
        steps=(*ruling.steps, *decision.steps),
        rule=ruling.rule.name if ruling.rule else None,
        draws=ruling.draws,
        tags=ruling.tags,
    )


def decide_without_rules(policy: Policy, visitor: Visitor, place: Place, moment: Moment) -> Decision:
    """An explicit URL beats an explicit choice, which beats a guess; what is no visitor's page is never guessed at."""
    return _decide_freely(_Case(policy, visitor, place, moment))


def location_of(  # noqa: PLR0913, PLR0917  all that it depends on
    policy: Policy, region: Region, visitor: Visitor, place: Place, moment: Moment, decision: Decision | None = None
) -> str:
    """What the visitor's URL is in `region`: one inside another region's own path is the same page in this one.

    What has been drawn for the visitor by then is what the `decision` says.
    """
    home = explicit_home(policy, visitor)
    if home is not None and _is_prefix_and_path(home.mirror.uri):
        visitor = replace(visitor, path=visitor.path[len(home.mirror.path_prefix) :] or "/")
    draws = () if decision is None else decision.draws
    case = _Case(policy, visitor, place, moment, Ruling(draws=draws))
    taken = _take(case, region)
    return taken.mirror.uri.expand(_values(case, taken.mirror.uri, taken.region))


def _is_prefix_and_path(uri: Template) -> bool:
    """Whether the path of its URIs is what was asked for, behind a prefix that is always the same."""
    before = uri.pieces[: uri.pieces.index(PATH)] if PATH in uri.pieces else (PATH,)
    return all(isinstance(piece, str) or piece == REGION for piece in before)


# By a rule


def _obey(case: _Case, rule: Rule) -> Decision:
    """Do what a rule says, whatever the mode."""
    match rule.deed:
        case Deed.URI if rule.uri is not None:
            return _go(case, rule, rule.uri)
        case Deed.STATUS:
            return _tell(case, rule)
        case Deed.STAY:
            region = choose(case.policy, case.visitor.languages, case.place).region
            return Decision(Action.STAY, region, Reason.RULE, None, ())
        case Deed.SUGGEST if rule.region is None:
            return _decide_freely(case, Mode.SUGGEST)
    name = rule.region or case.ruling.variant or ""
    mode = Mode.SUGGEST if rule.deed is Deed.SUGGEST else Mode.REDIRECT
    return _follow(case, Choice(case.policy.regions[name], Reason.RULE, ()), mode)


def _go(case: _Case, rule: Rule, uri: Template) -> Decision:
    """To the rule's own URI, unless that is just what was asked for."""
    visitor = case.visitor
    location = uri.expand({**_values(case, uri), **rule.captured(visitor.path)})
    if is_of(uri.origin, visitor.host) and _target(location, uri) == visitor.path + (visitor.query or ""):
        step = Step("location", "stay", f"{location} is what was asked for")
        return Decision(Action.STAY, case.policy.default, Reason.ALREADY_THERE, None, (step,))
    step = Step("location", location, f"{uri.text} filled in")
    return Decision(Action.REDIRECT, None, Reason.RULE, location, (step,), template=uri)


def _target(location: str, uri: Template) -> str:
    """What a client asks for whom a URI is given: never an empty path."""
    target = location[len(uri.base) :]
    return target if target.startswith("/") else f"/{target}"


def _tell(case: _Case, rule: Rule) -> Decision:
    """No, and until when, where that is known and of any use."""
    until = rule.end_after(case.moment.time) if rule.status == 503 and rule.retry_after is None else inf
    refusal = Refusal(rule.status or 503, until if isfinite(until) else None, rule.retry_after)
    return Decision(Action.REFUSE, None, Reason.RULE, None, (), refusal=refusal)


# Without one


def _decide_freely(case: _Case, mode: Mode | None = None) -> Decision:
    """`mode` counts instead of what region, place and site say, where it is given."""
    policy, visitor = case.policy, case.visitor
    home = explicit_home(policy, visitor)
    if home is not None:
        return _at_home(visitor, home)
    exemption = _exemption(policy, visitor)
    if exemption is not None:
        return _answer_exempt(case, Step("exempt", policy.exempt.to, exemption))
    chosen, steps = chosen_by(policy, visitor)
    if chosen is not None:
        return _follow(case, Choice(*chosen, steps), mode)
    guess = choose(policy, visitor.languages, case.place)
    guess = guess._replace(steps=(*steps, *guess.steps))
    if _is_undecided(policy, visitor, guess):
        why = "no language stated, no choice made, and no region for where this is: the visitor is to choose"
        guess = Choice(guess.region, Reason.UNDECIDED, (*guess.steps, Step("undecided", "chooser", why)))
    return _follow(case, guess, mode)


def _at_home(visitor: Visitor, home: Home) -> Decision:
    region, mirror = home
    why = f'{visitor.path} is inside "{region.name}" ({mirror.uri.text}): who asks for it is where they want to be'
    return Decision(Action.STAY, region, Reason.ALREADY_THERE, None, (Step("url", region.name, why),))


def _exemption(policy: Policy, visitor: Visitor) -> str | None:
    """Why this is no page for a visitor to be sent to; None if it is one."""
    if policy.exempt.paths is None:
        return None
    if policy.exempt.paths.fullmatch(visitor.path):
        return f"{visitor.path} is one of the paths that are exempt"
    if visitor.destination is not None:
        return f'the browser asks for it as "{visitor.destination}", not to show a page'
    return None


def _answer_exempt(case: _Case, step: Step) -> Decision:
    policy = case.policy
    exempt = Choice(policy.default, Reason.EXEMPT, (step,))
    if policy.exempt.to is ExemptTo.NOT_FOUND and policy.modes.mode_for(policy.default, case.place) is not Mode.STAY:
        return Decision(Action.REFUSE, policy.default, Reason.EXEMPT, None, exempt.steps, refusal=Refusal(404))
    return _follow(case, exempt)


def _is_undecided(policy: Policy, visitor: Visitor, guess: Choice) -> bool:
    is_guessed = guess.reason not in (Reason.DEFAULT, Reason.UNKNOWN_PLACE)
    return policy.undecided is Undecided.CHOOSER and not is_guessed and not states_languages(visitor.languages)


def _follow(case: _Case, choice: Choice, mode: Mode | None = None) -> Decision:
    """What is done about a region: by the mode, unless the visitor is there already."""
    region = choice.region
    if is_at(region, case.visitor):
        return _stay_at(region, case.visitor, choice.steps)
    mode = mode or case.policy.modes.mode_for(region, case.place)
    action, why = act_by(mode, choice.reason)
    steps = choice.steps if mode is Mode.REDIRECT else (*choice.steps, Step("mode", mode, why))
    if action is not Action.REDIRECT:
        return Decision(action, region, choice.reason, None, steps)
    return _send(case, choice._replace(steps=steps))


def _stay_at(region: Region, visitor: Visitor, steps: tuple[Step, ...]) -> Decision:
    why = f'{visitor.path} on this host is what "{region.name}" ({region.mirrors[0].uri.text}) would lead to'
    steps = (*steps, Step("location", "stay", why))
    return Decision(Action.STAY, region, Reason.ALREADY_THERE, None, steps)


def _send(case: _Case, choice: Choice) -> Decision:
    """To one of the region's mirrors, or of those that serve for it."""
    taken = _take(case, choice.region)
    region, mirror = taken.region, taken.mirror
    steps = (*choice.steps, *taken.steps)
    if not taken.is_well and case.policy.when_down is WhenDown.REFUSE:
        steps = (*steps, Step("mirror", "none", "none is well, and the site would rather say so"))
        refused = Refusal(503, retry_after=_soonest(region))
        return Decision(Action.REFUSE, region, Reason.NO_MIRROR, None, steps, refusal=refused)
    if not taken.is_well:
        steps = (*steps, Step("mirror", "taken", f"{mirror.name}: none is well, and people are sent all the same"))
    if region is not choice.region and is_at(region, case.visitor):
        return _stay_at(region, case.visitor, steps)
    location = mirror.uri.expand(_values(case, mirror.uri, region))
    return Decision(
        action=Action.REDIRECT,
        region=region,
        reason=choice.reason if region is choice.region else Reason.FALLBACK,
        location=location,
        steps=(*steps, Step("location", location, f"{mirror.uri.text} filled in")),
        template=mirror.uri,
        mirror=mirror.name if len(region.mirrors) > 1 else None,
    )


def _soonest(region: Region) -> int | None:
    """In how many seconds one of its mirrors may be well again at the soonest."""
    checks = [mirror.check for mirror in region.mirrors if mirror.check is not None]
    return min((check.interval_seconds * check.rise for check in checks), default=None)


def _take(case: _Case, region: Region) -> Taken:
    policy, visitor = case.policy, case.visitor
    identity = policy.sticky.identity(visitor.client.address, visitor.sticky)
    return take(region, policy.regions, identity, case.place, case.moment)


def _values(case: _Case, uri: Template, region: Region | None = None) -> Values:
    """What fills a template; see `policy.template.VARIABLES`."""
    visitor, place = case.visitor, case.place
    return {
        "path": visitor.path,
        "query": visitor.query,
        "country": place.country,
        "continent": place.continent,
        "subdivision": place.subdivision,
        "city": place.city,
        "asn": None if place.asn is None else str(place.asn),
        "language": _language(region, visitor.languages) if region and "language" in uri.variables else None,
        "region": region.name if region else None,
        "host": visitor.host.name if visitor.host else None,
        "variant": case.ruling.variant,
    }


def _language(region: Region, languages: Languages) -> str | None:
    return lookup(languages, region.offered) or next(iter(region.languages), None)
