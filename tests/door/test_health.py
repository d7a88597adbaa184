"""The process that asks the mirrors, in a whole service that is told to reload and to stop, and that is hurt."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from tests.processes import ROOT, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.processes import Service

_PROGRAM = f"""\
import json, logging, sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from georedirect.door.listen import where_of
from georedirect.door.run import run
from georedirect.door.snapshot import snapshot_of, load_snapshot
from georedirect.policy.endpoint import parse_endpoint
from dataclasses import replace
from georedirect.policy.mirror_model import Check
from georedirect.policy.server_model import Listener
from tests.health.checked import with_checks

logging.basicConfig(format="%(message)s")
logging.getLogger("georedirect").setLevel(logging.INFO)
urls = Path(sys.argv[1])
zero = parse_endpoint("127.0.0.1:0")

def load(*_):
    snapshot = load_snapshot([])
    server = replace(snapshot.configuration.server, listen=(Listener(zero),), admin=zero, workers=1)
    limits = replace(snapshot.configuration.limits, watchdog_seconds=float(sys.argv[2]))
    snapshot = replace(snapshot, configuration=replace(snapshot.configuration, server=server, limits=limits))
    checks = [Check(url, interval_seconds=1, timeout_seconds=1, **more) for url, more in json.loads(urls.read_text())]
    return with_checks(snapshot, {{"global": checks}})

def announce(snapshot, listening):
    print(f"http://{{where_of(listening.doors[0].sock)}} http://{{listening.admin}}\\ncurl", flush=True)

run(load, load, announce)
"""


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked.append(self.path)
        self.send_response(503 if self.path in sick else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


asked: list[str] = []
sick: set[str] = set()
"""What the mirror on this machine was asked for, and where it is sick."""


@contextmanager
def checked(
    folder: Path, checks: Sequence[tuple[str, dict[str, Any]]], watchdog_seconds: float = 2
) -> Iterator[tuple[Service, str, Path]]:
    """A service whose mirrors are checked so, where they are, and the file that says how."""
    asked.clear()
    sick.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    origin, urls = f"http://127.0.0.1:{server.server_address[1]}", folder / "urls.json"
    write(urls, origin, checks)
    try:
        with running(urls, str(watchdog_seconds), command=[sys.executable, "-c", _PROGRAM], quiet=False) as service:
            yield service, origin, urls
    finally:
        server.shutdown()
        server.server_close()


def write(urls: Path, origin: str, checks: Sequence[tuple[str, dict[str, Any]]]) -> None:
    urls.write_text(json.dumps([(origin + path, more) for path, more in checks]))


def mirrors(service: Service) -> list[dict[str, Any]]:
    connection = HTTPConnection("127.0.0.1", service.admin.port, timeout=5)
    connection.request("GET", "/mirrors")
    found: dict[str, list[dict[str, Any]]] = json.loads(connection.getresponse().read())
    connection.close()
    return found["mirrors"]


def are_well(service: Service) -> list[bool]:
    return [mirror["is_well"] for mirror in mirrors(service)]


def pid_of_checks(service: Service) -> int:
    """It is the one without a listening socket."""
    return next(pid for pid in service.children() if not _listens(pid))


def _listens(pid: int) -> bool:
    inodes = {line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"}
    links = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.is_symlink()}
    return not links.isdisjoint(f"socket:[{inode}]" for inode in inodes)


def test_what_is_known_outlives_the_process_that_asks(tmp_path: Path) -> None:
    with checked(tmp_path, [("/a", {"fall": 1}), ("/b", {})]) as (service, _, _):
        sick.add("/a")
        assert wait_until(lambda: are_well(service) == [False, True])
        before, workers = mirrors(service)[0], set(service.children()) - {pid_of_checks(service)}
        for _ in range(3):
            killed = pid_of_checks(service)
            os.kill(killed, signal.SIGKILL)
            assert wait_until(lambda killed=killed: killed not in service.children() and len(service.children()) == 3)  # type: ignore[misc]
            assert are_well(service) == [False, True]
        assert wait_until(lambda: mirrors(service)[0]["wrong"] > before["wrong"])
        assert (mirrors(service)[0]["since"], mirrors(service)[0]["changes"]) == (before["since"], 1)
        sick.clear()
        assert wait_until(lambda: are_well(service) == [True, True])
        assert workers < set(service.children())
        assert service.logged().count("checks ended after") == 3


def test_one_that_hangs_is_replaced(tmp_path: Path) -> None:
    with checked(tmp_path, [("/a", {"fall": 1})]) as (service, _, _):
        hung = pid_of_checks(service)
        os.kill(hung, signal.SIGSTOP)
        assert wait_until(lambda: hung not in service.children() and len(service.children()) == 3)
        sick.add("/a")
        assert wait_until(lambda: are_well(service) == [False])
        assert "checks has not moved for 2" in service.logged()


def test_no_reload_waits_for_one_that_hangs(tmp_path: Path) -> None:
    """Who did would wait until it is killed, twenty seconds after it last moved."""
    with checked(tmp_path, [("/a", {})], watchdog_seconds=20) as (service, _, _):
        hung = pid_of_checks(service)
        os.kill(hung, signal.SIGSTOP)
        connection = HTTPConnection("127.0.0.1", service.admin.port, timeout=30)
        connection.request("POST", "/reload")
        attempt = json.loads(connection.getresponse().read())
        connection.close()
        assert attempt["outcome"] == "swapped"
        assert attempt["seconds"] < 15
        assert pid_of_checks(service) == hung
        os.kill(hung, signal.SIGCONT)  # or the end would wait for it


def test_a_reload_changes_what_is_asked_and_keeps_what_is_known(tmp_path: Path) -> None:
    with checked(tmp_path, []) as (service, origin, urls):
        assert mirrors(service) == []
        checks = pid_of_checks(service)
        sick.add("/a")
        write(urls, origin, [("/a", {"fall": 1}), ("/b", {"fall": 1})])
        service.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: are_well(service) == [False, True])
        write(urls, origin, [("/c", {"fall": 1}), ("/a", {"fall": 1, "rise": 5})])
        service.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: "/c" in asked)
        assert are_well(service) == [True, False]
        asked.clear()
        assert wait_until(lambda: asked.count("/c") >= 2)
        assert "/b" not in asked
        assert pid_of_checks(service) == checks


def test_it_ends_with_the_service_and_with_whoever_started_it(tmp_path: Path) -> None:
    with checked(tmp_path, [("/a", {})]) as (service, _, _):
        children = service.children()
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(10) == 0
    with checked(tmp_path, [("/a", {})]) as (service, _, _):
        children += service.children()
        service.process.kill()
        assert wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


def without_a_database(service: Service) -> list[int]:
    maps = {pid: Path(f"/proc/{pid}/maps").read_text() for pid in service.children()}
    return [pid for pid, text in maps.items() if "memfd:" not in text]


def test_it_keeps_no_database(tmp_path: Path) -> None:
    with checked(tmp_path, [("/a", {})]) as (service, _, _):
        assert wait_until(lambda: without_a_database(service) == [pid_of_checks(service)], 5)
