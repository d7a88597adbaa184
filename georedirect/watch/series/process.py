"""How the door itself does: connections, times, the LRU, and the processes behind it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prometheus_client.core import HistogramMetricFamily, InfoMetricFamily
from prometheus_client.utils import floatToGoString

from georedirect import __version__
from georedirect.door.counting import BOUNDS
from georedirect.watch.series.family import counter, counters, gauge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prometheus_client.metrics_core import Metric

    from georedirect.watch.figures import CacheSeen, Figures, ProcessSeen, Traffic


def of_process(figures: Figures, traffic: Traffic) -> Iterator[Metric]:
    yield InfoMetricFamily("georedirect_build", "Which version runs.", {"version": __version__})
    yield from _of_connections(figures)
    yield _of_times(figures)
    yield from _of_cache(figures.cache(traffic))
    yield from _of_processes(figures.processes())


def _of_connections(figures: Figures) -> Iterator[Metric]:
    seen = figures.connections()
    yield gauge("connections", "Connections to the door that are open.", seen.open)
    yield gauge("connections_limit", "How many may be; what comes beyond is turned away.", seen.most)
    yield counter("accepted_connections", "Connections to the door so far.", seen.accepted)
    what = "Connections closed unheard, where each must begin with a trusted proxy's PROXY header."
    causes = {(cause,): count for cause, count in figures.unannounced().items()}
    yield counters("unannounced_connections", what, ("cause",), causes)


def _of_times(figures: Figures) -> Metric:
    decided = figures.decided_in()
    buckets = [(_in_text(bound), count) for bound, count in zip(BOUNDS, decided.within, strict=True)]
    what = "From a whole request to its answer, without the network: a sample, at most four a second of each worker."
    return HistogramMetricFamily("georedirect_decision_seconds", what, buckets, decided.seconds, unit="seconds")


def _in_text(bound: float) -> str:
    """As Prometheus writes numbers."""
    return str(floatToGoString(bound))  # type: ignore[no-untyped-call]  # its own has no annotations


def _of_cache(seen: CacheSeen) -> Iterator[Metric]:
    yield counter("lru_hits", "Requests for which the country database was not asked.", seen.hits)
    yield counter("lru_misses", "Questions to the country database.", seen.misses)
    yield counter("lru_evictions", "Blocks of addresses that were forgotten to make room.", seen.evictions)
    yield gauge("lru_size", "Blocks of addresses that are remembered, by all workers.", seen.size)
    yield gauge("lru_capacity", "How many they may remember.", seen.capacity)


def _of_processes(processes: Sequence[ProcessSeen]) -> Iterator[Metric]:
    workers = [process for process in processes if process.role == "worker"]
    yield gauge("workers", "Workers that there are to be.", len(workers))
    yield gauge("workers_serving", "Workers that serve.", sum(worker.serves for worker in workers))
    restarts = Counter[tuple[str, ...]]()
    for process in processes:
        restarts[process.role,] += process.deaths
    yield counters("restarts", "Processes that died or hung and were replaced.", ("role",), restarts)
