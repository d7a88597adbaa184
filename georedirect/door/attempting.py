"""One try to load everything again, while it lasts. Starts nothing and serves nothing."""

from __future__ import annotations

import pickle
from time import monotonic, time
from typing import TYPE_CHECKING

from georedirect.door.changes import Changes
from georedirect.door.history import Attempt
from georedirect.door.loader import MOST_SECONDS

if TYPE_CHECKING:
    from pathlib import PurePath

    from georedirect.door.changes import Signatures
    from georedirect.door.history import Outcome
    from georedirect.door.loader import Refusal

PATIENCE_SECONDS = 3.0  # for a helper whose files have changed again meanwhile
_GRACE_SECONDS = 2.0  # in which its own limits should have ended it


class Try:
    """`answers` is the newest request that it answers; `known` are the files, and what they were when it read them.

    `patience_seconds` is how long it may go on while its files change again.
    """

    def __init__(self, answers: int, known: Signatures, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.answers = answers
        self.known = known
        self.began = time()
        self.reading: list[PurePath] = []
        self.refusal: Refusal | None = None
        self.is_loaded = False
        self.loaded = 0.0
        self.is_overtaken = False
        self._patience_seconds = patience_seconds
        self._clock = monotonic()
        self._changes = Changes(known)

    def see(self, octets: bytes) -> None:
        """Take note of a file that the helper is about to read, and of what it is: its own words."""
        file, signature = pickle.loads(octets)  # noqa: S301  the helper is this very program
        self.reading.append(file)
        self.known = {file: signature, **self.known}
        self._changes.know(self.known)

    @property
    def has_hung(self) -> bool:
        """Whether the helper has run for longer than its own limits let it: it was stopped, or waits for a disk."""
        return monotonic() - self._clock > MOST_SECONDS + _GRACE_SECONDS

    def is_late(self) -> bool:
        """Whether its files have changed again, and it has taken so long that waiting for it is no use."""
        return self._changes.look() and monotonic() - self._clock > self._patience_seconds

    def attempt(self, outcome: Outcome) -> Attempt:
        """What has become of it."""
        cause, why = (None, None) if self.refusal is None else self.refusal
        return Attempt(outcome, self.began, monotonic() - self._clock, cause, why)
