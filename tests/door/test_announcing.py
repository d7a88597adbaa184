"""A listener on which every connection must begin with a PROXY header, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest

from georedirect.door import announcing
from georedirect.door.announcing import Announcing
from georedirect.door.app import create_door
from georedirect.door.certificates import read_certificates
from georedirect.door.doors import protocol_for
from georedirect.door.seldom import Seldom
from georedirect.door.tally import Tally
from georedirect.policy.endpoint import Endpoint, UnixSocket
from georedirect.policy.server_model import Listener
from tests.certificates import client_context, files_in
from tests.policies import GOOD
from tests.serving import serving, snapshot_for
from tests.visitor.announcements import (
    BAD,
    LOCAL,
    NOOP,
    UNSPECIFIED,
    Bad,
    inet,
    of,
    tlv,
    v1,
    v2,
)
from tests.visitor.announcements import ssl as by_tls
from tests.wire import Connection, Reply, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from sanic.server import HttpProtocol


GERMAN, SWEDISH = "85.214.132.117", "194.71.11.165"
GERMANY, NORTH, GLOBAL = "https://de.example.com/x", "https://north.example.com/x", "https://global.example.com/x"
SERVER = '[server]\ntrusted_proxies = ["127.0.0.1", "10.0.0.0/8"]\nclient_address = "peer"\n'
BY_HEADER = SERVER.replace('"peer"', '"x-forwarded-for"')
TLS = '[[server.listen]]\naddress = "127.0.0.1:0"\ntls = true\nproxy_protocol = true\n'
PLAIN = Listener(Endpoint("127.0.0.1", 0))
REQUEST = request("/x")
_numbers = count()


class Door(NamedTuple):
    endpoint: Endpoint
    said: list[str]
    tally: Tally

    @property
    def closed(self) -> dict[str, int]:
        """How many were closed unheard, by why."""
        return {key[1]: count for key, count in self.tally.read().items() if key[:1] == ("unannounced",)}


@asynccontextmanager
async def door_with(server: str = SERVER, listener: Listener = PLAIN, policy: str = GOOD) -> AsyncIterator[Door]:
    said: list[str] = []
    snapshot = snapshot_for(policy + server)
    snapshot = replace(snapshot, certificates=read_certificates(snapshot.configuration.tls, lambda _: None, []))
    tally = Tally()
    app = create_door(snapshot, row=tally.row(0), name=f"door-announcing-{next(_numbers)}")
    speaks = partial(Announcing, then=protocol_for(listener), seldom=Seldom(said.append))
    async with serving(app, protocol=cast("type[HttpProtocol]", speaks)) as endpoint:
        yield Door(endpoint, said, tally)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with door_with() as door:
        yield door


@pytest.fixture(autouse=True)
def _nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record.getMessage() for record in caplog.records if "Goin" not in record.getMessage()] == []


class Client(Connection):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self.reader, self.writer = reader, writer

    async def send(self, *parts: bytes) -> None:
        """Each part in a segment of its own, as far as anybody can see to that."""
        for part in parts:
            if self.writer.is_closing():
                break
            self.writer.write(part)
            await asyncio.sleep(0)  # in which the door, in the same loop, reads it


@asynccontextmanager
async def connection(door: Door, host: str = "127.0.0.1") -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(door.endpoint.host, door.endpoint.port, local_addr=(host, 0))
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


async def ask(door: Door, *parts: bytes, host: str = "127.0.0.1") -> Reply:
    async with connection(door, host) as client:
        await client.send(*parts)
        return await client.read()


async def is_closed(door: Door, *parts: bytes, host: str = "127.0.0.1") -> bool:
    """Whether the connection closes without a word."""
    async with connection(door, host) as client:
        await client.send(*parts)
        return await client.is_closed_by_peer()


def octet_by_octet(octets: bytes) -> list[bytes]:
    return [octets[at : at + 1] for at in range(len(octets))]


HEADERS = [
    pytest.param(v1(GERMAN), GERMANY, id="v1"),
    pytest.param(v1("::ffff:" + GERMAN), GERMANY, id="v1, mapped"),
    pytest.param(v1("2a01:4f8::1"), GERMANY, id="v1, IPv6"),
    pytest.param(v1(SWEDISH), NORTH, id="v1, another"),
    pytest.param(b"PROXY UNKNOWN\r\n", GLOBAL, id="v1, unknown"),
    pytest.param(b"PROXY UNKNOWN %b %b 1 2\r\n" % (GERMAN.encode(), GERMAN.encode()), GLOBAL, id="v1, unknown, named"),
    pytest.param(of(GERMAN), GERMANY, id="v2"),
    pytest.param(of("2a01:4f8::1"), GERMANY, id="v2, IPv6"),
    pytest.param(of(SWEDISH, tlv(NOOP, b"x" * 100)), NORTH, id="v2, TLV"),
    pytest.param(of(GERMAN, tlv(NOOP, bytes(16000))), GERMANY, id="v2, huge"),
    pytest.param(v2(bytes(216), kind=0x31), GLOBAL, id="v2, Unix"),
    pytest.param(v2(b"", kind=UNSPECIFIED), GLOBAL, id="v2, unspecified"),
    pytest.param(v2(inet(GERMAN), command=LOCAL), GLOBAL, id="v2, local"),
]


@pytest.mark.parametrize(("header", "location"), HEADERS)
async def test_the_client_is_who_is_announced(door: Door, header: bytes, location: str) -> None:
    for parts in ([header + REQUEST], [header, REQUEST], [header[:9], header[9:] + REQUEST[:5], REQUEST[5:]]):
        reply = await ask(door, *parts)
        assert (reply.status, reply["location"]) == (307, location)
    assert door.said == []


@pytest.mark.parametrize("header", [v1(GERMAN), of(GERMAN), of(GERMAN, tlv(NOOP, b"x" * 50))])
async def test_a_header_and_its_request_may_come_byte_by_byte(door: Door, header: bytes) -> None:
    reply = await ask(door, *octet_by_octet(header + REQUEST))
    assert reply["location"] == GERMANY


async def test_a_header_holds_for_all_requests_of_its_connection(door: Door) -> None:
    async with connection(door) as client:
        await client.send(v1(GERMAN) + REQUEST * 3)
        assert [(await client.read())["location"] for _ in range(3)] == [GERMANY] * 3
        reply = await client.ask(request("/x", "X-Forwarded-For: 194.71.11.165"))
        assert reply["location"] == GERMANY
        assert (await client.ask(request("/x", host="other.example"))).status == 421
        assert (await client.ask(REQUEST))["location"] == GERMANY
        body = await client.ask(request("/x", "Content-Length: 3", method="POST") + b"abc" + REQUEST)
        assert (body["location"], (await client.read())["location"]) == (GERMANY, GERMANY)


async def test_a_second_header_is_no_request(door: Door) -> None:
    async with connection(door) as client:
        await client.send(v1(GERMAN) + v1(SWEDISH) + REQUEST)
        assert (await client.read()).status == 400
        assert await client.is_closed_by_peer()


async def test_pages_of_our_own_know_who_is_announced(door: Door) -> None:
    asked = request("/.georedirect/suggest?url=/x")
    for header, region in (
        (of(GERMAN), b'"germany"'),
        (of(SWEDISH), b'"north"'),
        (v2(b"", kind=UNSPECIFIED), b'"global"'),
    ):
        async with connection(door) as client:
            assert b'"region": ' + region in (await client.ask(header + asked)).body
            assert b'"region": ' + region in (await client.ask(asked)).body


# Whom to believe


async def test_a_peer_that_is_not_trusted_is_closed_at_once_whatever_it_says() -> None:
    async with door_with() as door:
        assert await is_closed(door, host="127.0.0.2")
        assert await is_closed(door, v1(GERMAN) + REQUEST, host="127.0.0.2")
        assert await is_closed(door, REQUEST, host="127.0.0.2")
        assert door.closed == {"untrusted": 3}
    assert door.said == ["closed a connection without an answer: its peer is not one of trusted_proxies"]


@pytest.mark.parametrize(
    ("header", "location"),
    [
        pytest.param(v1(GERMAN), GERMANY, id="a client of its own"),
        pytest.param(v1("10.0.0.1"), NORTH, id="another proxy that we trust"),
        pytest.param(of("10.255.255.255"), NORTH, id="another proxy that we trust, v2"),
        pytest.param(b"PROXY UNKNOWN\r\n", GLOBAL, id="nobody knows"),
        pytest.param(v2(b"", kind=UNSPECIFIED), GLOBAL, id="nobody knows, v2"),
        pytest.param(v2(b"", command=LOCAL), NORTH, id="itself"),
    ],
)
async def test_a_header_counts_only_if_who_is_announced_is_trusted(header: bytes, location: str) -> None:
    async with door_with(BY_HEADER) as door:
        reply = await ask(door, header + request("/x", f"X-Forwarded-For: {SWEDISH}"))
        assert reply["location"] == location


# What is no header


@pytest.mark.parametrize("bad", BAD[::7], ids=lambda bad: bad.name)
async def test_what_does_not_begin_with_a_header_is_closed_without_an_answer(door: Door, bad: Bad) -> None:
    assert await is_closed(door, bad.octets + REQUEST)
    assert await is_closed(door, *octet_by_octet(bad.octets[:200]), bad.octets[200:] + REQUEST)
    assert door.closed == {"malformed": 2}
    (said,) = door.said
    assert said.startswith("closed a connection without an answer: what 127.0.0.1 sent first ")


@pytest.mark.parametrize("begun", [b"", v1(GERMAN)[:-1], of(GERMAN)[:-1], b"\r"])
async def test_a_header_must_be_whole_in_time(begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "HEADER_SECONDS", 0.3)
    async with door_with() as door:
        assert await is_closed(door, begun)
        assert door.closed == {"late": 1}
    assert door.said == [
        "closed a connection without an answer: 127.0.0.1 sent no whole PROXY header within 0.3 seconds"
    ]


async def test_a_header_in_time_is_followed_by_the_usual_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "HEADER_SECONDS", 0.3)
    async with door_with() as door, connection(door) as client:
        await client.send(v1(GERMAN))
        await asyncio.sleep(0.8)
        assert (await client.ask(REQUEST))["location"] == GERMANY


async def test_who_only_looks_whether_we_listen_is_not_told_of(door: Door) -> None:
    for begun in (b"", b"PROXY", v1(GERMAN), of(GERMAN)):
        async with connection(door) as client:
            await client.send(begun)
    assert (await ask(door, v1(GERMAN) + REQUEST)).status == 307
    assert (door.said, door.closed) == ([], {})


async def test_connections_that_are_reset_before_their_header_is_whole_leave_nothing_behind() -> None:
    app = create_door(snapshot_for(GOOD + SERVER), name=f"door-announcing-{next(_numbers)}")
    said: list[str] = []
    speaks = partial(Announcing, then=protocol_for(PLAIN), seldom=Seldom(said.append))
    async with serving(app, protocol=cast("type[HttpProtocol]", speaks)) as endpoint:
        for begun in (b"", b"PROXY", v1(GERMAN), of(GERMAN)[:-1], of(GERMAN) + REQUEST[:9]):
            for pause in (0, 0.02):
                with socket.create_connection(endpoint) as sock:
                    sock.sendall(begun)
                    await asyncio.sleep(pause)
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await asyncio.sleep(0.1)
        assert [*app.ctx.service.connections] == []
    assert said == []


async def test_one_connection_too_many_is_closed_unheard() -> None:
    async with door_with(f"{SERVER}[limits]\nconnections = 2\n") as door:
        async with connection(door) as first, connection(door) as second:
            await first.send(v1(GERMAN))
            await second.send(b"PROXY")
            assert await is_closed(door, v1(GERMAN) + REQUEST)
        assert door.closed == {"too-many": 1}
        assert door.said == ["closed a connection without an answer: there are too many"]


async def test_connections_whose_header_has_not_begun_are_closed_when_the_door_is() -> None:
    async with door_with() as door, connection(door) as idle, connection(door) as begun:
        await begun.send(b"PROXY ")
        closing = asyncio.create_task(idle.is_closed_by_peer())
        await asyncio.sleep(0.05)
        ending = begun.is_closed_by_peer()
    assert await closing
    assert await ending


async def test_the_log_names_the_listener_and_the_proxy_but_never_who_is_no_proxy(
    caplog: pytest.LogCaptureFixture,
) -> None:
    where = "unix:/run/door.sock"
    app = create_door(snapshot_for(GOOD + SERVER), name=f"door-announcing-{next(_numbers)}")
    speaks = protocol_for(Listener(UnixSocket("/run/door.sock"), proxy_protocol=True))
    async with serving(app, protocol=cast("type[HttpProtocol]", speaks)) as endpoint:
        door = Door(endpoint, [], Tally())
        for _ in range(3):
            assert await is_closed(door, REQUEST)
            assert await is_closed(door, REQUEST, host="127.0.0.2")
        assert (await ask(door, v1(GERMAN) + REQUEST))["location"] == GERMANY
    logged = [record.getMessage() for record in caplog.records if record.name == "georedirect"]
    caplog.clear()
    assert logged == [
        f"{where}: closed a connection without an answer: what 127.0.0.1 sent first does not begin like a PROXY header",
        f"{where}: closed a connection without an answer: its peer is not one of trusted_proxies",
    ]


# Over TLS


async def test_a_request_is_https_where_the_header_says_that_the_client_came_by_tls() -> None:
    body = b"region=germany&url=/x"
    post = request("/.georedirect/", f"Content-Length: {len(body)}", method="POST") + body
    choosing = GOOD.replace('order = ["country"', 'order = ["choice", "country"')
    async with door_with(policy=choosing) as door:
        plain, secure = await ask(door, of(GERMAN) + post), await ask(door, of(GERMAN, by_tls()) + post)
    assert "; Secure" not in plain["set-cookie"]
    assert "; Secure" in secure["set-cookie"]


async def test_who_came_to_the_proxy_by_tls_is_not_sent_to_https_again() -> None:
    async with door_with(listener=replace(PLAIN, to_https=True)) as door:
        sent, served = await ask(door, v1(GERMAN) + REQUEST), await ask(door, of(GERMAN, by_tls()) + REQUEST)
    assert (sent.status, sent["location"]) == (308, "https://www.example.com/x")
    assert (served.status, served["location"]) == (307, GERMANY)


class Tls:
    """A client's side of TLS, whose octets are ours to send in which parts we like."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="www.example.com")

    async def ask(self, client: Client, before: bytes, asked: bytes) -> bytes:
        """Send `before` with what begins the handshake, and `asked` with what ends it."""
        step: Any = self._tls.do_handshake
        is_shaken = False
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                client.writer.write(before + self._outgoing.read())
                before = b""
                came = await asyncio.wait_for(client.reader.read(65536), 10)
                assert came, "the connection has closed"
                self._incoming.write(came)
                continue
            if is_shaken:
                return bytes(done)
            is_shaken = True
            self._tls.write(asked)
            step = partial(self._tls.read, 65536)

    async def is_refused(self, client: Client) -> bool:
        """Whether the connection ends at the first words of the handshake."""
        with suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
        client.writer.write(self._outgoing.read())
        return await client.is_closed_by_peer()


@pytest.mark.parametrize("header", [v1(GERMAN), of(GERMAN), of(GERMAN, tlv(NOOP, bytes(9000)))])
async def test_tls_may_follow_a_header_even_in_the_same_segment(tmp_path: Path, header: bytes) -> None:
    server = f"{SERVER}{TLS}{files_in(tmp_path, 'www.example.com').toml}"
    async with door_with(server, replace(PLAIN, tls=True)) as door:
        async with connection(door) as client:
            assert GERMANY.encode() in await Tls(client_context()).ask(client, header, REQUEST)
        async with connection(door) as client:
            await client.send(*octet_by_octet(header[:40]), header[40:])
            assert GERMANY.encode() in await Tls(client_context()).ask(client, b"", REQUEST)
        assert (await ask(door, header + REQUEST)).status == 400
        assert await is_closed(door, REQUEST)
        async with connection(door) as client:  # TLS first, and the header inside, is the wrong way round
            assert await Tls(client_context()).is_refused(client)
