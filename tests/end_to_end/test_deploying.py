"""The way of docs/deploying.md, as far as it goes without systemd and root: each step as the page has it."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
import yaml

from georedirect.cli import build_parser, main
from georedirect.geo.bundled import bundled_database
from tests.caches import free_port
from tests.caches import running as started
from tests.processes import ROOT, running
from tests.proxying import nginx, recipe
from tests.units import INSTALLED, UNITS, Unit

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (?:sudo )?(?:/opt/georedirect(?:-\d)?/bin/)?georedirect (\S.*)$", PAGE, re.MULTILINE)


def block(language: str) -> str:
    """The first block of the page that is written in this."""
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """The page's policy, with the data in a folder of this test."""
    (tmp_path / "lib").mkdir()
    path = tmp_path / "site.toml"
    path.write_text(block("toml").replace("/var/lib/georedirect", str(tmp_path / "lib")))
    return path


def test_every_command_on_the_page_is_one_that_there_is() -> None:
    assert len(COMMANDS) >= 4
    for arguments in map(shlex.split, COMMANDS):
        if arguments != ["--version"]:
            build_parser().parse_args(arguments)  # which ends the test where it cannot


def test_a_stranger_gets_from_the_policy_to_visitors_behind_nginx(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["update", str(policy), "--from", str(bundled_database())]) == 0
    assert '"outcome": "updated"' in capsys.readouterr().out.splitlines()[-1]
    assert main(["check", str(policy)]) == 0
    assert f"{policy}: good" in capsys.readouterr().out.splitlines()[-1]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        command = started_by_the_unit(policy)
        with running(command=command, env={"NOTIFY_SOCKET": str(tmp_path / "notify")}, quiet=False) as service:
            assert manager.recv(4096) == b"READY=1\nSTATUS=2 of 2 workers serve"
            assert main(["health", str(service.admin)]) == 0
            assert "https://de.example.com/hello" in typed(f"127.0.0.1:{service.door.port}")
            metrics = httpx.get(f"http://{service.admin}/metrics", trust_env=False).text
            assert re.search(r"^georedirect_database_old [01]", metrics, re.MULTILINE)
            port = free_port()
            configuration = behind_two_doors(f"127.0.0.1:{free_port()}", str(service.door))
            with started(nginx(configuration, port, tmp_path), port, tmp_path) as proxy:
                lie = {"Host": "www.example.com", "X-Forwarded-For": "85.214.132.117"}
                replies = [httpx.get(f"http://{proxy}/hello", headers=lie, trust_env=False) for _ in range(10)]
    got = [(reply.status_code, reply.headers["location"]) for reply in replies]
    assert got == [(307, "https://global.example.com/hello")] * 10


def behind_two_doors(one: str, other: str) -> str:
    """The recipe for nginx with this page's upstream: while the one is gone, it asks the other, and refuses nobody."""
    _, server, rest = recipe("nginx", "nginx").partition("server {\n    listen")
    return f"{block('nginx')}\n{server}{rest}".replace("127.0.0.1:8307", one).replace("127.0.0.1:8317", other)


def started_by_the_unit(policy: Path) -> list[str]:
    """What the unit starts, where the program and the policy are."""
    command = Unit(UNITS / "georedirect.service")["Service"]["ExecStart"]
    assert command.startswith(f"{INSTALLED} ")
    arguments = command.removeprefix(INSTALLED).replace("/etc/georedirect/site.toml", shlex.quote(str(policy)))
    return [sys.executable, "-m", "georedirect", *shlex.split(arguments)]


def typed(address: str) -> str:
    """What the page's own line for a visitor from Germany is answered."""
    (line,) = re.findall(r"^    (curl -si -H .*)$", PAGE, re.MULTILINE)
    command = shlex.split(line.replace("127.0.0.1:8307", address))
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


def test_what_prometheus_is_told_is_where_the_admin_listener_is() -> None:
    (first, second) = (
        yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    )
    (job,) = first["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["127.0.0.1:8308"]}]
    assert second["kind"] == "ServiceMonitor"
    assert second["spec"]["endpoints"] == [{"port": "admin"}]
