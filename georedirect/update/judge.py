"""Has a staged database checked, and says whether it may come in. Does not know what is checked, nor what follows."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from georedirect.errors import CheckError
from georedirect.update.check import NEVER_ACCEPTED, Limits, Report, check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import TypeAlias

    from georedirect.geo.survey import Survey
    from georedirect.policy.model import Configuration
    from georedirect.update.blast import BlastRadius
    from georedirect.update.world import World

MOST_MOVES_REPORTED = 50


class Verdict(NamedTuple):
    """Whether a file is a database at all, and whether it may come in unasked; `why` says what speaks against it.

    `report` is what was found, in JSON's own types; `lines` say it to people.
    """

    is_whole: bool
    is_accepted: bool
    why: str
    report: Mapping[str, object]
    lines: tuple[str, ...] = ()


Check: TypeAlias = "Callable[[Path, Path | None], Verdict]"
"""Looks at a staged file, and at the present one where there is one."""


def checker(configuration: Configuration, world: World) -> Check:
    """The check as the policies want it."""
    update, database = configuration.update, configuration.database
    limits = Limits(
        shrink_percent=update.most_shrunk_percent, move_percent=update.most_moved_percent, samples=world.samples
    )

    def look(staged: Path, present: Path | None) -> Verdict:
        try:
            found = check(
                staged,
                present,
                configuration.policies,
                limits,
                now=time.time(),
                use_registered_country=database.use_registered_country,
            )
        except CheckError as error:
            return _refused(error)
        return Verdict(is_whole=True, is_accepted=True, why="", report=_report(found), lines=_lines(found))

    return look


def _refused(error: CheckError) -> Verdict:
    report = error.report if isinstance(error.report, Report) else None
    return Verdict(
        is_whole=error.cause not in NEVER_ACCEPTED,
        is_accepted=False,
        why="; ".join(str(error).splitlines()),
        report={"cause": str(error.cause)} | ({} if report is None else _report(report)),
        lines=() if report is None else _lines(report),
    )


def _lines(report: Report) -> tuple[str, ...]:
    """All but the objections: those are the verdict's `why`."""
    return tuple(replace(report, objections=()).lines())


def _report(report: Report) -> dict[str, object]:
    return {
        "new": _survey(report.new),
        "present": report.present and _survey(report.present),
        "why_not_compared": report.why_not_compared,
        "blast": report.blast and _blast(report.blast),
    }


def _survey(survey: Survey) -> dict[str, object]:
    return {
        "database_type": survey.database_type,
        "build_epoch": survey.build_epoch,
        "octets": survey.octets,
        "networks4": survey.networks4,
        "networks6": survey.networks6,
        "countries": len(survey.countries),
    }


def _blast(blast: BlastRadius) -> dict[str, object]:
    """The largest moves only: between two providers there are thousands."""
    return replace(blast, moves=blast.moves[:MOST_MOVES_REPORTED]).as_dict() | {"all_moves": len(blast.moves)}
