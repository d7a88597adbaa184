"""However the octets arrive, one by one or all at once, the answers are the same."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.door.feeding import outcome
from tests.policies import GOOD
from tests.wire import request

if TYPE_CHECKING:
    from collections.abc import Iterable

POLICY = GOOD + '[server]\ntrusted_proxies = ["127.0.0.0/8"]\n'
SMALL = f"{POLICY}[limits]\nbody_octets = 64\n"
PROBE = request("/probe")
SWISS = "X-Forwarded-For: 130.59.31.80"

VALID = [
    request("/"),
    request("/a?b=c", SWISS, "Accept-Language: de-CH, fr;q=0.5"),
    request("/a", method="HEAD"),
    request("*", method="OPTIONS"),
    request("/a", method="TRACE"),
    request("host:443", method="CONNECT"),
    request("/a", method="BREW"),
    request("http://www.example.com/x?y"),
    request("/unknown", host="other.example"),
    request("/a", "Connection: close"),
    request("/a", "Proxy-Connection: close"),
    request("/a", "Connection: keep-alive, Upgrade", "Upgrade: h2c"),
    request("/a", "Connection: Upgrade", "Upgrade: x", "Content-Length: 5", method="POST") + b"GET /",
    request("/a", "Connection: Upgrade", "Upgrade: x", "Transfer-Encoding: chunked", method="POST") + b"0\r\n\r\n",
    request("host:443", "Content-Length: 5", method="CONNECT") + b"GET /",
    b"GET / HTTP/1.0\r\n\r\n",
    b"\r\n" + request("/after-an-empty-line"),
    b"\r\n\r\n" + request("/after-two-empty-lines"),
    request("/form", "Content-Length: 11", method="POST") + b"hello\r\n\r\nyou",
    request("/form", "Content-Length: 70", method="POST") + b"\r\n" * 35,
    request("/form", "Content-Length: 11", "Expect: 100-continue", method="POST") + b"hello world",
    request("/form", "Transfer-Encoding: chunked", method="POST") + b"5\r\nhello\r\n0\r\n\r\n",
    request("/.georedirect/page"),
    request("/.georedirect/page", "Content-Length: 4", method="POST") + b"a\r\nb",
    request("/.georedirect/page", "Content-Length: 4", "Expect: 100-continue", method="POST") + b"abcd",
    request("/.georedirect/page", "Content-Length: 3", "Upgrade: x", "Connection: upgrade", method="POST") + b"abc",
    request("/.georedirect/page", "Content-Length: 99999999", method="POST") + b"abcd",
    request("/.georedirect/page", "Transfer-Encoding: chunked", method="POST") + b"3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\n",
    request("/.georedirect/page", "Transfer-Encoding: chunked", method="POST") + b"3\r\nabc\r\nz\r\n\r\n",
    request("/.georedirect/page", "Transfer-Encoding: gzip, chunked", method="POST") + b"0\r\n\r\n",
    request("/.georedirect/page", "Connection: close"),
    request("/.georedirect/page", "Host: twice.example"),
    request("/.georedirect/page", method="CONNECT"),
]
SPICE = [
    *(
        b"\r\n",
        b"\r",
        b"\n",
        b"\0",
        b" ",
        b"\t",
        b":",
        b",",
        b"\r\n\r\n",
        b"\n\n",
        b"\xff",
        b"\x7f",
        b"GET / HTTP/1.1\r\n",
    ),
    *(
        b"Host: www.example.com\r\n",
        b"Host : a\r\n",
        b"\r\n folded",
        b"Content-Length: 5\r\n",
        b"Content-Length: +1\r\n",
    ),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"transfer-encoding: identity\r\n",
        b"0\r\n\r\n",
        b"HTTP/2.0",
        b"Upgrade: x\r\n",
    ),
    *(b"Connection: close\r\n", b"Connection: upgrade\r\n", b"/.georedirect/", b"POST ", b"CONNECT ", b"\x16\x03\x01"),
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A few requests one after the other, and perhaps something wrong in them."""
    stream = b"".join(draw(st.lists(st.sampled_from(VALID), min_size=1, max_size=4)))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(stream)))
        end = min(len(stream), start + draw(st.sampled_from([0, 0, 1, 2, 20])))
        stream = stream[:start] + draw(st.sampled_from([b"", *SPICE])) + stream[end:]
    return stream


def parts_of(stream: bytes, cuts: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(stream)}), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


def octet_by_octet(stream: bytes) -> list[bytes]:
    return [stream[at : at + 1] for at in range(len(stream))]


@pytest.mark.parametrize("text", [POLICY, SMALL], ids=["usual", "small"])
@pytest.mark.parametrize("stream", VALID)
def test_a_request_may_arrive_octet_by_octet(stream: bytes, text: str) -> None:
    for whole in (stream, stream + PROBE):
        expected = outcome([whole], text)
        assert outcome(octet_by_octet(whole), text) == expected
        for cut in range(1, len(whole)):
            assert outcome(parts_of(whole, [cut]), text) == expected


@pytest.mark.parametrize("size", range(1, 40))
def test_requests_may_arrive_in_parts_of_any_size(size: int) -> None:
    stream = b"".join(VALID[:4] * 3)
    assert outcome(parts_of(stream, range(0, len(stream), size)), POLICY) == outcome([stream], POLICY)


@settings(max_examples=1500)
@given(stream=mutated(), cuts=st.lists(st.integers(0, 1500), max_size=12))
def test_nothing_depends_on_where_a_stream_is_cut(stream: bytes, cuts: list[int]) -> None:
    whole = stream + PROBE
    expected = outcome([whole], SMALL)
    assert outcome(parts_of(whole, cuts), SMALL) == expected
    assert outcome(octet_by_octet(whole), SMALL) == expected


@settings(max_examples=500)
@given(stream=st.binary(max_size=60), cuts=st.lists(st.integers(0, 100), max_size=8))
def test_nothing_depends_on_where_noise_is_cut(stream: bytes, cuts: list[int]) -> None:
    assert outcome(parts_of(stream + PROBE, cuts), SMALL) == outcome([stream + PROBE], SMALL)


@pytest.mark.parametrize(
    ("stream", "status"),
    [
        (request("/" + "a" * 9000), b"414"),
        (request("/", "X: " + "a" * 17000), b"431"),
        (request("/", *[f"X{number}: y" for number in range(100)]), b"431"),
        (request("/.georedirect/page", *[f"X{number}: y" for number in range(100)]), b"431"),
        (b"G" * 9000 + b" / HTTP/1.1\r\n\r\n", b"501"),
    ],
)
def test_too_much_is_too_much_in_one_part_or_in_many(stream: bytes, status: bytes) -> None:
    for parts in ([stream], parts_of(stream, range(0, len(stream), 100)), parts_of(stream, [len(stream) - 1])):
        seen = outcome([*parts, PROBE], POLICY)
        assert seen.answers.count(b"HTTP/1.1 ") == 1
        assert seen.answers.startswith((b"HTTP/1.1 " + status, b"HTTP/1.1 414"))
        assert seen.is_over
