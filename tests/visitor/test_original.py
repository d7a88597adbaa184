"""What the proxies really send, what visitors might add to it, and what then counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.visitor.address import parse_address
from georedirect.visitor.networks import Networks
from georedirect.visitor.original import NAMES, Convention, read_original
from georedirect.visitor.request import Malformed, Request

PROXY = parse_address("10.0.0.1")
TRUSTED = Networks.parse(["10.0.0.0/8"])

# The very headers, names in lower case as `Request` has them.
TRAEFIK = {
    "host": "georedirect:8307",
    "user-agent": "Mozilla/5.0",
    "accept-encoding": "gzip",
    "accept-language": "de",
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-host": "www.example.com",
    "x-forwarded-method": "POST",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
    "x-forwarded-server": "traefik",
    "x-forwarded-uri": "/shop?a=b",
    "x-real-ip": "203.0.113.7",
}
CADDY = {
    "host": "www.example.com",
    "user-agent": "Mozilla/5.0",
    "accept-language": "de",
    "via": "1.1 Caddy",
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-host": "www.example.com",
    "x-forwarded-method": "POST",
    "x-forwarded-proto": "https",
    "x-forwarded-uri": "/shop?a=b",
}
NGINX = {
    "host": "www.example.com",
    "x-original-method": "POST",
    "x-original-uri": "/shop?a=b",
    "x-forwarded-proto": "https",
    "x-forwarded-for": "203.0.113.7",
    "accept-language": "de",
}
ENVOY = {
    "host": "www.example.com",
    "content-length": "0",
    "accept-language": "de",
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-proto": "https",
    "x-envoy-internal": "true",
    "x-envoy-expected-rq-timeout-ms": "250",
}
X_FORWARDED, AUTH_REQUEST, EXT_AUTHZ = Convention


def asks(headers: dict[str, str], *more: tuple[str, str], method: str = "GET", target: bytes = b"/") -> Request:
    return Request(method, target, (*headers.items(), *more), PROXY)


QUESTIONS = [
    (X_FORWARDED, asks(TRAEFIK)),
    (X_FORWARDED, asks(TRAEFIK, method="POST")),  # with preserveRequestMethod
    (X_FORWARDED, asks(CADDY, target=b"/any/uri?of=ours")),
    (AUTH_REQUEST, asks(NGINX)),
    (EXT_AUTHZ, asks(ENVOY, method="POST", target=b"/shop?a=b")),
]
IDS = ["traefik", "traefik-method", "caddy", "nginx", "envoy"]


def original(convention: Convention, asked: Request) -> Request | Malformed:
    return read_original(asked, convention, TRUSTED)


@pytest.mark.parametrize(("convention", "asked"), QUESTIONS, ids=IDS)
def test_the_original_is_what_the_visitor_sent(convention: Convention, asked: Request) -> None:
    found = original(convention, asked)
    assert isinstance(found, Request)
    assert (found.method, found.target, found.peer) == ("POST", b"/shop?a=b", PROXY)
    assert (found.lines("host"), found.lines("x-forwarded-proto")) == (["www.example.com"], ["https"])
    assert (found.lines("x-forwarded-for"), found.lines("accept-language")) == (["203.0.113.7"], ["de"])


@pytest.mark.parametrize(("convention", "asked"), QUESTIONS, ids=IDS)
@pytest.mark.parametrize("peer", ["203.0.113.7", "11.0.0.1", None])
def test_nobody_asks_but_a_trusted_proxy(convention: Convention, asked: Request, peer: str | None) -> None:
    stranger = Request(asked.method, asked.target, asked.headers, parse_address(peer) if peer else None)
    found = original(convention, stranger)
    assert isinstance(found, Malformed)
    assert "trusted_proxies" in found.why


EACH_HEADER = [(*question, name) for question in QUESTIONS[1:] for name in NAMES[question[0]].all]


@pytest.mark.parametrize(("convention", "asked", "name"), EACH_HEADER)
def test_each_header_has_to_be_there_once(convention: Convention, asked: Request, name: str) -> None:
    lines = [line for line in asked.headers if line[0] == name.lower()]
    without = [line for line in asked.headers if line[0] != name.lower()]
    for headers in (without, [*lines, *asked.headers], [*asked.headers, (name.lower(), "")], [(name.lower(), "")]):
        found = original(convention, Request(asked.method, asked.target, headers, PROXY))
        assert isinstance(found, Malformed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("x-forwarded-uri", value) for value in ("", "x", "?x", "http://www.example.com/x")),
        ("x-forwarded-uri", "HTTPS://evil.example/"),
        ("x-forwarded-uri", "http:.evil.example"),
        ("x-forwarded-uri", "@evil.example/"),
        ("x-forwarded-uri", "\\evil.example/"),
        ("x-forwarded-uri", "/a b"),
        ("x-forwarded-uri", "/a, /b"),
        ("x-forwarded-uri", "/a\tb"),
        ("x-forwarded-uri", "/a\r\nLocation: x"),
        ("x-forwarded-uri", "/a\x00"),
        ("x-forwarded-uri", "/a\x7f"),
        ("x-forwarded-uri", "**"),
        ("x-forwarded-uri", "%2f"),
        ("x-forwarded-method", ""),
        ("x-forwarded-method", "GET, POST"),
        ("x-forwarded-method", "GET POST"),
        ("x-forwarded-method", "G\r\nET"),
        ("x-forwarded-method", "GÉT"),
        ("x-forwarded-host", ""),
        ("x-forwarded-host", "evil.example, www.example.com"),
        ("x-forwarded-host", "www.example.com,evil.example"),
        ("x-forwarded-host", "user@www.example.com"),
        ("x-forwarded-host", "www.example.com/x"),
        ("x-forwarded-host", "www.example.com:99999"),
        ("x-forwarded-host", "https://www.example.com"),
        ("x-forwarded-host", "a b"),
        ("x-forwarded-host", "[::1"),
        ("x-forwarded-host", "www.example.com\r\nX: y"),
        ("x-forwarded-proto", ""),
        ("x-forwarded-proto", "ftp"),
        ("x-forwarded-proto", "https, http"),
        ("x-forwarded-proto", "https,http"),
        ("x-forwarded-proto", "javascript"),
        ("x-forwarded-proto", "https://"),
    ],
)
def test_what_no_proxy_would_say_is_malformed_and_not_repeated(name: str, value: str) -> None:
    found = original(X_FORWARDED, asks(TRAEFIK | {name: value}))
    assert isinstance(found, Malformed)
    assert len(value) < 3 or value not in found.why


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-forwarded-uri", "/"),
        ("x-forwarded-uri", "//evil.example/%2f%2e%2e?u=http://evil.example"),
        ("x-forwarded-uri", "/%0d%0aX:1"),
        ("x-forwarded-uri", "/\xe9\\"),
        ("x-forwarded-uri", "*"),
        ("x-forwarded-method", "PROPFIND"),
        ("x-forwarded-host", "[2001:db8::1]:8443"),
        ("x-forwarded-host", "192.0.2.1"),
        ("x-forwarded-proto", "http"),
    ],
)
def test_what_a_visitor_may_have_sent_is_carried_over(name: str, value: str) -> None:
    found = original(X_FORWARDED, asks(TRAEFIK | {name: value}))
    assert isinstance(found, Request)
    said = {"x-forwarded-uri": found.target.decode("latin-1"), "x-forwarded-method": found.method}
    said |= {"x-forwarded-host": found.lines("host")[0], "x-forwarded-proto": found.lines("x-forwarded-proto")[0]}
    assert said[name] == value


@pytest.mark.parametrize(("said", "scheme"), [("ws", "http"), ("wss", "https"), ("HTTPS", "https")])
def test_a_websocket_is_asked_for_over_http(said: str, scheme: str) -> None:
    found = original(X_FORWARDED, asks(TRAEFIK | {"x-forwarded-proto": said}))
    assert isinstance(found, Request)
    assert found.lines("x-forwarded-proto") == [scheme]


def test_headers_of_another_convention_never_count() -> None:
    theirs = [("x-forwarded-uri", "/evil"), ("x-forwarded-host", "evil.example"), ("x-forwarded-method", "DELETE")]
    for convention, asked in QUESTIONS[3:]:
        found = original(convention, Request(asked.method, asked.target, (*asked.headers, *theirs), PROXY))
        assert isinstance(found, Request)
        assert (found.method, found.target, found.lines("host")) == ("POST", b"/shop?a=b", ["www.example.com"])
    theirs = [("x-original-uri", "/evil"), ("x-original-method", "DELETE")]
    found = original(X_FORWARDED, asks(TRAEFIK, *theirs))
    assert isinstance(found, Request)
    assert (found.method, found.target) == ("POST", b"/shop?a=b")


@given(st.sampled_from(list(Convention)), st.lists(st.tuples(st.sampled_from([*TRAEFIK, *NGINX]), st.text(max_size=9))))
def test_whatever_is_sent_the_original_has_one_host_and_one_scheme(
    convention: Convention, headers: list[tuple[str, str]]
) -> None:
    found = original(convention, Request("GET", b"/", headers, PROXY))
    if isinstance(found, Request):
        assert (len(found.lines("host")), len(found.lines("x-forwarded-proto"))) == (1, 1)
        assert found.target == b"*" or found.target.startswith(b"/")
        assert not set(found.target) & {*range(0x21), 0x7F}
