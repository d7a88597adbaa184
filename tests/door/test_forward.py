"""The door asked by a proxy: which question gets which answer, by every way there is to ask."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sanic.server import HttpProtocol

from georedirect.cli.serve import curl_line
from georedirect.door.answer import answer
from georedirect.door.app import create_door
from georedirect.door.explain import explain
from georedirect.door.protocol import DoorProtocol
from georedirect.door.question import imagine_request
from georedirect.policy.endpoint import Endpoint
from georedirect.visitor.address import parse_address
from georedirect.visitor.request import Request
from tests.policies import load
from tests.serving import serving, snapshot_for
from tests.wire import ask, connection, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from georedirect.door.snapshot import Snapshot

SITE = """\
[site]
hosts = ["www.example.com"]
default = "global"
[regions.global]
uri = "https://www.example.com{+path}{+query}"
languages = ["en"]
[regions.germany]
uri = "https://www.example.com/de{+path}{+query}"
countries = ["DE"]
languages = ["de"]
[regions.france]
uri = "https://fr.example.com{+path}{+query}"
countries = ["FR"]
[server]
answer = "forward-auth"
trusted_proxies = ["127.0.0.0/8", "::1", "10.0.0.0/8"]
"""
GERMAN, FRENCH, AMERICAN = "85.214.132.117", "80.67.169.12", "8.8.8.8"
NAMED = "X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Method, X-Forwarded-Host, X-Forwarded-Uri"
_numbers = count()


def site(convention: str = "x-forwarded") -> Snapshot:
    return snapshot_for(f'{SITE}forward_auth = "{convention}"\n')


def question(address: str, uri: str = "/x?y", method: str = "GET", host: str = "www.example.com") -> list[str]:
    return [
        f"X-Forwarded-For: {address}",
        f"X-Forwarded-Method: {method}",
        "X-Forwarded-Proto: https",
        f"X-Forwarded-Host: {host}",
        f"X-Forwarded-Uri: {uri}",
    ]


@pytest.fixture(params=[HttpProtocol, DoorProtocol], ids=["plain", "fast"])
async def door(request: pytest.FixtureRequest) -> AsyncIterator[Endpoint]:
    app = create_door(site(), name=f"asked-{next(_numbers)}")
    async with serving(app, protocol=request.param) as endpoint:
        yield endpoint


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        (question(GERMAN), "https://www.example.com/de/x?y"),
        (question(GERMAN, method="POST"), "https://www.example.com/de/x?y"),
        (question(GERMAN, method="HEAD"), "https://www.example.com/de/x?y"),
        (question(FRENCH, "//evil.example"), "https://fr.example.com//evil.example"),
        (question(FRENCH, "/%0d%0aX:1"), "https://fr.example.com/%0d%0aX:1"),
        (question(FRENCH, "/a\\b"), "https://fr.example.com/a%5Cb"),
        (question(GERMAN, "/de/x"), None),
        (question(FRENCH, "/de/x"), None),
        (question(AMERICAN), None),
        ([*question(AMERICAN), "Accept-Language: de"], "https://www.example.com/de/x?y"),
    ],
)
async def test_a_proxy_is_told_where_to_send_a_visitor_or_to_go_on(
    door: Endpoint, asked: list[str], location: str | None
) -> None:
    reply = await ask(door, request("/", *asked, host="door:8307"))
    assert (reply.status, reply.all("location")) == (307 if location else 204, [location] if location else [])
    assert (reply["cache-control"], reply["vary"], reply.body) == (
        "private, no-store",
        f"Accept-Language, Cookie, Sec-Fetch-Dest, Sec-Purpose, Purpose, {NAMED}",
        b"",
    )
    assert reply.all("content-type") == []


async def test_many_questions_are_answered_on_one_connection_each_on_its_own(door: Endpoint) -> None:
    async with connection(door) as proxy:
        for address, status in [(GERMAN, 307), (AMERICAN, 204), (GERMAN, 307), (FRENCH, 307), (AMERICAN, 204)] * 3:
            assert (await proxy.ask(request("/", *question(address), host="door"))).status == status


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ([], 400),
        (question(GERMAN)[1:], 204),  # a trusted peer that names no client is the client
        (question(GERMAN)[:-1], 400),
        ([*question(GERMAN), "X-Forwarded-Uri: /y"], 400),
        ([*question(GERMAN), "X-Forwarded-Host: evil.example"], 400),
        (question(GERMAN, host="evil.example, www.example.com"), 400),
        (question(GERMAN, host="evil.example"), 421),
        (question(GERMAN, "http://evil.example/"), 400),
        (question(GERMAN, "*"), 400),
        (question(GERMAN, method="BREW"), 501),
        (question(GERMAN, method="TRACE"), 405),
        (question(GERMAN, "*", method="OPTIONS"), 204),
        (
            [*question(GERMAN, method="OPTIONS"), "Origin: https://a.example", "Access-Control-Request-Method: PUT"],
            204,
        ),
    ],
)
async def test_doubt_is_refused_and_never_redirected(door: Endpoint, asked: list[str], status: int) -> None:
    reply = await ask(door, request("/", *asked))
    assert (reply.status, reply.all("location"), reply.all("allow") != []) == (status, [], status == 405)
    assert b"evil" not in reply.body


_HOSTILE = st.text(
    st.sampled_from("/\\?#@:%.,\t\r\n\x00 \xe9aevil0dA") | st.characters(max_codepoint=0xFF), max_size=30
)
_VALUES = {
    "x-forwarded-uri": _HOSTILE | _HOSTILE.map(lambda text: f"/{text}"),
    "x-forwarded-host": st.just("www.example.com") | _HOSTILE,
    "x-forwarded-method": st.just("GET") | _HOSTILE,
    "x-forwarded-proto": st.sampled_from(["http", "https"]) | _HOSTILE,
    "x-original-uri": _HOSTILE,
    "accept-language": st.just("de") | _HOSTILE,
}


@given(st.fixed_dictionaries(_VALUES), st.sampled_from([GERMAN, FRENCH, AMERICAN]))
def test_no_octet_of_a_question_changes_where_the_answer_leads(said: dict[str, str], address: str) -> None:
    headers = [*said.items(), ("x-forwarded-for", address), ("host", "door")]
    answered = answer(site(), Request("GET", b"/", headers, parse_address("10.0.0.1")))
    for name, value in answered.headers:
        assert re.fullmatch(r"[\x20-\x7E]+", value)
        assert name != "Location" or re.match(r"https://(www|fr)\.example\.com/", value)
    assert answered.status in {204, 307, 400, 405, 421, 501}


ORIGINAL = ("X-Original-Method: GET", "X-Original-URI: /x?y", "X-Forwarded-Proto: http")


@pytest.mark.parametrize(
    ("convention", "octets", "moved", "nothing"),
    [
        ("x-forwarded", request("/", *question("{}")), 307, 204),
        ("auth-request", request("/", *ORIGINAL, "X-Forwarded-For: {}"), 401, 204),
        ("ext-authz", request("/x?y", "X-Forwarded-Proto: http", "X-Forwarded-For: {}"), 307, 200),
    ],
)
async def test_each_convention_has_its_own_words(convention: str, octets: bytes, moved: int, nothing: int) -> None:
    app = create_door(site(convention), name=f"asked-{next(_numbers)}")
    async with serving(app, protocol=DoorProtocol) as endpoint:
        there = await ask(endpoint, octets.replace(b"{}", GERMAN.encode()))
        here = await ask(endpoint, octets.replace(b"{}", AMERICAN.encode()))
    assert (there.status, there["location"]) == (moved, "https://www.example.com/de/x?y")
    assert (here.status, here.all("location"), here.body) == (nothing, [], b"")
    assert here["vary"] == there["vary"]


@pytest.mark.parametrize("asked", [[], ["X-Forwarded-Proto: http", "X-Forwarded-Proto: http"]])
async def test_what_looks_like_any_request_is_a_question_all_the_same(asked: list[str]) -> None:
    """Envoy's questions could be answered the quick way, which does not look at all that they have to say."""
    app = create_door(site("ext-authz"), name=f"asked-{next(_numbers)}")
    good = request("/x", f"X-Forwarded-For: {GERMAN}", "X-Forwarded-Proto: http")
    async with serving(app, protocol=DoorProtocol) as endpoint:
        assert (await ask(endpoint, good)).status == 307
        assert (await ask(endpoint, request("/x", f"X-Forwarded-For: {GERMAN}", *asked))).status == 400


async def test_a_request_for_one_of_our_pages_is_no_question(door: Endpoint) -> None:
    assert (await ask(door, request("/.georedirect/", *question(GERMAN)))).status != 400


@pytest.mark.parametrize("convention", ["x-forwarded", "auth-request", "ext-authz"])
@pytest.mark.parametrize("kind", ["x-forwarded-for", "forwarded", "x-real-ip"])
@pytest.mark.parametrize(
    ("ip", "url", "location"),
    [
        (GERMAN, "/x?y", "https://www.example.com/de/x?y"),
        (GERMAN, "https://www.example.com/de/x", None),
        ("2a01:4f8::1", "/", "https://www.example.com/de/"),
        (AMERICAN, "/", None),
    ],
)
def test_explain_imagines_the_visitor_and_the_proxy(
    convention: str, kind: str, ip: str, url: str, location: str | None
) -> None:
    snapshot = snapshot_for(f'{SITE}forward_auth = "{convention}"\nclient_address = "{kind}"\n')
    asked = imagine_request(snapshot.configuration, ip, url, "GET", ["X-Forwarded-For: 80.67.169.12"])
    explained = explain(snapshot, asked)
    assert (explained["location"], explained["client"]["address"]) == (location, ip)
    assert explained["status"] == answer(snapshot, asked).status != 400


def test_explain_takes_what_a_trusted_proxy_sends_as_it_is() -> None:
    snapshot = site()
    said = imagine_request(snapshot.configuration, "10.0.0.1", "/", "GET", question(GERMAN))
    unsaid = imagine_request(snapshot.configuration, "10.0.0.1", "/x")
    assert explain(snapshot, said)["location"] == "https://www.example.com/de/x?y"
    assert explain(snapshot, unsaid)["status"] == 400


def test_the_line_to_try_asks_as_a_proxy_would() -> None:
    line = curl_line(load(SITE), Endpoint("127.0.0.1", 8307))
    assert line.endswith(" http://127.0.0.1:8307/")
    for said in (
        "x-forwarded-uri: /hello?from=curl",
        f"x-forwarded-for: {GERMAN}",
        "x-forwarded-host: www.example.com",
    ):
        assert f" -H '{said}'" in line


@pytest.mark.parametrize(
    ("convention", "url", "status", "location"),
    [
        ("x-forwarded", "/shop/x", 503, None),
        ("auth-request", "/shop/x", 503, None),
        ("ext-authz", "/shop/x", 503, None),
        ("x-forwarded", "/landing?a", 307, "https://new.example.net/landing?a"),
        ("auth-request", "/landing?a", 401, "https://new.example.net/landing?a"),
        ("x-forwarded", "/stay", 204, None),
        ("ext-authz", "/stay", 200, None),
    ],
)
def test_rules_decide_about_what_the_proxy_asks_for(
    convention: str, url: str, status: int, location: str | None
) -> None:
    rules = """\
[[rules]]
when = { path = "/shop/*", method = "POST" }
status = 503
[[rules]]
when = { path = "/landing" }
uri = "https://new.example.net{+path}{+query}"
[[rules]]
when = { path = "/stay", header = { X-Forwarded-Proto = "https" } }
stay = true
"""
    snapshot = snapshot_for(f'{SITE}forward_auth = "{convention}"\n{rules}')
    asked = imagine_request(snapshot.configuration, GERMAN, f"https://www.example.com{url}", "POST")
    answered = answer(snapshot, asked)
    assert (answered.status, dict(answered.headers).get("Location")) == (status, location)
