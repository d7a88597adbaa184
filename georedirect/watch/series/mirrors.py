"""How mirrors are: counted by region for all of them, and one by one for as many as an operator can look at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from georedirect.watch.series.family import counters, gauges
from georedirect.watch.series.shown import OTHER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prometheus_client.metrics_core import Metric

    from georedirect.watch.mirrors import Seen

MOST_MIRRORS = 20
"""That are told one by one."""

_MOST_REGIONS = 10
_MIRROR = ("site", "region", "mirror")
"""The labels that tell a mirror from all others, in the order of `Seen.labels`."""


def of_mirrors(mirrors: Sequence[Seen]) -> Iterator[Metric]:
    yield _of_regions(mirrors)
    yield from _one_by_one(sorted(mirrors, key=_in_order)[:MOST_MIRRORS])


def _in_order(seen: Seen) -> tuple[bool, float]:
    """The sick first, and of them those that have been so for longest, so that an alert stands until they are well.

    Then those that have changed last, so that whoever saw one fall sees it rise.
    """
    changed = seen.verdict.changed or 0.0
    return seen.verdict.is_well, -changed if seen.verdict.is_well else changed


def _of_regions(mirrors: Sequence[Seen]) -> Metric:
    """Of too many regions, those with most mirrors that are sick are told from the others."""
    sick, all_in = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for seen in mirrors:
        all_in[seen.labels[:2]] += 1
        sick[seen.labels[:2]] += not seen.verdict.is_well
    told = {region for region, _ in sick.most_common(_MOST_REGIONS)}
    found = Counter[tuple[str, ...]]()
    for region, count in all_in.items():
        labels = region if region in told else (OTHER, OTHER)
        found[*labels, "well"] += count - sick[region]
        found[*labels, "sick"] += sick[region]
    what = "Mirrors that are checked, by whether they are well or sick."
    return gauges("mirrors", what, (*_MIRROR[:2], "state"), found)


def _one_by_one(mirrors: Sequence[Seen]) -> Iterator[Metric]:
    verdicts = {seen.labels: seen.verdict for seen in mirrors}
    up = {labels: int(verdict.is_well) for labels, verdict in verdicts.items()}
    yield gauges("mirror_up", "1 while it is well, 0 while it is sick.", _MIRROR, up)
    right = {(*labels, "right"): verdict.right for labels, verdict in verdicts.items()}
    wrong = {(*labels, "wrong"): verdict.wrong for labels, verdict in verdicts.items()}
    what = "How often it was asked, by what came of it."
    yield counters("mirror_checks", what, (*_MIRROR, "outcome"), right | wrong)
    changes = {labels: verdict.changes for labels, verdict in verdicts.items()}
    yield counters("mirror_changes", "How often it became sick or well.", _MIRROR, changes)
    seconds = {labels: verdict.seconds for labels, verdict in verdicts.items() if verdict.seconds is not None}
    yield gauges("mirror_check_seconds", "How long the last check took.", _MIRROR, seconds)
