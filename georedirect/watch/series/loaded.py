"""What is served: how old the database is, when everything was loaded, and what became of each reload."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

from georedirect.door.history import Outcome
from georedirect.watch.series.family import counter, counters, gauge, gauges

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prometheus_client.metrics_core import Metric

    from georedirect.door.certificates import Certificate
    from georedirect.door.history import History
    from georedirect.geo.age import Age

MOST_CERTIFICATES = 20


def of_database(age: Age) -> Iterator[Metric]:
    yield gauge("database_build_timestamp_seconds", "When the country database was built.", age.built)
    yield gauge("database_age_seconds", "How old the country database is.", age.seconds(time()))
    yield gauge("database_old", "1 when it is older than max_age_days, else 0.", int(age.is_old(time())))


def of_certificates(certificates: Sequence[Certificate]) -> Iterator[Metric]:
    """By the files' names: these are the operator's own. Of many, those that expire first."""
    first = sorted(certificates, key=lambda each: each.pair.ends)[:MOST_CERTIFICATES]
    ends = {(each.file,): each.pair.ends for each in first}
    what = "When the certificate that is served expires."
    yield gauges("certificate_expiry_timestamp_seconds", what, ("certificate",), ends)


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
