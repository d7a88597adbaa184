"""All that changes from second to second, in one object: for the dashboard, and for whoever has one of their own."""

from __future__ import annotations

from time import monotonic, time
from typing import TYPE_CHECKING, TypedDict

from georedirect import __version__
from georedirect.door.explain import DatabaseSeen  # noqa: TC001  schemas are read out of annotations
from georedirect.watch.mirrors import Told, tell
from georedirect.watch.told import Attempted, as_text, tell_ready

if TYPE_CHECKING:
    from georedirect.watch.desk import Desk
    from georedirect.watch.figures import CacheSeen, Traffic, WorkerSeen


class SiteFigures(TypedDict):
    """What has been answered for a site since the start; `site` is empty for requests that were for none."""

    site: str
    requests: int
    regions: dict[str, int]
    countries: dict[str, int]
    reasons: dict[str, int]
    statuses: dict[str, int]


class CacheFigures(TypedDict):
    """How well all workers together remember where addresses are."""

    hits: int
    misses: int
    evictions: int
    size: int
    capacity: int


class ConnectionFigures(TypedDict):
    """How many are open, and how many there may be."""

    open: int
    most: int


class WorkerFigures(TypedDict):
    """One worker. `since` is null before it serves; `restarts` is how often another has taken its place."""

    name: str
    is_serving: bool
    since: str | None
    restarts: int
    open: int
    answered: int


class Status(TypedDict):
    """`/status`. `clock` is in seconds and never goes back: differences of counts by it are rates."""

    version: str
    status: str
    now: str
    clock: float
    loaded: str
    last_reload: Attempted | None
    database: DatabaseSeen
    requests: int
    sites: list[SiteFigures]
    cache: CacheFigures
    connections: ConnectionFigures
    workers: list[WorkerFigures]
    mirrors: list[Told]


def tell_status(desk: Desk) -> Status:
    ready, traffic, workers = tell_ready(desk), desk.traffic(), desk.workers()
    return {
        "version": __version__,
        "status": ready["status"],
        "now": as_text(time()),
        "clock": round(monotonic(), 3),
        "loaded": ready["loaded"],
        "last_reload": ready["last_reload"],
        "database": ready["database"],
        "requests": traffic.total,
        "sites": _tell_sites(desk, traffic),
        "cache": _tell_cache(desk.cache(traffic)),
        "connections": {
            "open": sum(worker.connections for worker in workers),
            "most": sum(worker.most_connections for worker in workers),
        },
        "workers": [_tell_worker(worker) for worker in workers],
        "mirrors": [tell(seen) for seen in desk.mirrors()],
    }


def _tell_sites(desk: Desk, traffic: Traffic) -> list[SiteFigures]:
    """In the files' order, and then what is of none of those."""
    names = [policy.name for policy in desk.snapshot.configuration.policies]
    found = {name: _no_figures(name) for name in names}
    for counted, count in traffic.counts.items():
        figures = found.setdefault(counted.site, _no_figures(counted.site))
        figures["requests"] += count
        for kind, key in (
            (figures["regions"], counted.region),
            (figures["countries"], counted.country),
            (figures["reasons"], counted.reason),
            (figures["statuses"], counted.status),
        ):
            if key:
                kind[key] = kind.get(key, 0) + count
    return list(found.values())


def _no_figures(site: str) -> SiteFigures:
    return {"site": site, "requests": 0, "regions": {}, "countries": {}, "reasons": {}, "statuses": {}}


def _tell_cache(cache: CacheSeen) -> CacheFigures:
    return {
        "hits": cache.hits,
        "misses": cache.misses,
        "evictions": cache.evictions,
        "size": cache.size,
        "capacity": cache.capacity,
    }


def _tell_worker(worker: WorkerSeen) -> WorkerFigures:
    return {
        "name": f"worker {worker.number}",
        "is_serving": worker.serves,
        "since": as_text(worker.since) if worker.since else None,
        "restarts": worker.deaths,
        "open": worker.connections,
        "answered": worker.answered,
    }
