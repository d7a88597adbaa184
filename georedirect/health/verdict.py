"""What is known of one mirror's health, and what the next answer makes of it. Pure: knows no clock and no network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from georedirect.policy.mirror_model import Check

CALM_ANSWERS = 60
"""So many answers after it has risen a mirror counts as one that stays well. One comes in each interval."""

MOST_RELUCTANCE = 32


class Outcome(NamedTuple):
    """What one probe came to: whether that was the right answer, in a word, and after how many seconds."""

    is_right: bool
    word: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a mirror is well, as far as its answers so far say. Before the first, it is.

    `rights` or `wrongs` are how many came in a row, up to the last; `right` and `wrong` are how many there were at all.
    `changed` is when it last became sick or well, in seconds of CLOCK_MONOTONIC, and None where it never did;
    `since_change` is how many answers there were after that. `reluctance` is by how much more has to be right than
    `rise` says before it counts as well again. `word` and `seconds` are those of the last answer.
    """

    is_well: bool = True
    rights: int = 0
    wrongs: int = 0
    right: int = 0
    wrong: int = 0
    changes: int = 0
    changed: float | None = None
    since_change: int = 0
    reluctance: int = 1
    word: str | None = None
    seconds: float | None = None

    def rises_after(self, check: Check) -> int:
        """How many right answers in a row make it well, if it is sick or becomes so now."""
        return check.rise * self.reluctance

    def after(self, outcome: Outcome, check: Check, now: float) -> Verdict:
        """The verdict with one answer more, at the time `now`."""
        is_right = outcome.is_right
        rights, wrongs = (self.rights + 1, 0) if is_right else (0, self.wrongs + 1)
        is_well = wrongs < check.fall if self.is_well else rights >= self.rises_after(check)
        has_changed = is_well is not self.is_well
        return Verdict(
            is_well=is_well,
            rights=rights,
            wrongs=wrongs,
            right=self.right + is_right,
            wrong=self.wrong + (not is_right),
            changes=self.changes + has_changed,
            changed=now if has_changed else self.changed,
            since_change=0 if has_changed else self.since_change + 1,
            reluctance=self._next_reluctance(is_well=is_well),
            word=outcome.word,
            seconds=outcome.seconds,
        )

    def _next_reluctance(self, *, is_well: bool) -> int:
        """Twice as much each time it falls soon after it rose; none any more once it has stayed well."""
        if not self.is_well:
            return self.reluctance
        if self.since_change + 1 >= CALM_ANSWERS:
            return 1
        falls_again = not is_well and self.changes > 0
        return min(2 * self.reluctance, MOST_RELUCTANCE) if falls_again else self.reluctance
