"""The map of each site as the dashboard shows it, drawn once for as long as it stays the same. Decides nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from georedirect.atlas.fills import Fill, Fills
from georedirect.atlas.legend import legend_of
from georedirect.atlas.paint import Manner, Paint
from georedirect.chooser.names import country_name
from georedirect.door.world import world_of
from georedirect.watch.world_map import embedded_map_of, paints_of, regions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.door.snapshot import Snapshot
    from georedirect.policy.model import Configuration, Policy

_MOST_KEPT = 64
_PLAIN = Fill("", None)


class Row(NamedTuple):
    """One country: `goes` says what happens to its visitors, `fill` is its colour on the map, if it is one colour."""

    code: str
    name: str
    goes: str
    fill: Fill


class Item(NamedTuple):
    """One line of the legend."""

    text: str
    countries: int
    fill: Fill


class Chart(NamedTuple):
    """The map as SVG, and what it means; `regions` are their colours by name."""

    svg: str
    legend: list[Item]
    rows: list[Row]
    regions: Mapping[str, Fill]


class Charts:
    """Those that have been asked for, of what is served. It holds on to no database."""

    def __init__(self) -> None:
        self._configuration: Configuration | None = None
        self._kept: dict[object, Chart] = {}

    def of(self, snapshot: Snapshot, policy: Policy) -> Chart:
        """Another one when the time of a rule has come, a mirror has gone, or the database says nothing any more."""
        if self._configuration is not snapshot.configuration or len(self._kept) >= _MOST_KEPT:
            self._configuration, self._kept = snapshot.configuration, {}
        moment = snapshot.moment
        state = snapshot.configuration.timetable.state(moment.time)
        key = (policy.file, moment.down, state, snapshot.database.is_silent)
        if key not in self._kept:
            self._kept[key] = draw(snapshot, policy)
        return self._kept[key]


def draw(snapshot: Snapshot, policy: Policy) -> Chart:
    """The map of this very moment."""
    where = world_of(snapshot, policy, snapshot.moment.time)
    painted, svg = paints_of(where), embedded_map_of(where, policy)
    fills = {code: Fill(value, kind or None) for code, value, kind in _fills_in(svg)}
    rows = (
        Row(code, country_name(code, "en") or code, paint.text.partition(": ")[2], _solid(fills.get(code, _PLAIN)))
        for code, paint in painted.items()
    )
    return Chart(svg, _legend(painted, policy, fills), sorted(rows, key=lambda row: row.name), region_fills(policy))


def region_fills(policy: Policy) -> dict[str, Fill]:
    """The colour of each region."""
    fills = Fills(regions_of(policy))
    return {name: fills.of(Paint((name,), Manner.SENT, "")) for name in policy.regions}


def _legend(painted: Mapping[str, Paint], policy: Policy, fills: Mapping[str, Fill]) -> list[Item]:
    """What is no region's colour has the pattern of the first country that is painted so."""
    regions = region_fills(policy)
    found = []
    for item in legend_of(painted, regions_of(policy)):
        alike = next((code for code, paint in painted.items() if _is_painted(paint, item.paint)), None)
        is_region = (
            item.paint.manner is Manner.SENT and item.paint.regions[0] in regions and len(item.paint.regions) == 1
        )
        fill = regions[item.paint.regions[0]] if is_region else fills.get(alike or "", _PLAIN)
        found.append(Item(item.text, item.countries, fill))
    return found


def _is_painted(paint: Paint, like: Paint) -> bool:
    if len(like.regions) > 1:
        return paint.regions == like.regions
    return paint.manner is like.manner and paint.regions[:1] == like.regions


def _solid(fill: Fill) -> Fill:
    return fill if fill.value.startswith("#") else _PLAIN


def _fills_in(svg: str) -> list[tuple[str, str, str]]:
    """Country, fill and class of each, as the map has them."""
    return re.findall(r'id="country-([A-Z]{2})"[^>]*? fill="([^"]*)"(?:[^>]*? class="([^"]*)")?', svg)
