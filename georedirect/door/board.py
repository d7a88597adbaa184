"""A page of memory that the supervisor and its children share: who is alive, and whether the service is ending."""

from __future__ import annotations

from mmap import mmap
from time import monotonic

_OCTETS = 8  # of a double


class Board:
    """One slot for each child, and one for the end. Made before the children are forked.

    Times are of CLOCK_MONOTONIC, which is the same in all processes of a machine.
    """

    def __init__(self, slots: int) -> None:
        self._times = memoryview(mmap(-1, _OCTETS * (slots + 1))).cast("d")

    def beat(self, slot: int) -> None:
        """Say that the child of this slot is alive."""
        self._times[slot] = monotonic()

    def silence(self, slot: int) -> float:
        """For how many seconds the child of this slot has said nothing."""
        return monotonic() - self._times[slot]

    def begin_to_drain(self) -> None:
        self._times[-1] = monotonic()

    @property
    def is_draining(self) -> bool:
        return self._times[-1] > 0
