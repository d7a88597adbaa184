"""Counts what is decided, in memory that all processes share: each worker in a row of its own. Knows no decisions.

A count is one addition to a cell. A row outlives the worker that counts in it: who takes its place goes on counting.
"""

from __future__ import annotations

import json
from mmap import mmap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Key = tuple[str, ...]
"""What is counted."""

MOST_CELLS = 4096
OTHERS: Key = ()
"""What is counted for all that there is no more room for."""

_CELL_OCTETS = 8
_TEXT_OCTETS = 1 << 20
_ROW_OCTETS = _TEXT_OCTETS + (MOST_CELLS + 1) * _CELL_OCTETS


class Row:
    """One writer's counts: keys as text, one a line, in the order of their cells, and how much of the text is good."""

    def __init__(self, memory: memoryview) -> None:
        self._text = memory[:_TEXT_OCTETS]
        numbers = memory[_TEXT_OCTETS:].cast("Q")
        self._used, self.cells = numbers[:1], numbers[1:]
        self._known = {key: cell for cell, key in enumerate(self._keys())}

    def cell_of(self, key: Key) -> int:
        """Where this is counted; the first cell is for all that there is no room for."""
        if OTHERS not in self._known:
            self._add(OTHERS)
        return self._known[key] if key in self._known else self._add(key)

    def _add(self, key: Key) -> int:
        line = json.dumps(key).encode() + b"\n"
        end = self._used[0] + len(line)
        if len(self._known) >= MOST_CELLS or end > _TEXT_OCTETS:
            return 0
        self._text[self._used[0] : end] = line
        self._used[0] = end  # last, so that whoever reads meanwhile finds whole lines
        self._known[key] = cell = len(self._known)
        return cell

    def _keys(self) -> Iterator[Key]:
        return (tuple(json.loads(line)) for line in bytes(self._text[: self._used[0]]).splitlines())

    def read(self) -> Mapping[Key, int]:
        return {key: self.cells[cell] for cell, key in enumerate(self._keys())}


class Tally:
    """The rows of all workers. To be made before they are forked."""

    def __init__(self, workers: int = 1) -> None:
        self._memory = memoryview(mmap(-1, workers * _ROW_OCTETS))
        self._workers = workers

    def row(self, worker: int) -> Row:
        """The row of a worker, counted from 0."""
        return Row(self._memory[worker * _ROW_OCTETS : (worker + 1) * _ROW_OCTETS])

    def read(self) -> Mapping[Key, int]:
        """What all have counted."""
        total: dict[Key, int] = {}
        for worker in range(self._workers):
            for key, count in self.row(worker).read().items():
                total[key] = total.get(key, 0) + count
        return total
