"""Puts the previous database back, and remembers which one it took away. Knows no source."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from georedirect.errors import UpdateCause, UpdateError
from georedirect.update.offer import digests_of
from georedirect.update.place import (
    locked,
    name_again,
    noting_failures,
    replace_target,
    shelf_of,
    state_of,
    sync_folder,
    told_of_disk,
    write_state,
)
from georedirect.update.run import tidy
from georedirect.update.steps import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from georedirect.update.judge import Check
    from georedirect.update.offer import Digests
    from georedirect.update.place import Shelf
    from georedirect.update.steps import Tell


def roll_back(named: Path, tell: Tell, check: Check) -> Outcome:
    """Each step leaves a database in place; the digest is written down first, lest an update undo what this does."""
    shelf = shelf_of(named)
    with locked(shelf):
        tidy(shelf, tell)
        with told_of_disk(shelf):
            present = digests_of(shelf.target)
            number = _newest_other(shelf, present)
        verdict = check(shelf.previous(number), None)
        if not verdict.is_whole:
            tell.step("check", "damaged", why=verdict.why, report=dict(verdict.report))
            raise UpdateError(UpdateCause.DAMAGED, f"{shelf.previous(number)} cannot be put back: {verdict.why}")
        tell.step("check", "accepted", report=dict(verdict.report))
        if present is not None:
            with told_of_disk(shelf):
                checked = digests_of(shelf.previous(number))
                write_state(shelf, replace(state_of(shelf).withdrawing(present), checked=checked))
                name_again(shelf, shelf.target, shelf.withdrawn)
            tell.step("keep", "done", file=str(shelf.withdrawn))
        with told_of_disk(shelf):
            replace_target(shelf, shelf.previous(number))
        with noting_failures(tell):
            sync_folder(shelf)
        tell.step("place", "done", file=str(shelf.target))
        with noting_failures(tell):
            _close_ranks(shelf, number)
    return Outcome.ROLLED_BACK


def _newest_other(shelf: Shelf, present: Digests | None) -> int:
    """The number of the last previous database; a run that was killed may have left the present one among them."""
    for number, path in shelf.all_previous():
        if digests_of(path) != present:
            return number
    text = (
        f"{shelf.target} has nothing to go back to: no previous database is kept beside it, as {shelf.previous(1).name}"
    )
    raise UpdateError(UpdateCause.INPUT, text)


def _close_ranks(shelf: Shelf, gone: int) -> None:
    """Number those that are left from 1 on; what was newer than the one that is gone was the withdrawn one itself."""
    left = [path for number, path in shelf.all_previous() if number > gone]
    for number, path in shelf.all_previous():
        if number < gone:
            path.unlink()
    for number, path in enumerate(left, 1):
        path.replace(shelf.previous(number))
