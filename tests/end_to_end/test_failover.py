"""The recipes of docs/recipes.md for mirrors that fail: whoever asks is sent to one that is well, or told."""

from __future__ import annotations

import os
import signal
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.crowd import address, becomes, visit, watching
from tests.databases import JAPAN
from tests.doors import counted, explained, knowing, served
from tests.recipes import policy_of, replaced, served_here
from tests.sites import origins, sites
from tests.wire import request

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.crowd import Seen
    from tests.processes import Service
    from tests.sites import Site

MIRRORS = ["jp1.example.com", "jp2.example.com", "jp3.example.com"]
INTERVAL, FALL, RISE = 1.0, 2, 2  # as the recipes have it
NETWORKS = {"20.0.0.0/8": JAPAN}


def reading(visitor: int) -> bytes:
    return visit("/news?page=2", visitor)


def posting(visitor: int) -> bytes:
    """One that goes the long way."""
    return request("/news?page=2", f"X-Forwarded-For: {address(visitor)}", "Content-Length: 0", method="POST")


def is_sick(service: Service, site: Site) -> bool:
    return f"{site.origin}/health is sick" in service.logged()


def is_well_again(service: Service, site: Site) -> bool:
    return f"{site.origin}/health is well again" in service.logged()


def at(site: Site, seen: Iterable[Seen]) -> list[Seen]:
    """Those who were sent to a site."""
    return [each for each in seen if each.reply.all("location") == [f"{site.origin}/news?page=2"]]


def mirrors_of(seen: Iterable[Seen]) -> dict[int, set[str]]:
    """By visitor, where they were sent."""
    found: dict[int, set[str]] = defaultdict(set)
    for each in seen:
        found[each.visitor].add(each.location)
    return found


def later_than(moment: float, seen: Sequence[Seen]) -> list[Seen]:
    return [each for each in seen if each.sent > moment]


def between(begins: float, ends: float, seen: Sequence[Seen]) -> list[Seen]:
    return [each for each in seen if each.sent > begins and each.came < ends]


async def everybody_comes(visitors: int, seen: Sequence[Seen], since: float = 0) -> bool:
    """Whether each visitor comes to be answered what they asked after a moment."""
    return await becomes(lambda: {each.visitor for each in later_than(since, seen)} == set(range(visitors)))


async def test_everybody_goes_to_the_first_mirror_that_answers(tmp_path: Path) -> None:
    with sites(*MIRRORS) as found:
        first, second, _ = found.values()
        policy = served_here(policy_of("Mirrors that are asked how they are"), origins(found))
        with served(tmp_path, policy, knowing(tmp_path, NETWORKS), quiet=False) as service:
            async with watching(service.door, reading, posting, visitors=24, connections=6) as seen:
                assert await becomes(lambda: all(site.checks for site in found.values()))
                assert await everybody_comes(24, seen)
                closed = time.monotonic()
                first.close()
                assert await becomes(lambda: is_sick(service, first))
                fell = time.monotonic()
                assert await everybody_comes(24, seen, since=fell + INTERVAL)
                before_opened = len(first.checks)
                opened = time.monotonic()
                first.open()
                assert await becomes(lambda: is_well_again(service, first))
                rose = time.monotonic()
                assert await everybody_comes(24, seen, since=rose + INTERVAL)
            mirrors = counted(service, "mirror_requests_total", "mirror")
    assert {each.reply.status for each in seen} == {307}
    assert mirrors == {site.origin: len(at(site, seen)) for site in (first, second)}
    assert len(at(first, seen)) + len(at(second, seen)) == len(seen)
    assert {each.visitor for each in between(0, closed, at(first, seen))} == set(range(24))
    assert between(0, closed, at(second, seen)) == []
    assert between(fell + INTERVAL, opened, at(first, seen)) == []
    assert {each.visitor for each in between(fell + INTERVAL, opened, at(second, seen))} == set(range(24))
    has_risen = first.checks[before_opened + RISE - 1].at
    assert between(fell + INTERVAL, has_risen, at(first, seen)) == []
    assert later_than(rose + INTERVAL, at(second, seen)) == []
    assert later_than(rose + INTERVAL, at(first, seen))


async def test_only_a_sick_mirrors_visitors_move_and_neither_a_reload_nor_a_kill_undoes_it(tmp_path: Path) -> None:
    with sites(*MIRRORS) as found:
        sick = found[MIRRORS[1]]
        policy = served_here(policy_of("Mirrors that are asked how they are"), origins(found))
        policy = replaced(policy, 'choose = "first"\n', "")
        with served(tmp_path, policy, knowing(tmp_path, NETWORKS), quiet=False) as service:
            checker = service.children()[-1]
            async with watching(service.door, reading, posting, visitors=60, connections=6) as seen:
                assert await becomes(lambda: all(site.checks for site in found.values()))
                assert await everybody_comes(60, seen)
                well_checks, fails = len(sick.checks), time.monotonic()
                sick.is_well = False
                assert await becomes(lambda: is_sick(service, sick))
                (tmp_path / "site.toml").write_text(policy + '[[rules]]\nwhen = { path = "/new" }\nstatus = 404\n')
                assert await becomes(lambda: counted(service, "swaps_total") == {"": 1})
                assert await everybody_comes(60, seen, since=time.monotonic())
                os.kill(checker, signal.SIGKILL)
                assert await becomes(lambda: "checks ended" in service.logged())
                killed = time.monotonic()
                assert await becomes(lambda: any(check.at > killed for check in sick.checks))
                fell = sick.checks[well_checks + FALL - 1].at
                assert await everybody_comes(60, seen, since=max(fell + INTERVAL, killed))
                recovers, sick_checks = time.monotonic(), len(sick.checks)
                sick.is_well = True
                assert await becomes(lambda: is_well_again(service, sick))
                rose = time.monotonic()
                assert await everybody_comes(60, seen, since=rose + INTERVAL)
    has_risen = sick.checks[sick_checks + RISE - 1].at
    assert {each.reply.status for each in seen} == {307}
    before = mirrors_of(between(0, fails, seen))
    during = mirrors_of(between(fell + INTERVAL, recovers, seen))
    after = mirrors_of(later_than(rose + INTERVAL, seen))
    assert {*before} == {*during} == {*after} == set(range(60))
    assert all(len(where) == 1 for where in (*before.values(), *during.values(), *after.values()))
    assert after == before
    assert between(fell + INTERVAL, has_risen, at(sick, seen)) == []
    moved = {visitor for visitor in before if before[visitor] != during[visitor]}
    assert moved == {each.visitor for each in between(0, fails, at(sick, seen))}
    assert len(set.union(*(during[visitor] for visitor in moved))) == 2  # both others get some of them


async def test_a_region_that_is_down_is_served_by_its_fallbacks_until_nothing_is_left(tmp_path: Path) -> None:
    hosts = ["jp1.example.com", "jp2.example.com", "de.example.com", "global.example.com"]
    with sites(*hosts) as found:
        japan, (germany, everywhere) = [found[host] for host in hosts[:2]], (found[host] for host in hosts[2:])
        policy = served_here(policy_of("A whole region is down"), origins(found))
        with served(tmp_path, policy, knowing(tmp_path, NETWORKS), quiet=False) as service:
            async with watching(service.door, reading, posting, visitors=8, connections=4) as seen:

                async def all_get(site: Site | None) -> bool:
                    """Whether everybody comes to be sent there, or nowhere."""
                    wanted = [] if site is None else [f"{site.origin}/news?page=2"]
                    return await becomes(lambda: all(each.reply.all("location") == wanted for each in seen[-48:]))

                def reason() -> tuple[str, str | None]:
                    told = explained(service, address(0), "/news")
                    return told["reason"], told["region"]

                assert await becomes(lambda: all(site.checks for site in found.values()))
                assert await all_get(japan[0])
                assert reason() == ("country", "japan")
                for site in japan:
                    site.close()
                assert await all_get(germany)
                assert reason() == ("fallback", "germany")
                germany.close()
                everywhere.close()
                only_307 = len(seen)
                assert await all_get(None)
                assert reason() == ("no-mirror", "japan")
                refused = seen[-1].reply
                everywhere.open()
                assert await all_get(everywhere)
                assert reason() == ("fallback", "global")
                japan[0].open()
                assert await all_get(japan[0])
                assert reason() == ("country", "japan")
            down = counted(service, "down_requests_total", "region")
    refusals = [each for each in seen if each.reply.status == 503]
    served_by = {"germany": len(at(germany, seen)), "global": len(at(everywhere, seen))}
    assert down == {**served_by, "japan": len(refusals)}
    assert {each.reply.status for each in seen[:only_307]} == {307}
    assert {each.reply.status for each in seen} == {307, 503}
    assert refused["retry-after"] == str(int(INTERVAL * RISE))
    assert refused["content-language"] == "en"
    assert "Back soon" in refused.body.decode()
