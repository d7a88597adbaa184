"""The dashboard: what `/status` says and what the map shows, as a page of this very moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup
from sanic.response import json, text

from georedirect.atlas.fills import Fill, stylesheet
from georedirect.watch.charts import Charts
from georedirect.watch.pages import show
from georedirect.watch.status import tell_status
from georedirect.watch.world_map import regions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sanic
    from sanic import HTTPResponse, Sanic

    from georedirect.door.snapshot import Snapshot
    from georedirect.policy.model import Policy
    from georedirect.watch.charts import Chart
    from georedirect.watch.desk import Desk
    from georedirect.watch.status import SiteFigures, Status

MOST_BARS = 10
NOTHING = "\N{EN DASH}"
"""Instead of a figure that there is none of."""
_NOTE = "By country, for visitors who have chosen nothing and state no language. A click tries one."
_PLAIN = Fill("", None)


class Bar(NamedTuple):
    """One line with its share of the whole, as text and as a number."""

    key: str
    name: str
    share: str
    percent: float
    fill: str = ""
    kind: str = ""


def add_dashboard(app: Sanic[Any, Any]) -> None:
    app.ctx.charts = Charts()
    app.add_route(_dashboard, "/", methods=["GET", "HEAD"])
    app.add_route(_map_stylesheet, "/map.css", methods=["GET", "HEAD"])
    app.add_route(_status, "/status", methods=["GET", "HEAD"])


async def _status(request: sanic.Request) -> HTTPResponse:
    desk: Desk = request.app.ctx.desk
    return json(tell_status(desk))


async def _map_stylesheet(request: sanic.Request) -> HTTPResponse:
    """What makes a site's map dark where the page is."""
    desk: Desk = request.app.ctx.desk
    policy = _policy(desk.snapshot, request)
    return text(stylesheet(regions_of(policy)), content_type="text/css; charset=utf-8")


async def _dashboard(request: sanic.Request) -> HTTPResponse:
    desk: Desk = request.app.ctx.desk
    snapshot, status = desk.snapshot, tell_status(desk)
    policy, charts = _policy(snapshot, request), request.app.ctx.charts
    chart: Chart = charts.of(snapshot, policy)
    figures = next(figures for figures in status["sites"] if figures["site"] == policy.name)
    return show(
        request,
        "dashboard.html",
        site={"name": policy.name, "title": "All hosts" if policy.name == "*" else policy.name},
        sites=[other.name for other in snapshot.configuration.policies],
        tiles=_tiles(status),
        map=Markup(chart.svg),  # noqa: S704  all text in it is escaped by who draws it
        map_note=_NOTE,
        legend=chart.legend,
        world=_with_shares(chart, figures),
        rows=_bars(chart, figures, status),
        workers=status["workers"],
        mirrors=[mirror for mirror in status["mirrors"] if mirror["site"] == policy.name],
    )


def _policy(snapshot: Snapshot, request: sanic.Request) -> Policy:
    """The site that the query names; the first one where it names none that there is."""
    wanted = request.args.get("site")
    policies = snapshot.configuration.policies
    return next((policy for policy in policies if policy.name == wanted), policies[0])


def _tiles(status: Status) -> dict[str, str]:
    """The figures above everything else, as text. Without two looks at them there is no rate."""
    cache, connections = status["cache"], status["connections"]
    looked = cache["hits"] + cache["misses"]
    return {
        "rate": NOTHING,
        "requests": f"{status['requests']:,}",
        "hits": share_of(cache["hits"], looked),
        "looked": f"{looked:,}",
        "open": f"{connections['open']:,}",
        "most": f"{connections['most']:,}",
    }


def share_of(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else NOTHING


def _with_shares(chart: Chart, figures: SiteFigures) -> list[dict[str, str]]:
    counts = figures["countries"]
    total = sum(counts.values())
    return [
        {
            "code": row.code,
            "name": row.name,
            "goes": row.goes,
            "share": share_of(counts[row.code], total) if row.code in counts else NOTHING,
        }
        for row in chart.rows
    ]


def _bars(chart: Chart, figures: SiteFigures, status: Status) -> dict[str, list[Bar]]:
    """All regions, and the most frequent of everything else; statuses are those of the whole door."""
    names = {row.code: row.name for row in chart.rows}
    fills = {row.code: row.fill for row in chart.rows}
    statuses: dict[str, int] = {}
    for site in status["sites"]:
        for key, count in site["statuses"].items():
            statuses[key] = statuses.get(key, 0) + count
    regions = dict.fromkeys(chart.regions, 0) | figures["regions"]
    return {
        "regions": _bars_of(regions, len(regions), {}, chart.regions),
        "countries": _bars_of(figures["countries"], MOST_BARS, names, fills),
        "reasons": _bars_of(figures["reasons"], MOST_BARS, {}, {}),
        "statuses": _bars_of(statuses, MOST_BARS, {}, {}),
    }


def _bars_of(counts: Mapping[str, int], most: int, names: Mapping[str, str], fills: Mapping[str, Fill]) -> list[Bar]:
    total = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda entry: -entry[1])[:most]
    return [
        Bar(
            key,
            names.get(key, key),
            share_of(count, total),
            round(100 * count / total, 2) if total else 0,
            fills.get(key, _PLAIN).value,
            fills.get(key, _PLAIN).kind or "",
        )
        for key, count in ordered
    ]
