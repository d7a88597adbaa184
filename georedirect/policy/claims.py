"""Who serves which country, when several regions ask for it: the narrower wins, then language. Knows no visitor."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from georedirect.policy.languages import offer
from georedirect.policy.model import Candidates, Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from georedirect.policy.areas import Area
    from georedirect.policy.findings import Findings
    from georedirect.policy.regions import Entry

_Key = tuple[tuple[str, str], ...]


def claims_by_country(entries: Iterable[Entry]) -> dict[str, Candidates]:
    """The narrowest claims on each country that is in some region."""
    return _narrowest((country, entry) for entry in entries for country in entry.area.countries)


def claims_by_continent(entries: Iterable[Entry]) -> dict[str, Candidates]:
    """The claims on whole continents, for addresses of which no more is known."""
    return _narrowest((entry.area.continent, entry) for entry in entries if entry.area.continent)


def _narrowest(pairs: Iterable[tuple[str, Entry]]) -> dict[str, Candidates]:
    """Keep the narrowest claims on each place, one a region. Places with the same claims share one object."""
    entries: dict[str, list[Entry]] = defaultdict(list)
    for place, entry in pairs:
        entries[place].append(entry)
    known: dict[_Key, Candidates] = {}
    candidates: dict[str, Candidates] = {}
    for place, rivals in entries.items():
        width = min(entry.area.width for entry in rivals)
        by_region = {entry.region.name: entry for entry in reversed(rivals) if entry.area.width is width}
        claims = tuple(Claim(entry.region, entry.area.text, width) for entry in reversed(by_region.values()))
        key = tuple((claim.region.name, claim.through) for claim in claims)
        if key not in known:
            known[key] = _candidates(claims)
        candidates[place] = known[key]
    return candidates


def _candidates(claims: tuple[Claim, ...]) -> Candidates:
    by_tag: dict[str, Claim] = {}
    for claim in claims:
        for tag in claim.region.languages:
            by_tag.setdefault(tag, claim)
    return Candidates(claims, offer(by_tag), by_tag)


def find_rivals(
    by_country: Mapping[str, Candidates],
    by_continent: Mapping[str, Candidates],
    entries: Sequence[Entry],
    findings: Findings,
) -> None:
    """Note each entry that shares places with an earlier region of equal width, and no language tells them apart."""
    shared: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for place, candidates in (*by_country.items(), *by_continent.items()):
        for first, later in _alike(candidates):
            shared[first.region.name, later.region.name, later.through].append(place)
    for (first_name, later_name, through), places in shared.items():
        entry = next(entry for entry in entries if (entry.region.name, entry.area.text) == (later_name, through))
        findings.mistake(
            entry.path,
            f'"{through}"{_shared_for_people(entry.area, places)} is already in region "{first_name}", and no language '
            f"tells them apart; give the regions different languages, or keep it in one of them",
        )


def _alike(candidates: Candidates) -> Iterator[tuple[Claim, Claim]]:
    """Each claim that no visitor's language could choose, after the earlier one that is chosen instead."""
    first, *others = candidates.claims
    holders = dict.fromkeys(first.region.offered.tags, first)
    for later in others:
        keys = later.region.offered.tags.keys()
        if keys <= holders.keys():
            yield next((holders[key] for key in keys), first), later
        for key in keys:
            holders.setdefault(key, later)


def _shared_for_people(area: Area, places: Sequence[str]) -> str:
    if set(places) >= area.countries:
        return ""
    shown = sorted(place for place in places if place in area.countries)
    return f" ({some_of(shown)})"


def some_of(items: Sequence[str], most: int = 10) -> str:
    """`A, B, C and 7 more`."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
