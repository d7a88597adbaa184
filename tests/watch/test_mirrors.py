"""What the operator sees of mirrors: metrics, and a page of the admin listener."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from itertools import count
from time import monotonic, time
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families as families_in

from georedirect.health.board import HealthBoard
from georedirect.health.verdict import Verdict
from georedirect.policy.mirror_model import Check
from georedirect.watch.admin import create_admin
from georedirect.watch.desk import Desk
from georedirect.watch.metrics import Metrics
from georedirect.watch.mirrors import see_mirrors
from tests.health.checked import with_checks
from tests.policies import GOOD
from tests.serving import serving, snapshot_for
from tests.wire import ask, request

if TYPE_CHECKING:
    from collections.abc import Iterable

_numbers = count()
SICK, WELL, NEW = (Check(f"http://{name}.example/health?token=secret", rise=4) for name in ("sick", "well", "new"))
ELSEWHERE = GOOD.replace('hosts = ["www.example.com"]\n', "")


def desk_of(board: HealthBoard | None, *texts: str) -> Desk:
    """A desk with four mirrors, one of them without a check."""
    checks: dict[str, list[Check | None]] = {"global": [SICK, None], "germany": [WELL, NEW]}
    return Desk(with_checks(snapshot_for(*(texts or (GOOD,))), checks), health=board)


@pytest.fixture
def board() -> HealthBoard:
    board = HealthBoard()
    changed = monotonic() - 3600
    sick = Verdict(
        False, wrongs=3, right=10, wrong=5, changes=3, changed=changed, reluctance=2, word="503", seconds=0.5
    )
    board.write({SICK: sick, WELL: Verdict(rights=7, right=7, word="200", seconds=0.25)})
    return board


async def page_of(desk: Desk) -> Any:  # noqa: ANN401  JSON
    async with serving(create_admin(desk, name=f"admin-of-mirrors-{next(_numbers)}")) as endpoint:
        reply = await ask(endpoint, request("/mirrors", host=str(endpoint)))
    assert reply.status == 200
    return json.loads(reply.body)


async def test_the_page_lists_all_that_are_checked_and_how_they_are(board: HealthBoard) -> None:
    sick, well, new = (await page_of(desk_of(board)))["mirrors"]
    since = datetime.fromisoformat(sick.pop("since")).timestamp()
    assert abs(time() - 3600 - since) < 5
    assert sick == {
        "site": "www.example.com",
        "region": "global",
        "mirror": "https://global.example.com/0",
        "is_well": False,
        "outcome": "503",
        "seconds": 0.5,
        "right": 10,
        "wrong": 5,
        "in_a_row": 3,
        "changes": 3,
        "rises_after": 8,
    }
    assert (well["is_well"], well["since"], well["in_a_row"], well["rises_after"]) == (True, None, 7, 4)
    assert (new["mirror"], new["is_well"], new["outcome"], new["seconds"]) == (
        "https://de.example.com/1",
        True,
        None,
        None,
    )


async def test_the_page_is_there_where_nothing_is_checked_or_nobody_checks() -> None:
    assert await page_of(Desk(snapshot_for(GOOD), health=HealthBoard())) == {"mirrors": []}
    assert len((await page_of(desk_of(None)))["mirrors"]) == 3


def samples_of(desk: Desk) -> dict[tuple[str, ...], float]:
    """By metric, mirror, region, site, and outcome if it has one."""
    body, _ = Metrics(desk).render("")
    return {
        (
            sample.name.removeprefix("georedirect_mirror_"),
            *(sample.labels[name] for name in _in_order(sample.labels)),
        ): (sample.value)
        for family in families_in(body.decode())
        for sample in family.samples
        if sample.name.startswith("georedirect_mirror_")
    }


def _in_order(labels: Iterable[str]) -> list[str]:
    return sorted(labels, key=("mirror", "region", "site", "outcome").index)


def test_prometheus_reads_how_each_mirror_is(board: HealthBoard) -> None:
    sick = ("https://global.example.com/0", "global", "www.example.com")
    well = ("https://de.example.com/0", "germany", "www.example.com")
    new = ("https://de.example.com/1", "germany", "www.example.com")
    expected: dict[tuple[str, ...], float] = {("up", *sick): 0, ("up", *well): 1, ("up", *new): 1}
    expected |= {("checks_total", *sick, "right"): 10, ("checks_total", *sick, "wrong"): 5}
    expected |= {("checks_total", *well, "right"): 7, ("checks_total", *well, "wrong"): 0}
    expected |= {("checks_total", *new, "right"): 0, ("checks_total", *new, "wrong"): 0}
    expected |= {("changes_total", *sick): 3, ("changes_total", *well): 0, ("changes_total", *new): 0}
    expected |= {("check_seconds", *sick): 0.5, ("check_seconds", *well): 0.25}
    assert samples_of(desk_of(board)) == expected


def test_a_site_for_all_hosts_is_told_from_the_others(board: HealthBoard) -> None:
    samples = samples_of(desk_of(board, GOOD, ELSEWHERE))
    assert {labels[3] for labels in samples} == {"www.example.com", "*"}
    assert samples["up", "https://global.example.com/0", "global", "*"] == 0


def test_mirrors_of_one_name_in_a_region_are_one(board: HealthBoard) -> None:
    configuration = desk_of(board).snapshot.configuration
    policy = configuration.policies[0]
    regions = {name: replace(region, mirrors=region.mirrors * 2) for name, region in policy.regions.items()}
    doubled = replace(configuration, policies=(replace(policy, regions=regions),))
    assert see_mirrors(doubled, board.read()) == see_mirrors(configuration, board.read())


@pytest.mark.parametrize("where", ["page", "metrics"])
async def test_no_secret_of_a_checks_url_is_shown(board: HealthBoard, where: str) -> None:
    desk = desk_of(board)
    text = json.dumps(await page_of(desk)) if where == "page" else Metrics(desk).render("")[0].decode()
    assert "secret" not in text
