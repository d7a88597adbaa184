"""Counts what is decided, in memory that all processes share: each writer in a row of its own. Knows no decisions.

A count is one addition to a cell. A row outlives the process that counts in it: who takes its place goes on counting.
"""

from __future__ import annotations

import json
from mmap import mmap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Key = tuple[str, ...]
"""What is counted; its first word says what kind of thing that is."""

MOST_CELLS = 32_768
OTHERS: Key = ()
"""What is counted for all that there is no more room for."""

_CELL_OCTETS = 8
_TEXT_OCTETS = 1 << 22
_ROW_OCTETS = _TEXT_OCTETS + (MOST_CELLS + 1) * _CELL_OCTETS
_SHARE = 0.75  # of the room that is for what may also be counted in less detail


class Row:
    """One writer's counts: keys as text, one a line, in the order of their cells, and how much of the text is good.

    Only what has been written to is really memory; the rest costs nothing.
    """

    def __init__(self, memory: memoryview) -> None:
        self._text = memory[:_TEXT_OCTETS]
        numbers = memory[_TEXT_OCTETS:].cast("Q")
        self._used, self.cells = numbers[:1], numbers[1:]
        self._known: dict[Key, int] = {}
        self._end = 0  # of what is known
        self._learn()

    def cell_of(self, *keys: Key) -> int:
        """Where the first of these is counted that there is room for: they are the same in less and less detail.

        The first cell of all is for what there is no room for.
        """
        if OTHERS not in self._known:
            self._add(OTHERS, 1.0)
        for key in keys:
            cell = self._known.get(key) or self._add(key, 1.0 if key is keys[-1] else _SHARE)
            if cell:
                return cell
        return 0

    def _add(self, key: Key, share: float) -> int:
        line = json.dumps(key).encode() + b"\n"
        end = self._end + len(line)
        if len(self._known) >= MOST_CELLS * share or end > _TEXT_OCTETS * share:
            return 0
        self._text[self._end : end] = line
        self._used[0] = self._end = end  # last, so that whoever reads meanwhile finds whole lines
        self._known[key] = cell = len(self._known)
        return cell

    def _learn(self) -> None:
        """Read what has been written since: keys are added, and never change."""
        begin, self._end = self._end, self._used[0]
        for line in bytes(self._text[begin : self._end]).splitlines():
            self._known[tuple(json.loads(line))] = len(self._known)

    def read(self) -> Mapping[Key, int]:
        """All that has been counted, whoever has."""
        self._learn()
        return dict(zip(self._known, self.cells[: len(self._known)].tolist(), strict=True))

    def count(self, key: Key) -> int:
        """How often one thing has been counted."""
        if key not in self._known:
            self._learn()
        return self.cells[self._known[key]] if key in self._known else 0


class Tally:
    """The rows of all workers, of their supervisor, and of the admin listener. To be made before they are forked."""

    def __init__(self, workers: int = 1) -> None:
        memory = memoryview(mmap(-1, (workers + 2) * _ROW_OCTETS))
        parts = [memory[begin : begin + _ROW_OCTETS] for begin in range(0, len(memory), _ROW_OCTETS)]
        self._workers, self._supervisor, self._admin = parts[:workers], parts[-2], parts[-1]
        self.rows: Sequence[Row] = [Row(part) for part in self._workers]
        """Those of the workers, for whoever reads."""

    def row(self, worker: int) -> Row:
        """The row of a worker, counted from 0, for itself."""
        return Row(self._workers[worker])

    def supervisor(self) -> Row:
        return Row(self._supervisor)

    def admin(self) -> Row:
        return Row(self._admin)

    def read(self) -> Mapping[Key, int]:
        """What all workers have counted."""
        total: dict[Key, int] = {}
        for row in self.rows:
            for key, count in row.read().items():
                total[key] = total.get(key, 0) + count
        return total

    def count(self, key: Key) -> int:
        """How often all workers have counted one thing."""
        return sum(row.count(key) for row in self.rows)
