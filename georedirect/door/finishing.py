"""The last steps of a redirect that was answered before, in one where finisher.c was compiled. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

try:
    from georedirect.door.finisher import Finisher
except ImportError:  # there was no compiler when this was installed
    Finisher = None  # type: ignore[assignment,misc]

if TYPE_CHECKING:
    from georedirect.door.halves import Halves
    from georedirect.door.jotting import Jot

Prepared = tuple[bytes, int, bool, int, bytes]
"""The first half of an answer, the number of the second, below 0 where this is no answer, whether the target stands
between them, the cell in which it is counted, and what the access log tells of it, empty where there is none."""
Finish = Callable[[Prepared, bytes, bool, bytes, bytes, bytes, Mapping[bytes, bytes]], bytes | None]
"""Counts and notes a redirect, and puts it together: what was prepared, the target, whether the connection closes, who
asks as it stands in the access log, the Host header, the head, and its fields. None for what is no answer.
"""


def finisher(cells: memoryview, halves: Halves, jot: Jot) -> Finish:
    """What counts in these cells, takes second halves from these, and notes what is told."""
    if Finisher is not None:
        return Finisher(cells, halves.open, halves.closing, jot).finish
    open_, closing = halves.open, halves.closing

    def finish(  # noqa: PLR0913, PLR0917  called once for each request
        prepared: Prepared,
        target: bytes,
        closes: bool,  # noqa: FBT001  a keyword takes more steps
        who: bytes,
        host: bytes,
        head: bytes,
        fields: Mapping[bytes, bytes],
    ) -> bytes | None:
        first, second, has_target, cell, told = prepared
        if second < 0:
            return None
        cells[cell] += 1
        if told:
            if closes and head[len(target) + 10 : len(target) + 13] == b"1.0":
                told = told.replace(b"1.1", b"1.0", 1)
            jot(who, host, target, told, head, fields)
        return (first + target if has_target else first) + (closing if closes else open_)[second]

    return finish
