"""What may be decided about a visitor: values. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from georedirect.guess import Reason
    from georedirect.policy.model import Region
    from georedirect.policy.template import Template
    from georedirect.step import Step


class Action(StrEnum):
    """What the door does with a request."""

    REDIRECT = "redirect"
    SUGGEST = "suggest"
    STAY = "stay"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Refusal:
    """With what the visitor is told no: `until` is when that ends, as far as it is known, in seconds since 1970.

    `retry_after` is in seconds.
    """

    status: int
    until: float | None = None
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to one visitor.

    `location` and `template` are None unless they are redirected, `refusal` unless they are told no, `region` where a
    rule does without one. `mirror` is the name of the one that was taken of several. `rule` is the name of the one that
    decided; `draws` (rules, and the variant that each drew) and `tags` are what rules say, whoever decided.
    """

    action: Action
    region: Region | None
    reason: Reason
    location: str | None
    steps: tuple[Step, ...]
    template: Template | None = None
    mirror: str | None = None
    refusal: Refusal | None = None
    rule: str | None = None
    draws: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def variant(self) -> str | None:
        """What was drawn last."""
        return self.draws[-1][1] if self.draws else None

    @property
    def region_name(self) -> str | None:
        return None if self.region is None else self.region.name
