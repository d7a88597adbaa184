"""What a service manager hears, on a real datagram socket: of a service of its own, and of the messages one by one."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from georedirect.door.notify import Notifier
from tests.processes import running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POLICY = """\
[site]
default = "global"
[regions.global]
uri = "https://global.example.com{+path}{+query}"
"""


class Manager:
    """The manager's end: `heard` is every line of every message so far."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._heard: list[str] = []

    @property
    def heard(self) -> list[str]:
        try:
            while message := self._sock.recv(65536, socket.MSG_DONTWAIT):
                self._heard += message.decode().split("\n")
        except BlockingIOError:
            pass
        return self._heard

    def hears(self, line: str, times: int = 1) -> bool:
        return wait_until(lambda: self.heard.count(line) >= times)


@contextmanager
def manager(address: str) -> Iterator[Manager]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(address)
        yield Manager(sock)


def test_the_manager_hears_of_the_whole_life_of_a_service(tmp_path: Path) -> None:
    policy, address = tmp_path / "site.toml", str(tmp_path / "notify")
    policy.write_text(POLICY)
    env = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "500000"}
    with manager(address) as told:
        with running(policy, "--workers", "2", env=env, quiet=False) as service:
            assert told.hears("STATUS=2 of 2 workers serve")
            assert told.heard[:2] == ["READY=1", "STATUS=2 of 2 workers serve"]
            assert told.hears("WATCHDOG=1", times=3)
            os.kill(service.children()[0], signal.SIGKILL)
            assert told.hears("STATUS=1 of 2 workers serve")
            assert told.hears("STATUS=2 of 2 workers serve", times=2)
            policy.write_text(POLICY.replace("uri", "url"))
            assert wait_until(lambda: any("the last reload was refused: " in line for line in told.heard))
            assert (told.heard.count("RELOADING=1"), told.heard.count("READY=1")) == (1, 2)
            assert any(line.startswith("MONOTONIC_USEC=") for line in told.heard)
            policy.write_text(POLICY)
            assert told.hears("STATUS=2 of 2 workers serve", times=3)
            assert (told.heard.count("RELOADING=1"), told.heard.count("READY=1")) == (2, 3)
            assert "STOPPING=1" not in told.heard
        assert told.hears("STOPPING=1")


def test_a_supervisor_that_hangs_gives_no_sign_of_life(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    env = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "300000"}
    with manager(address) as told, running(env=env, quiet=False) as service:
        assert told.hears("WATCHDOG=1", times=2)
        service.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, service.process.pid, os.WSTOPPED | os.WNOWAIT)
        before = told.heard.count("WATCHDOG=1")
        assert not wait_until(lambda: told.heard.count("WATCHDOG=1") > before, seconds=0.6)
        service.process.send_signal(signal.SIGCONT)
        assert told.hears("WATCHDOG=1", times=before + 1)


def test_the_variables_are_taken_out_of_the_environment() -> None:
    environment = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1", "HOME": "/"}
    Notifier.taken_from(environment)
    assert environment == {"HOME": "/"}


def test_an_abstract_socket_is_one_that_begins_with_an_at_sign() -> None:
    name = f"@georedirect-{os.getpid()}"
    with manager(f"\0{name[1:]}") as told:
        Notifier(name).ready("all well")
        assert told.heard == ["READY=1", "STATUS=all well"]


@pytest.mark.parametrize(
    ("usec", "pid", "beats"),
    [
        ("60000000", "", 1),
        ("60000000", "our own", 1),
        ("60000000", "1", 0),
        ("0", "", 0),
        ("-1", "", 0),
        ("1e6", "", 0),
        ("", "", 0),
    ],
)
def test_a_sign_of_life_is_given_to_whoever_waits_for_ours(tmp_path: Path, usec: str, pid: str, beats: int) -> None:
    address = str(tmp_path / "notify")
    pid = str(os.getpid()) if pid == "our own" else pid
    with manager(address) as told:
        notifier = Notifier.taken_from({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": usec, "WATCHDOG_PID": pid})
        notifier.beat()
        notifier.beat()  # too soon for another
        assert told.heard == ["WATCHDOG=1"] * beats


def test_a_status_says_what_has_changed_in_one_line(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with manager(address) as told:
        notifier = Notifier(address)
        notifier.ready("well")
        notifier.turn("well")
        notifier.turn("unwell\nREADY=1\nbecause")
        notifier.turn("unwell\nREADY=1\nbecause")
        assert told.heard == ["READY=1", "STATUS=well", "STATUS=unwell; READY=1; because"]


@pytest.mark.parametrize("address", ["", "vsock:2:9999", "relative", "/nobody/listens/here", "@", "/" + "x" * 200])
def test_a_manager_that_cannot_be_told_is_no_reason_not_to_serve(address: str) -> None:
    Notifier.taken_from({"NOTIFY_SOCKET": address}).ready("all well")


def test_a_manager_that_does_not_listen_is_not_waited_for(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with manager(address):
        notifier = Notifier(address)
        for number in range(5000):
            notifier.turn(str(number))
