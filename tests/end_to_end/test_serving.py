"""The service as its operator meets it: started, told to stop, hurt."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.processes import ROOT, running, wait_until, wait_until_gone
from tests.wire import ask, connection, request


def location_of(curl_line: str) -> str:
    done = subprocess.run(shlex.split(curl_line), capture_output=True, text=True, check=True, timeout=30)
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    return lines["Location"]


def curl_line_in(printed: str) -> str:
    (line,) = [line.strip() for line in printed.splitlines() if line.strip().startswith("curl ")]
    return line


def test_the_demo_prints_a_line_that_shows_a_redirect_to_germany() -> None:
    with running() as service:
        assert location_of(curl_line_in(service.printed)) == "https://de.example.com/hello?from=curl"


def test_the_script_sets_up_serves_and_prints_the_line() -> None:
    with running(command=[ROOT / "scripts/serve"], env={"GEOREDIRECT_VENV": sys.prefix}) as service:
        assert location_of(curl_line_in(service.printed)) == "https://de.example.com/hello?from=curl"


def test_the_admin_listener_has_a_port_of_its_own() -> None:
    with running() as service:
        with urllib.request.urlopen(f"http://{service.admin}/readyz", timeout=10) as reply:
            assert json.load(reply)["status"] == "ready"
        with urllib.request.urlopen(f"http://{service.admin}/explain?ip=85.214.132.117", timeout=10) as reply:
            assert json.load(reply)["region"] == "germany"


def test_without_an_admin_listener_there_is_none(tmp_path: Path) -> None:
    policy = tmp_path / "site.toml"
    policy.write_text('[site]\ndefault = "a"\n[regions.a]\nuri = "https://a.example{+path}"\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "georedirect", "serve", policy, "--listen", "127.0.0.1:0", "--admin", "off"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        lines = [process.stdout.readline(), process.stdout.readline()]
        process.terminate()
        assert process.wait(30) == 0
    assert lines[1] == "georedirect: admin on no address\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_zero_when_told_to_stop_and_leaves_nobody_behind(number: signal.Signals) -> None:
    with running("--workers", "2") as service:
        children = service.children()
        assert len(children) == 3
        service.process.send_signal(number)
        assert service.process.wait(30) == 0
        assert wait_until_gone(children)


async def test_an_idle_connection_does_not_keep_it_from_ending() -> None:
    with running() as service:
        async with connection(service.door) as client:
            await client.ask(request())
            service.process.send_signal(signal.SIGTERM)
            assert await client.is_closed_by_peer()
            assert service.process.wait(30) == 0


async def test_a_worker_that_is_killed_is_replaced() -> None:
    with running("--workers", "2", quiet=False) as service:
        before = service.children()
        os.kill(before[0], signal.SIGKILL)
        assert wait_until_gone(before[:1])
        assert wait_until(lambda: len(service.children()) == 3)
        assert len(set(service.children()) - set(before)) == 1
        for _ in range(50):
            assert (await ask(service.door, request())).status == 307
        assert "ended after" in service.logged()
        assert "Traceback" not in service.logged()


def test_no_worker_outlives_a_service_that_is_killed() -> None:
    with running("--workers", "2") as service:
        children = service.children()
        service.process.kill()
        service.process.wait(30)
        assert wait_until_gone(children)


async def test_a_hangup_signal_does_no_harm() -> None:
    with running(quiet=False) as service:
        service.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: "SIGHUP is ignored" in service.logged())
        assert (await ask(service.door, request())).status == 307


def test_workers_that_keep_dying_end_the_service_with_a_message() -> None:
    with running(quiet=False) as service:
        deadline = time.monotonic() + 30
        while service.process.poll() is None and time.monotonic() < deadline:
            for pid in service.children()[:1]:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
        assert service.process.wait(30) == 1
        assert "right after its start" in service.logged()
        assert "Traceback" not in service.logged()


def test_the_database_is_in_memory_once_however_many_workers_read_it() -> None:
    with running("--workers", "3") as service:
        mappings = {database_mapping(pid) for pid in service.children()}
    assert len(mappings) == 1
    assert next(iter(mappings))[0] == "r--s"


def database_mapping(pid: int) -> tuple[str, str]:
    """How one process maps the database: permissions (`s` is shared), and the number of the file behind it."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    (fields,) = [line.split() for line in lines if "memfd:" in line]
    return fields[1], fields[4]
