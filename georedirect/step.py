"""One step of the way to a decision. A value."""

from __future__ import annotations

from typing import NamedTuple


class Step(NamedTuple):
    """What was asked, what came out, and why."""

    step: str
    outcome: str
    why: str
