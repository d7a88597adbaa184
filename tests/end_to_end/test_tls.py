"""`serve` with TLS, as clients of all kinds meet it, and with its certificates changed while they do."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import sync_playwright

from tests.certificates import authority, chain_of, client_context, files_in, issue
from tests.policies import GOOD
from tests.processes import ROOT, running, wait_until
from tests.wire import Connection, request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.certificates import Files
    from tests.processes import Service

POLICY = """\
[server]
workers = 2
[[server.listen]]
address = "127.0.0.1:0"
tls = true
[[server.listen]]
address = "127.0.0.1:0"
to_https = true
"""
SWAPS = 20


@dataclass(frozen=True, slots=True)
class Door:
    """A running door, where it speaks TLS, and the files of its certificates."""

    service: Service
    https: int
    first: Files
    second: Files

    def reload(self) -> None:
        asked = urllib.request.Request(f"http://{self.service.admin}/reload", method="POST")
        with urllib.request.urlopen(asked) as reply:  # noqa: S310  our own
            assert json.load(reply)["outcome"] == "swapped"

    def connect(self, name: str = "www.example.com", session: ssl.SSLSession | None = None) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.https), 10)
        return CLIENT.wrap_socket(plain, server_hostname=name, session=session)

    def serial(self, name: str = "www.example.com") -> object:
        """Of the certificate that a new connection gets."""
        with self.connect(name) as client:
            return (client.getpeercert() or {})["serialNumber"]


CLIENT = client_context()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with door_in(tmp_path_factory.mktemp("tls")) as running_door:
        yield running_door


@contextmanager
def door_in(folder: Path) -> Iterator[Door]:
    first, second = files_in(folder, "www.example.com"), files_in(folder, "*.example.org")
    policy = folder / "site.toml"
    policy.write_text(GOOD + POLICY + first.toml + second.toml)
    with running(policy, quiet=False, listens=()) as service:
        found = re.search(r"https://127\.0\.0\.1:(\d+)", service.printed)
        assert found, service.printed
        yield Door(service, int(found[1]), first, second)


def s_client(door: Door, *options: str, name: str = "www.example.com", said: str = "") -> str:
    """What openssl says of a connection that it was told to make."""
    authorities = door.first.certificate.with_name("authority.pem")
    authority().cert_pem.write_to_path(str(authorities))
    verifying = ["-CAfile", str(authorities), "-verify_return_error", "-verify_hostname", name, "-servername", name]
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{door.https}", *verifying, *options],
        input=said,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(("option", "version"), [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
@pytest.mark.parametrize("name", ["www.example.com", "shop.example.org"])
def test_openssl_accepts_it_under_each_name(door: Door, option: str, version: str, name: str) -> None:
    said = s_client(door, option, "-alpn", "http/1.1", name=name)
    assert f"New, {version}, Cipher is " in said
    assert "Verify return code: 0 (ok)" in said
    assert "ALPN protocol: http/1.1" in said
    assert "Early data was not sent" in said or version == "TLSv1.2"


@pytest.mark.parametrize("option", ["-tls1", "-tls1_1"])
def test_what_is_older_is_refused(door: Door, option: str) -> None:
    assert "New, (NONE), Cipher is (NONE)" in s_client(door, option, "-cipher", "ALL:@SECLEVEL=0")


def test_a_connection_does_not_begin_anew_in_the_middle(door: Door) -> None:
    said = s_client(door, "-tls1_2", said="R\n")
    assert "RENEGOTIATING" in said
    assert "no renegotiation" in said


def test_a_name_that_is_none_is_refused_without_a_word(door: Door) -> None:
    out = ssl.MemoryBIO()
    hello = CLIENT.wrap_bio(ssl.MemoryBIO(), out, server_hostname="abcdefgh.example")
    with suppress(ssl.SSLWantReadError):
        hello.do_handshake()
    before = door.service.logged()
    with socket.create_connection(("127.0.0.1", door.https), 10) as client:
        client.sendall(out.read().replace(b"abcdefgh", b"\xff\xfe\r\n\x1b[1m"))
        assert client.recv(7) == b"\x15\x03\x03\0\x02\x02\x50"  # internal_error (RFC 8446 6.2)
    assert door.serial()
    assert door.service.logged() == before


def spki_of(files: Files) -> str:
    key = x509.load_pem_x509_certificate(files.certificate.read_bytes()).public_key()
    octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(octets).digest()).decode()


def test_chromium_accepts_it_and_goes_on_by_https(door: Door) -> None:
    """It is told whose key to take for certified; all else of the certificate and of TLS it judges by itself."""
    program = shutil.which("chromium")
    assert program, "no chromium: run scripts/components chromium"
    options = [
        "--no-sandbox",
        f"--ignore-certificate-errors-spki-list={spki_of(door.first)}",
        "--host-resolver-rules=MAP www.example.com 127.0.0.1",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=options)
        page = browser.new_page()
        seen = page.goto(f"http://www.example.com:{door.service.door.port}/.georedirect/")
        assert seen is not None
        details = seen.security_details()
        assert (seen.status, seen.url) == (200, f"https://www.example.com:{door.https}/.georedirect/")
        assert details is not None
        assert details["protocol"] == "TLS 1.3"
        browser.close()


def test_workers_take_each_others_tickets(door: Door) -> None:
    with door.connect() as client:
        client.sendall(request("/a"))
        assert client.recv(65536).startswith(b"HTTP/1.1 307 ")
        session = client.session
    for _ in range(12):  # which two workers share
        with door.connect(session=session) as client:
            assert client.session_reused


def test_a_pair_that_does_not_fit_changes_nothing(door: Door) -> None:
    serial = door.serial()
    kept = door.first.key.read_bytes()
    door.first.key.write_bytes(issue("www.example.com").private_key_pem.bytes())
    assert wait_until(lambda: "is not the key of that certificate" in door.service.logged())
    assert door.serial() == serial
    door.first.key.write_bytes(kept)
    door.reload()
    assert "PRIVATE" not in door.service.logged()


class Load:
    """Clients that ask all the time, on connections that stay and on new ones. What fails is in `failures`."""

    def __init__(self, door: Door) -> None:
        self._port = door.https
        self.is_over = False
        self.answers = 0
        self.failures: list[str] = []

    async def _connection(self) -> tuple[Connection, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._port, ssl=CLIENT, server_hostname="www.example.com"
        )
        return Connection(reader, writer), writer

    async def stay(self) -> None:
        client, writer = await self._connection()
        while not self.is_over:
            await self._ask(client)
            await asyncio.sleep(0.005)
        writer.close()

    async def come_anew(self) -> None:
        while not self.is_over:
            client, writer = await self._connection()
            await self._ask(client)
            writer.close()

    async def _ask(self, client: Connection) -> None:
        reply = await client.ask(request("/a"))
        assert reply["location"] == "https://global.example.com/a"
        self.answers += 1

    async def run(self, swap: object) -> None:
        tasks = [asyncio.create_task(self.stay()) for _ in range(4)]
        tasks += [asyncio.create_task(self.come_anew()) for _ in range(2)]
        await asyncio.to_thread(swap)  # type: ignore[arg-type]
        self.is_over = True
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, BaseException):
                self.failures.append(repr(outcome))


async def test_certificates_are_swapped_twenty_times_under_load_and_nobody_notices(tmp_path: Path) -> None:
    with door_in(tmp_path) as door:
        await swap_under_load(door)


async def swap_under_load(door: Door) -> None:
    load = Load(door)
    seen: list[object] = []

    def swap() -> None:
        for number in range(SWAPS):
            issued = issue("www.example.com")
            serial = f"{x509.load_pem_x509_certificate(chain_of(issued)).serial_number:040X}"
            door.first.write(issued)
            if number:
                door.reload()  # which returns when all workers serve it
            else:  # the files are watched, too
                assert wait_until(lambda: {door.serial() for _ in range(8)} == {serial})  # noqa: B023  at once
            seen.append(wait_until(lambda: door.serial() == serial))  # noqa: B023  at once

    await load.run(swap)
    assert load.failures == []
    assert seen == [True] * SWAPS
    assert load.answers > SWAPS


def test_systemd_hands_its_sockets_over(tmp_path: Path) -> None:
    program = shutil.which("systemd-socket-activate")
    if program is None:
        assert "CI" not in os.environ
        pytest.skip("no systemd-socket-activate here")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [program, "-l", f"127.0.0.1:{port}", "--fdname=web", sys.executable, "-m", "georedirect", "serve"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--listen", "systemd:web", "--admin", "off"], cwd=ROOT, stdout=log, stderr=log
        )
    try:
        assert wait_until(lambda: "Listening on" in (tmp_path / "log").read_text())
        with socket.create_connection(("127.0.0.1", port), 30) as client:  # it is only started for this one
            client.sendall(request("/a"))
            assert client.recv(65536).startswith(b"HTTP/1.1 307 ")
        process.terminate()
        assert process.wait(30) == 0
        assert f"listening on http://127.0.0.1:{port}" in (tmp_path / "log").read_text()
    finally:
        process.kill()
        process.wait()


def test_door_and_admin_may_both_be_on_unix_sockets_and_leave_none_behind(tmp_path: Path) -> None:
    door, admin = tmp_path / "door.sock", tmp_path / "admin.sock"
    command = [sys.executable, "-m", "georedirect", "serve", "--listen", f"unix:{door}", "--admin", f"unix:{admin}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert f"listening on unix:{door}" in process.stdout.readline()
        assert f"admin on unix:{admin}" in process.stdout.readline()
        for path, target, status in ((door, "/a", b"307"), (admin, "/healthz", b"200")):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(path))
                client.sendall(request(target, host="localhost"))
                assert client.recv(65536).startswith(b"HTTP/1.1 " + status)
        process.terminate()
        assert process.wait(30) == 0
        assert not door.exists()
        assert not admin.exists()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
