"""Reads `[groups]` and `[regions.*]`, each on its own. What they mean together is in `claims.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from georedirect.errors import TemplateError
from georedirect.policy.areas import NAME, Area, parse_area, why_not_a_group_name
from georedirect.policy.languages import check_tag, offer
from georedirect.policy.mirror_model import Mirror
from georedirect.policy.model import Mode, Region
from georedirect.policy.slips import find_slips
from georedirect.policy.template import Template, compile_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.policy.findings import Findings
    from georedirect.policy.lines import Path
    from georedirect.policy.table import Table, Text

REGION_KEYS = ("name", "uri", "countries", "languages", "mode")
REGION_KEYS_LATER = ("mirrors", "fallback")
_RESERVED_NAMES = frozenset({"forget"})
_STAND_IN = compile_template("https://unreadable.invalid/")


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
    root: Table, groups: Mapping[str, frozenset[str]], findings: Findings
) -> tuple[dict[str, Region], list[Entry]]:
    """The regions by name, in the file's order, and the entries of all their `countries`."""
    regions: dict[str, Region] = {}
    entries: list[Entry] = []
    table = root.table("regions")
    if table is None or not table:
        if table is not None or "regions" not in root:
            root.mistake("regions", "is missing; a policy needs at least one [regions.NAME] with a uri")
        return regions, entries
    for name, region_table in table.tables():
        region, areas = _read_region(name, region_table, groups, findings)
        regions[name] = region
        entries += [Entry(region, area, text.path) for text, area in areas]
    return regions, entries


def _read_region(
    name: str, table: Table, groups: Mapping[str, frozenset[str]], findings: Findings
) -> tuple[Region, list[tuple[Text, Area]]]:
    table.expect_only(REGION_KEYS, REGION_KEYS_LATER)
    _check_name(name, table, findings)
    read = [(text, _area(text, groups, findings)) for text in table.texts("countries")]
    areas = [(text, area) for text, area in read if area is not None]
    title = table.text("name")
    uri = _read_uri(table, findings)
    languages = _read_languages(table, findings)
    region = Region(
        name=name,
        title=title.value if title else None,
        mirrors=(Mirror(uri, uri.path_prefix(name)),),
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


def _read_uri(table: Table, findings: Findings) -> Template:
    """The template; for one that is missing or wrong, a stand-in, so that the rest can be checked all the same."""
    text = table.text("uri")
    if text is None:
        if "uri" not in table:
            table.mistake("uri", 'is missing; say where the region is, as in "https://de.example.com{+path}{+query}"')
        return _STAND_IN
    try:
        template = compile_template(text.value)
    except TemplateError as error:
        table.mistake("uri", f'"{text.value}" {error}')
        return _STAND_IN
    for slip in find_slips(text.value):
        findings.warning(text.path, slip)
    return template


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
