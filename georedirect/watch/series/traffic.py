"""What the door has answered: by site, region and reason, by rules and tags, by mirrors, and what it refused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from georedirect.guess import Reason
from georedirect.watch.series.family import counter, counters
from georedirect.watch.series.shown import OTHER, Labels, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

    from georedirect.watch.figures import Traffic
    from georedirect.watch.series.shown import Shown

_REQUEST = ("status", "site", "region", "reason")
_RULE = ("site", "rule", "variant", "reason")
_MIRROR = ("site", "region", "mirror")
_DOWN = ("site", "region", "reason")
_REFUSED = ("status", "cause")

CAUSES: tuple[Labels, ...] = (
    *(("400", "bad-request"), ("405", "method-not-allowed"), ("408", "too-slow"), ("413", "too-large")),
    *(("414", "too-long"), ("421", "unknown-host"), ("431", "too-large"), ("500", "error")),
    *(("501", "unknown-method"), ("503", "unavailable")),
)
"""With which the door refuses requests of which it decides nothing."""


def of_traffic(traffic: Traffic, shown: Shown) -> Iterator[Metric]:
    """One answer may count for a rule, for tags and for a mirror."""
    traffic = traffic.without_country()
    yield _requests(traffic, shown)
    what = "Requests of which there was no room to count more."
    yield counter("uncounted_requests", what, traffic.uncounted)
    yield _refused(traffic, shown)
    yield from _of_rules(traffic, shown)
    yield from _of_mirrors(traffic, shown)


def _refused(traffic: Traffic, shown: Shown) -> Metric:
    """From the start on, as Prometheus sees nothing rise that was not there before."""
    counts = dict.fromkeys(CAUSES, 0)
    counts |= {labels: count for labels, count in traffic.by("status", "reason").items() if _is_no(labels)}
    what = "Requests that got no further than the door."
    return counters("refused_requests", what, _REFUSED, shown.fold("refused", counts, Step(20)))


def _requests(traffic: Traffic, shown: Shown) -> Metric:
    """Where there are too many kinds, of the rest at least status and reason are told."""
    folded = shown.fold("requests", traffic.by(*_REQUEST), Step(100), Step(30, _without_site))
    if traffic.uncounted:
        others = (OTHER,) * len(_REQUEST)
        folded[others] = folded.get(others, 0) + traffic.uncounted
    return counters("requests", "Requests that the door has answered.", _REQUEST, folded)


def _without_site(labels: Labels) -> Labels:
    status, _, _, reason = labels
    return status, OTHER, OTHER, reason


def _is_no(labels: Labels) -> bool:
    """Whether a request was refused by the door itself: for other answers a decision is the reason."""
    status, reason = labels
    return status >= "400" and reason not in {*Reason}


def _of_rules(traffic: Traffic, shown: Shown) -> Iterator[Metric]:
    rules, tags = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for counted, count in traffic.counts.items():
        for rule, variant in counted.each_rule:
            rules[counted.site, rule, variant, counted.reason] += count
        for tag in counted.each_tag:
            tags[counted.site, tag] += count
    what = "Requests by the rules that decided or drew, and what they drew."
    yield counters("rule_requests", what, _RULE, shown.fold("rules", rules, Step(50)))
    what = "Requests by what rules have tagged them with."
    yield counters("tag_requests", what, ("site", "tag"), shown.fold("tags", tags, Step(25)))


def _of_mirrors(traffic: Traffic, shown: Shown) -> Iterator[Metric]:
    mirrors, down = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for counted, count in traffic.counts.items():
        if counted.mirror:
            mirrors[counted.site, counted.region, counted.mirror] += count
        if counted.reason in {Reason.FALLBACK, Reason.NO_MIRROR}:
            down[counted.site, counted.region, counted.reason] += count
    what = "Requests sent to each of several mirrors."
    yield counters("mirror_requests", what, _MIRROR, shown.fold("mirrors", mirrors, Step(50)))
    what = "Requests while all mirrors of their region were sick."
    yield counters("down_requests", what, _DOWN, shown.fold("down", down, Step(20)))
