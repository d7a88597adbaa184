"""What a site's answers read, and whether the key of a shared cache carries all of it. Knows no cache."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from georedirect.policy.checks import mirror_path
from georedirect.policy.conditions import Drawn, InHeader, InNetwork, Likes
from georedirect.policy.conditions_of_place import Hidden, InCountry, InSubdivision, OnContinent, OperatedBy
from georedirect.policy.mirror_model import WhenDown
from georedirect.policy.model import Mode, Source, Undecided
from georedirect.policy.rule_model import Deed
from georedirect.policy.template import DETAIL_VARIABLES
from georedirect.policy.useless import rule_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from georedirect.policy.findings import Findings
    from georedirect.policy.model import CacheSettings, Candidates, Modes, Policy, Region
    from georedirect.policy.rule_model import Rule
    from georedirect.policy.rulebook import RuleBook
    from georedirect.policy.site import Site

_OF_PLACES = frozenset({"country", "continent"})
_UNCARRIABLE = (InNetwork, OperatedBy, InSubdivision, Hidden, InHeader, Drawn)
"""What rules ask that no key of a shared cache could tell."""
MOST_TIMED_SECONDS = 60
"""For how long caches keep an answer where rules have times."""
_SHOWN = frozenset({Deed.STAY, Deed.SUGGEST})
"""What rules do by showing a page that may be kept."""


def limited(cache: CacheSettings | None, rules: RuleBook, regions: Iterable[Region]) -> CacheSettings | None:
    """What caches may keep for no longer than it may be true: a rule's time comes, and a mirror falls sick."""
    if cache is None:
        return None
    checks = (mirror.check for region in regions for mirror in region.mirrors)
    most = [check.interval_seconds * check.fall for check in checks if check is not None]
    most += [MOST_TIMED_SECONDS] if rules.windows else []
    return replace(cache, shared_seconds=min([cache.shared_seconds, *most]))


def find_uncarried(policy: Policy, findings: Findings) -> None:
    """Note each thing that tells visitors apart, but not the answers in a shared cache: one would get another's."""
    if policy.cache is None:
        return
    _find_uncarriable(policy, findings)
    for source, why in _read(policy):
        if source not in policy.cache.key:
            findings.mistake(
                ("site", "cache", "key"),
                f'leaves "{source}" out, but {why}: visitors would get each other\'s answers; add "{source}", if the '
                f"cache's key can carry it{_or_else(source)}",
            )


def _find_uncarriable(policy: Policy, findings: Findings) -> None:
    for region in policy.regions.values():
        for number, mirror in enumerate(region.mirrors):
            for name in sorted(mirror.uri.variables & DETAIL_VARIABLES):
                path = (*mirror_path(region, number, findings), "uri")
                findings.mistake(path, _uncarriable(f"has the visitor's {name} in it", name))
        if region.draws:
            why = f"goes by {'where visitors are' if region.goes_by_distance else 'a lot that is drawn'}"
            findings.mistake(("regions", region.name, "choose"), f'{why}, {_NO_KEY}; write choose = "first"{_OR}')
    for rule in _telling(policy):
        _find_uncarriable_in_rule(rule, findings)


def _telling(policy: Policy) -> Iterator[Rule]:
    """The rules that make a difference to an answer; those with a status do too.

    Refusals are not kept, but what others get for the same URL is, and would be given to whom the rule refuses.
    """
    return (rule for rule in policy.rules.rules if rule.deed is not Deed.CONTINUE or rule.lot is not None)


def _find_uncarriable_in_rule(rule: Rule, findings: Findings) -> None:
    for condition in rule.when:
        if isinstance(condition.test, _UNCARRIABLE):
            path = (*rule_path(rule), "when", condition.name)
            findings.mistake(path, _uncarriable("tells visitors apart", condition.name))
    if rule.lot is not None:
        findings.mistake((*rule_path(rule), "split"), _uncarriable("is drawn for each visitor", "split"))
    for name in sorted(rule.uri.variables & DETAIL_VARIABLES if rule.uri is not None else ()):
        findings.mistake((*rule_path(rule), "uri"), _uncarriable(f"has the visitor's {name} in it", name))


_NO_KEY = "which no key of a shared cache carries: visitors would get each other's answers"
_OR = ", or leave cache out of [site]"


def _uncarriable(what: str, name: str) -> str:
    return f"{what}, {_NO_KEY}; leave {name} out{_OR}"


def _or_else(source: Source) -> str:
    return ', or leave "choice" out of order' if source is Source.CHOICE else ""


def _read(policy: Policy) -> Iterator[tuple[Source, str]]:
    """What answers depend on besides the URL, and why."""
    if policy.reads_choice:
        yield Source.CHOICE, "what a visitor has chosen counts"
    if Source.COUNTRY in policy.guesses and (policy.by_country or policy.by_continent):
        yield Source.COUNTRY, "regions have countries"
    elif policy.modes.by_country or policy.modes.by_continent or policy.modes.unknown:
        yield Source.COUNTRY, "places have modes of their own"
    elif any(region.variables & _OF_PLACES for region in policy.regions.values()):
        yield Source.COUNTRY, "a uri has the visitor's country or continent in it"
    elif any(_reads_place(rule) for rule in _telling(policy)):
        yield Source.COUNTRY, "rules ask for the visitor's country or continent, or have it in their uri"
    if _reads_languages(policy):
        yield Source.LANGUAGE, "languages make a difference"
    elif _keeps_pages(policy, policy.regions.values(), policy.modes, policy.rules.rules):
        yield Source.LANGUAGE, "some URLs are answered by a page in the visitor's language"


def _reads_languages(policy: Policy) -> bool:
    candidates = (*policy.by_country.values(), *policy.by_continent.values())
    asked = any(isinstance(each.test, Likes) for rule in _telling(policy) for each in rule.when)
    return asked or depends_on_language(policy.guesses, policy.default, policy.regions.values(), candidates)


def _reads_place(rule: Rule) -> bool:
    return any(isinstance(each.test, InCountry | OnContinent) for each in rule.when) or (
        rule.uri is not None and bool(rule.uri.variables & _OF_PLACES)
    )


def depends_on_language(
    guesses: tuple[Source, ...], default: Region, regions: Iterable[Region], candidates: Iterable[Candidates]
) -> bool:
    """Whether two visitors from one place can be sent to different URIs for what they read."""
    regions, candidates = list(regions), list(candidates)
    if Source.COUNTRY in guesses and any(len(rivals.claims) > 1 for rivals in candidates):
        return True
    if any("language" in region.variables and len(region.offered.tags) > 1 for region in regions):
        return True
    if Source.LANGUAGE not in guesses:
        return False
    outcomes = {region.name for region in regions if region.languages}
    if guesses[0] is Source.LANGUAGE and outcomes and Source.COUNTRY in guesses:
        outcomes |= {claim.region.name for rivals in candidates for claim in rivals.claims}
    return bool(outcomes - {default.name})


def shows_pages(site: Site, regions: Iterable[Region], modes: Modes, rules: Iterable[Rule]) -> bool:
    """Whether some URL of the site, besides our own, can be answered by a page instead of a redirect."""
    rules = list(rules)
    may_refuse = site.when_down is WhenDown.REFUSE or any(rule.deed is Deed.STATUS for rule in rules)
    return may_refuse or _keeps_pages(site, regions, modes, rules)


def _keeps_pages(site: Site | Policy, regions: Iterable[Region], modes: Modes, rules: Iterable[Rule]) -> bool:
    """Whether it can be by one that a shared cache may keep: no refusal."""
    regions = list(regions)
    found = modes.of_places | {region.mode for region in regions if region.mode is not None}
    always_moves = found == {Mode.REDIRECT} and site.undecided is Undecided.DEFAULT
    may_be_there = not site.hosts or any(not region.hosts.isdisjoint(site.hosts) for region in regions)
    return may_be_there or not always_moves or any(_shows_page(rule, site.hosts) for rule in rules)


def _shows_page(rule: Rule, hosts: Sequence[str]) -> bool:
    """Whether a rule says so, or its URI may be what was asked for."""
    return rule.deed in _SHOWN or (rule.uri is not None and rule.uri.origin.host in hosts)
