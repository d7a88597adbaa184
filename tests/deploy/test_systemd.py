"""The units of deploy/systemd: in form, by systemd's own judgement, and held against what the program really calls."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from georedirect.cli import build_parser
from tests.caches import program
from tests.databases import FRANCE, GERMANY, write_database
from tests.processes import ROOT, running, wait_until
from tests.units import INSTALLED, UNITS, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = sorted(UNITS.glob("*.service"))
HIGHEST_EXPOSURE = 2.0  # of 10, by systemd's own reckoning


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units with programs that this machine has: systemd looks whether they are there."""
    folder = tmp_path_factory.mktemp("units") / "system"
    shutil.copytree(UNITS, folder)
    (folder / "georedirect-update.service.d").mkdir()
    shutil.copy(UNITS / "drop-ins" / "georedirect-update-maxmind.conf", folder / "georedirect-update.service.d")
    for path in folder.glob("*.service"):
        path.write_text(path.read_text().replace(INSTALLED, sys.executable))
    return folder


def test_systemd_finds_nothing_wrong_with_any_unit(copied: Path) -> None:
    names = sorted(str(path) for path in copied.iterdir() if path.is_file())
    done = subprocess.run(
        [program("systemd-analyze"), "verify", "--man=no", *names], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(names) == 6


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("ProtectSystm=strict", "ProtectSystm"),
        ("SystemCallFilter=@no-such-set", "Unknown system call group"),
        ("WatchdogSec=soon", "Failed to parse sec value"),
        ("ExecStartPre=/no/such/program", "/no/such/program"),
    ],
)
def test_systemd_would_find_what_is_wrong(copied: Path, tmp_path: Path, wrong: str, told: str) -> None:
    path = tmp_path / "georedirect.service"
    path.write_text((copied / path.name).read_text().replace("[Service]", f"[Service]\n{wrong}"))
    done = subprocess.run(
        [program("systemd-analyze"), "verify", "--man=no", path], capture_output=True, text=True, check=False
    )
    assert told in done.stderr


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.stem)
def test_systemd_thinks_a_service_is_hardly_exposed(service: Path) -> None:
    options = ["--offline=yes", "--no-pager", f"--threshold={HIGHEST_EXPOSURE * 10:.0f}"]
    command = [program("systemd-analyze"), "security", *options, str(service)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= HIGHEST_EXPOSURE
    assert done.returncode == 0


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.stem)
def test_a_service_runs_a_command_that_there_is_as_a_user_that_all_share(service: Path) -> None:
    unit = Unit(service)
    command, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert command == INSTALLED
    assert build_parser().parse_args(arguments).policies == [Path("/etc/georedirect/site.toml")]
    shared = {key: unit["Service"][key] for key in ("DynamicUser", "User", "StateDirectory", "ConfigurationDirectory")}
    assert shared == dict.fromkeys(shared, "georedirect") | {"DynamicUser": "yes"}
    bounded = unit["Service"]["CapabilityBoundingSet"]
    assert bounded == ("CAP_NET_BIND_SERVICE" if service.stem == "georedirect" else "")


def test_each_timer_has_its_service() -> None:
    timers = {path.stem for path in UNITS.glob("*.timer")}
    assert timers == {path.stem for path in SERVICES} - {"georedirect"}
    assert {path.stem for path in UNITS.glob("*.socket")} == {"georedirect"}


# What the program calls, against what the unit lets it call


TRACE = ["-D", "-f", "-qq", "-s", "8", "-e", "trace=!epoll_wait,select,pselect6"]
POLICY = """\
[site]
default = "a"
[regions.a]
uri = "https://a.example{+path}{+query}"
"""


def allowed_calls(service: str) -> set[str]:
    allowed: set[str] = set()
    for filtered in Unit(UNITS / service).all_of("SystemCallFilter"):
        named = {call for group in filtered.removeprefix("~").split() for call in calls_of(group)}
        allowed = allowed - named if filtered.startswith("~") else allowed | named
    return allowed


def calls_of(group: str) -> Iterator[str]:
    """The system calls of one of systemd's groups, and of the groups in it."""
    command = [program("systemd-analyze"), "syscall-filter", "--no-pager", group]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines()[1:]:
        word = line.strip().partition(" ")[0]
        if word.startswith("@"):
            yield from calls_of(word)
        elif word and not word.startswith("#"):
            yield word


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All that a door calls from its start to its end, with a visitor, a reload and a worker that dies between them."""
    folder = tmp_path_factory.mktemp("traced")
    trace = folder / "trace"
    policy = folder / "site.toml"
    policy.write_text(POLICY)
    command: list[str | Path] = [program("strace"), *TRACE, "-o", trace, sys.executable, "-m", "georedirect", "serve"]
    with running(policy, command=command, quiet=False) as service:
        httpx.get(f"http://{service.door}/", headers={"Host": "x.example"}, trust_env=False)
        httpx.get(f"http://{service.admin}/metrics", trust_env=False)
        service.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: "loaded again" in service.logged())
        subprocess.run(["kill", "-9", str(service.children()[0])], check=True)
        assert wait_until(lambda: "another takes its place" in service.logged())
        assert wait_until(lambda: len(service.children()) == 3)
    return trace.read_text(errors="replace")


def calls_in(trace: str) -> set[str]:
    return set(re.findall(r"^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed>)", trace, re.MULTILINE))


def test_an_update_calls_nothing_that_its_unit_forbids_but_to_give_files_away(tmp_path: Path) -> None:
    """Which it does not need where the file is its own; that it may not is what it is told, and puts up with."""
    trace, policy = tmp_path / "trace", tmp_path / "site.toml"
    policy.write_text(f'{POLICY}[database]\ncountry = "country.mmdb"\nsource = "new.mmdb"\n')
    for name, country in (("country.mmdb", FRANCE), ("new.mmdb", GERMANY)):
        write_database(tmp_path / name, {"192.0.2.0/24": country})
    command: list[str | Path] = [program("strace"), *TRACE, "-o", trace, sys.executable, "-m", "georedirect"]
    done = subprocess.run([*command, "update", policy, "--accept"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    called = calls_in(trace.read_text(errors="replace"))
    assert called >= {"execve", "fsync", "flock"}
    assert called - allowed_calls("georedirect-update.service") == {"fchown"}


def test_the_door_calls_nothing_that_its_unit_forbids(traced: str) -> None:
    called = calls_in(traced)
    assert called >= {"execve", "bind", "listen", "accept4", "memfd_create", "openat", "mmap", "kill"}
    assert called - allowed_calls("georedirect.service") == set()


def test_the_door_maps_no_memory_that_it_could_both_write_and_run(traced: str) -> None:
    maps = re.findall(r"^\d+ +(?:mmap|mprotect|pkey_mprotect)\(.*", traced, re.MULTILINE)
    assert len(maps) > 100
    assert [line for line in maps if "PROT_WRITE" in line and "PROT_EXEC" in line] == []
    assert [line for line in maps if "mprotect" in line and "PROT_EXEC" in line] == []


def test_the_door_opens_no_socket_of_another_family(traced: str) -> None:
    allowed = set(Unit(UNITS / "georedirect.service")["Service"]["RestrictAddressFamilies"].split())
    families = set(re.findall(r"\bsocket(?:pair)?\((AF_\w+)", traced))
    assert "AF_INET" in families
    assert families - allowed == set()


def test_logrotate_reads_its_file_and_tells_the_door(tmp_path: Path) -> None:
    file = ROOT / "deploy" / "logrotate" / "georedirect"
    text = file.read_text()
    assert "systemctl kill --kill-whom=main --signal=SIGUSR1 georedirect.service" in text
    copied = tmp_path / "georedirect"
    copied.write_text(text.replace("/var/log/georedirect", str(tmp_path)))
    copied.chmod(0o644)
    (tmp_path / "access.log").write_text("a line\n")
    command: list[str | Path] = [program("logrotate"), "--debug", "--force", "--state", tmp_path / "state", copied]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr
    assert "running postrotate script" in done.stderr
