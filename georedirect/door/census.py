"""What the supervisor counts: which processes serve, and how often each has died. Starts and ends none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from georedirect.door.tally import Row

SERVES, DEATHS = "serves", "deaths"
"""The first words of keys; the second is the process's name, such as `worker 1`."""


class Census:
    """Of processes that are known by their names."""

    def __init__(self, row: Row, names: Iterable[str]) -> None:
        self._cells = row.cells
        self._serves, self._deaths = ({name: row.cell_of((word, name)) for name in names} for word in (SERVES, DEATHS))

    def bury(self, name: str) -> None:
        """It has died, and another takes its place."""
        self._cells[self._deaths[name]] += 1

    def see(self, serving: frozenset[str]) -> None:
        """Those of these names serve just now, and no others."""
        for name, cell in self._serves.items():
            self._cells[cell] = name in serving
