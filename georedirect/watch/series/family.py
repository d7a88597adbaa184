"""Families of series in Prometheus' own types. Measures nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prometheus_client.metrics_core import Metric

_PREFIX = "georedirect_"
_SECONDS = "seconds"
_Labels = TypeVar("_Labels", bound=tuple[str, ...])


def counter(name: str, what: str, value: float) -> Metric:
    return CounterMetricFamily(_PREFIX + name, what, value)


def counters(name: str, what: str, labels: Sequence[str], counts: Mapping[_Labels, int]) -> Metric:
    """One for each combination of values of the labels."""
    family = CounterMetricFamily(_PREFIX + name, what, labels=labels)
    for values, count in counts.items():
        family.add_metric(values, count)
    return family


def gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(_PREFIX + name, what, value, unit=_unit(name))


def gauges(name: str, what: str, labels: Sequence[str], values: Mapping[_Labels, float]) -> Metric:
    """The same with labels."""
    family = GaugeMetricFamily(_PREFIX + name, what, labels=labels, unit=_unit(name))
    for labelled, value in values.items():
        family.add_metric(labelled, value)
    return family


def _unit(name: str) -> str:
    return _SECONDS if name.endswith(_SECONDS) else ""
