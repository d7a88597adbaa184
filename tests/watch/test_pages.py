"""The admin pages over a real socket: well made, locked up, and never with a word of others as markup."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from html import unescape
from itertools import count, product
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from georedirect.door.history import Attempt, Cause, History, Outcome
from georedirect.door.token import Token
from georedirect.watch.admin import create_admin
from georedirect.watch.desk import Desk
from georedirect.watch.render import SCRIPT, STYLESHEET, asset, fingerprint
from georedirect.watch.shield import HEADERS
from tests.serving import serving, snapshot_for
from tests.watch.markup import read
from tests.wire import ask, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from georedirect.door.snapshot import Snapshot
    from georedirect.policy.endpoint import Endpoint
    from tests.wire import Reply

HOSTILE = '</title><script>alert(1)</script><b onload="x">\' &amp; {{ 7 * 7 }}'
POLICY = f"""\
[site]
hosts = ["www.example.com"]
default = "a"
[regions.a]
name = {json.dumps(HOSTILE)}
uri = "https://a.example{{+path}}{{+query}}"
languages = ["de-DE"]
[regions.b]
uri = "https://b.example{{+path}}{{+query}}"
countries = ["DE"]
[[rules]]
name = {json.dumps(HOSTILE)}
when = {{ path = "/rule" }}
uri = "https://c.example/?{{host}}"
[[rules]]
name = {json.dumps(HOSTILE + "2")}
when = {{ country = "FR" }}
region = "b"
# {HOSTILE}
[sticky]
key = "hush-hush"
"""
PAGES = [
    "/",
    "/?site=none",
    "/try",
    "/try?ip=81.0.0.1&language=de",
    "/try?ip=x&country=XX&at=y&method=G%20T&header=z",
    "/policy",
    "/login",
]
ALL = [
    *PAGES,
    "/admin.css",
    "/admin.js",
    "/map.css",
    "/status",
    "/openapi.json",
    "/healthz",
    "/readyz",
    "/explain?ip=8.8.8.8",
    "/mirrors",
    "/metrics",
]

_numbers = count()


@asynccontextmanager
async def admin_of(snapshot: Snapshot, history: History | None = None) -> AsyncIterator[Endpoint]:
    desk = Desk(snapshot, history=history)
    async with serving(create_admin(desk, name=f"pages-{next(_numbers)}")) as endpoint:
        yield endpoint


@pytest.fixture
async def admin() -> AsyncIterator[Endpoint]:
    async with admin_of(snapshot_for(POLICY)) as endpoint:
        yield endpoint


async def get(admin: Endpoint, target: str, *headers: str, method: str = "GET", host: str = "") -> Reply:
    return await ask(admin, request(target, *headers, host=host or str(admin), method=method))


async def test_a_page_is_well_made_and_asks_nobody_else_for_anything(admin: Endpoint) -> None:
    for target in PAGES:
        reply = await get(admin, target)
        found = read(reply.body.decode())
        assert (reply.status, reply["content-type"], found.wrong) == (200, "text/html; charset=utf-8", []), target
        named = [value for _, attributes in found.elements for key in ("src", "href") if (value := attributes.get(key))]
        assert [link for link in named if not link.startswith(("/", "#", "data:image/svg+xml,"))] == []
        assert [item["src"] for item in found.all("script")] == [f"/admin.js?{fingerprint(SCRIPT)}"]


@pytest.mark.parametrize("guarded", [False, True])
async def test_a_page_says_whether_anything_can_be_changed_here(guarded: bool) -> None:
    token = Token.of("some-long-enough-word") if guarded else None
    async with admin_of(replace(snapshot_for(POLICY), token=token)) as admin:
        for target in PAGES:
            text = read((await get(admin, target)).body.decode()).text
            assert ("read-only" in text) is not guarded
            assert ("Sign in" in text) is (guarded or target == "/login")


async def test_every_answer_is_locked_up(admin: Endpoint) -> None:
    for target in [*ALL, "/nothing", "/reload", "/explain"]:
        reply = await get(admin, target)
        assert {name: reply[name.lower()] for name in HEADERS} == HEADERS, target
    assert "default-src 'none'" in HEADERS["Content-Security-Policy"]
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


async def test_no_page_is_told_to_a_foreign_host(admin: Endpoint) -> None:
    for target, host in product(ALL, ["evil.example", "127.0.0.2", ""]):
        reply = await ask(admin, request(target, host=host))
        assert (reply.status, reply["cache-control"], len(reply.body) < 100) == (421, "no-store", True), target


@pytest.mark.parametrize("target", ["/", "/policy", f"/try?{urlencode({'ip': '81.0.0.1', 'url': '/rule'})}"])
async def test_what_a_policy_says_is_text(admin: Endpoint, target: str) -> None:
    body = (await get(admin, target)).body.decode()
    assert "<script>alert" not in body
    assert "<b onload" not in body
    assert HOSTILE in unescape(body) or json.dumps(HOSTILE) in unescape(body)


async def test_what_a_visitor_is_made_of_is_text(admin: Endpoint) -> None:
    fields = dict.fromkeys(("ip", "country", "url", "method", "language", "cookie", "header", "at"), HOSTILE)
    reply = await get(admin, f"/try?{urlencode(fields)}")
    assert (reply.status, read(reply.body.decode()).wrong) == (200, [])
    assert b"<script>alert" not in reply.body
    assert b"<b onload" not in reply.body


async def test_the_policy_is_shown_line_by_line_with_its_warnings_and_without_its_secrets(admin: Endpoint) -> None:
    found = read((await get(admin, "/policy")).body.decode())
    lines = [item for item in found.all("li") if item.get("id", "").startswith("f1-")]
    assert [item["id"] for item in lines] == [f"f1-{number}" for number in range(1, POLICY.count("\n") + 1)]
    warned = [item["id"] for item in lines if item.get("class") == "warned"]
    assert warned == [f"f1-{warning.line}" for warning in snapshot_for(POLICY).configuration.warnings]
    assert 'countries in no region go to "a"' in found.text
    assert "hush" not in found.text
    assert 'key = "•••"' in found.text


async def test_a_refused_reload_is_told_on_every_page() -> None:
    why = f"site.toml:3: {HOSTILE}"
    history = History(0.0).after(Attempt(Outcome.REFUSED, 0.0, 0.1, Cause.POLICY, why), 1)
    async with admin_of(snapshot_for(POLICY), history) as admin:
        for target in PAGES:
            body = (await get(admin, target)).body.decode()
            assert read(body).wrong == []
            assert why in unescape(body)
            assert "<script>alert" not in body


# Stylesheet and script


@pytest.mark.parametrize("name", [STYLESHEET, SCRIPT])
async def test_a_file_is_kept_for_good_only_by_whoever_asks_for_this_very_one(admin: Endpoint, name: str) -> None:
    right, wrong, none = [
        await get(admin, f"/{name}{query}") for query in (f"?{fingerprint(name)}", "?0123456789ab", "")
    ]
    assert right.body == wrong.body == none.body == asset(name).encode()
    assert right["cache-control"] == "public, max-age=31536000, immutable"
    assert wrong["cache-control"] == none["cache-control"] == "no-store"


def test_stylesheet_and_script_are_small_and_name_nobody() -> None:
    assert sum(len(asset(name).encode()) for name in (STYLESHEET, SCRIPT)) < 20_000
    assert "@import" not in asset(STYLESHEET)
    assert "url(" not in asset(STYLESHEET)
    assert asset(SCRIPT).replace("http://www.w3.org/2000/svg", "").count("://") == 0
    assert "innerHTML" not in asset(SCRIPT)


async def test_pages_are_read_and_no_more(admin: Endpoint) -> None:
    for target in ("/try", "/policy", "/admin.css"):
        assert (await get(admin, target, method="POST")).status == 405
    head = await ask(admin, request("/try", host=str(admin), method="HEAD"), is_head=True)
    assert (head.status, int(head["content-length"]) > 1000) == (200, True)
