"""Killed at any moment: the old database or the new one, whole; the next run works, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from georedirect.geo.database import Database
from tests.processes import ROOT
from tests.update.stand_in import ELSEWHERE, Reply, StandIn, tar_gz

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.update.updating import Databases, Site


class Commands:
    """Runs commands one at a time, from a process that has loaded everything already."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, *arguments: str, killed_after: float | None = None, dies_at: int | None = None) -> int:
        """The exit code, or the signal as a negative number."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([killed_after, dies_at, arguments]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def commands(site: Site, log: Path) -> Iterator[Commands]:
    program = [sys.executable, "-m", "tests.update.command", site.stand_in.url("").rstrip("/")]
    with log.open("w") as err:
        process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, text=True, cwd=ROOT, env=os.environ
        )
        with process:
            yield Commands(process)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(10) == 0
    assert "Traceback" not in log.read_text()


def offer(site: Site, database: bytes) -> None:
    """MaxMind has it, and sends it in drops."""
    site.stand_in.maxmind(database)
    reply = Reply(tar_gz(database), fault="slow", seconds=0.002)
    site.stand_in.on(StandIn.maxmind_bucket, reply, host=ELSEWHERE)


def names(site: Site) -> set[str]:
    return {path.name for path in site.data.iterdir()}


def duration_of_one(site: Site, running: Commands, command: str) -> float:
    """Of the second one: the first loads more."""
    seconds = 0.0
    for old, new in ((site.databases.old, site.databases.new), (site.databases.new, site.databases.old)):
        put_in_place(site, old, new)
        offer(site, new)
        begun = time.monotonic()
        assert running.run(*arguments_of(command, site)) == 0
        seconds = time.monotonic() - begun
    return seconds


def arguments_of(command: str, site: Site) -> list[str]:
    return [command, str(site.policy), *(["--accept"] if command == "update" else [])]


def left_on_purpose(site: Site) -> set[str]:
    name = site.target.name
    return {name, f".{name}.lock", f".{name}.update.json", f"{name}.previous-1", f"{name}.withdrawn"}


@pytest.fixture
def running(site: Site, tmp_path: Path) -> Iterator[Commands]:
    site.update_lines.append("downloads_a_day = 1000")
    site.write("maxmind")
    with commands(site, tmp_path / "log") as running:
        yield running


@pytest.mark.parametrize(("command", "times"), [("update", 100), ("rollback", 20)])
def test_killed_at_any_moment_it_leaves_the_old_one_or_the_new_one(
    site: Site, databases: Databases, running: Commands, command: str, times: int
) -> None:
    chance = random.Random(20261125)  # noqa: S311  the moments only have to differ
    turns = [(databases.new, databases.old), (databases.old, databases.new)] * (times // 2)
    seconds = duration_of_one(site, running, command)
    killed = 0
    for old, new in turns:
        put_in_place(site, old, new)
        offer(site, new)
        code = running.run(*arguments_of(command, site), killed_after=chance.uniform(0, seconds))
        killed += code == -signal.SIGKILL
        assert site.bytes_in_place() in {old, new}
        Database(site.target)
    assert running.run(*arguments_of("update", site)) == 0
    assert site.bytes_in_place() == turns[-1][1]
    assert names(site) <= left_on_purpose(site)
    assert killed >= times // 3


@pytest.mark.parametrize(("command", "least_touches"), [("update", 15), ("rollback", 12)])
def test_killed_before_any_touch_of_a_file_it_leaves_the_old_one_or_the_new_one(
    site: Site, databases: Databases, running: Commands, command: str, least_touches: int
) -> None:
    """Random moments seldom hit what takes microseconds; these are all of them."""
    arguments = arguments_of(command, site)
    site.stand_in.maxmind(databases.new)
    code = touches = 0
    for touches in range(1, 100):
        put_in_place(site, databases.old, databases.new)
        code = running.run(*arguments, dies_at=touches)
        assert site.bytes_in_place() in {databases.old, databases.new}
        if code != -signal.SIGKILL:
            break
        is_done = site.bytes_in_place() == databases.new
        again = running.run(*arguments)
        assert again == 0 or (again == 1 and is_done), touches  # then there is nothing to go back to any more
        assert site.bytes_in_place() == databases.new or (command == "rollback" and is_done)
        assert names(site) <= left_on_purpose(site)
    assert code == 0
    assert touches > least_touches


def put_in_place(site: Site, old: bytes, previous: bytes) -> None:
    """Each a file of its own, whatever links the last run has left."""
    for path, octets in ((site.target, old), (site.data / f"{site.target.name}.previous-1", previous)):
        path.unlink(missing_ok=True)
        path.write_bytes(octets)
