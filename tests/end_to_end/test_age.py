"""A database that grows old: who is told, and what the door makes of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.databases import FRANCE, GERMANY, write_database
from tests.end_to_end.test_reloading import VISITOR, becomes, location, readiness, write_policy
from tests.processes import ROOT, running, wait_until
from tests.wire import ask, request

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400
SILENT = 'when_old = "default-region"'


def place(folder: Path, *, days: float, record: object = GERMANY) -> None:
    """A database that was built so many days ago."""
    staged = write_database(folder / "staged", {"192.0.2.0/24": record}, epoch=int(time.time() - days * DAY))  # type: ignore[dict-item]
    staged.rename(folder / "country.mmdb")


def policy(folder: Path, days: int, more: str = "") -> Path:
    path = write_policy(folder, 1, more)
    path.write_text(path.read_text().replace("max_age_days = 36500", f"max_age_days = {days}"))
    return path


@pytest.mark.parametrize(
    ("age", "most", "is_told"), [(29.5, 30, False), (30.5, 30, True), (3, 2, True), (40, 60, False)]
)
async def test_an_old_database_is_told_of_once_and_still_believed(
    tmp_path: Path, *, age: float, most: int, is_told: bool
) -> None:
    place(tmp_path, days=age)
    with running(policy(tmp_path, most), "--workers", "2", quiet=False) as service:
        assert await location(service) == "https://germany.example/1/x"
        assert f"{int(age)} days ago" in service.printed
        seen = readiness(service)["database"]
        assert (seen["age_days"], seen["is_old"]) == (int(age), is_told)
        metrics = (await ask(service.admin, request("/metrics", host=str(service.admin)))).body.decode()
        assert f"georedirect_database_old {float(is_told)}" in metrics
        time.sleep(0.6)  # noqa: ASYNC251  longer than from one look to the next
        assert service.logged().count("is older than max_age_days") == int(is_told)


async def test_where_the_policy_says_so_an_old_database_says_nothing_until_a_newer_one_is_there(tmp_path: Path) -> None:
    place(tmp_path, days=31)
    (tmp_path / "vpn.csv").write_text("198.51.100.0/24,FR\n")
    path = policy(tmp_path, 30, SILENT + '\noverrides = ["vpn.csv"]')
    with running(path, quiet=False) as service:
        answer = await ask(service.door, request("/x", VISITOR))
        assert answer["location"] == "https://other.example/1/x"
        overridden = await ask(service.door, request("/x", "X-Forwarded-For: 198.51.100.7"))
        assert overridden["location"] == "https://france.example/1/x"
        explained = (await ask(service.admin, request("/explain?ip=192.0.2.1", host=str(service.admin)))).body
        assert json.loads(explained)["reason"] == "unknown-place"
        assert "older than max_age_days" in explained.decode()
        place(tmp_path, days=0, record=FRANCE)
        assert await becomes(service, "https://france.example/1/x")


async def test_a_database_becomes_too_old_while_the_door_is_running(tmp_path: Path) -> None:
    place(tmp_path, days=30 - 4 / DAY)
    with running(policy(tmp_path, 30, SILENT), "--workers", "2", quiet=False) as service:
        assert await location(service) == "https://germany.example/1/x"
        assert await becomes(service, "https://other.example/1/x", seconds=8)
        assert wait_until(lambda: service.logged().count("is older than max_age_days") == 1)


def test_explain_says_how_old_the_database_is(tmp_path: Path) -> None:
    place(tmp_path, days=31)
    site = str(policy(tmp_path, 30, SILENT))
    command = [sys.executable, "-m", "georedirect", "explain", site, "--ip", "192.0.2.1"]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True, cwd=ROOT)
    told = json.loads(done.stdout)
    assert (told["database"]["age_days"], told["database"]["is_old"], told["region"]) == (31, True, "other")
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert "31 days ago, which is too old" in done.stdout
