"""What the doctor has to say: one thing, how bad it is, and the headers that show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Level(StrEnum):
    WRONG = "wrong"  # a visitor got or will get what is not theirs
    RISK = "risk"  # it takes a cache that does as it may
    NOTE = "note"  # what could not be told; nothing is the matter


class Kind(StrEnum):
    MIX_UP = "mix-up"
    STRANGER = "stranger"
    OTHER_URL = "other-url"
    DISREGARDED = "disregarded"
    SET_COOKIE = "set-cookie"
    VARY = "vary"
    STORABLE = "storable"
    UNSAID = "unsaid"
    VARY_DIFFERS = "vary-differs"
    PERMANENT = "permanent"
    ERROR = "error"
    ALIKE = "alike"
    UNSTEADY = "unsteady"


@dataclass(frozen=True, slots=True)
class Finding:
    """`headers` are lines of one answer that shows it, to a request for `target`; `times` how many answers do."""

    level: Level
    kind: Kind
    why: str
    target: str = ""
    headers: tuple[str, ...] = ()
    times: int = 1


def gathered(findings: Iterable[Finding]) -> list[Finding]:
    """The same thing said once, with its first example and how often it was seen."""
    kept: dict[tuple[Kind, str], Finding] = {}
    for finding in findings:
        key = (finding.kind, finding.why)
        kept[key] = replace(kept[key], times=kept[key].times + finding.times) if key in kept else finding
    return list(kept.values())
