"""What has become of lines, counted in memory that all processes share, so that it outlives whoever counts."""

from __future__ import annotations

from mmap import mmap
from typing import NamedTuple

_OCTETS = 8  # of a number
WRITTEN, CROWDED_OUT, FAILED = range(3)
"""The places of a worker's counts. The first and the last are the writing thread's, the other is everybody else's."""


class Fate(NamedTuple):
    """How many lines were written; lost, as too many waited to be written; lost, as writing them failed."""

    written: int = 0
    crowded_out: int = 0
    failed: int = 0


class Fates:
    """The counts of all workers. To be made before they are forked."""

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._numbers = memoryview(mmap(-1, workers * len(Fate._fields) * _OCTETS)).cast("Q")

    def of(self, worker: int) -> memoryview:
        """Those of a worker, counted from 0."""
        size = len(Fate._fields)
        return self._numbers[worker * size : (worker + 1) * size]

    def read(self) -> Fate:
        """Those of all together."""
        return Fate(*(sum(each) for each in zip(*(self.of(worker) for worker in range(self._workers)), strict=True)))
