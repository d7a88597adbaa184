"""Which series are shown, so that they are never too many: what has been, goes on; what is too much is added up.

Whoever sends requests or writes policies could else make any number of them. What is shown once is so for ever, as
Prometheus takes a counter that falls for one that has begun anew; it stands in a row of memory that outlives us.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from georedirect.door.tally import Row

Labels = tuple[str, ...]

MOST_SERIES = 500
"""In all, of all metrics."""

OTHER = "other"
"""The value of labels that are not told apart."""

_SHOWN = "shown"


class Step(NamedTuple):
    """At most so many series, with labels as `told` has them."""

    most: int
    told: Callable[[Labels], Labels] = lambda labels: labels


class Shown:
    """What is shown of each metric that could have very many series."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._known = {key[1:] for key in row.read() if key[:1] == (_SHOWN,)}
        self._used = Counter(key[:2] for key in self._known)

    def fold(self, metric: str, counts: Mapping[Labels, int], *steps: Step) -> dict[Labels, int]:
        """The counts of the series that are shown: first come, first served, of those that come at once the largest.

        What the first step has no room for goes to the next, and what none has room for to a series of its own, all of
        whose labels are OTHER.
        """
        found: dict[Labels, int] = {}
        for labels, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
            told = self._told(metric, labels, steps)
            found[told] = found.get(told, 0) + count
        return found

    def _told(self, metric: str, labels: Labels, steps: tuple[Step, ...]) -> Labels:
        for number, step in enumerate(steps):
            told = step.told(labels)
            if self._is_shown((metric, str(number)), told, step.most):
                return told
        return (OTHER,) * len(labels)

    def _is_shown(self, share: tuple[str, str], labels: Labels, most: int) -> bool:
        """Whether it is, or can be from now on."""
        key = (*share, *labels)
        if key in self._known:
            return True
        if self._used[share] >= most or not self._row.cell_of((_SHOWN, *key)):
            return False
        self._known.add(key)
        self._used[share] += 1
        return True
