"""The servers that are compared: how each is started and ended. Measures nothing."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import maxminddb

from scripts.benchmark import work
from scripts.benchmark.haproxy import haproxy_configuration, write_maps
from scripts.benchmark.nginx import ACCESS, nginx_configuration
from scripts.benchmark.processes import SERVER_CORES, on_cores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.benchmark.scenarios import Scenario

ROOT = Path(__file__).resolve().parents[2]
DATABASE = ROOT / "data" / "country.mmdb"
REFERENCE = "nginx"
PEERS = {
    "door": "`georedirect serve`",
    "overridden": "the same with overrides of 100,000 networks",
    "plain": "the door's plain Sanic route",
    "nginx": "nginx with geoip2 and maps",
    "haproxy": "HAProxy with maps",
    "starlette": "Starlette on uvicorn",
    "floor": "uvloop, a constant answer",
}
ON_REQUEST = {
    "tls": "`georedirect serve`, over TLS",
    "nginx-tls": "nginx with geoip2 and maps, over TLS",
    "logged": "`georedirect serve` with the access log, JSON to a file",
    "nginx-logged": "nginx with an equal log, JSON to a file, a write for each line as is its default",
    "nginx-buffered": "the same, its lines written together: in 64 KiB, or once a second",
    "ruled": "`georedirect serve` with 5,000 rules over 50 sites, none of which matches",
    "matched": "the same, where one of them matches each request and counts it",
}
"""Measured only where they are named, and not on the page."""
OVERRIDES = 100_000
SITES, RULES_OF_A_SITE = 50, 100
_START_SECONDS = 30
_OVER_TLS = frozenset({"tls", "nginx-tls"})
_NGINX_LOGS = {"nginx-logged": "", "nginx-buffered": " buffer=64k flush=1s"}
"""How nginx writes its log, if it does."""
_LOGGED = frozenset({"logged", *_NGINX_LOGS})


class PeerError(Exception):
    """A peer cannot be started, or does not do its work."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A running server."""

    name: str
    pid: int
    port: int
    is_tls: bool = False
    log: Path | None = None


@contextmanager
def running(name: str, scenario: Scenario, scratch: Path) -> Iterator[Peer]:
    """Serve on a free port of 127.0.0.1 until the block ends."""
    port = _free_port()
    folder = scratch / f"{name}-{scenario.name}"
    folder.mkdir()
    command = _command(name, scenario, folder, port)
    with (folder / "log").open("w+") as log, on_cores(SERVER_CORES):
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_until_it_listens(name, process, port, folder / "log")
        yield Peer(name, process.pid, port, name in _OVER_TLS, folder / ACCESS if name in _LOGGED else None)
    finally:
        _end(process)


def _command(name: str, scenario: Scenario, folder: Path, port: int) -> list[str]:
    configuration = folder / "configuration"
    ours = [sys.executable, "-m"]
    match name:
        case "nginx" | "nginx-tls" | "nginx-logged" | "nginx-buffered":
            certificate = _certificate(folder.parent) if name in _OVER_TLS else None
            log = _NGINX_LOGS.get(name)
            configuration.write_text(nginx_configuration(port, DATABASE, folder, certificate=certificate, log=log))
            return ["nginx", "-p", str(folder), "-c", str(configuration)]
        case "haproxy":
            configuration.write_text(haproxy_configuration(port, _maps(folder.parent), folder.parent / "regions"))
            return ["haproxy", "-db", "-f", str(configuration)]
        case "starlette":
            return [*ours, "scripts.benchmark.serve_starlette", str(DATABASE), str(port)]
        case "floor":
            return [*ours, "scripts.benchmark.serve_constant", "closes" if scenario.closes else "stays", str(port)]
    return _door_command(name, scenario, folder, port)


def _door_command(name: str, scenario: Scenario, folder: Path, port: int) -> list[str]:
    ours = [sys.executable, "-m"]
    policy = folder / "policy.toml"
    overrides = _overrides(folder.parent) if name == "overridden" else None
    text = work.policy(DATABASE, scenario.lru_size, overrides)
    others: list[str] = []
    if name in {"ruled", "matched"}:
        text += work.rules(RULES_OF_A_SITE, matching=name == "matched")
        others = [str(path) for path in _other_sites(folder)]
    if name in _OVER_TLS:
        text += work.tls(port, _certificate(folder.parent))
    policy.write_text(text)
    if name == "plain":
        return [*ours, "scripts.benchmark.serve_plain", str(policy), str(port)]
    listen = [] if name in _OVER_TLS else ["--listen", f"127.0.0.1:{port}"]
    log = ["--access-log", str(folder / ACCESS)] if name == "logged" else []
    return [*ours, "georedirect", "serve", str(policy), *others, *listen, *log, "--admin", "off", "--workers", "1"]


def _certificate(scratch: Path) -> Path:
    """A certificate for P-256, and beside it its key, made once: so all have the same."""
    certificate = scratch / "certificate.pem"
    if not certificate.exists():
        kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={work.HOST}"]
        files = ["-out", str(certificate), "-keyout", str(certificate.with_suffix(".key"))]
        subprocess.run(["openssl", "req", "-x509", *kind, *files], check=True, capture_output=True)
    return certificate


def _other_sites(folder: Path) -> Iterator[Path]:
    for number in range(1, SITES):
        path = folder / f"site-{number}.toml"
        path.write_text(work.site(number) + work.rules(RULES_OF_A_SITE))
        yield path


def _overrides(scratch: Path) -> Path:
    """A file of networks out of the database, with the countries that it says, made once: so all do the same work."""
    overrides = scratch / "overrides.csv"
    if not overrides.exists():
        with maxminddb.open_database(DATABASE) as reader:
            rows = [f"{network},{found}" for network, record in reader if (found := _country(record))]
        overrides.write_text("\n".join(random.Random(1).sample(rows, OVERRIDES)))  # noqa: S311  the same ones each time
    return overrides


def _country(record: object) -> str | None:
    code = record.get("country", {}).get("iso_code") if isinstance(record, dict) else None
    return code if isinstance(code, str) else None


def _maps(scratch: Path) -> Path:
    """HAProxy's map files, made once."""
    networks = scratch / "networks"
    if not networks.exists():
        with maxminddb.open_database(DATABASE) as reader:
            write_maps(reader, networks, scratch / "regions")
    return networks


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _wait_until_it_listens(name: str, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise PeerError(f"{name} does not serve:\n{log.read_text()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
