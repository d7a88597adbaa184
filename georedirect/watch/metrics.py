"""What there is to measure, as Prometheus reads it. Counts nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from georedirect.watch.series.loaded import of_certificates, of_database, of_reloads
from georedirect.watch.series.mirrors import of_mirrors
from georedirect.watch.series.process import of_process
from georedirect.watch.series.shown import Shown
from georedirect.watch.series.traffic import of_traffic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

    from georedirect.watch.desk import Desk


class Metrics(Collector):
    """The figures of one admin listener, taken anew each time they are asked for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown = Shown(desk.figures.admin)
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def render(self, accept: str) -> tuple[bytes, str]:
        """Body and Content-Type: OpenMetrics for whoever asks for it, else Prometheus' own text."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def collect(self) -> Iterator[Metric]:
        """All families. Those of which there could be very many series are kept within MOST_SERIES by `Shown`."""
        yield from of_database(self._desk.snapshot.age)
        yield from of_certificates(self._desk.snapshot.certificates)
        yield from of_reloads(self._desk.history)
        yield from of_mirrors(self._desk.mirrors())
        traffic = self._desk.traffic()
        yield from of_traffic(traffic, self._shown)
        yield from of_process(self._desk.figures, traffic)
