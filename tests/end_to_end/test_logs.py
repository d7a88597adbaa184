"""A door that logs: each request once, through rotations and reloads, to files, pipes and standard output."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from georedirect.cli import main
from tests.noted import COMBINED
from tests.policies import policy
from tests.processes import ROOT, running, wait_until
from tests.wire import connection, request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from georedirect.policy.endpoint import Endpoint
    from tests.processes import Service

TRUSTING = '[server]\nworkers = 2\ntrusted_proxies = ["127.0.0.1"]\n'
GERMAN = "X-Forwarded-For: 85.214.132.117"


def write_policy(folder: Path, log: str) -> Path:
    path, staged = folder / "site.toml", folder / "staged"
    staged.write_text(policy(rest=f"{TRUSTING}[log]\n{log}\n"))
    staged.rename(path)
    return path


async def ask_for(door: Endpoint, targets: Sequence[str]) -> None:
    """One request each, on several connections, so that both workers get some."""
    for target in targets:
        async with connection(door) as client:
            assert (await client.ask(request(target, GERMAN))).status == 307


def targets_in(*paths: Path) -> list[str]:
    lines = [line for path in paths if path.exists() for line in path.read_text().splitlines()]
    return [json.loads(line)["target"] for line in lines]


def counted(service: Service) -> dict[str, float]:
    with urllib.request.urlopen(f"http://{service.admin}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {name: float(value) for name, value in re.findall(r"^georedirect_(log_\S+) (\S+)$", text, re.MULTILINE)}


async def test_each_request_is_logged_once_through_rotations_a_reload_and_the_end(tmp_path: Path) -> None:
    log, old, cut = (tmp_path / name for name in ("access.log", "access.log.1", "access.log.2"))
    asked = [f"/{number}" for number in range(40)]
    with running(write_policy(tmp_path, 'access = "access.log"'), quiet=False) as service:
        await ask_for(service.door, asked[:10])
        assert wait_until(lambda: len(targets_in(log)) == 10)
        assert log.stat().st_mode & 0o777 & ~0o640 == 0
        log.rename(old)
        service.process.send_signal(signal.SIGUSR1)
        assert wait_until(lambda: len(_writers_of(service, old)) == 0)
        await ask_for(service.door, asked[10:20])
        assert wait_until(lambda: len(targets_in(log)) == 10)
        cut.write_bytes(log.read_bytes())  # as copytruncate does
        os.truncate(log, 0)
        await ask_for(service.door, asked[20:30])
        assert wait_until(lambda: len(targets_in(log)) == 10)
        assert counted(service) == {
            "log_lines_total": 30,
            'log_lost_total{cause="crowded-out"}': 0,
            'log_lost_total{cause="failed"}': 0,
        }
        write_policy(tmp_path, 'access = "other.log"\nformat = "combined"')
        assert wait_until(lambda: "loaded again" in service.logged())
        await ask_for(service.door, asked[30:])
    assert sorted(targets_in(log, old, cut)) == sorted(asked[:30])
    combined = (tmp_path / "other.log").read_text().splitlines()  # written by the time of an ordinary end
    found = [COMBINED.fullmatch(line) for line in combined]
    assert sorted(match[2] for match in found if match) == sorted(f"GET {target} HTTP/1.1" for target in asked[30:])
    assert all(match and match[1] == "85.214.132.0" for match in found)


def _writers_of(service: Service, path: Path) -> list[str]:
    """The descriptors of the workers that lead to this file."""
    found: list[str] = []
    for child in service.children():
        folder = Path(f"/proc/{child}/fd")
        found += [each.name for each in folder.iterdir() if each.resolve() == path]
    return found


async def test_a_pipe_that_nobody_reads_delays_no_request_and_not_the_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    path = tmp_path / "site.toml"
    path.write_text(policy(rest='[log]\naccess = "pipe"\nclient = "absent"'))
    with running(path) as service:
        batch = request("/" + "a" * 900) * 200
        async with connection(service.door) as client:
            for _ in range(20):  # more than the pipe holds and than may wait
                replies = [await client.ask(batch), *[await client.read() for _ in range(199)]]
                assert {reply.status for reply in replies} == {307}
        assert wait_until(lambda: counted(service)['log_lost_total{cause="crowded-out"}'] > 0)
        started = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(20) == 0
        assert time.monotonic() - started < 8
    told = os.read(reading, 1 << 20).splitlines()
    assert all(json.loads(line)["client"] is None for line in told)
    os.close(reading)


def _lines_until(stream: IO[str] | None, beginning: str) -> str:
    """What is said up to the line that begins so."""
    lines: list[str] = []
    for line in stream or ():
        lines.append(line)
        if line.startswith(beginning):
            break
    return "".join(lines)


def test_standard_output_has_the_log_and_nothing_else_and_the_server_log_may_be_json(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(policy(rest='[log]\naccess = "stdout"\nserver = "json"'))
    command = [sys.executable, "-m", "georedirect", "serve", str(path), "--listen", "127.0.0.1:0", "--admin", "off"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = _lines_until(process.stderr, "    curl")
            port = re.findall(r"http://127\.0\.0\.1:([0-9]+)", said)[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/.georedirect/", timeout=10) as page:
                size = len(page.read())
            path.write_text("[site\n")
            assert '"level": "error"' in _lines_until(process.stderr, "{")
            process.send_signal(signal.SIGTERM)
            lines, _ = process.communicate(timeout=20)
        finally:
            process.kill()
    (told,) = map(json.loads, lines.splitlines())
    assert (told["target"], told["status"], told["bytes"]) == ("/.georedirect/", 200, size)


@pytest.mark.parametrize(
    ("arguments", "log", "told"),
    [
        ((), 'access = "nowhere/log"', "{folder}/site.toml:9: log.access: {folder}/nowhere/log cannot be opened"),
        (
            ("--access-log", "/nowhere/log"),
            "",
            "georedirect: /nowhere/log cannot be opened for the access log: No such",
        ),
    ],
)
def test_a_log_that_cannot_be_opened_is_told_before_anything_is_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], log: str, told: str
) -> None:
    path = write_policy(tmp_path, log)
    assert main(["serve", str(path), "--admin", "off", "--listen", "127.0.0.1:0", *arguments]) == 1
    assert told.format(folder=tmp_path) in capsys.readouterr().err
