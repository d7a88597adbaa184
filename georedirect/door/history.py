"""What has become of each try to load policies and databases again: values for whoever tells the operator."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Outcome(StrEnum):
    """What became of a try."""

    SWAPPED = "swapped"
    """All workers serve what was loaded."""
    REFUSED = "refused"
    """Something was wrong with it; what was served before goes on being served."""


class Cause(StrEnum):
    """Why something was refused."""

    POLICY = "policy"
    """A policy file, or a file that it names, has mistakes; a database that a policy names is one of these."""
    DATABASE = "database"
    """A database is missing, damaged or of the wrong kind."""
    CRASH = "crash"
    """Reading it ended the process that read it: it crashed, or took too much time or memory."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: when it began (seconds since 1970), for how long it went on, and what for."""

    outcome: Outcome
    began: float
    seconds: float
    cause: Cause | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All tries so far. `loaded` is when what is served was, in seconds since 1970.

    `answered` is the number of the newest request for a try that has had its try.
    """

    loaded: float
    swaps: int = 0
    refusals: Mapping[Cause, int] = field(default_factory=lambda: dict.fromkeys(Cause, 0))
    last: Attempt | None = None
    answered: int = 0

    def after(self, attempt: Attempt, answered: int) -> History:
        """The history with one try more, which answers so many requests in all."""
        if attempt.outcome is Outcome.SWAPPED:
            loaded = attempt.began + attempt.seconds
            return replace(self, loaded=loaded, swaps=self.swaps + 1, last=attempt, answered=answered)
        cause = attempt.cause or Cause.CRASH
        refusals = {**self.refusals, cause: self.refusals[cause] + 1}
        return replace(self, refusals=refusals, last=attempt, answered=answered)
