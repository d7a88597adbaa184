"""The door over a real socket: which request gets which answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from email.utils import parsedate_to_datetime
from itertools import count
from typing import TYPE_CHECKING

import pytest
from sanic.server import HttpProtocol

from georedirect.door.app import create_door
from georedirect.door.protocol import DoorProtocol
from georedirect.policy.endpoint import Endpoint
from tests.policies import GOOD
from tests.serving import serving, snapshot_for
from tests.wire import ask, connection, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SERVER = '[server]\ntrusted_proxies = ["127.0.0.0/8"]\n'
GERMAN = "X-Forwarded-For: 85.214.132.117"
SWISS = "X-Forwarded-For: 130.59.31.80"
_numbers = count()


Serving = Callable[..., AbstractAsyncContextManager[Endpoint]]


@pytest.fixture(params=[HttpProtocol, DoorProtocol], ids=["plain", "fast"])
def serve(request: pytest.FixtureRequest) -> Serving:
    """Serves policies, by Sanic's plain route or by the door's own protocol: nobody should be able to tell."""

    def served(*texts: str) -> AbstractAsyncContextManager[Endpoint]:
        return serving(create_door(snapshot_for(*texts), name=f"door-{next(_numbers)}"), protocol=request.param)

    return served


@pytest.fixture
async def door(serve: Serving) -> AsyncIterator[Endpoint]:
    """The good policy; this machine is a trusted proxy."""
    async with serve(GOOD + SERVER) as endpoint:
        yield endpoint


async def test_a_redirect_has_the_headers_of_the_contract(door: Endpoint) -> None:
    reply = await ask(door, request("/shop?a=b", GERMAN))
    assert reply.status == 307
    assert reply["location"] == "https://de.example.com/shop?a=b"
    assert reply["cache-control"] == "private, no-store"
    assert reply["vary"] == "Accept-Language, Sec-Fetch-Dest, Sec-Purpose, Purpose, X-Forwarded-For"
    assert reply["content-length"] == "0"
    assert parsedate_to_datetime(reply["date"]).year >= 2026
    assert {name for name, _ in reply.headers} == {*("date", "location", "cache-control", "vary", "content-length")}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND", "QUERY"])
async def test_every_method_is_redirected(door: Endpoint, method: str) -> None:
    reply = await ask(door, request("/x", GERMAN, method=method), is_head=method == "HEAD")
    assert (reply.status, reply["location"]) == (307, "https://de.example.com/x")


async def test_a_method_that_nobody_knows_is_refused(door: Endpoint) -> None:
    reply = await ask(door, request("/x", GERMAN, method="BREW"))
    assert (reply.status, reply["connection"]) == (501, "close")


@pytest.mark.parametrize("method", ["TRACE", "CONNECT"])
async def test_trace_and_connect_are_refused(door: Endpoint, method: str) -> None:
    reply = await ask(door, request("/x", GERMAN, method=method))
    assert reply.status == 405
    assert "GET" in reply["allow"]
    assert reply.all("location") == []


@pytest.mark.parametrize(
    ("target", "headers"),
    [("*", ()), ("/x", ("Origin: https://a.example", "Access-Control-Request-Method: PUT"))],
)
async def test_what_only_asks_what_is_allowed_is_not_redirected(
    door: Endpoint, target: str, headers: tuple[str, ...]
) -> None:
    reply = await ask(door, request(target, *headers, method="OPTIONS"))
    assert reply.status == 204
    assert "POST" in reply["allow"]
    assert reply.all("content-length") == []


@pytest.mark.parametrize(
    ("headers", "region"),
    [
        ((GERMAN,), "de"),
        ((SWISS, "Accept-Language: de-CH"), "ch"),
        ((SWISS, "Accept-Language: en;q=0.1, fr;q=0.9, de-CH;q=0.8"), "romandie"),
        ((SWISS, "Accept-Language: fr;q=0.1", "Accept-Language: de-CH"), "ch"),
        ((SWISS,), "romandie"),
        (("X-Forwarded-For: 8.8.8.8", "Accept-Language: zh-HK"), "hant"),
        (("X-Forwarded-For: 8.8.8.8", "Accept-Language: zh-CN"), "global"),
        (("X-Forwarded-For: 8.8.8.8, 127.0.0.1, 85.214.132.117, 127.9.9.9",), "de"),
        (("X-Forwarded-For: 85.214.132.117, unknown",), "global"),
        (("X-Forwarded-For: 10.1.1.1",), "global"),
        ((), "global"),
    ],
)
async def test_place_and_language_choose_the_region(door: Endpoint, headers: tuple[str, ...], region: str) -> None:
    reply = await ask(door, request("/", *headers))
    starts = "https://example.com/romandie/CH/" if region == "romandie" else f"https://{region}.example.com/"
    assert reply["location"] == starts


@pytest.mark.parametrize(
    ("target", "carried"),
    [
        ("/", "/"),
        ("//evil.example/x", "//evil.example/x"),
        ("/%2e%2e/a", "/%2e%2e/a"),
        ("/a/../b", "/a/../b"),
        ("/%0d%0aX:1", "/%0d%0aX:1"),
        ("/a?u=http://e.example/?z", "/a?u=http://e.example/?z"),
        ("/?", "/?"),
        ("/a?", "/a?"),
        ("http://www.example.com/abs?q", "/abs?q"),
        ("http://www.example.com", "/"),
        ("/\\evil.example", "/%5Cevil.example"),
        ('/a"<>^`{|}b', "/a%22%3C%3E%5E%60%7B%7C%7Db"),
        ("/%zz%4", "/%25zz%254"),
        ("/@evil.example", "/@evil.example"),
        ("/" + "a" * 8000, "/" + "a" * 8000),
        ("/" + "%C3%A9" * 1365, "/" + "%C3%A9" * 1365),
    ],
)
async def test_the_target_is_carried_over_and_never_leads_elsewhere(door: Endpoint, target: str, carried: str) -> None:
    reply = await ask(door, request(target, GERMAN))
    assert reply["location"] == f"https://de.example.com{carried}"


@pytest.mark.parametrize(
    ("target", "carried"),
    [
        (bytes(range(0x80, 0x100)).join([b"/", b""]), "/" + "".join(f"%{octet:02X}" for octet in range(0x80, 0x100))),
        (b"/\xc3\xa9?\xff=\\", "/%C3%A9?%FF=%5C"),
        (b"http://www.example.com/\xe9", "/%E9"),
    ],
)
async def test_octets_above_ascii_are_encoded(target: bytes, carried: str) -> None:
    """Sanic's parser refuses them, so that its plain route cannot."""
    app = create_door(snapshot_for(GOOD + SERVER), name=f"door-{next(_numbers)}")
    async with serving(app, protocol=DoorProtocol) as endpoint, connection(endpoint) as client:
        assert (await client.ask(request(target, GERMAN)))["location"] == f"https://de.example.com{carried}"
        assert (await client.ask(request("/next", GERMAN)))["location"] == "https://de.example.com/next"


@pytest.mark.parametrize("target", [b"/a b", b"/\x01", b"/\x7f", b"http://\xe9.example/", b"/\xe9 \xe9"])
async def test_what_is_no_target_is_refused(target: bytes) -> None:
    app = create_door(snapshot_for(GOOD + SERVER), name=f"door-{next(_numbers)}")
    async with serving(app, protocol=DoorProtocol) as endpoint:
        reply = await ask(endpoint, request(target, GERMAN))
    assert (reply.status, reply.all("location")) == (400, [])


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: user@www.example.com\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
        b"GET evil.example HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
        b"GET http:.evil.example/ HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
        b"GET @evil.example/ HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
        b"GET http://u@www.example.com/ HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
        b"GET ftp://www.example.com/ HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
        b"GET /\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
    ],
)
async def test_a_malformed_request_is_refused_and_the_connection_closed(door: Endpoint, octets: bytes) -> None:
    async with connection(door) as client:
        reply = await client.ask(octets)
        assert reply.status == 400
        assert reply["connection"] == "close"
        assert reply["cache-control"] == "private, no-store"
        assert b"evil" not in reply.body
        assert await client.is_closed_by_peer()


@pytest.mark.parametrize("host", ["other.example", "www.example.com.evil.example", "127.0.0.1"])
async def test_a_host_that_no_policy_answers_for_is_misdirected(door: Endpoint, host: str) -> None:
    reply = await ask(door, request("/", GERMAN, host=host))
    assert (reply.status, reply.phrase) == (421, "Misdirected Request")
    assert host.encode() not in reply.body


@pytest.mark.parametrize("host", ["www.example.com", "WWW.Example.COM", "www.example.com:8307", "www.example.com."])
async def test_a_host_counts_in_any_case_and_on_any_port(door: Endpoint, host: str) -> None:
    assert (await ask(door, request("/", GERMAN, host=host))).status == 307


async def test_the_authority_of_an_absolute_target_is_the_host_that_was_asked_for(door: Endpoint) -> None:
    assert (await ask(door, request("http://evil.example/x"))).status == 421
    assert (await ask(door, request("http://www.example.com/x", host="evil.example"))).status == 307


async def test_requests_on_one_connection_are_placed_each_on_its_own(door: Endpoint) -> None:
    async with connection(door) as client:
        for header, host in [(GERMAN, "de"), ("X-Forwarded-For: 8.8.8.8", "global"), (GERMAN, "de")]:
            assert (await client.ask(request("/", header)))["location"] == f"https://{host}.example.com/"


async def test_pipelined_requests_are_answered_in_order(door: Endpoint) -> None:
    async with connection(door) as client:
        first = await client.ask(request("/1", GERMAN) + request("/2", "X-Forwarded-For: 8.8.8.8"))
        second = await client.read()
    assert [first["location"], second["location"]] == ["https://de.example.com/1", "https://global.example.com/2"]


async def test_a_body_is_neither_awaited_nor_taken_for_the_next_request(door: Endpoint) -> None:
    body = b"GET /evil HTTP/1.1\r\n\r\n"
    async with connection(door) as client:
        head = request("/form", GERMAN, f"Content-Length: {len(body)}", method="POST")
        first = await client.ask(head)
        second = await client.ask(body + request("/next", GERMAN))
    assert (first["location"], second["location"]) == ("https://de.example.com/form", "https://de.example.com/next")


async def test_who_is_no_trusted_proxy_is_not_believed(serve: Serving) -> None:
    async with serve(GOOD + '[server]\ntrusted_proxies = ["192.0.2.1"]\n') as endpoint:
        reply = await ask(endpoint, request("/", GERMAN))
    assert reply["location"] == "https://global.example.com/"
    assert reply["vary"] == "Accept-Language, Sec-Fetch-Dest, Sec-Purpose, Purpose"


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("forwarded", 'Forwarded: for="85.214.132.117:4711";proto=https'),
        ("cf-connecting-ip", "CF-Connecting-IP: 85.214.132.117"),
    ],
)
async def test_the_client_comes_from_the_one_header_that_the_policy_names(
    serve: Serving, kind: str, header: str
) -> None:
    async with serve(f'{GOOD}{SERVER}client_address = "{kind}"\n') as endpoint:
        reply = await ask(endpoint, request("/", header))
        ignored = await ask(endpoint, request("/", GERMAN))
    assert reply["location"] == "https://de.example.com/"
    assert ignored["location"] == "https://global.example.com/"
    assert reply["vary"].lower() == f"accept-language, sec-fetch-dest, sec-purpose, purpose, {kind}"


async def test_vary_names_nothing_where_nothing_in_the_request_counts(serve: Serving) -> None:
    site = '[site]\nhosts = ["www.example.com"]\ndefault = "a"\norder = ["country"]\nexempt = []\n'
    async with serve(f'{site}[regions.a]\nuri = "https://a.example{{+path}}"\ncountries = ["DE"]\n') as endpoint:
        assert (await ask(endpoint, request("/"))).all("vary") == []


async def test_a_url_inside_a_region_is_left_alone(serve: Serving) -> None:
    text = GOOD.replace("https://de.example.com{", "https://www.example.com/de{")
    async with serve(text + SERVER) as endpoint:
        moved = await ask(endpoint, request("/x", GERMAN))
        stayed = await ask(endpoint, request("/de/x", "X-Forwarded-For: 8.8.8.8"))
    assert moved["location"] == "https://www.example.com/de/x"
    assert (stayed.status, stayed.all("location"), stayed["vary"]) == (200, [], moved["vary"])
    assert b"Deutschland" in stayed.body


async def test_several_policies_are_told_apart_by_host(serve: Serving) -> None:
    blog = '[site]\ndefault = "a"\n[regions.a]\nuri = "https://blog.example{+path}"\n'
    async with serve(GOOD, blog) as endpoint:
        assert (await ask(endpoint, request("/x")))["location"] == "https://global.example.com/x"
        assert (await ask(endpoint, request("/x", host="any.example")))["location"] == "https://blog.example/x"


async def test_the_admin_pages_are_not_reachable_through_the_door(door: Endpoint) -> None:
    for path in ("/healthz", "/readyz", "/explain?ip=8.8.8.8", "/metrics"):
        assert (await ask(door, request(path))).status == 307


async def test_no_log_line_comes_of_requests_good_or_bad(door: Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    for octets in (request(), b"\x00\r\n\r\n", request(method="CONNECT"), b"GET / HTTP/1.1\r\n\r\n"):
        await ask(door, octets)
    assert [record.getMessage() for record in caplog.records if not re.match("Starting|Goin", record.message)] == []


SHARED = GOOD.replace('mode = "redirect"', 'cache = { shared_seconds = 300, key = ["country", "language"] }') + SERVER


@pytest.mark.parametrize(
    ("target", "method", "header", "control"),
    [
        ("/x", "GET", "Accept: */*", "public, max-age=0, s-maxage=300"),
        ("/x", "HEAD", "Accept: */*", "public, max-age=0, s-maxage=300"),
        ("/robots.txt", "GET", "Accept: */*", "public, max-age=0, s-maxage=300"),
        ("/x", "GET", "Sec-Fetch-Dest: document", "public, max-age=0, s-maxage=300"),
        ("/x", "GET", "Sec-Fetch-Dest: image", "private, no-store"),
        ("/x", "POST", "Accept: */*", "private, no-store"),
        ("/.georedirect/", "GET", "Accept: */*", "private, no-store"),
        ("/.georedirect/x", "GET", "Accept: */*", "private, no-store"),
    ],
)
async def test_a_shared_cache_may_keep_what_its_key_tells_apart(
    serve: Serving, target: str, method: str, header: str, control: str
) -> None:
    async with serve(SHARED) as door:
        reply = await ask(door, request(target, GERMAN, header, method=method), is_head=method == "HEAD")
    assert reply["cache-control"] == control
    assert reply["vary"] == "Accept-Language, Sec-Fetch-Dest, Sec-Purpose, Purpose"
