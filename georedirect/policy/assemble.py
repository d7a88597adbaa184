"""Puts one file's site, groups and regions together into a Policy, and checks what only shows in the whole."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from georedirect.policy.caching import depends_on_language, find_uncarried, limited, shows_pages
from georedirect.policy.chooser import read_choice, read_chooser
from georedirect.policy.claims import claims_by_continent, claims_by_country, find_rivals, some_of
from georedirect.policy.context import Context
from georedirect.policy.countries import COUNTRIES
from georedirect.policy.drawing import find_undrawn, warn_of_unnamed
from georedirect.policy.languages import offer
from georedirect.policy.model import Home, Policy, Source
from georedirect.policy.modes import read_modes
from georedirect.policy.regions import read_groups, read_regions
from georedirect.policy.rulebook import RuleBook
from georedirect.policy.rules import groups_named, read_rules
from georedirect.policy.site import read_site
from georedirect.policy.sticky import read_sticky
from georedirect.policy.useless import find_useless

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from georedirect.policy.findings import Findings
    from georedirect.policy.model import Region
    from georedirect.policy.table import Table


def assemble_policy(root: Table, findings: Findings) -> Policy | None:
    """The policy of one file, or None when its parts have mistakes that leave no whole to speak of."""
    choice, chooser = read_choice(root), read_chooser(root, findings)
    sticky = read_sticky(root, choice)
    groups = read_groups(root, findings)
    regions, entries = read_regions(root, groups, findings, sticky.key)
    site = read_site(root, regions, findings)
    modes = read_modes(root, site, groups)
    parameter = choice.parameter if Source.CHOICE in site.order else None
    names = root.table("regions") or ()
    context = Context([*names], groups, site.hosts, chooser.prefix, parameter, sticky.key, findings)
    rules = RuleBook.of(read_rules(root, context))
    by_country, by_continent = claims_by_country(entries), claims_by_continent(entries)
    find_rivals(by_country, by_continent, entries, findings)
    if site.default is None:
        return None
    by_language = _by_language(regions.values())
    guesses = tuple(source for source in site.order if source is not Source.CHOICE)
    policy = Policy(
        file=findings.file,
        hosts=site.hosts,
        default=site.default,
        order=site.order,
        guesses=guesses,
        regions=regions,
        by_country=by_country,
        by_continent=by_continent,
        offered=offer(by_language),
        by_language=by_language,
        explicit=_explicit(regions.values()),
        depends_on_language=rules.reads_languages
        or depends_on_language(guesses, site.default, regions.values(), (*by_country.values(), *by_continent.values())),
        shows_pages=shows_pages(site, regions.values(), modes, rules.rules),
        modes=modes,
        undecided=site.undecided,
        exempt=site.exempt,
        choice=choice,
        chooser=chooser,
        cache=limited(site.cache, rules, regions.values()),
        rules=rules,
        sticky=sticky,
        when_down=site.when_down,
    )
    _find_in_whole(policy, root, groups.keys(), findings)
    return policy


def _find_in_whole(policy: Policy, root: Table, groups: Collection[str], findings: Findings) -> None:
    """What no part of it shows by itself."""
    rules, tables = policy.rules.rules, root.array_of_tables("rules")
    find_uncarried(policy, findings)
    find_useless(rules, findings)
    find_undrawn(policy, tables, findings)
    warn_of_unnamed([tables[rule.number - 1] for rule in rules], findings)
    _warn(policy, findings)
    if len(rules) == len(tables):  # of no rule that is wrong can be said what it would be for
        _warn_of_unused(policy, root, findings)
    _warn_of_groups(policy, set(groups) - set(root.table("modes") or ()) - groups_named(root), findings)


def _by_language(regions: Iterable[Region]) -> dict[str, Region]:
    by_language: dict[str, Region] = {}
    for region in regions:
        for tag in region.languages:
            by_language.setdefault(tag, region)
    return by_language


def _explicit(regions: Iterable[Region]) -> dict[str, tuple[Home, ...]]:
    """By host, the mirrors that have a path of their own there; the longest path first."""
    explicit: dict[str, list[Home]] = defaultdict(list)
    for home in (Home(region, mirror) for region in regions for mirror in region.mirrors):
        if home.mirror.path_prefix:
            explicit[home.mirror.uri.origin.host].append(home)
    return {
        host: tuple(sorted(found, key=lambda home: -len(home.mirror.path_prefix))) for host, found in explicit.items()
    }


def _warn(policy: Policy, findings: Findings) -> None:
    """What may well be meant so, but is worth knowing."""
    nowhere = sorted(COUNTRIES.keys() - policy.by_country.keys())
    if nowhere and Source.COUNTRY in policy.order:
        findings.warning(
            ("site", "default"),
            f'countries in no region go to "{policy.default.name}": {some_of(nowhere)}',
        )
    for region in policy.regions.values():
        for tag in region.languages:
            _warn_of_narrow_tag(tag, region, policy, findings)


def _warn_of_unused(policy: Policy, root: Table, findings: Findings) -> None:
    for name in policy.regions.keys() - _reachable(policy):
        findings.warning(
            ("regions", name), "nothing leads here: no country, language or rule, and it is not the default"
        )
    if "sticky" in root and not policy.draws:
        findings.warning(("sticky",), "is of no use: nothing is drawn, as there is no split, share or several mirrors")


def _warn_of_groups(policy: Policy, groups: set[str], findings: Findings) -> None:
    used = {claim.through for rivals in policy.by_country.values() for claim in rivals.claims}
    for name in groups - used:
        findings.warning(("groups", name), "no region uses it, or narrower entries leave nothing of it")


def _reachable(policy: Policy) -> set[str]:
    if policy.reads_choice:  # visitors may choose any of them
        return set(policy.regions)
    reachable = {policy.default.name}.union(*(rule.regions for rule in policy.rules.rules))
    if Source.COUNTRY in policy.order:
        for candidates in (*policy.by_country.values(), *policy.by_continent.values()):
            reachable |= {claim.region.name for claim in candidates.claims}
    if Source.LANGUAGE in policy.order:
        reachable |= {region.name for region in policy.by_language.values()}
    return reachable.union(*(policy.regions[name].fallback for name in reachable))


def _warn_of_narrow_tag(tag: str, region: Region, policy: Policy, findings: Findings) -> None:
    """RFC 4647 lookup never widens what is offered: a visitor who asks for `de` does not get `de-DE`."""
    key = next((key for key, spelling in policy.offered.tags.items() if spelling == tag), None)
    if key is None or key.count("-") == 1:
        return
    language, script, *_ = key.split("-")
    if f"{language}-{script}" not in policy.offered.tags and Source.LANGUAGE in policy.order:
        plain = language if policy.offered.scripts[language] == script else f"{language}-{script.title()}"
        findings.warning(
            ("regions", region.name, "languages"),
            f'"{tag}" is not what visitors get who ask for "{plain}" alone; offer "{plain}" too',
        )
