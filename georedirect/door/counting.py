"""Which decisions are counted, and under what: those that rules, lots or sick mirrors had a part in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from georedirect.guess import Reason

if TYPE_CHECKING:
    from georedirect.decision import Decision
    from georedirect.door.tally import Row
    from georedirect.policy.model import Policy

NOT_COUNTED = -1
_TAGS = " "  # between tags, which have no blanks
_ALWAYS = frozenset({Reason.FALLBACK, Reason.NO_MIRROR})


class Counted(NamedTuple):
    """What one cell counts; empty for what there is none of. `tags` are divided by blanks, `draws` are JSON."""

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


OTHERS = Counted("", "", "", "", "", "", "")
"""What there was no cell left for."""


class Counts:
    """A worker's counts."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self.cells = row.cells

    def cell_of(self, policy: Policy, decision: Decision) -> int:
        """The cell in which such a decision is counted, or NOT_COUNTED."""
        noted = decision.rule or decision.tags or decision.draws or decision.mirror
        if not noted and decision.reason not in _ALWAYS:
            return NOT_COUNTED
        counted = Counted(
            site=policy.name,
            reason=decision.reason,
            region=decision.region_name or "",
            mirror=decision.mirror or "",
            rule=decision.rule or "",
            draws=json.dumps(decision.draws) if decision.draws else "",
            tags=_TAGS.join(decision.tags),
        )
        return self._row.cell_of(counted)

    def add(self, policy: Policy | None, decision: Decision | None) -> None:
        """Count a decision that was made the long way."""
        if policy is not None and decision is not None:
            cell = self.cell_of(policy, decision)
            if cell != NOT_COUNTED:
                self.cells[cell] += 1
