"""One update from beginning to end, the same for every source. Does not know how to fetch, check or replace."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from georedirect.errors import UpdateCause, UpdateError
from georedirect.update.choose import LocalFile
from georedirect.update.errand import Errand, Standing
from georedirect.update.fetch import fetch, look, workbench
from georedirect.update.offer import digests_of
from georedirect.update.place import (
    forget_older,
    keep_previous,
    locked,
    noting_failures,
    remove_strays,
    replace_target,
    shelf_of,
    sync_folder,
    told_of_disk,
)
from georedirect.update.steps import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from georedirect.update.errand import Wish
    from georedirect.update.fetch import Delivery
    from georedirect.update.judge import Check
    from georedirect.update.place import Shelf
    from georedirect.update.steps import Tell
    from georedirect.update.world import World


def update_database(wish: Wish, world: World, tell: Tell, check: Check) -> Outcome:
    """Fetch, check, put into place; UpdateError where it comes to nothing, and then nothing has changed."""
    with _fetched(wish, shelf_of(wish.named), world, tell) as (errand, staged, delivery):
        if delivery is None:
            return Outcome.UNCHANGED
        _judge(errand, staged, check)
        if wish.is_dry_run:
            return Outcome.WOULD_UPDATE
        _place(errand, staged)
        errand.note(delivery.url, delivery.received, delivery.content, in_place=True)
    return Outcome.UPDATED


def look_for_newer(wish: Wish, world: World, tell: Tell) -> Outcome:
    """Whether there is anything newer. Only where the source cannot say is it fetched, compared and thrown away."""
    shelf = shelf_of(wish.named)
    errand = _errand(wish, shelf, world, tell)
    standing = Standing.NOT_KNOWN if isinstance(wish.source, LocalFile) else asyncio.run(look(errand, wish.source))
    if standing is not Standing.NOT_KNOWN:
        return Outcome.NEWER if standing is Standing.NEWER else Outcome.UNCHANGED
    with _fetched(wish, shelf, world, tell) as (_, _, delivery):
        return Outcome.UNCHANGED if delivery is None else Outcome.NEWER


@contextmanager
def _fetched(wish: Wish, shelf: Shelf, world: World, tell: Tell) -> Iterator[tuple[Errand, Path, Delivery | None]]:
    """The errand, with the lock held, and what came of it: a staged database, or None where there is nothing new."""
    with locked(shelf):
        tidy(shelf, tell)
        errand = _errand(wish, shelf, world, tell)
        with workbench(errand) as bench:
            delivery = asyncio.run(fetch(errand, bench))
            if delivery is not None and errand.is_known(delivery.content):
                _note_unchanged(errand, delivery)
                delivery = None
            yield errand, bench.staged, delivery


def _errand(wish: Wish, shelf: Shelf, world: World, tell: Tell) -> Errand:
    with told_of_disk(shelf):
        present = digests_of(shelf.target)
    return Errand(wish, shelf, present, world.limits, tell)


def tidy(shelf: Shelf, tell: Tell) -> None:
    with told_of_disk(shelf):
        strays = remove_strays(shelf)
    if strays:
        tell.step("tidy", "done", files=strays)


def _note_unchanged(errand: Errand, delivery: Delivery) -> None:
    errand.note(delivery.url, delivery.received, delivery.content)
    errand.tell.step("look", Standing.UNCHANGED, url=errand.wish.source.name, **errand.why_unchanged(delivery.content))


def _judge(errand: Errand, staged: Path, check: Check) -> None:
    verdict = check(staged, errand.shelf.target if errand.present is not None else None)
    report, name = dict(verdict.report), errand.wish.source.name  # people know it by this name, not by that of a .part
    why = verdict.why.replace(str(staged), name)
    lines = [line.replace(str(staged), name) for line in verdict.lines]
    if not verdict.is_whole:
        errand.tell.step("check", "damaged", why=why, report=report, for_people=lines)
        raise UpdateError(UpdateCause.DAMAGED, why)
    if verdict.is_accepted:
        errand.tell.step("check", "accepted", report=report, for_people=lines)
    elif errand.wish.is_accepted:
        errand.tell.step("check", "let-through", why=why, report=report, for_people=lines)
    else:
        errand.tell.step("check", "refused", why=why, report=report, for_people=lines)
        text = f"{why}; --accept lets it in all the same"
        raise UpdateError(UpdateCause.REFUSED, text)


def _place(errand: Errand, staged: Path) -> None:
    shelf, keep = errand.shelf, errand.wish.keep
    with told_of_disk(shelf):
        is_kept = keep_previous(shelf, keep)
    if is_kept:
        errand.tell.step("keep", "done", file=str(shelf.previous(1)))
    with told_of_disk(shelf):
        replace_target(shelf, staged)
    with noting_failures(errand.tell):
        sync_folder(shelf)
    errand.tell.step("place", "done", file=str(shelf.target))
    with noting_failures(errand.tell):
        forget_older(shelf, keep)
