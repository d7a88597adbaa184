"""Fresh lists of CDNs' networks, each put into its file or refused with the reason. Does not know who trusts them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from georedirect.errors import UpdateCause, UpdateError
from georedirect.policy.proxy_list import Listed, read_list, read_published, share_kept, write_list
from georedirect.update.courier import Courier, shown
from georedirect.update.offer import Offer
from georedirect.update.patience import persist
from georedirect.update.place import locked, noting_failures, replace_target, shelf_of, stray, sync_folder, told_of_disk
from georedirect.update.run import tidy
from georedirect.update.steps import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from georedirect.policy.server_model import ProxyList
    from georedirect.update.place import Shelf
    from georedirect.update.steps import Tell
    from georedirect.update.world import World

MOST_OCTETS = 16 << 20
_MOST_SECONDS = 120
_LEAST_KEPT = 0.5
_STAYS_DAYS = 30  # a list that has not changed is left alone for so long: whoever looks at it need not read it again


class Wish(NamedTuple):
    """What to do about each list. `today` is the day that is written down with it."""

    today: date
    is_accepted: bool = False
    is_dry_run: bool = False


def update_lists(lists: Sequence[ProxyList], wish: Wish, world: World, tell: Tell) -> Outcome:
    """Fetch each; what is wrong with one keeps no other from its turn. UpdateError where any comes to nothing."""
    outcomes: set[Outcome] = set()
    errors: list[UpdateError] = []
    for each in lists:
        try:
            outcomes.add(_update(each, wish, world, tell))
        except UpdateError as error:
            errors.append(error)
    if errors:
        raise UpdateError(errors[0].cause, "; ".join(map(str, errors))) from errors[0]
    return next(
        (outcome for outcome in (Outcome.UPDATED, Outcome.WOULD_UPDATE) if outcome in outcomes), Outcome.UNCHANGED
    )


def _update(each: ProxyList, wish: Wish, world: World, tell: Tell) -> Outcome:
    preset, shelf = str(each.preset), shelf_of(Path(str(each.path)))
    sources = world.proxies[preset]
    with locked(shelf):
        tidy(shelf, tell)
        present = _present(shelf)
        networks = asyncio.run(_fetch(preset, sources, world, tell))
        if set(networks) == set(present.networks) and _is_fresh(present, wish.today):
            tell.step("look", "unchanged", url=shown(sources[0]))
            return Outcome.UNCHANGED
        _compare(preset, present.networks or each.networks, networks, wish, tell)
        if wish.is_dry_run:
            return Outcome.WOULD_UPDATE
        _place(shelf, write_list(networks, preset, wish.today, sources), tell)
    return Outcome.UPDATED


def _present(shelf: Shelf) -> Listed:
    """What is in the file now; nothing where there is none, or where it is no list."""
    with suppress(OSError):
        listed = read_list(shelf.target.read_bytes())
        return listed if not listed.wrong else Listed(())
    return Listed(())


def _is_fresh(present: Listed, today: date) -> bool:
    return present.read_on is not None and 0 <= (today - present.read_on).days <= _STAYS_DAYS


async def _fetch(preset: str, sources: Sequence[str], world: World, tell: Tell) -> tuple[str, ...]:
    limits = replace(
        world.limits,
        most_octets=MOST_OCTETS,
        attempt_seconds=min(world.limits.attempt_seconds, _MOST_SECONDS),
    )
    networks: list[str] = []
    async with Courier(limits, tell, "list of networks") as courier:
        for url in sources:
            tell.step("fetch", "begun", source=f"{shown(url)} for preset:{preset}")
            octets = await _text(courier, url)
            tell.step("fetch", "done", octets=len(octets))
            try:
                networks += read_published(octets)
            except ValueError as error:
                tell.step("check", "damaged", why=str(error), report={})
                raise UpdateError(UpdateCause.DAMAGED, f"{shown(url)} is no list of networks: {error}") from error
    return tuple(dict.fromkeys(networks))


async def _text(courier: Courier, url: str) -> bytes:
    async def attempt() -> bytes:
        file = BytesIO()
        await courier.download_once(Offer(url), file, {}, lambda: None)
        return file.getvalue()

    return await persist(attempt, courier.limits, courier.tell)


def _compare(preset: str, before: Sequence[str], after: Sequence[str], wish: Wish, tell: Tell) -> None:
    """A list of which half is gone is more likely cut than true: visitors would be taken for the CDN's own servers."""
    added, removed = sorted(set(after) - set(before)), sorted(set(before) - set(after))
    report = {"preset": preset, "networks": len(after), "added": added, "removed": removed}
    lines = [*(f"+ {network}" for network in added[:20]), *(f"- {network}" for network in removed[:20])]
    kept = share_kept(before, after)
    if kept >= _LEAST_KEPT:
        tell.step("check", "accepted", report=report, for_people=lines)
        return
    why = f"of the {len(before)} networks of preset:{preset} {1 - kept:.0%} would be gone"
    tell.step("check", "let-through" if wish.is_accepted else "refused", why=why, report=report, for_people=lines)
    if not wish.is_accepted:
        raise UpdateError(UpdateCause.REFUSED, f"{why}; --accept lets it in all the same")


def _place(shelf: Shelf, octets: bytes, tell: Tell) -> None:
    with told_of_disk(shelf), stray(shelf) as staged:
        staged.write_bytes(octets)
        replace_target(shelf, staged)
    with noting_failures(tell):
        sync_folder(shelf)
    tell.step("place", "done", file=str(shelf.target))
