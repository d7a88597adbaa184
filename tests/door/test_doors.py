"""The door on each kind of listener: over TLS, on the way there, and on a Unix socket."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import struct
from contextlib import ExitStack, asynccontextmanager, chdir, suppress
from itertools import count
from typing import TYPE_CHECKING, cast

import pytest

from georedirect.door.activation import Activation
from georedirect.door.app import create_door, renew_door
from georedirect.door.checking import CheckedReading
from georedirect.door.doors import doors_of, port_of_https
from georedirect.door.listen import endpoint_of, open_all
from georedirect.door.protocol import DoorProtocol
from georedirect.door.server import drain, start
from georedirect.door.snapshot import load_snapshot
from georedirect.door.tls import Tls
from georedirect.policy.endpoint import Endpoint
from georedirect.visitor.address import UNKNOWN
from tests.certificates import client_context, files_in
from tests.door.feeding import FakeTransport
from tests.policies import GOOD
from tests.serving import serving, snapshot_for
from tests.wire import Connection, ask, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from georedirect.door.app import DoorApp


def hello_of(name: str) -> bytes:
    """With what a client begins."""
    out = ssl.MemoryBIO()
    client = client_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return out.read()


LISTENERS = """\
[[server.listen]]
address = "127.0.0.1:0"
tls = true
[[server.listen]]
address = "127.0.0.1:0"
to_https = true
[[server.listen]]
address = "127.0.0.1:0"
to_https = true
https_port = 443
[[server.listen]]
address = "unix:{folder}/door.sock"
"""
SITE = GOOD.replace('["country"', '["choice", "country"')
TLS = "[tls]\nhsts_seconds = 60\nhsts_subdomains = true\n"
HSTS = "max-age=60; includeSubDomains"
HELLO = hello_of("www.example.com")
GERMAN = "X-Forwarded-For: 85.214.132.117"
_numbers = count()


class Doors:
    """A door with all of these listeners, and who goes to each."""

    def __init__(self, app: DoorApp, ports: list[int], path: str) -> None:
        self.app = app
        self.https, self.to_https, self.to_443 = ports
        self._path = path

    @asynccontextmanager
    async def over_tls(self, name: str = "www.example.com") -> AsyncIterator[Connection]:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.https, ssl=client_context(), server_hostname=name
        )
        try:
            yield Connection(reader, writer)
        finally:
            writer.close()
            with suppress(ssl.SSLError, ConnectionError):
                await writer.wait_closed()

    @asynccontextmanager
    async def plain(self, port: int) -> AsyncIterator[Connection]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        yield Connection(reader, writer)
        writer.close()

    @asynccontextmanager
    async def by_path(self) -> AsyncIterator[Connection]:
        reader, writer = await asyncio.open_unix_connection(self._path)
        yield Connection(reader, writer)
        writer.close()


def policy_in(folder: Path, trusted: str, more: str = "") -> Path:
    files = files_in(folder, "www.example.com")
    path = folder / "site.toml"
    server = f"[server]\ntrusted_proxies = {trusted}\n"
    path.write_text(f"{SITE}{server}{LISTENERS.format(folder=folder)}{TLS}{files.toml}{more}")
    return path


@asynccontextmanager
async def opened(folder: Path, trusted: str = '["unix"]', more: str = "") -> AsyncIterator[Doors]:
    snapshot = load_snapshot([policy_in(folder, trusted, more)], None, CheckedReading())
    app = create_door(snapshot, f"doors-{next(_numbers)}")
    with ExitStack() as until:
        sockets = open_all(snapshot.configuration.server.listen, Activation({}), until)
        serving = await start(app, doors_of(sockets))
        ports = [endpoint_of(each.sock).port for each in sockets[:3]]
        assert port_of_https(sockets) == ports[0]
        yield Doors(app, ports, f"{folder}/door.sock")
        await drain(serving, seconds=0.2)


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (request("/a?b"), 307),
        (request("/a", method="POST"), 307),
        (request("/.georedirect/"), 200),
        (request("/.georedirect/nothing"), 404),
        (request(host="elsewhere.example"), 421),
        (request("*", method="OPTIONS"), 204),
        (request("/", method="TRACE"), 405),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (request("/" + "a" * 9000), 414),
    ],
)
async def test_every_answer_over_tls_says_that_there_is_https_only(tmp_path: Path, octets: bytes, status: int) -> None:
    async with opened(tmp_path) as doors, doors.over_tls() as client:
        for _ in range(2 if status in {200, 307} else 1):  # the long way, and what is remembered of it
            reply = await client.ask(octets)
            assert (reply.status, reply.all("strict-transport-security")) == (status, [HSTS])


async def test_elsewhere_nothing_is_said_of_that(tmp_path: Path) -> None:
    async with opened(tmp_path) as doors:
        async with doors.by_path() as client:
            for target in ("/a", "/.georedirect/"):
                assert "strict-transport-security" not in dict((await client.ask(request(target))).headers)
        async with doors.plain(doors.https) as client:
            reply = await client.ask(request("/a"))
            assert (reply.status, reply.body) == (400, b"https is spoken here, and this was http\n")
            assert "strict-transport-security" not in dict(reply.headers)
            assert await client.is_closed_by_peer()


CHOICE = b"region=germany&url=/a"
CHOOSING = request(
    "/.georedirect/", f"Content-Length: {len(CHOICE)}", "Content-Type: application/x-www-form-urlencoded", method="POST"
)


async def test_over_tls_a_choice_is_kept_as_https_keeps_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as doors:
        async with doors.over_tls() as client:
            stored = (await client.ask(CHOOSING + CHOICE))["set-cookie"]
            assert stored.startswith("__Host-georedirect=germany; ")
            assert "; Secure; " in stored
            for cookie, place in (("__Host-georedirect=germany", "de"), ("georedirect=germany", "global")):
                for _ in range(2):
                    reply = await client.ask(request("/a", f"Cookie: {cookie}"))
                    assert reply["location"] == f"https://{place}.example.com/a"
        async with doors.by_path() as client:
            assert (await client.ask(CHOOSING + CHOICE))["set-cookie"].startswith("georedirect=germany; ")


@pytest.mark.parametrize(
    ("trusted", "said", "is_https"),
    [
        ('["unix"]', "http", True),
        ('["unix", "127.0.0.1"]', "http", False),
        ('["unix", "127.0.0.1"]', "https", True),
        ('["unix", "127.0.0.1"]', "", True),
    ],
)
async def test_over_tls_only_a_trusted_proxy_can_say_that_it_was_http(
    tmp_path: Path, trusted: str, said: str, is_https: bool
) -> None:
    async with opened(tmp_path, trusted) as doors, doors.over_tls() as client:
        cookie = "__Host-georedirect" if is_https else "georedirect"
        for _ in range(2):
            reply = await client.ask(request("/a", f"Cookie: {cookie}=germany", f"X-Forwarded-Proto: {said}"))
            assert reply["location"] == "https://de.example.com/a"


async def test_a_proxy_on_a_unix_socket_is_believed_where_the_policy_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as doors, doors.by_path() as client:
        assert (await client.ask(request("/a", GERMAN)))["location"] == "https://de.example.com/a"
        assert (await client.ask(request("/a")))["location"] == "https://global.example.com/a"
        page = await client.ask(request("/.georedirect/suggest?url=/a", GERMAN))
        assert b'"germany"' in page.body


async def test_nobody_on_a_unix_socket_is_believed_unasked(tmp_path: Path) -> None:
    async with opened(tmp_path, '["192.0.2.1"]') as doors, doors.by_path() as client:
        assert (await client.ask(request("/a", GERMAN)))["location"] == "https://global.example.com/a"


@pytest.mark.parametrize("name", ["\0georedirect-test", "127.0.0.1", "{folder}/client.sock"])
async def test_what_a_client_on_a_unix_socket_calls_itself_does_not_matter(tmp_path: Path, name: str) -> None:
    async with opened(tmp_path) as doors:
        with chdir(tmp_path), socket.socket(socket.AF_UNIX) as sock:
            sock.bind(name.format(folder=tmp_path))
            sock.connect(str(tmp_path / "door.sock"))
            reader, writer = await asyncio.open_unix_connection(sock=sock)
            client = Connection(reader, writer)
            assert (await client.ask(request("/a", GERMAN)))["location"] == "https://de.example.com/a"
            assert (await client.ask(request("/.georedirect/", GERMAN))).status == 200
            assert all(hasattr(connection, "deadline") for connection in doors.app.ctx.service.connections)
            writer.close()


@pytest.mark.parametrize(
    ("octets", "location"),
    [
        (request("/a?b=%41&c"), "{https}/a?b=%41&c"),
        (request("/?region=germany"), "{https}/?region=germany"),
        (request("/.georedirect/?url=/a"), "{https}/.georedirect/?url=/a"),
        (request("//evil.example/%2e"), "{https}//evil.example/%2e"),
        (request("/a", method="POST"), "{https}/a"),
        (request("/a", "Content-Length: 3", method="PUT") + b"abc", "{https}/a"),
        (request("http://www.example.com/b?c", host="other.example"), "{https}/b?c"),
        (request("/a", host="WWW.example.com:80"), "{https}/a"),
        (request("/a\\b\xe9"), "{https}/a%5Cb%C3%A9"),
        (request("/a", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example"), "{https}/a"),
    ],
)
async def test_http_is_sent_to_https_of_the_same_host(tmp_path: Path, octets: bytes, location: str) -> None:
    async with opened(tmp_path) as doors:
        for port, https in (
            (doors.to_https, f"https://www.example.com:{doors.https}"),
            (doors.to_443, "https://www.example.com"),
        ):
            async with doors.plain(port) as client:
                for _ in range(2):
                    reply = await client.ask(octets)
                    assert (reply.status, reply["location"]) == (308, location.format(https=https))
                    assert (reply["content-length"], reply["cache-control"]) == ("0", "private, no-store")


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (request("/", host="evil.example"), 421),
        (request("http://evil.example/"), 421),
        (request("/", host="a b"), 400),
        (b"GET / HTTP/1.0\r\n\r\n", 421),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (request("/", "Host: www.example.com"), 400),
        (request("*", method="OPTIONS"), 204),
        (request("/", method="TRACE"), 405),
        (request("/", method="BREW"), 501),
    ],
)
async def test_nobody_is_sent_anywhere_else(tmp_path: Path, octets: bytes, status: int) -> None:
    async with opened(tmp_path) as doors, doors.plain(doors.to_https) as client:
        reply = await client.ask(octets)
        assert (reply.status, reply.all("location")) == (status, [])


async def test_who_has_come_by_https_to_a_trusted_proxy_is_not_sent_round_and_round(tmp_path: Path) -> None:
    async with opened(tmp_path, '["127.0.0.1", "unix"]') as doors, doors.plain(doors.to_https) as client:
        reply = await client.ask(request("/a", GERMAN, "X-Forwarded-Proto: https"))
        assert (reply.status, reply["location"]) == (307, "https://de.example.com/a")
        assert (await client.ask(request("/a", GERMAN, "X-Forwarded-Proto: http"))).status == 308


async def test_a_head_in_pieces_and_requests_in_a_row_are_the_same_over_tls(tmp_path: Path) -> None:
    async with opened(tmp_path) as doors, doors.over_tls() as client:
        octets = request("/a")
        for octet in octets[:-1]:
            client.write(bytes([octet]))
            await asyncio.sleep(0)
        assert (await client.ask(octets[-1:])).status == 307
        client.write(octets * 20)
        assert [(await client.read()).status for _ in range(20)] == [307] * 20


async def test_a_handshake_that_comes_to_nothing_has_an_end_and_counts_as_a_connection(tmp_path: Path) -> None:
    async with opened(tmp_path, more="[limits]\nhead_seconds = 1\nconnections = 2\n") as doors:
        plain = doors.plain(doors.https), doors.plain(doors.https), doors.plain(doors.https)
        async with plain[0] as one, plain[1] as other, plain[2] as third:
            one.write(b"\x16\x03\x01")
            assert await third.is_closed_by_peer()
            assert await asyncio.wait_for(one.is_closed_by_peer(), 5)
            assert await asyncio.wait_for(other.is_closed_by_peer(), 5)
        async with doors.over_tls() as client:
            assert (await client.ask(request("/a"))).status == 307


async def test_a_handshake_that_has_begun_is_no_idle_connection(tmp_path: Path) -> None:
    """Whoever is in the middle of one when the door closes gets an answer; who has said nothing yet does not wait."""
    async with opened(tmp_path) as doors, doors.plain(doors.https) as silent:
        to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = client_context().wrap_bio(to_client, to_server, server_hostname="www.example.com")
        reader, writer = await asyncio.open_connection("127.0.0.1", doors.https)
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        writer.write(to_server.read())
        to_client.write(await reader.read(65536))
        doors.app.ctx.service.is_draining = True
        closed = [connection.close_if_idle() for connection in list(doors.app.ctx.service.connections)]
        assert sorted(closed) == [False, True]
        assert await silent.is_closed_by_peer()
        tls.do_handshake()
        tls.write(request("/a"))
        writer.write(to_server.read())
        to_client.write(await reader.read())
        assert tls.read(12) == b"HTTP/1.1 307"
        writer.close()


async def test_other_certificates_are_for_new_connections_and_those_that_are_open_stay(tmp_path: Path) -> None:
    async with opened(tmp_path) as doors, doors.over_tls() as first:
        assert (await first.ask(request("/a"))).status == 307
        text = (tmp_path / "site.toml").read_text()
        files = files_in(tmp_path, "other.example")
        policy = tmp_path / "other.toml"
        policy.write_text(text.partition("[tls]")[0] + files.toml)
        renew_door(doors.app, load_snapshot([policy], None, CheckedReading()))()
        assert (await first.ask(request("/a"))).all("strict-transport-security") == []
        with pytest.raises(ssl.SSLCertVerificationError):
            async with doors.over_tls():
                pass
        async with doors.over_tls("other.example") as client:
            assert (await client.ask(request("/a"))).status == 307


async def test_an_ipv4_peer_of_an_ipv6_listener_is_the_same_as_ever() -> None:
    policy = f'{GOOD}[server]\ntrusted_proxies = ["127.0.0.1"]\n'
    app = create_door(snapshot_for(policy), f"doors-{next(_numbers)}")
    async with serving(app, "::", DoorProtocol) as endpoint:
        for host, place in (("127.0.0.1", "de"), ("::1", "global")):
            reply = await ask(Endpoint(host, endpoint.port), request("/a", GERMAN))
            assert reply["location"] == f"https://{place}.example.com/a"


async def test_a_peer_that_nobody_can_name_any_more_is_not_taken_for_one_without_an_address() -> None:
    policy = f'{GOOD}[server]\ntrusted_proxies = ["unix"]\nlisten = "unix:/a"\n'
    app = create_door(snapshot_for(policy), f"doors-{next(_numbers)}")

    class Gone(FakeTransport):
        def get_extra_info(self, name: str, default: object = None) -> object:
            return ("127.0.0.1", 80) if name == "sockname" else default

    transport = Gone()
    protocol = DoorProtocol(connections=set(), app=app)
    protocol.connection_made(cast("asyncio.Transport", transport))
    assert protocol.peer == UNKNOWN


def connections_in_memory() -> int:
    return sum(isinstance(found, (Tls, DoorProtocol)) for found in gc.get_objects())


async def test_clients_that_are_gone_in_the_middle_leave_nothing_behind(tmp_path: Path) -> None:
    """Before, within and after the handshake, and within a record; by a reset, which comes without a word."""
    async with opened(tmp_path) as doors:
        async with doors.over_tls() as client:
            assert (await client.ask(request("/.georedirect/"))).status == 200
        gc.collect()
        gc.disable()  # what is left must go by itself
        before = connections_in_memory()
        try:
            for octets in (b"", b"\x16\x03\x01", HELLO[:100], HELLO, HELLO + b"\x17\x03\x03\x40\x00abc"):
                sock = socket.create_connection(("127.0.0.1", doors.https))
                sock.sendall(octets)
                await asyncio.sleep(0.05)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
            async with doors.over_tls() as client:
                assert (await client.ask(request("/a"))).status == 307
            await asyncio.sleep(0.1)
            assert not doors.app.ctx.service.connections
            assert connections_in_memory() == before
        finally:
            gc.enable()
