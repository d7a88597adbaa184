"""Has a staged database looked at, and says whether it may come in. Does not know what is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from georedirect.errors import DatabaseError
from georedirect.geo.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import TypeAlias

    from georedirect.policy.model import Configuration
    from georedirect.update.world import World


class Verdict(NamedTuple):
    """Whether a file is a database at all, and whether it may come in unasked. `why` says what speaks against it."""

    is_whole: bool
    is_accepted: bool
    why: str
    report: Mapping[str, object]


Check: TypeAlias = "Callable[[Path, Path | None], Verdict]"
"""Looks at a staged file, and at the present one where there is one."""


def checker(configuration: Configuration, world: World) -> Check:  # noqa: ARG001
    def check(staged: Path, present: Path | None) -> Verdict:
        try:
            new = Database(staged)
        except DatabaseError as error:
            return Verdict(is_whole=False, is_accepted=False, why=str(error), report={})
        if present is not None and new.build_epoch < Database(present).build_epoch:
            return Verdict(is_whole=True, is_accepted=False, why=f"{staged} was built before", report={})
        return Verdict(is_whole=True, is_accepted=True, why="", report={})

    return check
