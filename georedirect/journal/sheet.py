"""The lines that have been noted and not handed on to be written yet. Knows no format, and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Sheet(Protocol):
    """Lines in their order, up to so many, and so many octets."""

    def add(self, line: bytes, /) -> bool:
        """Whether there was room for the line, whose end is a line feed."""

    def take(self) -> tuple[bytes, int]:
        """The lines, and how many they are; none are left."""


class PlainSheet:
    """One that needs no compiler."""

    def __init__(self, most: int, room: int) -> None:
        self._most, self._room = most, room
        self._lines: list[bytes] = []
        self._used = 0

    def add(self, line: bytes, /) -> bool:
        if len(self._lines) >= self._most or len(line) > self._room - self._used:
            return False
        self._lines.append(line)
        self._used += len(line)
        return True

    def take(self) -> tuple[bytes, int]:
        taken = b"".join(self._lines), len(self._lines)
        self._lines.clear()
        self._used = 0
        return taken


def _quickest() -> Callable[[int, int], Sheet]:
    try:
        from georedirect.journal import pen  # noqa: PLC0415
    except ImportError:  # there was no compiler when this was installed
        return PlainSheet
    return pen.Sheet


new_sheet = _quickest()
"""Makes an empty one with room for so many lines, and so many octets."""
