"""What is served: how old the database is, when everything was loaded, and what became of each reload."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily

from georedirect.door.history import Outcome
from georedirect.watch.series.family import counter, counters, gauge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.metrics_core import Metric

    from georedirect.door.certificates import Certificate
    from georedirect.door.history import History
    from georedirect.geo.age import Age


def of_database(age: Age) -> Iterator[Metric]:
    yield gauge("database_build_timestamp_seconds", "When the country database was built.", age.built)
    yield gauge("database_age_seconds", "How old the country database is.", age.seconds(time()))
    yield gauge("database_old", "1 when it is older than max_age_days, else 0.", int(age.is_old(time())))


def of_certificates(certificates: Iterable[Certificate]) -> Metric:
    """By the file's name: that is the operator's own, and there are no more than the policy names."""
    what = "When the certificate that is served expires."
    ends = GaugeMetricFamily("georedirect_certificate_expiry_timestamp_seconds", what, labels=["certificate"])
    for certificate in certificates:
        ends.add_metric([certificate.file], certificate.pair.ends)
    return ends


def of_reloads(history: History) -> Iterator[Metric]:
    yield gauge("loaded_timestamp_seconds", "When what is served was loaded.", history.loaded)
    yield counter("swaps", "Reloads that all workers serve.", history.swaps)
    refusals = {(str(cause),): count for cause, count in history.refusals.items()}
    yield counters("refusals", "Reloads that were refused, by cause.", ("cause",), refusals)
    last = history.last
    is_refused = last is not None and last.outcome is Outcome.REFUSED
    yield gauge("last_reload_refused", "1 when the last reload was refused, else 0.", int(is_refused))
    if last is not None:
        yield gauge("last_reload_timestamp_seconds", "When the last reload began.", last.began)
        yield gauge("last_reload_duration_seconds", "How long the last reload took.", last.seconds)
