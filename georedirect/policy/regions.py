"""Reads `[groups]` and `[regions.*]`, each on its own. What they mean together is in `claims.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from georedirect.policy.areas import NAME, Area, parse_area, why_not_a_group_name
from georedirect.policy.languages import check_tag, offer
from georedirect.policy.mirrors_in import with_mirrors
from georedirect.policy.model import Mode, Region

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.policy.findings import Findings
    from georedirect.policy.lines import Path
    from georedirect.policy.table import Table, Text

REGION_KEYS = (
    *("name", "uri", "countries", "languages", "mode"),
    *("mirrors", "choose", "fallback", "check", "latitude", "longitude"),
)
_RESERVED_NAMES = frozenset({"forget"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a region's `countries`, and where it stands."""

    region: Region
    area: Area
    path: Path


def read_groups(root: Table, findings: Findings) -> dict[str, frozenset[str]]:
    """Each group's countries. A group has countries, unions and continents, but no other groups."""
    groups: dict[str, frozenset[str]] = {}
    table = root.table("groups")
    if table is None:
        return groups
    for name in table:
        if reason := why_not_a_group_name(name):
            table.mistake(name, reason)
        areas = [_area(text, {}, findings) for text in table.texts(name)]
        groups[name] = frozenset().union(*(area.countries for area in areas if area is not None))
    return groups


def read_regions(
    root: Table, groups: Mapping[str, frozenset[str]], findings: Findings, key: str = ""
) -> tuple[dict[str, Region], list[Entry]]:
    """The regions by name, in the file's order, and the entries of all their `countries`.

    `key` is the site's for everything that is drawn.
    """
    regions: dict[str, Region] = {}
    entries: list[Entry] = []
    table = root.table("regions")
    if table is None or not table:
        if table is not None or "regions" not in root:
            root.mistake("regions", "is missing; a policy needs at least one [regions.NAME] with a uri")
        return regions, entries
    for name, region_table in table.tables():
        region, areas = _read_region(name, region_table, groups, findings)
        region = with_mirrors(region, region_table, list(table), key, findings)
        regions[name] = region
        entries += [Entry(region, area, text.path) for text, area in areas]
    return regions, entries


def _read_region(
    name: str, table: Table, groups: Mapping[str, frozenset[str]], findings: Findings
) -> tuple[Region, list[tuple[Text, Area]]]:
    """All of a region but its mirrors."""
    table.expect_only(REGION_KEYS)
    _check_name(name, table, findings)
    read = [(text, _area(text, groups, findings)) for text in table.texts("countries")]
    areas = [(text, area) for text, area in read if area is not None]
    title = table.text("name")
    languages = _read_languages(table, findings)
    region = Region(
        name=name,
        title=title.value if title else None,
        mirrors=(),
        languages=languages,
        offered=offer(languages),
        mode=table.one_of("mode", Mode, "mode"),
    )
    return region, areas


def _check_name(name: str, table: Table, findings: Findings) -> None:
    if not NAME.fullmatch(name):
        findings.mistake(table.path, f'"{name}" is no name for a region: it has up to 64 letters, digits, - and _')
    if name in _RESERVED_NAMES:
        findings.mistake(table.path, f'"{name}" has a meaning of its own in forms; choose another name')


def _read_languages(table: Table, findings: Findings) -> tuple[str, ...]:
    languages: list[str] = []
    for tag in table.texts("languages"):
        try:
            check_tag(tag.value)
        except ValueError as error:
            findings.mistake(tag.path, str(error))
        else:
            languages.append(tag.value)
    return tuple(languages)


def _area(text: Text, groups: Mapping[str, frozenset[str]], findings: Findings) -> Area | None:
    try:
        return parse_area(text.value, groups)
    except ValueError as error:
        findings.mistake(text.path, str(error))
        return None
