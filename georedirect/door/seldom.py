"""A line in the log for what anybody can bring about as often as they like: at most one a minute of each kind."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 60.0


class Seldom:
    """Says things by `say`, and with the next of a kind how many were left unsaid."""

    def __init__(self, say: Callable[[str], object], clock: Callable[[], float] = monotonic) -> None:
        self._say = say
        self._clock = clock
        self._next: dict[str, float] = {}
        self._unsaid: dict[str, int] = {}

    def say(self, kind: str, text: str) -> None:
        """There are to be few kinds: each is kept in mind."""
        now = self._clock()
        if now < self._next.get(kind, now):
            self._unsaid[kind] = self._unsaid.get(kind, 0) + 1
            return
        unsaid = self._unsaid.pop(kind, 0)
        self._next[kind] = now + SECONDS
        self._say(f"{text} (and {unsaid} more such since the last line)" if unsaid else text)
