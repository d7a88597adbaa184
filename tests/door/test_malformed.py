"""What is no request, or a doubtful one, is refused or answered once; nothing in it becomes a second request."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from georedirect.door.app import create_door
from georedirect.door.protocol import DoorProtocol
from tests.policies import GOOD
from tests.serving import serving, snapshot_for
from tests.wire import request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from georedirect.policy.endpoint import Endpoint

EVIL = b"GET /evil HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
HOST = b"Host: www.example.com\r\n"
REFUSED = frozenset({400})


class Case(NamedTuple):
    """What is sent, and the statuses that may be its one answer; 400, 408, 413, 414, 431 and 501 close."""

    octets: bytes
    statuses: frozenset[int]


def line(start: bytes, *statuses: int) -> Case:
    """A request line with a good Host behind it."""
    return Case(start + b"\r\n" + HOST + b"\r\n", frozenset(statuses) or REFUSED)


def header(lines: bytes, *statuses: int, start: bytes = b"GET /a HTTP/1.1") -> Case:
    """Header lines between good ones."""
    return Case(start + b"\r\n" + HOST + lines + b"\r\nX: y\r\n\r\n", frozenset(statuses) or REFUSED)


def body(lines: bytes, octets: bytes, *statuses: int, method: bytes = b"POST") -> Case:
    """Framing headers, and what comes after the head."""
    start = method + b" /a HTTP/1.1\r\n"
    return Case(start + HOST + lines + b"\r\n\r\n" + octets, frozenset(statuses) or REFUSED)


def raw(octets: bytes, *statuses: int) -> Case:
    return Case(octets, frozenset(statuses) or REFUSED)


REQUEST_LINES = [
    *(line(b""), line(b" "), line(b"\t"), line(b"GET"), line(b"GET "), line(b"GET /"), line(b"GET / ")),
    line(b"/ HTTP/1.1"),
    *(line(b" GET / HTTP/1.1"), line(b"\tGET / HTTP/1.1"), line(b"GET  / HTTP/1.1"), line(b"GET /  HTTP/1.1")),
    *(line(b"GET\t/ HTTP/1.1"), line(b"GET /\tHTTP/1.1"), line(b"GET / HTTP/1.1 "), line(b"GET / HTTP/1.1\t")),
    *(line(b"GET /a b HTTP/1.1"), line(b"GET / HTTP/1.1 x"), line(b"GET / HTTP/1.1\rX: y"), line(b"GET /\r HTTP/1.1")),
    *(line(b"GET /\0 HTTP/1.1"), line(b"GET /\x01 HTTP/1.1"), line(b"GET /\x7f HTTP/1.1"), line(b"GET /\x1f HTTP/1.1")),
    *(line(b"GET / HTTP/1.1\0"), line(b"G\0ET / HTTP/1.1"), line(b"GET /\x0b HTTP/1.1"), line(b"GET /\x0c HTTP/1.1")),
    *(line(b"GET / http/1.1"), line(b"GET / Http/1.1"), line(b"GET / HTTP/1"), line(b"GET / HTTP/1.")),
    line(b"GET / HTTP/.1"),
    *(line(b"GET / HTTP/01.1"), line(b"GET / HTTP/1.01"), line(b"GET / HTTP/1.2"), line(b"GET / HTTP/1.10")),
    line(b"GET / HTTP/11"),
    *(line(b"GET / HTTP/0.9"), line(b"GET / HTTP/2.0"), line(b"GET / HTTP/3.0"), line(b"GET / HTTP/2")),
    line(b"GET / HTTP/-1.1"),
    *(line(b"GET / HTTP/1,1"), line(b"GET / HTTP 1.1"), line(b"GET / HTTPS/1.1"), line(b"GET / ICE/1.0")),
    line(b"GET / RTSP/1.0"),
    *(line(b"SOURCE / ICE/1.0"), line(b"DESCRIBE / RTSP/1.0"), line(b"PRI * HTTP/2.0"), line(b"GET / FTP/1.1")),
    *(line(b"GET/ HTTP/1.1"), line(b"GET /HTTP/1.1"), line(b"G=T / HTTP/1.1"), line(b"GET: / HTTP/1.1")),
    line(b"GE T / HTTP/1.1"),
    *(line(b"G\xcaT / HTTP/1.1"), line(b"(GET) / HTTP/1.1"), line(b"\xef\xbb\xbfGET / HTTP/1.1")),
    line(b'"GET" / HTTP/1.1'),
    *(line(b"get / HTTP/1.1", 400, 501), line(b"Get / HTTP/1.1", 400, 501), line(b"GETX / HTTP/1.1", 400, 501)),
    *(line(b"X / HTTP/1.1", 400, 501), line(b"-- / HTTP/1.1", 400, 501), line(b"G" * 5000 + b" / HTTP/1.1", 400, 501)),
    *(line(b"CONNECT / HTTP/1.1", 400, 405), line(b"CONNECT www.example.com:443 HTTP/1.1", 405)),
    line(b"CONNECT x HTTP/1.1", 400, 405),
    *(line(b"TRACE / HTTP/1.1", 405), line(b"CONNECT /.georedirect/x HTTP/1.1", 400, 405)),
    line(b"TRACE /.georedirect/x HTTP/1.1", 405),
]  # fmt: skip
TARGETS = [
    *(line(b"GET a HTTP/1.1"), line(b"GET ?a HTTP/1.1"), line(b"GET * HTTP/1.1"), line(b"GET \\ HTTP/1.1")),
    line(b"GET # HTTP/1.1"),
    *(line(b"GET http: HTTP/1.1"), line(b"GET http:/ HTTP/1.1"), line(b"GET http:// HTTP/1.1")),
    line(b"GET http:///a HTTP/1.1"),
    *(line(b"GET http:.evil.example/ HTTP/1.1"), line(b"GET http://a b/ HTTP/1.1")),
    line(b"GET http://u@www.example.com/ HTTP/1.1"),
    *(line(b"GET http://www.example.com:99999/ HTTP/1.1"), line(b"GET http://www.example.com:x/ HTTP/1.1")),
    line(b"GET @x/ HTTP/1.1"),
    *(line(b"GET ftp://www.example.com/ HTTP/1.1"), line(b"GET www.example.com:80 HTTP/1.1")),
    line(b"OPTIONS ** HTTP/1.1"),
    *(line(b"POST * HTTP/1.1"), line(b"GET http://[::1/ HTTP/1.1"), line(b"GET http://%77ww.example.com/ HTTP/1.1")),
    *(line(b"GET //evil.example/a HTTP/1.1", 307), line(b"GET /\\evil.example HTTP/1.1", 307)),
    line(b"GET /%00%0d%0a HTTP/1.1", 307),
    *(line(b"GET /\xc3\xa9 HTTP/1.1", 307, 400), line(b"GET /\xff HTTP/1.1", 307, 400)),
    line(b"GET /%zz HTTP/1.1", 307),
    *(line(b"GET /" + b"a" * 9000 + b" HTTP/1.1", 414), line(b"GET /" + b"a" * 30000 + b" HTTP/1.1", 414)),
    raw(b"GET /" + b"a" * 300000, 414),
]  # fmt: skip
HOSTS = [
    raw(b"GET / HTTP/1.1\r\n\r\n"),
    *(raw(b"GET / HTTP/1.1\r\n" + lines + b"\r\n\r\n") for lines in (
        b"Host:", b"Host: ", b"Host", b"Host: a b", b"Host: a,b", b"Host: www.example.com, www.example.com",
        b"Host: a\tb",
        b"Host: a/b", b"Host: http://www.example.com", b"Host: u@www.example.com", b"Host: www.example.com:",
        b"Host: :80",
        b"Host: www.example.com:80:80", b"Host: www.example.com:-1", b"Host: www.example.com:65536", b"Host: [::1",
        b"Host: ::1",
        b"Host: .", b"Host: ..", b"Host: a..b", b"Host: 1.2.3", b"Host: 0x7f.1", b"Host: www.example.com\0",
        b"Host: \xe9.example",
        b"Host: www%2eexample.com", b"Host: www.example.com#", b"Host: www.example.com?", b"Host: \\",
        b"Host: " + b"a" * 300,
        b"Host: www.example.com\r\nHost: www.example.com", b"Host: www.example.com\r\nhost: evil.example",
        b"Host : www.example.com",
        b"Host: www.example.com\r\n .evil.example", b"Host:\r\n www.example.com", b" Host: www.example.com",
        b"Host:: a",
        b"Host\t: www.example.com", b"Host\0: www.example.com", b"Host: www.example.com\x0b",
        b"H\xf6st: www.example.com",
    ) if lines != b"Host: www.example.com:"),
    raw(b"GET / HTTP/1.1\r\nHost: www.example.com:\r\n\r\n", 307),
    raw(b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
    raw(b"GET / HTTP/1.0\r\n\r\n", 421),
    raw(b"GET http://www.example.com/ HTTP/1.1\r\n\r\n"),
    raw(b"GET /.georedirect/x HTTP/1.1\r\n\r\n"),
    raw(b"GET /.georedirect/x HTTP/1.1\r\nHost: www.example.com\r\nHost: b\r\n\r\n"),
]  # fmt: skip
HEADERS = [
    *(header(b"A : b"), header(b"A\t: b"), header(b"A b: c"), header(b" A: b"), header(b"\tA: b")),
    *(header(b": b"), header(b"A")),
    *(header(b":"), header(b"A;: b"), header(b"A\x01: b"), header(b"A\x7f: b"), header(b"A\0: b")),
    *(header(b"A\xe9: b"), header(b"(A): b")),
    *(header(b'"A": b'), header(b"A=b"), header(b"A/b: c"), header(b"A@: b"), header(b"[A]: b")),
    *(header(b"{A}: b"), header(b"A\\: b")),
    *(header(b"A: b\0"), header(b"A: \x01"), header(b"A: \x7f"), header(b"A: \x1b[2J")),
    *(header(b"A: b\x0bc"), header(b"A: b\x0c")),
    *(header(b"A: b\rc"), header(b"A: b\nC: d"), header(b"A: b\r\r\nC: d"), header(b"A: b\n\r\nC: d")),
    *(header(b"\rA: b"), header(b"\nA: b")),
    *(header(b"A: b\r\n c"), header(b"A: b\r\n\tc"), header(b"A:\r\n b"), header(b"A: b\r\n \r\n c")),
    *(header(b"A: b\n c"), header(b"\r\n b", 307)),
    *(header(b"A: \xe9\xff", 307), header(b"A:", 307), header(b"A:b", 307), header(b"A: \t b \t", 307)),
    header(b"A: b: c", 307),
    *(header(b"!#$%&'*+-.^_`|~: a", 307), header(b"A: " + b"b" * 10000, 307), header(b"A: " + b"b" * 17000, 431)),
    *(header(b"B" * 10000 + b": c", 307), header(b"A: b\r\n" * 90 + b"C: d", 307)),
    header(b"A: b\r\n" * 120 + b"C: d", 431),
    *(header(b"A: b\r\n" * 20000 + b"C: d", 431), raw(b"GET / HTTP/1.1\r\nA: " + b"b" * 300000, 431)),
    *(header(b"Connection: close, close", 307), header(b"Connection: \xe9", 307)),
    *(header(b"Expect: x", 307, 417), header(b"Expect:", 307, 417)),
]  # fmt: skip
UPGRADES = [
    header(b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__", 307),
    header(b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13", 307),
    header(b"Upgrade:\r\nConnection: upgrade", 307),
    body(b"Upgrade: x\r\nConnection: upgrade\r\nContent-Length: %d" % len(EVIL), EVIL, 307),
    body(b"Upgrade: x\r\nConnection: upgrade\r\nContent-Length: %d" % len(EVIL), EVIL, 307, method=b"GET"),
    body(b"Upgrade: x\r\nConnection: upgrade\r\nTransfer-Encoding: chunked", b"0\r\n\r\n" + EVIL, 307),
    body(b"Content-Length: %d" % len(EVIL), EVIL, 400, 405, method=b"CONNECT"),
    body(b"Transfer-Encoding: chunked", b"0\r\n\r\n" + EVIL, 400, 405, method=b"CONNECT"),
    body(b"X: y", EVIL, 400, 405, method=b"CONNECT"),
    body(b"Content-Length: %d" % len(EVIL), EVIL, 400, 405, method=b"TRACE"),
    raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + EVIL),
]
LENGTHS = [
    *(body(b"Content-Length: " + value, EVIL) for value in (
        b"", b" ", b"+5", b"-5", b"-0", b"5 5", b"5,5", b"5, 5", b"5;", b"5.0", b"0x5", b"5e0", b"1_0", b"a", b"5a",
        b"\xb2", b"'5'",
        b'"5"', b"5\x0b", b"5\0", b"18446744073709551616", b"99999999999999999999999999", b"5\r\n 5",
        b"5\r\nContent-Length: 5",
        b"5\r\ncontent-length: 6", b"0\r\nContent-Length: 45", b"5\r\nTransfer-Encoding: chunked", b"9" * 5000,
        b"0\r\nTransfer-Encoding: chunked", b"5\r\nTransfer-Encoding: identity",
    )),
    *(body(b"Content-Length : 45", EVIL), body(b"Content-Length\t: 45", EVIL), body(b" Content-Length: 45", EVIL)),
    *(body(b"Content-Length:45", EVIL, 307), body(b"Content-Length: 045", EVIL, 307, 400)),
    body(b"Content-Length: \t45 ", EVIL, 307, 400),
    body(b"Content-Length: 9223372036854775807", EVIL, 307, 400, 413),
    body(b"Content-Length: 18446744073709551615", EVIL, 307, 400),
    *(body(b"Content-Length: 45", EVIL, 307, method=b"GET"), body(b"Content-Length: 45", EVIL, 307, method=b"DELETE")),
    *(body(b"Content-Length: 45\r\nExpect: 100-continue", EVIL, 307), body(b"Content-Length: 70000", EVIL, 307, 413)),
    body(b"Content-Length: 45\r\nConnection: Content-Length", EVIL, 307),
    body(b"X-Content-Length: 0\r\nContent-Length: 45", EVIL, 307),
]  # fmt: skip
CODINGS = [
    *(body(b"Transfer-Encoding: " + value, b"0\r\n\r\n" + EVIL) for value in (
        b"", b"identity", b"gzip", b"xchunked", b"chunkedx", b"chunked, identity", b"chunked, chunked",
        b"chunked;q=1", b"'chunked'",
        b'"chunked"', b"chunked\x0b", b"\x0bchunked", b"chunked\0", b"chunked\r\nTransfer-Encoding: identity",
        b"chunked, gzip",
        b"chunked\r\nTransfer-Encoding: chunked", b"chunked\r\nContent-Length: 5", b"\r\n chunked",
        b"chunked\r\n , identity", b"chu nked",
        b"chunked\r\nTransfer-Encoding: x",
    )),
    body(b"Transfer-Encoding : chunked", b"0\r\n\r\n" + EVIL),
    body(b"Transfer-Encoding\t: chunked", b"0\r\n\r\n" + EVIL),
    body(b" Transfer-Encoding: chunked", b"0\r\n\r\n" + EVIL),
    body(b"X: y\nTransfer-Encoding: chunked", b"0\r\n\r\n" + EVIL),
    *(body(b"Transfer-Encoding: " + value, b"0\r\n\r\n" + EVIL, 307, 400) for value in (
        b"chunked", b"CHUNKED", b"gzip, chunked", b"\tchunked \t", b",chunked", b"chunked,",
        b"identity\r\nTransfer-Encoding: chunked",
    )),
    *(body(b"Transfer-Encoding: chunked", chunks + EVIL, 307) for chunks in (
        b"", b"g\r\n", b"-1\r\n", b"0x5\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0\r\n\r\n",
        b"0\r\nX: y\r\n\r\n", b"0\n\n", b"\r\n",
        b"ffffffffffffffff\r\n", b"fffffffffffffffff\r\n", b"5\r\nhello0\r\n\r\n",
        b"0\r\nContent-Length: 45\r\n\r\n", b"5 \r\nhello\r\n0\r\n\r\n",
        b"0;" + b"x" * 20000 + b"\r\n\r\n", b"0000000000000000000000\r\n\r\n",
    )),
    raw(b"POST /a HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + EVIL, 307, 400),
    raw(b"POST /.georedirect/x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nz\r\n\r\n" + EVIL),
    raw(b"POST /.georedirect/x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + EVIL, 404),
    raw(b"PUT /.georedirect/ HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n" + EVIL, 400, 501),
    raw(b"POST /.georedirect/x HTTP/1.1\r\n" + HOST + b"Content-Length: 70000\r\n\r\n" + EVIL, 413),
]  # fmt: skip
OTHER_PROTOCOLS = [
    raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32)) * 8),
    *(raw(b"\0"), raw(b"\0" * 5000), raw(b"\xff" * 5000), raw(b"\n"), raw(b"\n\nGET / HTTP/1.1\r\n\r\n")),
    raw(b"\rGET / HTTP/1.1\r\n\r\n"),
    *(raw(b"SSH-2.0-OpenSSH_9\r\n\r\n"), raw(b"PROXY TCP4 1.2.3.4 1.2.3.4 1 80\r\n" + EVIL)),
    raw(b"\r\n\r\n\x00\r\nQUIT\n" + EVIL),
    *(raw(b"EHLO x\r\nMAIL FROM:<a@b>\r\n\r\n"), raw(b"{}\r\n\r\n"), raw(b"GET /\r\n\r\n")),
    raw(b"HTTP/1.1 200 OK\r\n" + HOST + b"\r\n"),
    *(raw(b"GET / HTTP/1.1\n" + HOST + b"\r\n"), raw(b"GET / HTTP/1.1\nHost: www.example.com\n\n")),
    raw(b"GET / HTTP/1.1\r" + HOST + b"\r\n"),
    *(raw(b"\r\n\r\n" + EVIL, 400, 307), raw(b"\r\n" * 5000 + EVIL, 400, 307), raw(b"\r\n" + EVIL, 307)),
    raw(b" \r\n" + EVIL),
    *(raw(b"GET / HTTP/1.1\r\n" + HOST + b"\n\n"), raw(b"GET / HTTP/1.1\r\n" + HOST + b"\n" + EVIL)),
    raw(b"GET / HTTP/1.1\r\n\n" + EVIL),
]  # fmt: skip

CASES = REQUEST_LINES + TARGETS + HOSTS + HEADERS + UPGRADES + LENGTHS + CODINGS + OTHER_PROTOCOLS
CLOSING = frozenset({400, 408, 413, 414, 431, 501})


@pytest.fixture
async def door() -> AsyncIterator[Endpoint]:
    text = GOOD + "[limits]\nlinger_seconds = 1\n"
    async with serving(create_door(snapshot_for(text), name="door-malformed"), protocol=DoorProtocol) as endpoint:
        yield endpoint


def statuses_of(answers: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) [A-Z]", answers)]


async def answers_to(door: Endpoint, octets: bytes) -> bytes:
    """All that comes back, to the end of the connection, when one good request is sent after these octets."""
    reader, writer = await asyncio.open_connection(door.host, door.port)
    try:
        writer.write(octets + request("/last", "Connection: close"))
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


async def test_each_case_has_its_one_answer_and_nothing_in_it_is_a_request(
    door: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    wrong: list[str] = []
    for case in CASES:
        answers = await answers_to(door, case.octets)
        statuses = statuses_of(answers)
        is_closed = b"Connection: close\r\n" in answers.partition(b"\r\n\r\n")[0] + b"\r\n"
        if not statuses or statuses[0] not in case.statuses:
            wrong.append(f"{case.octets[:200]!r}: {statuses}, not {sorted(case.statuses)}")
        elif statuses[0] in CLOSING and (not is_closed or len(statuses) > 1):
            wrong.append(f"{case.octets[:200]!r}: {statuses}, and not closed")
        elif len(statuses) > 2 or (is_closed and len(statuses) > 1):
            wrong.append(f"{case.octets[:200]!r}: {statuses}")
        elif b"evil HTTP" not in case.octets[: case.octets.find(b"\r\n\r\n")] and b"com/evil" in answers:
            wrong.append(f"{case.octets[:200]!r}: its payload is taken for a request")
        elif re.search(rb"\r\n(?:Set-Cookie:|A:|X:|Location: (?!https://global\.example\.com/))", answers):
            wrong.append(f"{case.octets[:200]!r}: leads elsewhere")
    assert wrong == []
    assert [record.getMessage() for record in caplog.records if "Goin" not in record.message] == []


def test_the_table_is_long_and_says_nothing_twice() -> None:
    assert len(CASES) >= 120
    assert len({case.octets for case in CASES}) == len(CASES)
