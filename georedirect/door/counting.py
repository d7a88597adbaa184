"""Under what each answer is counted: how it was answered, by which site and region, and what had a part in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from georedirect.decision import Decision
    from georedirect.door.answer import Answer
    from georedirect.door.tally import Row

_TAGS = " "  # between tags, which have no blanks


class Counted(NamedTuple):
    """What one cell counts; empty for what there is none of. `tags` are divided by blanks, `draws` are JSON."""

    status: str
    site: str
    reason: str
    region: str
    mirror: str
    rule: str
    draws: str
    tags: str

    @property
    def each_tag(self) -> list[str]:
        return self.tags.split(_TAGS) if self.tags else []

    @property
    def each_rule(self) -> list[tuple[str, str]]:
        """The rule that decided and those that drew something, each with its variant; empty where it has none."""
        drawn: dict[str, str] = dict(json.loads(self.draws or "[]"))
        return [*drawn.items(), *([(self.rule, "")] if self.rule and self.rule not in drawn else [])]


UNANNOUNCED = "unannounced"
"""The first word of keys that count connections which were closed unheard; the second is why."""

OTHERS = Counted("", "", "", "", "", "", "", "")
"""What there was no cell left for."""


class Counts:
    """A worker's counts."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self.cells = row.cells

    def cell_of(self, answered: Answer) -> int:
        """The cell in which such an answer is counted."""
        decision = answered.decision
        key = (
            str(answered.status),
            answered.policy.name if answered.policy is not None else "",
            answered.reason,
            *((decision.region_name or "", *_had_a_part(decision)) if decision is not None else ("",) * 5),
        )
        return self._row.cell_of(Counted(*key))

    def add(self, answered: Answer) -> None:
        """Count an answer that was given the long way."""
        self.cells[self.cell_of(answered)] += 1

    def add_unannounced(self, cause: str) -> None:
        """Count a connection that was closed before anything on it was read as HTTP."""
        self.cells[self._row.cell_of((UNANNOUNCED, cause))] += 1


def _had_a_part(decision: Decision) -> tuple[str, str, str, str]:
    draws = json.dumps(decision.draws) if decision.draws else ""
    return decision.mirror or "", decision.rule or "", draws, _TAGS.join(decision.tags)
