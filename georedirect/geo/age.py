"""How old a database is, and how old it may become. Reads no clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

DAY_SECONDS = 86_400


class Age(NamedTuple):
    """`built` is in seconds since 1970, as is `now` in all that is asked."""

    built: int
    max_days: int

    @property
    def date(self) -> date:
        """The day on which it was built (UTC)."""
        return datetime.fromtimestamp(self.built, UTC).date()

    @property
    def ends(self) -> int:
        """When it becomes too old."""
        return self.built + self.max_days * DAY_SECONDS

    def seconds(self, now: float) -> float:
        """How old it is; 0 for one that was built by a clock that is ahead of ours."""
        return max(0.0, now - self.built)

    def days(self, now: float) -> int:
        """Whole days."""
        return int(self.seconds(now) // DAY_SECONDS)

    def is_old(self, now: float) -> bool:
        return now > self.ends


def days_ago(days: int) -> str:
    """In words."""
    return f"{days} day{'' if days == 1 else 's'} ago"
