"""The steps of an update, and the words that each may end with. Does not know how, or to whom, they are told."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from georedirect.errors import UpdateCause

STEPS: dict[str, frozenset[str]] = {
    "tidy": frozenset({"done"}),
    "look": frozenset({"newer", "unchanged", "not-known", "missing"}),
    "wait": frozenset({"again"}),
    "fetch": frozenset({"begun", "done", "unchanged"}),
    "unpack": frozenset({"done"}),
    "check": frozenset({"accepted", "let-through", "refused", "damaged"}),
    "keep": frozenset({"done"}),
    "place": frozenset({"done"}),
    "note": frozenset({"failed"}),
}
"""What each step may come to. The last step is `end`, with an Outcome or an UpdateCause."""


class Outcome(StrEnum):
    """What a command that did what it was asked to has come to."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NEWER = "newer"
    WOULD_UPDATE = "would-update"
    ROLLED_BACK = "rolled-back"

    @property
    def exit_code(self) -> int:
        return 10 if self is Outcome.NEWER else 0


class Tell(Protocol):
    """Whoever listens: a person at a terminal, or a program that reads lines."""

    def step(self, step: str, outcome: str, *, for_people: Sequence[str] = (), **details: object) -> None:
        """`details` are for programs, and for people as far as they fit into a line; `for_people` are lines."""

    def progress(self, octets: int, of: int | None) -> None:
        """So much of a download has come; `of` is None where its length is not known."""

    def end(self, outcome: Outcome | UpdateCause, **details: object) -> None: ...
