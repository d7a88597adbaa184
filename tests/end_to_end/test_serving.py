"""The service as its operator meets it: started, told to stop, hurt."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from georedirect.journal.server_log import BURST
from tests.processes import ROOT, running, wait_until, wait_until_gone
from tests.wire import ask, connection, request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.policy.endpoint import Endpoint

MINIMAL = '[site]\ndefault = "a"\n[regions.a]\nuri = "https://a.example{+path}"\n'


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


def environment(folder: Path) -> dict[str, str]:
    """An environment that passes for a fresh one and runs what the tests run on, so that nothing is installed."""
    venv = folder / "an environment"
    (venv / "bin").mkdir(parents=True)
    for name, text in (("python", ""), ("georedirect", f'exec "{sys.executable}" -m georedirect "$@"')):
        (venv / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (venv / "bin" / name).chmod(0o755)
    for name in ("pyvenv.cfg", "georedirect-installed"):
        (venv / name).touch()
    return {"GEOREDIRECT_VENV": str(venv)}


def test_the_script_serves_the_demo_and_prints_the_line(tmp_path: Path) -> None:
    with running(command=[ROOT / "scripts/serve"], env=environment(tmp_path)) as service:
        assert location_of(curl_line_in(service.printed)) == "https://de.example.com/hello?from=curl"


def test_the_script_takes_a_policy_relative_to_where_one_stands(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(MINIMAL)
    with running("site.toml", command=[ROOT / "scripts/serve"], env=environment(tmp_path), cwd=tmp_path) as service:
        assert "policy site.toml\n" in service.printed
        assert location_of(curl_line_in(service.printed)) == "https://a.example/hello"


def test_the_admin_listener_has_a_port_of_its_own() -> None:
    with running() as service:
        with urllib.request.urlopen(f"http://{service.admin}/readyz", timeout=10) as reply:
            assert json.load(reply)["status"] == "ready"
        with urllib.request.urlopen(f"http://{service.admin}/explain?ip=85.214.132.117", timeout=10) as reply:
            assert json.load(reply)["region"] == "germany"


def test_without_an_admin_listener_there_is_none(tmp_path: Path) -> None:
    policy = tmp_path / "site.toml"
    policy.write_text(MINIMAL)
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
    assert lines[1] == "georedirect: no admin listener\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_zero_when_told_to_stop_and_leaves_nobody_behind(number: signal.Signals) -> None:
    with running("--workers", "2") as service:
        children = service.children()
        assert len(children) == 4
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
        assert wait_until(lambda: len(set(service.children()) - set(before)) == 1)
        assert len(service.children()) == 4
        for _ in range(50):
            assert (await ask(service.door, request())).status == 307
        assert "ended after" in service.logged()
        assert "Traceback" not in service.logged()


async def test_a_worker_that_hangs_is_replaced(tmp_path: Path) -> None:
    policy = tmp_path / "site.toml"
    policy.write_text(f"{MINIMAL}[limits]\nwatchdog_seconds = 2\n")
    with running(policy, quiet=False) as service:
        before = service.children()
        os.kill(before[0], signal.SIGSTOP)
        assert wait_until(lambda: "has not moved" in service.logged())
        assert wait_until(lambda: len(set(service.children()) - set(before)) == 1)
        assert (await ask(service.door, request())).status == 307
        assert "Traceback" not in service.logged()


async def test_the_admin_listener_is_replaced_too() -> None:
    with running(quiet=False) as service:
        before = service.children()
        os.kill(before[1], signal.SIGKILL)
        assert wait_until(lambda: "admin ended" in service.logged())
        assert (await ask(service.admin, request("/healthz", host=str(service.admin)))).status == 200


async def test_while_it_drains_it_is_not_ready_and_takes_no_connection_but_answers_what_has_begun() -> None:
    with running() as service, begun(service.door) as client:
        service.process.send_signal(signal.SIGTERM)
        assert wait_until(lambda: is_refused(service.door))
        assert (await ask(service.admin, request("/readyz", host=str(service.admin)))).status == 503
        client.sendall(b"\r\n")
        answer = client.recv(4096)
        assert answer.startswith(b"HTTP/1.1 307 ")
        assert b"\r\nConnection: close\r\n" in answer
        assert service.process.wait(30) == 0


def test_a_second_signal_ends_it_at_once() -> None:
    with running() as service, begun(service.door):
        service.process.send_signal(signal.SIGTERM)
        assert wait_until(lambda: is_refused(service.door))
        assert service.process.poll() is None
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(5) == 0


@contextmanager
def begun(door: Endpoint) -> Iterator[socket.socket]:
    """A connection on which all of a request but its end has been sent, and has arrived."""
    with socket.create_connection((door.host, door.port), timeout=10) as client:
        client.sendall(request())
        client.recv(4096)
        client.sendall(request()[:-2])
        yield client


def is_refused(endpoint: Endpoint) -> bool:
    try:
        socket.create_connection((endpoint.host, endpoint.port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_twenty_killed_workers_are_each_replaced_and_nobody_else_notices() -> None:
    with running("--workers", "2", quiet=False) as service:
        for _ in range(20):
            worker, *others = service.children()
            os.kill(worker, signal.SIGKILL)
            assert wait_until(lambda gone=worker: gone not in service.children() and len(service.children()) == 4)  # type: ignore[misc]
            assert set(others) <= set(service.children())
            with socket.create_connection((service.door.host, service.door.port), timeout=10) as client:
                client.sendall(request())
                assert client.recv(4096).startswith(b"HTTP/1.1 307 ")
        assert service.logged().count("another takes its place") == BURST  # then there is one a minute


def test_no_worker_outlives_a_service_that_is_killed() -> None:
    with running("--workers", "2") as service:
        children = service.children()
        service.process.kill()
        service.process.wait(30)
        assert wait_until_gone(children)


def test_workers_that_keep_dying_end_the_service_with_a_message() -> None:
    with running(quiet=False) as service:
        deadline = time.monotonic() + 30
        while service.process.poll() is None and time.monotonic() < deadline:
            for pid in service.children()[:1]:
                with suppress(ProcessLookupError):  # it may have ended by itself meanwhile
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
        assert service.process.wait(30) == 1
        assert "has died again and again" in service.logged()
        assert "Traceback" not in service.logged()


def test_the_database_is_in_memory_once_however_many_workers_read_it() -> None:
    with running("--workers", "3") as service:
        mappings = {database_mapping(pid) for pid in service.children()[:-1]}  # the last one needs none
    assert len(mappings) == 1
    assert next(iter(mappings))[0] == "r--s"


def database_mapping(pid: int) -> tuple[str, str]:
    """How one process maps the database: permissions (`s` is shared), and the number of the file behind it."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    (fields,) = [line.split() for line in lines if "memfd:" in line]
    return fields[1], fields[4]
