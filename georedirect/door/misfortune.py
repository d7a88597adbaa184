"""How often one role's processes have died, and what follows: at once again, later again, or not at all."""

from __future__ import annotations

from collections import deque
from time import monotonic

_WINDOW_SECONDS = 60.0
_MOST_DEATHS = 30
_MOST_FAILED_STARTS = 5
_AT_ONCE = 3
_FIRST_DELAY_SECONDS = 0.05
_LONGEST_DELAY_SECONDS = 0.5


class Misfortune:
    """The deaths of one role within the last minute."""

    def __init__(self) -> None:
        self._deaths: deque[float] = deque(maxlen=_MOST_DEATHS + 1)
        self._failed_starts = 0

    def add(self, *, has_served: bool) -> None:
        self._deaths.append(monotonic())
        self._failed_starts = 0 if has_served else self._failed_starts + 1

    @property
    def recent(self) -> int:
        since = monotonic() - _WINDOW_SECONDS
        return sum(death > since for death in self._deaths)

    @property
    def is_hopeless(self) -> bool:
        """Whether another try would only hide that something is wrong."""
        return self._failed_starts >= _MOST_FAILED_STARTS or self.recent > _MOST_DEATHS

    @property
    def delay_seconds(self) -> float:
        """How long to wait before the next try: not at all after a few deaths, then longer each time."""
        beyond = self.recent - _AT_ONCE
        return 0.0 if beyond <= 0 else min(_FIRST_DELAY_SECONDS * 2 ** min(beyond, 10), _LONGEST_DELAY_SECONDS)
