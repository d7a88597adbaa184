"""What there is to measure, as Prometheus reads it. Counts nothing itself."""

from __future__ import annotations

from collections import Counter
from time import time
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from georedirect.door.counting import OTHERS
from georedirect.door.history import Outcome
from georedirect.guess import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from prometheus_client.metrics_core import Metric

    from georedirect.watch.desk import Desk

_MIRROR = ("site", "region", "mirror")
"""The labels that tell a mirror from all others, in the order of `Seen.labels`."""
_DOWN = ("site", "region", "reason")
_REQUEST = ("status", "site", "region", "reason")
_RULE = ("site", "rule", "variant", "reason")


class Metrics(Collector):
    """The figures of one admin listener, taken anew each time they are asked for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def render(self, accept: str) -> tuple[bytes, str]:
        """Body and Content-Type: OpenMetrics for whoever asks for it, else Prometheus' own text."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def collect(self) -> Iterator[Metric]:
        yield from self._of_the_database()
        yield from self._of_reloads()
        yield from self._of_mirrors()
        yield from self._of_decisions()
        yield from self._of_the_log()

    def _of_the_database(self) -> Iterator[Metric]:
        age = self._desk.snapshot.age
        yield _gauge("database_build_timestamp_seconds", "When the country database was built.", age.built)
        yield _gauge("database_age_seconds", "How old the country database is.", age.seconds(time()))
        is_old = age.is_old(time())
        yield _gauge("database_old", "1 when it is older than max_age_days, else 0.", int(is_old))

    def _of_reloads(self) -> Iterator[Metric]:
        history = self._desk.history
        yield _gauge("loaded_timestamp_seconds", "When what is served was loaded.", history.loaded)
        swaps = CounterMetricFamily("georedirect_swaps", "Reloads that all workers serve.")
        swaps.add_metric([], history.swaps)
        yield swaps
        refusals = CounterMetricFamily("georedirect_refusals", "Reloads that were refused, by cause.", labels=["cause"])
        for cause, count in history.refusals.items():
            refusals.add_metric([cause], count)
        yield refusals
        is_refused = history.last is not None and history.last.outcome is Outcome.REFUSED
        yield _gauge("last_reload_refused", "1 when the last reload was refused, else 0.", int(is_refused))

    def _of_mirrors(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("georedirect_mirror_up", "1 while it is well, 0 while it is sick.", labels=_MIRROR)
        checks = CounterMetricFamily(
            "georedirect_mirror_checks", "How often it was asked, by what came of it.", labels=(*_MIRROR, "outcome")
        )
        changes = CounterMetricFamily("georedirect_mirror_changes", "How often it became sick or well.", labels=_MIRROR)
        seconds = GaugeMetricFamily("georedirect_mirror_check_seconds", "How long the last check took.", labels=_MIRROR)
        for seen in self._desk.mirrors():
            up.add_metric(seen.labels, int(seen.verdict.is_well))
            checks.add_metric((*seen.labels, "right"), seen.verdict.right)
            checks.add_metric((*seen.labels, "wrong"), seen.verdict.wrong)
            changes.add_metric(seen.labels, seen.verdict.changes)
            if seen.verdict.seconds is not None:
                seconds.add_metric(seen.labels, seen.verdict.seconds)
        yield from (up, checks, changes, seconds)

    def _of_decisions(self) -> Iterator[Metric]:
        """All answers, and what rules and lots had a part in: one may count for a rule, for tags and for a mirror."""
        requests, rules, tags, mirrors, sick, others = (Counter[tuple[str, ...]]() for _ in range(6))
        for counted, count in self._desk.counted():
            requests[counted.status, counted.site, counted.region, counted.reason] += count
            if counted is OTHERS:
                others[()] += count
            for rule, variant in counted.each_rule:
                rules[counted.site, rule, variant, counted.reason] += count
            for tag in counted.each_tag:
                tags[counted.site, tag] += count
            if counted.mirror:
                mirrors[counted.site, counted.region, counted.mirror] += count
            if counted.reason in {Reason.FALLBACK, Reason.NO_MIRROR}:
                sick[counted.site, counted.region, counted.reason] += count
        yield _counter("requests", "Requests that the door has answered.", _REQUEST, requests)
        yield _counter("rule_requests", "Requests by the rules that decided or drew, and what they drew.", _RULE, rules)
        yield _counter("tag_requests", "Requests by what rules have tagged them with.", ("site", "tag"), tags)
        yield _counter("mirror_requests", "Requests sent to each of several mirrors.", _MIRROR, mirrors)
        yield _counter("down_requests", "Requests while all mirrors of their region were sick.", _DOWN, sick)
        yield _counter("uncounted_requests", "Requests that there was no room to count by all of this.", (), others)

    def _of_the_log(self) -> Iterator[Metric]:
        fate = self._desk.lines()
        lost: dict[tuple[str, ...], int] = {("crowded-out",): fate.crowded_out, ("failed",): fate.failed}
        yield _counter("log_lines", "Lines of the access log that were written.", (), {(): fate.written})
        yield _counter("log_lost", "Lines of the access log that were lost, by cause.", ("cause",), lost)


def _counter(name: str, what: str, labels: Sequence[str], counts: Mapping[tuple[str, ...], int]) -> CounterMetricFamily:
    family = CounterMetricFamily(f"georedirect_{name}", what, labels=labels)
    for values, count in counts.items():
        family.add_metric(values, count)
    return family


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"georedirect_{name}", what, value)
