"""What a site's answers read, and whether the key of a shared cache carries all of it. Knows no cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.policy.model import Mode, Source, Undecided
from georedirect.policy.template import DETAIL_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from georedirect.policy.findings import Findings
    from georedirect.policy.model import Modes, Policy, Region
    from georedirect.policy.site import Site

_OF_PLACES = frozenset({"country", "continent"})


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
        for name in sorted(region.variables & DETAIL_VARIABLES):
            findings.mistake(
                ("regions", region.name, "uri"),
                f"has the visitor's {name} in it, which no key of a shared cache carries: visitors would get each "
                f"other's answers; leave {name} out, or leave cache out of [site]",
            )


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
    if policy.depends_on_language:
        yield Source.LANGUAGE, "languages make a difference"
    elif policy.shows_pages:
        yield Source.LANGUAGE, "some URLs are answered by a page in the visitor's language"


def shows_pages(site: Site, regions: Iterable[Region], modes: Modes) -> bool:
    """Whether some URL of the site, besides our own, can be answered by a page instead of a redirect."""
    regions = list(regions)
    found = modes.of_places | {region.mode for region in regions if region.mode is not None}
    always_moves = found == {Mode.REDIRECT} and site.undecided is Undecided.DEFAULT
    may_be_there = not site.hosts or any(not region.hosts.isdisjoint(site.hosts) for region in regions)
    return may_be_there or not always_moves
