"""At least 500 hostile values, wherever a request can hold one: they change no host and add no header to any answer."""

from __future__ import annotations

import html
import re
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
from sanic.server import HttpProtocol

from georedirect.door.app import create_door
from georedirect.door.pages import reply
from georedirect.door.protocol import DoorProtocol
from georedirect.visitor.address import parse_address
from georedirect.visitor.request import Request
from tests.policies import GOOD
from tests.serving import serving, snapshot_for
from tests.wire import ask

if TYPE_CHECKING:
    from georedirect.door.snapshot import Snapshot

POLICY = (
    GOOD.replace('["country", "language"]', '["choice", "country", "language"]').replace(
        "https://north.example.com{", "https://www.example.com/north{"
    )
    + '[server]\ntrusted_proxies = ["127.0.0.0/8"]\n[choice]\nparameter_stores = true\n'
    + '[database]\ncountry_header = "cf-ipcountry"\n'
)
RULED = (
    POLICY
    + """\
[sticky]
cookie = "session"
[[rules]]
when = { header = { X-Beta = true }, query = { evil = "1" } }
continue = "seen"
[[rules]]
when = { path = "/l/*/x*" }
uri = "https://example.com/l/{+1}/{+2}{+query}"
[[rules]]
when = { prefix = "/blog" }
uri = "https://example.com/blog{+rest}{+query}"
[[rules]]
when = { path = "/v/*" }
split = { red = 1, blue = 1 }
uri = "https://example.com/{variant}{+path}{?query}"
[[rules]]
when = { path = "/down/*" }
status = 503
"""
)
_BASES = [
    *(
        "evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
    ),
    *(
        "http:evil.example",
        "https:/evil.example",
        "@evil.example",
        ":80@evil.example",
        ".evil.example",
        "#@evil.example",
    ),
    *("?@evil.example", "/..//evil.example", "/%2f%2fevil.example", "javascript:alert(1)", "data:text/html,x"),
    *("germany.evil.example", "germany@evil.example", "https://www.example.com@evil.example", "evil.example/germany"),
]
_WRAPS = [
    *("{}", "germany{}", "{}germany", "germany\r\nSet-Cookie: evil=1\r\nX: {}", "\r\nLocation: https://{}", "\n{}"),
    *("\r{}", "\t{}", " {}", "\x00{}", "\x7f{}", "%0d%0aX-Evil: {}", "%00{}", "{}\u2028", '"{}"', "'{}'", "<{}>"),
    *("{{{}}}", "{}; Path=/; Domain=evil.example", "germany; {}", "germany,{}", "germany&{}", "%{}", "é{}", "{}\x85"),
]
VALUES = sorted({wrap.format(base) for wrap, base in product(_WRAPS, _BASES)})
OCTETS = [value.encode("utf-8") for value in VALUES]

HEADERS = [
    *("cookie", "accept-language", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "origin"),
    *("referer", "sec-fetch-dest", "sec-fetch-site", "sec-purpose", "purpose", "x-original-url", "x-forwarded-uri"),
    "cf-ipcountry",
]
OURS = {"de.example.com", "global.example.com", "www.example.com", "example.com", "ch.example.com"}
OURS |= {"eu.example.com", "hant.example.com"}
NAMES = {"Location", "Cache-Control", "Vary", "Content-Type", "Set-Cookie", "Allow", "Access-Control-Allow-Origin"}
NAMES |= {"Content-Language", "Content-Security-Policy", "Link", "Referrer-Policy", "X-Content-Type-Options"}
NAMES |= {"Access-Control-Allow-Credentials", "Cross-Origin-Resource-Policy", "Retry-After"}
_LED_TO = re.compile(r' (?:href|action|src|formaction)="([^"]*)"')
_TAG = re.compile(r"<([a-z0-9]+)")
TAGS = {"html", "head", "meta", "title", "style", "link", "body", "main", "h1", "h2", "p", "section", "form", "input"}
TAGS |= {"button", "ul", "li", "span", "b", "i", "footer"}


def test_there_are_enough_of_them() -> None:
    assert len(OCTETS) >= 500


def check(snapshot: Snapshot, method: str, target: bytes, *headers: tuple[str, str], body: bytes = b"") -> None:
    """Answer, and look at all that goes out."""
    named = {name for name, _ in headers}
    lines = [*headers, *([] if "host" in named else [("host", "www.example.com")])]
    answered = reply(snapshot, Request(method, target, lines, parse_address("127.0.0.1")), body)
    names = [name for name, _ in answered.headers]
    assert set(names) <= NAMES
    assert len(set(names)) == len(names)
    for name, value in answered.headers:
        assert value.isascii()
        assert value.isprintable()
        if name == "Set-Cookie":
            region = value.partition(";")[0].partition("=")[2]
            assert region == "" or region in snapshot.configuration.policies[0].regions
            assert value.count(";") in {4, 5}
        elif name == "Location" and not value.startswith("/.georedirect/?url=/"):
            parts = urlsplit(value)
            assert parts.scheme == "https"
            assert parts.netloc in OURS
        elif name == "Link":
            assert {urlsplit(uri).netloc for uri in re.findall("<([^>]*)>", value)} <= OURS
    check_body(answered.body, dict(answered.headers).get("Content-Type", ""))


def check_body(body: bytes, kind: str) -> None:
    """A page may repeat the path that was asked for, escaped, in links to our regions; nothing else does."""
    if not kind.startswith("text/html"):
        assert b"evil" not in body
        return
    text = body.decode()
    assert set(_TAG.findall(text)) <= TAGS
    for uri in _LED_TO.findall(text):
        assert uri.startswith(("/.georedirect/", "data:,")) or urlsplit(html.unescape(uri)).netloc in OURS


def targets(octets: bytes) -> list[bytes]:
    """Where a value may stand in a target: only what a parser of HTTP lets through: no blank, no control."""
    raw = bytes(octet for octet in octets if octet > 0x20 and octet != 0x7F)
    encoded = quote(octets, safe="").encode()
    return [b"/" + raw, raw, b"/x?region=" + raw, b"/x?region=" + encoded, b"/.georedirect/?url=" + encoded]


def test_no_target_and_no_form_leads_elsewhere() -> None:
    snapshot = snapshot_for(POLICY)
    for octets in OCTETS:
        encoded = quote(octets, safe="").encode()
        for target in targets(octets):
            check(snapshot, "GET", target)
            check(snapshot, "GET", target, ("cookie", "georedirect=germany"))
        for region, url in ((b"germany", encoded), (b"forget", encoded), (encoded, b"/x"), (encoded, encoded)):
            check(snapshot, "POST", b"/.georedirect/", body=b"region=" + region + b"&url=" + url)
            check(snapshot, "POST", b"/.georedirect/", body=b"url=" + url + b"&region=" + region)


def test_no_header_leads_elsewhere() -> None:
    snapshot = snapshot_for(POLICY)
    for octets in OCTETS:
        value = octets.decode("latin-1").strip(" \t")  # even with line breaks, which no parser lets through
        for name in HEADERS:
            check(snapshot, "GET", b"/x", (name, value))
        for name in ("georedirect", "__Host-georedirect"):
            check(snapshot, "GET", b"/x", ("cookie", f"{name}={value}"))
        check(snapshot, "GET", b"/x", ("host", value))
        check(snapshot, "GET", b"/x", ("host", f"www.example.com{value}"))
        check(snapshot, "POST", b"/.georedirect/", ("origin", value), body=b"region=germany&url=/x")


def test_nothing_that_a_rule_takes_out_of_a_request_leads_elsewhere() -> None:
    snapshot = snapshot_for(RULED)
    for octets in OCTETS:
        raw = bytes(octet for octet in octets if octet > 0x20 and octet != 0x7F)
        value = octets.decode("latin-1").strip(" \t")
        for before in (b"/l/", b"/l/a/x", b"/blog", b"/blog/", b"/v/", b"/down/"):
            check(snapshot, "GET", before + raw + b"/x" + raw, ("x-beta", value), ("cookie", f"session={value}"))
            check(snapshot, "GET", before + b"?evil=" + raw)


@pytest.mark.parametrize("protocol", [HttpProtocol, DoorProtocol])
async def test_on_the_wire_neither_host_nor_headers_change(protocol: type[HttpProtocol]) -> None:
    """The parameter, the cookie and `url=`, as a client can send them."""
    app = create_door(snapshot_for(POLICY), name=f"hostile-{protocol.__name__}")
    async with serving(app, protocol=protocol) as door:
        for octets in OCTETS:
            encoded = quote(octets, safe="").encode()
            cookie = bytes(octet for octet in octets if octet >= 0x20 and octet != 0x7F)
            body = b"region=germany&url=" + encoded
            head = b"Host: www.example.com\r\nConnection: close\r\n"
            for request in (
                b"GET /x?region=%b HTTP/1.1\r\n%b\r\n" % (encoded, head),
                b"GET /x HTTP/1.1\r\n%bCookie: georedirect=%b\r\n\r\n" % (head, cookie),
                b"POST /.georedirect/ HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body),
            ):
                answered = await ask(door, request)
                known = {name.lower() for name in NAMES} | {"date", "content-length", "connection"}
                assert {name for name, _ in answered.headers} <= known
                assert all(urlsplit(location).netloc in OURS for location in answered.all("location"))
                check_body(answered.body, "".join(answered.all("content-type")))
