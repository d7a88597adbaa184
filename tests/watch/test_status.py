"""The figures of the moment: by site, of all workers together, and as the pages show them."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING

from georedirect.door.census import Census
from georedirect.door.counting import Counted, Counts
from georedirect.door.tally import Tally
from georedirect.watch.admin import create_admin
from georedirect.watch.dashboard import NOTHING
from georedirect.watch.desk import Desk
from georedirect.watch.status import tell_status
from tests.serving import serving, snapshot_for
from tests.watch.markup import read
from tests.wire import ask, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from georedirect.policy.endpoint import Endpoint

SITE = """\
[site]
hosts = ["{0}.example"]
default = "global"
[regions.global]
uri = "https://global.{0}.test{{+path}}{{+query}}"
[regions.germany]
uri = "https://de.{0}.test{{+path}}{{+query}}"
countries = ["DE"]
"""
ANSWERS = [
    (0, Counted("307", "one.example", "country", "germany", country="DE"), 5),
    (1, Counted("307", "one.example", "country", "germany", country="DE"), 4),
    (1, Counted("307", "one.example", "default", "global", country="FR"), 2),
    (1, Counted("404", "one.example", "rule"), 1),
    (0, Counted("307", "two.example", "default", "global", country="JP"), 3),
    (0, Counted("400", "", "bad-request"), 6),
    (0, Counted("307", "gone.example", "default", "old", country="JP"), 1),
]

_numbers = count()


def desk() -> Desk:
    tally = Tally(2)
    for number in range(2):
        Counts(tally.row(number))
    for worker, counted, times in ANSWERS:
        row = tally.row(worker)
        row.cells[row.cell_of(counted.key)] += times
    Census(tally.supervisor(), ["worker 1", "worker 2", "admin", "checks"]).bury("worker 2")
    return Desk(snapshot_for(SITE.format("one"), SITE.format("two")), tally=tally)


def test_each_site_has_what_was_answered_for_it_by_all_workers() -> None:
    status = tell_status(desk())
    assert status["requests"] == 22
    assert status["sites"] == [
        {
            "site": "one.example",
            "requests": 12,
            "regions": {"germany": 9, "global": 2},
            "countries": {"DE": 9, "FR": 2},
            "reasons": {"country": 9, "default": 2, "rule": 1},
            "statuses": {"307": 11, "404": 1},
        },
        {
            "site": "two.example",
            "requests": 3,
            "regions": {"global": 3},
            "countries": {"JP": 3},
            "reasons": {"default": 3},
            "statuses": {"307": 3},
        },
        {
            "site": "",
            "requests": 6,
            "regions": {},
            "countries": {},
            "reasons": {"bad-request": 6},
            "statuses": {"400": 6},
        },
        {
            "site": "gone.example",
            "requests": 1,
            "regions": {"old": 1},
            "countries": {"JP": 1},
            "reasons": {"default": 1},
            "statuses": {"307": 1},
        },
    ]


def test_workers_say_how_often_another_has_taken_their_place() -> None:
    workers = tell_status(desk())["workers"]
    assert [(worker["name"], worker["restarts"], worker["since"]) for worker in workers] == [
        ("worker 1", 0, None),
        ("worker 2", 1, None),
    ]
    assert [worker["answered"] for worker in workers] == [15, 7]


def test_before_the_first_request_there_is_nothing() -> None:
    status = tell_status(Desk(snapshot_for(SITE.format("one"))))
    assert (status["requests"], status["cache"]["hits"], status["connections"]) == (0, 0, {"open": 0, "most": 0})
    assert [site["regions"] for site in status["sites"]] == [{}]


@asynccontextmanager
async def admin_of(shown: Desk) -> AsyncIterator[Endpoint]:
    async with serving(create_admin(shown, name=f"status-{next(_numbers)}")) as endpoint:
        yield endpoint


async def page_of(shown: Desk, target: str) -> str:
    async with admin_of(shown) as admin:
        return (await ask(admin, request(target, host=str(admin)))).body.decode()


async def test_the_dashboard_shows_the_site_that_is_asked_for_and_the_first_one_otherwise() -> None:
    for target, title, first in (
        ("/", "one.example", ["germany", "global"]),
        ("/?site=two.example", "two.example", ["global", "germany"]),
        ("/?site=%3Cb%3E", "one.example", ["germany", "global"]),
    ):
        page = await page_of(desk(), target)
        found = read(page)
        assert found.wrong == []
        assert f"<h1>{title}</h1>" in page
        keys = [item["data-key"] for item in found.all("li") if "data-key" in item]
        assert keys[:2] == first
        assert [item["value"] for item in found.all("option")] == ["one.example", "two.example"]
        assert f'data-site="{title}"' in page


async def test_without_scripts_the_dashboard_has_the_figures_of_its_moment() -> None:
    text = " ".join(read(await page_of(desk(), "/")).text.split())
    assert "22 in all" in text
    assert "germany 81.8 %" in text
    assert "Germany 81.8 %" in text
    assert "307 68.2 %" in text
    assert "worker 2not serving10" in text


async def test_an_idle_door_has_a_dashboard_too() -> None:
    idle, busy = Desk(snapshot_for(SITE.format("one"))), desk()
    for shown, said in ((idle, ["countries", "reasons", "statuses"]), (busy, [])):
        found = read(await page_of(shown, "/"))
        empty = [item["data-empty"] for item in found.all("p") if "data-empty" in item and "hidden" not in item]
        assert empty == said
        assert (f"germany {NOTHING}" in " ".join(found.text.split())) is bool(said)


async def test_the_status_is_an_object_for_programs() -> None:
    async with admin_of(desk()) as admin:
        reply = await ask(admin, request("/status", host=str(admin)))
    assert reply["content-type"] == "application/json"
    assert json.loads(reply.body)["sites"][0]["regions"] == {"germany": 9, "global": 2}
