"""Who may change things: whoever has said the token, for a while. Knows no HTTP.

All of it is in the memory of one process: a restart ends every session, and so does another token.
"""

from __future__ import annotations

import logging
import secrets
from collections import deque
from enum import Enum, auto
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from georedirect.door.token import Token

log = logging.getLogger("georedirect")

SESSION_SECONDS = 4 * 3600.0
MOST_SESSIONS = 32
MOST_WRONG, WRONG_SECONDS = 10, 60.0
"""So many wrong words within so long; after that nobody's word counts until the first of them is as old."""


class Judgement(Enum):
    """What is to be said to a word."""

    RIGHT = auto()
    WRONG = auto()
    TOO_OFTEN = auto()


class Sessions:
    """`clock` is in seconds, and never goes back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._open: dict[str, tuple[Token, float]] = {}
        self._wrong: deque[float] = deque(maxlen=MOST_WRONG)

    def judge(self, token: Token, word: str) -> Judgement:
        """Whether a word is the token. It is one count for everybody: on loopback all come from one address."""
        if self.wait_seconds > 0:
            return Judgement.TOO_OFTEN
        if token.is_said(word):
            return Judgement.RIGHT
        self._wrong.append(self._clock())
        if self.wait_seconds > 0:
            log.warning(
                "admin pages: %d wrong tokens within %.0f s; nobody's counts for a while", MOST_WRONG, WRONG_SECONDS
            )
        return Judgement.WRONG

    @property
    def wait_seconds(self) -> float:
        """For how long no word counts."""
        if len(self._wrong) < MOST_WRONG:
            return 0.0
        return max(0.0, self._wrong[0] + WRONG_SECONDS - self._clock())

    def open(self, token: Token) -> str:
        """A new session; of too many the oldest ends."""
        self._open = {name: found for name, found in self._open.items() if found[1] > self._clock()}
        while len(self._open) >= MOST_SESSIONS:
            del self._open[next(iter(self._open))]
        name = secrets.token_urlsafe(32)
        self._open[name] = token, self._clock() + SESSION_SECONDS
        return name

    def is_open(self, token: Token | None, name: str) -> bool:
        """Whether a session of this name goes on, and was begun with this token."""
        begun_with, until = self._open.get(name, (None, 0.0))
        return token is not None and begun_with == token and until > self._clock()

    def close(self, name: str) -> None:
        self._open.pop(name, None)
