"""Connections over real sockets: bodies, deadlines, limits, and the way to Sanic and back."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import pytest
import sanic
from sanic import HTTPResponse, text

from georedirect.door.app import create_door
from georedirect.door.lane import Lane
from georedirect.door.protocol import DoorProtocol
from tests.policies import GOOD
from tests.serving import serving, snapshot_for
from tests.wire import Connection, Reply, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from georedirect.door.app import DoorApp
    from georedirect.policy.endpoint import Endpoint

SERVER = '[server]\ntrusted_proxies = ["127.0.0.0/8"]\n'
GERMAN = "X-Forwarded-For: 85.214.132.117"
PAGE = "/.georedirect/page"
_numbers = count()


class Door(NamedTuple):
    endpoint: Endpoint
    app: DoorApp


@asynccontextmanager
async def door_with(*limits: str) -> AsyncIterator[Door]:
    """The door with these [limits], and with pages to test it by."""
    policy = "\n".join([GOOD + SERVER, "[limits]", *limits, ""])
    app = create_door(snapshot_for(policy), name=f"door-connection-{next(_numbers)}")
    app.add_route(_page, PAGE, methods=("GET", "HEAD", "POST"))
    app.add_route(_slow_page, "/.georedirect/slow", methods=("GET",))
    app.add_route(_broken_page, "/.georedirect/broken", methods=("GET",))
    app.add_route(_long_page, "/.georedirect/long", methods=("GET",))
    async with serving(app, protocol=DoorProtocol) as endpoint:
        yield Door(endpoint, app)


async def _page(asked: sanic.Request) -> HTTPResponse:
    return text(f"{asked.method} {asked.query_string} {asked.body.decode('latin-1')}")


async def _slow_page(asked: sanic.Request) -> HTTPResponse:
    await asyncio.sleep(float(asked.args.get("seconds", "0.3")))
    return text("slow")


async def _broken_page(_asked: sanic.Request) -> HTTPResponse:
    raise sanic.exceptions.SanicException("no", status_code=418, quiet=True)


async def _long_page(_asked: sanic.Request) -> HTTPResponse:
    return text("x" * 1_000_000)


@pytest.fixture
async def door() -> AsyncIterator[Endpoint]:
    async with door_with() as door:
        yield door.endpoint


@pytest.fixture(autouse=True)
def _nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record.getMessage() for record in caplog.records if "Goin" not in record.getMessage()] == []


class Client(Connection):
    """A client that may send without reading."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self.send = writer.write


@asynccontextmanager
async def connection(endpoint: Endpoint) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


def closes(reply: Reply) -> bool:
    return reply.all("connection") == ["close"]


async def exchange(door: Endpoint, *parts: bytes, pause: float = 0.0) -> bytes:
    """All that comes back to the end of the connection."""
    reader, writer = await asyncio.open_connection(door.host, door.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


# Bodies


@pytest.mark.parametrize("size", [1, 100, 65536])
@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
async def test_a_small_body_is_passed_over_and_the_connection_kept(door: Endpoint, method: str, size: int) -> None:
    async with connection(door) as client:
        first = await client.ask(request("/form", f"Content-Length: {size}", method=method))
        second = await client.ask(b"\n" * size + request("/next", GERMAN))
    assert (first.status, first["location"], closes(first)) == (307, "https://global.example.com/form", False)
    assert second["location"] == "https://de.example.com/next"


@pytest.mark.parametrize("framing", ["Content-Length: 10485760", "Content-Length: 65537", "Transfer-Encoding: chunked"])
async def test_a_body_that_is_not_small_is_answered_at_once_and_then_the_connection_closed(
    door: Endpoint, framing: str
) -> None:
    async with connection(door) as client:
        reply = await client.ask(request("/form", framing, method="POST"))
        assert (reply.status, closes(reply)) == (307, True)
        assert await client.is_closed_by_peer()


@pytest.mark.parametrize("framing", ["Content-Length: 10485760", "Transfer-Encoding: chunked"])
async def test_a_client_that_goes_on_sending_10_megabytes_reads_the_whole_answer(door: Endpoint, framing: str) -> None:
    def send_and_read() -> bytes:
        with socket.create_connection((door.host, door.port), timeout=10) as client:
            client.sendall(request("/upload", framing, method="POST"))
            chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
            for _ in range(160):
                client.sendall(chunk)  # a reset would raise here
            client.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: client.recv(65536), b""))

    answer = await asyncio.to_thread(send_and_read)
    assert answer.startswith(b"HTTP/1.1 307 ")
    assert b"\r\nLocation: https://global.example.com/upload\r\n" in answer
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("framing", ["Content-Length: 5", "Transfer-Encoding: chunked"])
async def test_who_expects_100_is_redirected_at_once_without_it(door: Endpoint, framing: str) -> None:
    async with connection(door) as client:
        reply = await client.ask(request("/form", framing, "Expect: 100-continue", method="POST"))
        assert (reply.status, closes(reply)) == (307, True)
        assert await client.is_closed_by_peer()


async def test_who_expects_100_and_sends_nothing_keeps_the_connection(door: Endpoint) -> None:
    async with connection(door) as client:
        assert not closes(await client.ask(request("/", "Expect: 100-continue")))
        assert (await client.ask(request("/"))).status == 307


async def test_a_body_that_looks_like_requests_is_none(door: Endpoint) -> None:
    evil = request("/evil") * 3
    stream = request("/form", f"Content-Length: {len(evil)}", "Upgrade: x", "Connection: upgrade") + evil
    answers = await exchange(door, stream + request("/end", "Connection: close"))
    assert answers.count(b"\r\nLocation: ") == 2
    assert b"evil" not in answers


# Connections


async def test_http_1_0_is_answered_and_closed(door: Endpoint) -> None:
    for keep in (b"", b"Connection: keep-alive\r\n"):
        answers = await exchange(door, b"GET /x HTTP/1.0\r\nHost: www.example.com\r\n" + keep + b"\r\n")
        assert answers.startswith(b"HTTP/1.1 307 ")
        assert b"\r\nConnection: close\r\n" in answers


@pytest.mark.parametrize(
    "option", ["close", "Close", "keep-alive, close", "close, x", "close\r\nConnection: keep-alive"]
)
async def test_a_client_that_closes_is_told_so_and_nothing_after_is_read(door: Endpoint, option: str) -> None:
    answers = await exchange(door, request("/1", f"Connection: {option}") + request("/2"))
    assert answers.count(b"HTTP/1.1 ") == 1
    assert answers.count(b"\r\nConnection: close\r\n") == 1


async def test_head_has_the_headers_of_get_and_no_body(door: Endpoint) -> None:
    async with connection(door) as client:
        got = await client.ask(request("/x", GERMAN))
        head = await client.ask(request("/x", GERMAN, method="HEAD"), is_head=True)
        refused = await client.ask(request("/x", method="HEAD", host="other.example"), is_head=True)
        again = await client.ask(request("/x", GERMAN))
    assert [line for line in head.headers if line[0] != "date"] == [line for line in got.headers if line[0] != "date"]
    assert (refused.status, again.status) == (421, 307)
    assert int(refused["content-length"]) > 0


async def test_fifty_pipelined_requests_are_answered_in_order(door: Endpoint) -> None:
    async with connection(door) as client:
        methods = ["GET", "POST", "HEAD"]
        client.send(b"".join(request(f"/{n}", GERMAN, method=methods[n % 3]) for n in range(50)))
        for number in range(50):
            reply = await client.read(is_head=number % 3 == 2)
            assert reply["location"] == f"https://de.example.com/{number}"


async def test_a_connection_lasts_for_a_thousand_requests(door: Endpoint) -> None:
    async with connection(door) as client:
        for number in range(1000):
            assert (await client.ask(request(f"/{number}")))["location"].endswith(f"/{number}")


async def test_a_client_that_vanishes_before_its_answers_leaves_no_trace(door: Endpoint) -> None:
    for size in (1, 5, 50, 5000):
        client = socket.create_connection((door.host, door.port))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close with a reset
        client.sendall(request("/") * size)
        client.close()
        await asyncio.sleep(0.05)
    async with connection(door) as other:
        assert (await other.ask(request("/"))).status == 307


# Deadlines


async def test_a_head_has_one_deadline_from_its_first_octet() -> None:
    async with door_with("head_seconds = 1") as door:
        reader, writer = await asyncio.open_connection(door.endpoint.host, door.endpoint.port)
        began = time.monotonic()

        async def drip() -> None:
            for octet in request("/", "X: " + "y" * 200):
                writer.write(bytes([octet]))
                await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        answer = await asyncio.wait_for(reader.read(), 10)
        dripping.cancel()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 0.7 < time.monotonic() - began < 4


async def test_the_beginning_of_a_next_head_has_the_deadline_of_a_head() -> None:
    async with door_with("head_seconds = 1", "keep_alive_seconds = 60") as door:
        for rest in (b"GET", b"GET / HTTP/1.1\r\nHost: www"):
            answers = await exchange(door.endpoint, request("/") + rest)
            assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"307", b"408"]


async def test_empty_lines_do_not_keep_a_connection_for_ever() -> None:
    async with door_with("head_seconds = 1", "keep_alive_seconds = 60") as door:
        assert await exchange(door.endpoint, b"\r\n") == b""
        assert (await exchange(door.endpoint, b"\r\n", b"\r\n")).startswith(b"HTTP/1.1 400 ")


async def test_an_idle_connection_is_closed_without_a_word() -> None:
    async with door_with("head_seconds = 1", "keep_alive_seconds = 1") as door:
        assert await exchange(door.endpoint) == b""
        assert (await exchange(door.endpoint, request("/"))).count(b"HTTP/1.1 ") == 1


async def test_a_body_that_does_not_come_ends_the_connection() -> None:
    async with door_with("head_seconds = 1", "keep_alive_seconds = 1") as door:
        answers = await exchange(door.endpoint, request("/", "Content-Length: 5", method="POST") + b"abc")
        assert answers.count(b"HTTP/1.1 ") == 1
        answers = await exchange(door.endpoint, request(PAGE, "Content-Length: 5", method="POST") + b"abc")
        assert answers.startswith(b"HTTP/1.1 408 ")


async def test_lingering_ends() -> None:
    async with door_with("linger_seconds = 1") as door:
        reader, writer = await asyncio.open_connection(door.endpoint.host, door.endpoint.port)
        writer.write(request("/", "Transfer-Encoding: chunked", method="POST"))
        assert (await reader.read()).startswith(b"HTTP/1.1 307 ")
        with pytest.raises(ConnectionError):
            await _send_on(writer)
        writer.close()


async def _send_on(writer: asyncio.StreamWriter) -> None:
    for _ in range(100):
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def test_a_client_that_never_reads_is_cut_off_and_costs_little() -> None:
    async with door_with("write_seconds = 1") as door:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((door.endpoint.host, door.endpoint.port))
        client.setblocking(False)
        sent, most, stream = 0, 0, request("/") * 2000
        deadline = time.monotonic() + 8
        while time.monotonic() < deadline:
            try:
                sent += client.send(stream[sent % len(stream) :])
            except BlockingIOError:
                await asyncio.sleep(0.01)
            except ConnectionError:
                break
            else:
                await asyncio.sleep(0)
            open_ones = list(door.app.ctx.service.connections)
            most = max([most, *(one.transport.get_write_buffer_size() for one in open_ones)])
        else:
            pytest.fail("the connection is still open")
        client.close()
        assert most < 1_000_000
        async with connection(door.endpoint) as other:
            assert (await other.ask(request("/"))).status == 307


async def test_a_client_that_reads_late_gets_every_answer() -> None:
    number = 20000
    async with door_with() as door:
        reader, writer = await asyncio.open_connection(door.endpoint.host, door.endpoint.port, limit=4096)
        last = request("/last", "Connection: close")
        sending = asyncio.create_task(_send(writer, b"".join(request(f"/{n}") for n in range(number)) + last))
        await asyncio.sleep(0.5)
        answers = await asyncio.wait_for(reader.read(), 20)
        await sending
        writer.close()
    targets = [line.rpartition(b"/")[2] for line in answers.split(b"\r\n") if line.startswith(b"Location: ")]
    assert targets == [*(b"%d" % n for n in range(number)), b"last"]


async def _send(writer: asyncio.StreamWriter, octets: bytes) -> None:
    writer.write(octets)
    await writer.drain()


# Many connections


async def test_above_the_cap_a_connection_is_told_so_and_others_go_unharmed() -> None:
    async with (
        door_with("connections = 3") as door,
        connection(door.endpoint) as first,
        connection(door.endpoint) as second,
    ):
        assert [(await client.ask(request("/"))).status for client in (first, second)] == [307, 307]
        async with connection(door.endpoint) as third:
            assert (await third.ask(request("/"))).status == 307
            for _ in range(3):
                async with connection(door.endpoint) as fourth:
                    reply = await fourth.read()
                    assert (reply.status, closes(reply)) == (503, True)
                    assert await fourth.is_closed_by_peer()
            assert [(await client.ask(request("/"))).status for client in (first, second, third)] == [307, 307, 307]
        await asyncio.sleep(0.1)
        async with connection(door.endpoint) as again:
            assert (await again.ask(request("/"))).status == 307


async def test_many_slow_heads_do_not_disturb_others() -> None:
    async with door_with("head_seconds = 1") as door:
        slow = [await asyncio.open_connection(door.endpoint.host, door.endpoint.port) for _ in range(200)]
        for _, writer in slow:
            writer.write(b"GET / HTTP/1.1\r\nHost: www")
        async with connection(door.endpoint) as client:
            for number in range(200):
                assert (await client.ask(request(f"/{number}", GERMAN)))["location"].endswith(f"/{number}")
        answers = await asyncio.wait_for(asyncio.gather(*(reader.read() for reader, _ in slow)), 10)
        for _, writer in slow:
            writer.close()
    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)


async def test_an_open_connection_is_answered_by_what_is_served_now() -> None:
    async with door_with() as door, connection(door.endpoint) as client:
        assert (await client.ask(request("/", GERMAN)))["location"] == "https://de.example.com/"
        text = f'[site]\ndefault = "a"\n[regions.a]\nuri = "https://a.example{{+path}}"\n{SERVER}'
        for policy, expected in (
            (text, "https://a.example/"),
            (text.replace("127.0.0.0/8", "192.0.2.0/24"), "https://a.example/"),
            (text.replace("a.example", "b.example"), "https://b.example/"),
        ):
            lane = Lane(snapshot_for(policy))
            lane.date()
            door.app.ctx.service.lane = lane
            for _ in range(2):
                reply = await client.ask(request("/", GERMAN))
                assert reply["location"] == expected
                assert ("X-Forwarded-For" in reply["vary"]) == ("127" in policy)


async def test_a_crowd_that_is_turned_away_is_gone_at_once_whether_it_reads_or_sends() -> None:
    async with door_with("connections = 3") as door, connection(door.endpoint) as client:
        assert (await client.ask(request("/"))).status == 307
        crowd = [await asyncio.open_connection(door.endpoint.host, door.endpoint.port) for _ in range(100)]
        for _, writer in crowd:
            writer.write(b"GET / HTTP/1.1\r\n")
        await asyncio.sleep(0.5)  # far less than they might linger
        assert len(list(door.app.ctx.service.connections)) <= 3
        assert (await client.ask(request("/"))).status == 307
        for _, writer in crowd:
            writer.close()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("HEAD / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("HEAD / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (f"HEAD /{'x' * 9000} HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (f"HEAD / HTTP/1.1\r\nHost: a\r\nX: {'x' * 20000}\r\n\r\n", 431),
        ("HEAD / HTTP/1.1\r\nHost: a\r\n", 408),
    ],
)
async def test_a_refused_head_request_is_answered_without_a_body(head: str, status: int) -> None:
    async with door_with("head_seconds = 1") as door:
        reader, writer = await asyncio.open_connection(door.endpoint.host, door.endpoint.port)
        writer.write(head.encode())
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.endswith(b"\r\n\r\n")


async def test_while_draining_every_answer_is_the_last_of_its_connection() -> None:
    async with door_with() as door, connection(door.endpoint) as one, connection(door.endpoint) as two:
        assert not closes(await one.ask(request("/")))
        await two.ask(request("/"))
        door.app.ctx.service.is_draining = True
        for client, target in ((one, "/"), (two, PAGE)):
            reply = await client.ask(request(target))
            assert closes(reply)
            assert await client.is_closed_by_peer()


# Pages


async def test_a_page_is_between_two_redirects_on_one_connection(door: Endpoint) -> None:
    async with connection(door) as client:
        for number in range(3):
            assert (await client.ask(request(f"/{number}", GERMAN)))["location"].endswith(f"/{number}")
            assert (await client.ask(request(f"{PAGE}?{number}"))).body == f"GET {number} ".encode()
            head = await client.ask(request(PAGE, method="HEAD"), is_head=True)
            assert (head.status, head["content-length"]) == (200, "6")


@pytest.mark.parametrize("size", [0, 1, 1000, 65536])
async def test_a_page_gets_the_body_that_was_sent(door: Endpoint, size: int) -> None:
    async with connection(door) as client:
        client.send(request(PAGE, f"Content-Length: {size}", method="POST"))
        await asyncio.sleep(0.01)
        assert (await client.ask(b"y" * size)).body == b"POST  " + b"y" * size
        assert (await client.ask(request("/after"))).status == 307


async def test_a_page_gets_a_chunked_body_and_not_what_follows(door: Endpoint) -> None:
    chunks = b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n"
    behind = [b"", request("/next"), request("/next", "Content-Length: 4", method="POST") + b"evil", b"\0\0"]
    for rest in [*behind, request("host:1", method="CONNECT")]:
        stream = request(PAGE, "Transfer-Encoding: chunked", method="POST") + chunks + rest
        answers = await exchange(door, stream)
        assert answers.count(b"HTTP/1.1 ") == 1
        assert b"\r\nconnection: close\r\n" in answers.lower()
        assert answers.endswith(b"\r\n\r\nPOST  abcde")


@pytest.mark.parametrize(
    ("framing", "octets"), [("Content-Length: 3", b"abc"), ("Transfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n")]
)
async def test_who_expects_100_before_the_body_of_a_page_gets_it(door: Endpoint, framing: str, octets: bytes) -> None:
    async with connection(door) as client:
        first = await client.ask(request(PAGE, framing, "Expect: 100-continue", method="POST"))
        assert (first.status, first.headers) == (100, ())
        reply = await client.ask(octets)
        assert (reply.status, reply.body) == (200, b"POST  abc")


@pytest.mark.parametrize("framing", ["Content-Length: 65537", "Transfer-Encoding: chunked"])
async def test_a_body_too_large_for_a_page_is_refused(door: Endpoint, framing: str) -> None:
    octets = b"11000\r\n" + b"x" * 0x11000 + b"\r\n0\r\n\r\n"
    answers = await exchange(door, request(PAGE, framing, method="POST"), octets)
    assert answers.startswith(b"HTTP/1.1 413 ")
    assert answers.count(b"HTTP/1.1 ") == 1


async def test_what_follows_a_slow_page_is_answered_after_it_and_in_order(door: Endpoint) -> None:
    async with connection(door) as client:
        stream = [
            request("/1"),
            request("/.georedirect/slow"),
            request("/2"),
            request(f"{PAGE}?a"),
            request(f"{PAGE}?b"),
        ]
        client.send(
            b"".join([*stream, request("/3"), request("/.georedirect/none"), request("/4", "Connection: close")])
        )
        replies = [await client.read() for _ in range(8)]
        assert await client.is_closed_by_peer()
    said = [reply.body.decode() or reply["location"].removeprefix("https://global.example.com") for reply in replies]
    assert said == ["/1", "slow", "/2", "GET a ", "GET b ", "/3", "there is no such page\n", "/4"]


async def test_more_than_may_be_held_waits_until_a_slow_page_is_done(door: Endpoint) -> None:
    number = 3000
    async with connection(door) as client:
        client.send(request("/.georedirect/slow") + request("/x") * number)
        assert (await client.read()).body == b"slow"
        for _ in range(number):
            assert (await client.read()).status == 307


async def test_a_page_that_fails_is_answered_and_the_connection_goes_on(door: Endpoint) -> None:
    async with connection(door) as client:
        assert (await client.ask(request("/.georedirect/broken"))).status == 418
        assert (await client.ask(request("/after"))).status == 307


async def test_a_client_that_goes_while_its_page_is_made_harms_nobody(door: Endpoint) -> None:
    for follow in (b"", request("/next") * 20):
        async with connection(door) as client:
            client.send(request("/.georedirect/slow") + follow)
            await asyncio.sleep(0.05)
    reset = socket.create_connection((door.host, door.port))
    reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    reset.sendall(request("/.georedirect/slow") + request("/next") * 20)
    await asyncio.sleep(0.05)
    reset.close()
    await asyncio.sleep(0.5)
    async with connection(door) as client:
        assert (await client.ask(request(PAGE))).status == 200


async def test_a_long_page_is_read_slowly_and_whole(door: Endpoint) -> None:
    async with connection(door) as client:
        client.send(request("/.georedirect/long") + request("/after"))
        await asyncio.sleep(0.5)
        assert (await client.read()).body == b"x" * 1_000_000
        assert (await client.read()).status == 307


async def test_a_page_may_take_longer_than_any_deadline_of_ours() -> None:
    limits = ("head_seconds = 1", "keep_alive_seconds = 1", "write_seconds = 1")
    async with door_with(*limits) as door, connection(door.endpoint) as client:
        assert (await client.ask(request("/.georedirect/slow?seconds=2.5"))).body == b"slow"
        assert (await client.ask(request("/after"))).status == 307
        assert await client.is_closed_by_peer()


async def test_redirects_after_a_page_are_not_cut_off_by_sanics_own_deadline() -> None:
    async with door_with() as door:
        door.app.config.KEEP_ALIVE_TIMEOUT = 1
        async with connection(door.endpoint) as client:
            await client.ask(request(PAGE))
            for _ in range(12):
                assert (await client.ask(request("/"))).status == 307
                await asyncio.sleep(0.2)


async def test_a_page_has_the_host_rules_of_every_request(door: Endpoint) -> None:
    for octets, status in [
        (request(PAGE, "Host: www.example.com"), 400),
        (f"GET {PAGE} HTTP/1.1\r\n\r\n".encode(), 400),
        (request(PAGE, host="other.example"), 421),
        (request(PAGE, method="TRACE"), 405),
        (request(PAGE, method="CONNECT"), 405),
    ]:
        async with connection(door) as client:
            assert (await client.ask(octets)).status == status
