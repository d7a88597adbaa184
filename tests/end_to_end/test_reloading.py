"""A door that runs while its files change: what it serves, when, and what it says of what it does not take."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.databases import FRANCE, GERMANY, write_database
from tests.processes import ROOT, running, wait_until
from tests.wire import ask, connection, request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.databases import Record
    from tests.processes import Service

POLICY = """\
[site]
default = "other"
[regions.other]
uri = "https://other.example/{generation}{{+path}}"
[regions.germany]
uri = "https://germany.example/{generation}{{+path}}"
countries = ["DE"]
[regions.france]
uri = "https://france.example/{generation}{{+path}}"
countries = ["FR"]
[server]
trusted_proxies = ["127.0.0.1"]
[database]
country = "country.mmdb"
max_age_days = 36500
{more}
"""
VISITOR = "X-Forwarded-For: 192.0.2.1"
SOON = 2.0  # within which every worker serves what is new


def write_policy(folder: Path, generation: int | str, more: str = "") -> Path:
    """Renamed into place, as careful editors and deployments do."""
    path = folder / "site.toml"
    staged = folder / "site.toml.new"
    staged.write_text(POLICY.format(generation=generation, more=more))
    staged.rename(path)
    return path


def place_database(folder: Path, record: Record) -> None:
    write_database(folder / "staged.mmdb", {"192.0.2.0/24": record}).rename(folder / "country.mmdb")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place_database(tmp_path, GERMANY)
    write_policy(tmp_path, 1)
    return tmp_path


async def location(service: Service) -> str:
    return (await ask(service.door, request("/x", VISITOR)))["location"]


async def locations(service: Service) -> set[str]:
    """What several connections get, so that every worker is likely to be among those who answer."""
    return {await location(service) for _ in range(12)}


async def becomes(service: Service, expected: str, seconds: float = SOON) -> bool:
    """Whether all answers are so in time, and stay so."""
    deadline = time.monotonic() + seconds
    while await locations(service) != {expected}:
        if time.monotonic() > deadline:
            return False
    return await locations(service) == {expected}


def reload(service: Service) -> tuple[int, dict[str, Any]]:
    """`POST /reload`: the status and what is said."""
    asked = urllib.request.Request(f"http://{service.admin}/reload", method="POST")
    try:
        with urllib.request.urlopen(asked, timeout=60) as reply:  # noqa: S310  it is http
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def readiness(service: Service) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://{service.admin}/readyz", timeout=10) as reply:
        found: dict[str, Any] = json.load(reply)
    return found


def errors(service: Service) -> list[str]:
    return [line for line in service.logged().splitlines() if " INFO " not in line]


async def test_a_changed_policy_is_served_by_all_workers_within_two_seconds(folder: Path) -> None:
    with running(folder / "site.toml", "--workers", "2", quiet=False) as service:
        assert await location(service) == "https://germany.example/1/x"
        write_policy(folder, 2)
        assert await becomes(service, "https://germany.example/2/x")
        assert errors(service) == []
        assert service.logged().count("loaded again") == 1


async def test_a_changed_database_is_served_on_connections_that_are_open(folder: Path) -> None:
    with running(folder / "site.toml", quiet=False) as service:
        async with connection(service.door) as client:
            assert (await client.ask(request("/x", VISITOR)))["location"] == "https://germany.example/1/x"
            place_database(folder, FRANCE)
            assert await becomes(service, "https://france.example/1/x")
            assert (await client.ask(request("/x", VISITOR)))["location"] == "https://france.example/1/x"


def rewrite_in_place(folder: Path) -> None:
    (folder / "site.toml").write_text(POLICY.format(generation=2, more=""))


def delete_and_make_again(folder: Path) -> None:
    (folder / "site.toml").unlink()
    time.sleep(0.1)
    rewrite_in_place(folder)


def lead_elsewhere(folder: Path) -> None:
    (folder / "v2").mkdir()
    write_policy(folder / "v2", 2).rename(folder / "v2.toml")
    (folder / "country.mmdb").rename(folder / "v2.mmdb")
    (folder / "country.mmdb").symlink_to("v2.mmdb")
    (folder / "link").symlink_to("v2.toml")
    (folder / "link").rename(folder / "site.toml")


@pytest.mark.parametrize("change", [rewrite_in_place, delete_and_make_again, lead_elsewhere])
async def test_it_does_not_matter_how_a_file_changes(folder: Path, change: Callable[[Path], None]) -> None:
    with running(folder / "site.toml", quiet=False) as service:
        change(folder)
        assert await becomes(service, "https://germany.example/2/x")


async def test_a_mistake_is_told_once_and_changes_nothing_until_it_is_mended(folder: Path) -> None:
    with running(folder / "site.toml", "--workers", "2", quiet=False) as service:
        write_policy(folder, 2, more='[site2]\ndefault = "x"')
        assert wait_until(lambda: len(errors(service)) == 1, SOON)
        assert await becomes(service, "https://germany.example/1/x")
        (line,) = errors(service)
        assert f"{folder}/site.toml:16: site2: is not a key of a policy file" in line
        told = readiness(service)
        assert (told["status"], told["last_reload"]["outcome"]) == ("ready", "refused")
        assert "site.toml:16" in told["last_reload"]["why"]
        write_policy(folder, 3)
        assert await becomes(service, "https://germany.example/3/x")
        assert readiness(service)["last_reload"]["outcome"] == "swapped"
        assert len(errors(service)) == 1


async def test_a_file_that_only_a_refused_policy_names_is_waited_for(folder: Path) -> None:
    with running(folder / "site.toml", quiet=False) as service:
        (folder / "site.toml").write_text(POLICY.format(generation=2, more="").replace("country.mmdb", "late.mmdb"))
        assert wait_until(lambda: len(errors(service)) == 1, SOON)
        assert "late.mmdb cannot be read: No such file or directory" in errors(service)[0]
        write_database(folder / "late.mmdb", {"192.0.2.0/24": FRANCE})
        assert await becomes(service, "https://france.example/2/x")


async def test_a_hangup_and_a_request_both_load_what_is_there(folder: Path) -> None:
    with running(folder / "site.toml", quiet=False) as service:
        assert reload(service)[1]["outcome"] == "swapped"
        service.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: service.logged().count("loaded again") == 2)
        (folder / "country.mmdb").write_bytes(b"no database")
        status, said = reload(service)
        assert (status, said["outcome"], said["cause"]) == (422, "refused", "database")
        assert "country.mmdb is not a MaxMind database" in said["why"]
        assert await location(service) == "https://germany.example/1/x"


async def test_a_thousand_hangups_cause_a_few_loads_and_the_last_state_wins(folder: Path) -> None:
    with running(folder / "site.toml", quiet=False) as service:
        for generation in range(2, 1002):
            if generation % 100 == 1:
                write_policy(folder, generation)
            service.process.send_signal(signal.SIGHUP)
            await asyncio.sleep(0.0005)
        assert await becomes(service, "https://germany.example/1001/x")
        assert 1 <= service.logged().count("loaded again") <= 15
        assert errors(service) == []


async def test_workers_that_are_started_later_serve_what_is_newest(folder: Path) -> None:
    with running(folder / "site.toml", "--workers", "2", quiet=False) as service:
        place_database(folder, FRANCE)
        write_policy(folder, 2)
        assert await becomes(service, "https://france.example/2/x")
        before = service.children()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: len(service.children()) == 4 and not set(service.children()) & set(before))
        assert await becomes(service, "https://france.example/2/x")
        write_policy(folder, 3)
        assert await becomes(service, "https://france.example/3/x")
        assert reload(service)[0] == 200


@contextmanager
def read_for_ever(path: Path) -> Iterator[None]:
    """A pipe in a file's place, which somebody has opened to read, and waits for what is never written."""
    os.mkfifo(path.with_name("pipe"))
    path.with_name("pipe").rename(path)
    with ExitStack() as opened:

        def is_read() -> bool:
            with suppress(OSError):  # which it is while nobody reads
                opened.callback(os.close, os.open(path, os.O_WRONLY | os.O_NONBLOCK))
                return True
            return False

        assert wait_until(is_read)
        yield


async def test_a_loader_that_is_killed_is_told_and_the_next_try_goes_well(folder: Path) -> None:
    with running(folder / "site.toml", quiet=False) as service:
        before = set(service.children())
        with read_for_ever(folder / "site.toml"):
            for pid in set(service.children()) - before:
                os.kill(pid, signal.SIGSEGV)
            assert wait_until(lambda: len(errors(service)) == 1)
        assert "site.toml: reading it crashed (SIGSEGV)" in errors(service)[0]
        assert await location(service) == "https://germany.example/1/x"
        write_policy(folder, 2)
        assert reload(service)[0] == 200
        assert await location(service) == "https://germany.example/2/x"


async def test_what_takes_a_restart_is_said_and_not_done(folder: Path) -> None:
    with running(folder / "site.toml", quiet=False) as service:
        path = write_policy(folder, 2)
        path.write_text(path.read_text().replace("[server]", '[server]\nworkers = 3\nlisten = "127.0.0.1:1"'))
        assert await becomes(service, "https://germany.example/2/x")
        assert len(service.children()) == 3
        assert "[server] workers has changed: that takes a restart" in service.logged()


async def test_limits_and_trust_are_those_of_the_newest_policy(folder: Path) -> None:
    with running(folder / "site.toml", quiet=False) as service:
        more = "[limits]\ntarget_octets = 256\nbody_octets = 10"
        path = write_policy(folder, 2, more=more)
        path.write_text(path.read_text().replace('"127.0.0.1"', '"192.0.2.7"'))
        assert await becomes(service, "https://other.example/2/x")
        assert (await ask(service.door, request("/" + "x" * 300))).status == 414
        form = request("/.georedirect/", "Content-Length: 11", method="POST") + b"region=germ"
        assert (await ask(service.door, form)).status == 413


async def test_nothing_done_to_the_file_in_place_is_felt_before_it_is_checked(folder: Path) -> None:
    with running(folder / "site.toml", "--workers", "2", quiet=False) as service:
        os.truncate(folder / "country.mmdb", 100)
        assert wait_until(lambda: len(errors(service)) == 1, SOON)
        assert await locations(service) == {"https://germany.example/1/x"}
        assert "ended after" not in service.logged()


def test_the_new_database_is_in_memory_once_for_all_workers(folder: Path) -> None:
    with running(folder / "site.toml", "--workers", "2", quiet=False) as service:
        place_database(folder, FRANCE)
        assert reload(service)[0] == 200
        pids = [service.process.pid, *service.children()[:-1]]  # the last one keeps none
        assert wait_until(lambda: len({tuple(copies(pid)) for pid in pids}) == 1)
        assert len(copies(service.process.pid)) == 1


def copies(pid: int) -> list[str]:
    """The inodes of the databases that a process has mapped."""
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return sorted({line.split()[4] for line in maps if "memfd:georedirect-database" in line})


# On a bad day


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


async def test_without_a_process_to_spare_the_old_state_goes_on_and_the_next_try_comes_by_itself(folder: Path) -> None:
    with running(folder / "site.toml", quiet=False) as service:
        allowed = resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE)
        few = descriptors(service.process.pid)
        resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, (few, allowed[1]))
        write_policy(folder, 2)
        assert wait_until(lambda: len(errors(service)) == 1)
        assert "loader cannot be started: Too many open files" in errors(service)[0]
        assert await location(service) == "https://germany.example/1/x"
        resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, allowed)
        assert await becomes(service, "https://germany.example/2/x", seconds=10)


async def test_a_worker_full_of_connections_has_room_for_what_it_is_handed(folder: Path) -> None:
    with running(folder / "site.toml", quiet=False) as service:
        before = service.children()
        resource.prlimit(before[0], resource.RLIMIT_NOFILE, (80, 80))
        assert reload(service)[0] == 200  # by which it learns how many connections it may take
        async with AsyncExitStack() as crowd:
            clients = [await crowd.enter_async_context(connection(service.door)) for _ in range(60)]
            assert wait_until(lambda: descriptors(before[0]) > 50)
            write_policy(folder, 2)
            assert reload(service)[0] == 200
            assert (await clients[0].ask(request("/x", VISITOR)))["location"] == "https://germany.example/2/x"
        assert service.children() == before


async def test_a_loader_that_waits_for_nothing_is_given_up_when_there_is_something_newer(folder: Path) -> None:
    with running(folder / "site.toml", quiet=False) as service:
        before = service.children()
        os.mkfifo(folder / "pipe")
        (folder / "pipe").rename(folder / "site.toml")
        assert wait_until(lambda: len(service.children()) > len(before))
        write_policy(folder, 2)
        assert await becomes(service, "https://germany.example/2/x", seconds=10)
        assert wait_until(lambda: len(service.children()) == len(before))
        assert errors(service) == []


async def test_a_door_that_is_stopped_keeps_nobody_waiting_for_a_reload(folder: Path) -> None:
    with running(folder / "site.toml", quiet=False) as service:
        before = service.children()
        os.mkfifo(folder / "pipe")
        (folder / "pipe").rename(folder / "site.toml")
        waiting = asyncio.create_task(asyncio.to_thread(reload, service))
        assert await asyncio.to_thread(wait_until, lambda: len(service.children()) > len(before))
        began = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        assert (await waiting)[0] == 503
        assert service.process.wait(30) == 0
        assert time.monotonic() - began < 4


def test_a_hangup_while_it_starts_does_not_end_it(folder: Path) -> None:
    command = [sys.executable, "-m", "georedirect", "serve", str(folder / "site.toml"), "--listen", "127.0.0.1:0"]
    process = subprocess.Popen([*command, "--admin", "off"], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    with process.stdout:
        while "SIGHUP" not in ignored_by(process.pid):
            time.sleep(0.005)
        process.send_signal(signal.SIGHUP)
        assert "listening on" in process.stdout.readline()
        process.terminate()
        assert process.wait(30) == 0


def ignored_by(pid: int) -> set[str]:
    """The signals that a process ignores, by name."""
    mask = int(Path(f"/proc/{pid}/status").read_text().partition("SigIgn:\t")[2].split()[0], 16)
    return {number.name for number in signal.Signals if mask >> (number - 1) & 1}
