"""HAProxy in front, which says in PROXY headers who its clients are: for TCP and HTTP, in each version, with TLS."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import shlex
import socket
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import pytest

from georedirect.policy.endpoint import Endpoint
from tests.caches import free_port, program
from tests.caches import running as running_program
from tests.certificates import client_context, files_in
from tests.doors import counted
from tests.processes import running, wait_until
from tests.wire import Connection, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.processes import Service

POLICY = """\
[site]
hosts = ["www.example.com", "example.com"]
default = "global"
[choice]
cookie = "c"
[regions.global]
uri = "https://global.example.com{+path}{+query}"
[regions.germany]
uri = "https://de.example.com{+path}{+query}"
countries = ["DE"]
[regions.sweden]
uri = "https://se.example.com{+path}{+query}"
countries = ["SE"]
[[server.listen]]
address = "127.0.0.1:0"
proxy_protocol = true
[[server.listen]]
address = "unix:{socket}"
proxy_protocol = true
[[server.listen]]
address = "127.0.0.1:0"
tls = true
proxy_protocol = true
[server]
trusted_proxies = ["127.0.0.1", "unix"]
client_address = "proxy-protocol"
[database]
overrides = ["loopback.csv"]
"""
OVERRIDES = "127.0.0.2,DE\n127.0.0.3,SE\n127.0.0.1,SE\n"
CLIENTS = {"127.0.0.2": "de", "127.0.0.3": "se", "127.0.0.4": "global"}

BACKENDS = {
    "tcp, v1": ("tcp", "", "send-proxy check"),
    "tcp, v2": ("tcp", "", "send-proxy-v2 check"),
    "tcp, v2, all it can tell": (
        "tcp",
        "",
        "send-proxy-v2 proxy-v2-options crc32c,unique-id,authority,ssl,cert-cn,cert-key,cert-sig,ssl-cipher check",
    ),
    "http, v1": ("http", "", "send-proxy check"),
    "http, v2": ("http", "", "send-proxy-v2 check"),
    "http, v2, asked": ("http", "option httpchk\nhttp-check send hdr Host example.com\n", "send-proxy-v2 check"),
    "tcp, v2, Unix": ("tcp", "", "send-proxy-v2 check"),
    "tcp, v2, passing on TLS": ("tcp", "", "send-proxy-v2 check"),
    "http, v2, TLS": ("http", "", "send-proxy-v2-ssl check"),
}
"""By name: the mode, what else there is to say, and the words of the server's line."""


class Proxied(NamedTuple):
    """A running service, and HAProxy's listeners in front of it."""

    service: Service
    fronts: dict[str, Endpoint]
    stats: Path

    def checks(self) -> dict[str, tuple[str, str]]:
        """What HAProxy thinks of the door by each of its listeners: the status, and what came of the last check."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(10)
            asking.connect(str(self.stats))
            asking.sendall(b"show stat\n")
            told = b"".join(iter(lambda: asking.recv(65536), b"")).decode().removeprefix("# ")
        rows = [row for row in csv.DictReader(io.StringIO(told)) if row["svname"] == "door"]
        return {row["pxname"]: (row["status"], row["check_status"]) for row in rows}


def configuration(service: Service, fronts: dict[str, Endpoint], folder: Path) -> str:
    (over_tls,) = re.findall(r"https://([0-9.:]+)", service.printed)
    ends = {"Unix": f"unix@{folder}/door.sock", "on TLS": over_tls}
    listens = []
    for number, (name, (mode, more, server)) in enumerate(BACKENDS.items()):
        crypt = f" ssl crt {folder}/both.pem" if name.endswith(", TLS") else ""
        door = next((end for kind, end in ends.items() if name.endswith(kind)), str(service.door))
        unique = "unique-id-format %[uuid()]" if "unique-id" in server else ""
        listens.append(f"""
listen l{number}
    mode {mode}
    bind {fronts[name]}{crypt}
    {more.replace(chr(10), chr(10) + "    ")}
    {unique}
    server door {door} {server} inter 100ms
""")
    return f"""\
global
    stats socket {folder}/stats.sock mode 600 level user
    maxconn 200
defaults
    timeout connect 5s
    timeout client 30s
    timeout server 30s
{"".join(listens)}
"""


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    folder = tmp_path_factory.mktemp("haproxy")
    files = files_in(folder, "www.example.com")
    (folder / "site.toml").write_text(POLICY.replace("{socket}", f"{folder}/door.sock") + files.toml)
    (folder / "both.pem").write_bytes(files.certificate.read_bytes() + files.key.read_bytes())
    (folder / "loopback.csv").write_text(OVERRIDES)
    fronts = {name: Endpoint("127.0.0.1", free_port()) for name in BACKENDS}
    with running(folder / "site.toml", listens=()) as service:
        (folder / "haproxy.cfg").write_text(configuration(service, fronts, folder))
        command = [program("haproxy"), "-db", "-f", str(folder / "haproxy.cfg")]
        with running_program(command, fronts["tcp, v1"].port, folder):
            yield Proxied(service, fronts, folder / "stats.sock")
    assert (folder / "log").read_text() == ""


@asynccontextmanager
async def connection(proxied: Proxied, name: str, client: str) -> AsyncIterator[Connection]:
    """From a loopback address to one of HAProxy's listeners."""
    front = proxied.fronts[name]
    trust = client_context() if name.endswith("TLS") else None
    reader, writer = await asyncio.open_connection(
        front.host,
        front.port,
        local_addr=(client, 0),
        ssl=trust,
        server_hostname="www.example.com" if trust else None,
    )
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("name", BACKENDS)
async def test_clients_behind_haproxy_are_told_apart_by_their_addresses(proxied: Proxied, name: str) -> None:
    claim = "X-Forwarded-For: 85.214.132.117"
    for client, host in CLIENTS.items():
        async with connection(proxied, name, client) as wire:
            for path in ("/a", "/b?c"):
                reply = await wire.ask(request(path, claim))
                assert (reply.status, reply["location"]) == (307, f"https://{host}.example.com{path}")
            reply = await wire.ask(request("/.georedirect/suggest?url=/", "Sec-Fetch-Site: none"))
            assert f'"https://{host}.example.com/"'.encode() in reply.body


@pytest.mark.parametrize("name", BACKENDS)
async def test_clients_who_come_at_once_and_by_turns_are_not_mixed_up(proxied: Proxied, name: str) -> None:
    async def ask(client: str, host: str) -> None:
        async with connection(proxied, name, client) as wire:
            for number in range(20):
                reply = await wire.ask(request(f"/{number}", host=("www.example.com", "example.com")[number % 2]))
                assert reply["location"] == f"https://{host}.example.com/{number}"

    await asyncio.gather(*(ask(client, host) for client, host in CLIENTS.items() for _ in range(3)))


@pytest.mark.parametrize(
    ("name", "is_secure"), [("http, v2", False), ("http, v2, TLS", True), ("tcp, v2, passing on TLS", True)]
)
async def test_a_choice_is_kept_for_https_where_haproxy_says_that_it_was(
    proxied: Proxied, name: str, is_secure: bool
) -> None:
    body = b"region=sweden&url=/x"
    asked = request("/.georedirect/", f"Content-Length: {len(body)}", method="POST") + body
    async with connection(proxied, name, "127.0.0.2") as wire:
        reply = await wire.ask(asked)
    assert reply["location"] == "https://se.example.com/x"
    assert ("; Secure" in reply["set-cookie"]) is is_secure


def test_haproxy_finds_the_door_well(proxied: Proxied) -> None:
    """Nothing of its checks is in the log: that is looked at when the service has ended."""
    assert wait_until(lambda: {status for status, _ in proxied.checks().values()} == {"UP"}, 10), proxied.checks()
    assert wait_until(lambda: {result for _, result in proxied.checks().values()} == {"L4OK", "L7OK"}, 10)
    assert len(proxied.checks()) == len(BACKENDS)
    assert set(counted(proxied.service, "unannounced_connections_total", "cause").values()) == {0}


def test_the_line_to_try_speaks_the_proxy_protocol(proxied: Proxied) -> None:
    (line,) = [line.strip() for line in proxied.service.printed.splitlines() if line.strip().startswith("curl ")]
    done = subprocess.run(shlex.split(line), capture_output=True, text=True, check=True, timeout=30)
    assert "Location: https://se.example.com/hello?from=curl" in done.stdout
