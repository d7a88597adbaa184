"""Reads `[modes]`: who is redirected, who only gets a suggestion, and who is left alone. Knows no visitor."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from georedirect.policy.areas import Area, Width, parse_area
from georedirect.policy.claims import some_of
from georedirect.policy.countries import UNIONS
from georedirect.policy.model import Mode, Modes
from georedirect.policy.site import Preset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from georedirect.policy.site import Site
    from georedirect.policy.table import Table

_EEA = Area("EEA", Width.GROUP, UNIONS["EEA"])


class _Entry(NamedTuple):
    area: Area
    mode: Mode


def read_modes(root: Table, site: Site, groups: Mapping[str, frozenset[str]]) -> Modes:
    """What `[modes]`, the preset and the site say together: the narrower wins, then what is written out."""
    entries = _read_entries(root, groups)
    by_country = _narrowest(entries)
    by_continent = {entry.area.continent: entry.mode for entry in entries if entry.area.continent}
    if site.preset is not Preset.EU_SHOP:
        return Modes(site.mode, by_country, by_continent)
    return Modes(
        site.mode,
        _narrowest([*entries, _Entry(_EEA, Mode.SUGGEST)]),
        {"EU": Mode.SUGGEST, **by_continent},  # somewhere in Europe may be in the EEA
        unknown=Mode.SUGGEST,
    )


def _read_entries(root: Table, groups: Mapping[str, frozenset[str]]) -> list[_Entry]:
    entries: list[_Entry] = []
    table = root.table("modes")
    if table is None:
        return entries
    for key in table:
        mode = table.one_of(key, Mode, "mode")
        try:
            area = parse_area(key, groups)
        except ValueError as error:
            table.mistake(key, str(error))
            continue
        if mode is not None:
            _check_rivals(_Entry(area, mode), entries, table)
            entries.append(_Entry(area, mode))
    return entries


def _check_rivals(entry: _Entry, earlier: Iterable[_Entry], table: Table) -> None:
    for other in earlier:
        shared = sorted(entry.area.countries & other.area.countries)
        if shared and other.area.width is entry.area.width and other.mode is not entry.mode:
            table.mistake(
                entry.area.text,
                f'{some_of(shared)} have the mode "{other.mode}" by "{other.area.text}" already; name them on their '
                "own, or give both groups one mode",
            )


def _narrowest(entries: Iterable[_Entry]) -> dict[str, Mode]:
    """The mode of each country that is in an area. Of equally narrow ones the first counts."""
    found: dict[str, _Entry] = {}
    for entry in entries:
        for country in entry.area.countries:
            if country not in found or entry.area.width < found[country].area.width:
                found[country] = entry
    return {country: entry.mode for country, entry in found.items()}
