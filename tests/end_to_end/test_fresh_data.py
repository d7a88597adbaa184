"""An update, a running door and a rollback, as an operator runs them: nobody tells the door, and yet it knows."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from georedirect.geo.bundled import bundled_database
from tests.databases import FRANCE, GERMANY, write_database
from tests.end_to_end.test_reloading import SOON, becomes, errors, readiness, write_policy
from tests.processes import ROOT, running

if TYPE_CHECKING:
    from pathlib import Path


def georedirect(*arguments: str | Path) -> tuple[int, dict[str, object]]:
    """The exit code of a command, and the last line that it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "georedirect", *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    last: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return done.returncode, last


async def test_a_door_serves_what_an_update_brings_and_what_a_rollback_brings_back(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.mmdb"
    policy = write_policy(tmp_path, 1)
    write_database(fresh, {"192.0.2.0/24": GERMANY})
    code, told = georedirect("update", policy, "--from", fresh)
    assert (code, told["outcome"]) == (6, "refused")  # it knows no well-known address
    assert georedirect("update", policy, "--from", fresh, "--accept")[0] == 0
    with running(policy, "--workers", "2", quiet=False) as service:
        assert await becomes(service, "https://germany.example/1/x")
        write_database(fresh, {"192.0.2.0/24": FRANCE})
        code, told = georedirect("update", policy, "--from", fresh, "--accept")
        assert (code, told["outcome"]) == (0, "updated")
        assert await becomes(service, "https://france.example/1/x")
        assert georedirect("update", policy, "--from", fresh)[1]["outcome"] == "unchanged"
        assert georedirect("rollback", policy)[1]["outcome"] == "rolled-back"
        assert await becomes(service, "https://germany.example/1/x")
        assert georedirect("update", policy, "--from", fresh)[1]["outcome"] == "unchanged"
        assert errors(service) == []


async def test_what_an_update_refuses_the_door_never_sees(tmp_path: Path) -> None:
    policy = write_policy(tmp_path, 1)
    present, fresh = tmp_path / "country.mmdb", tmp_path / "fresh.mmdb"
    present.write_bytes(bundled_database().read_bytes())
    fresh.write_bytes(present.read_bytes()[:-1000])
    with running(policy, quiet=False) as service:
        before = readiness(service)
        assert georedirect("update", policy, "--from", fresh)[0] == 5
        assert not await becomes(service, "https://elsewhere.example/", seconds=SOON)
        assert readiness(service) == before
        assert service.logged() == ""
