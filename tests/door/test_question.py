"""A request that is only asked about is the one that a client would send."""

from __future__ import annotations

import pytest

from georedirect.door.question import imagine_request
from tests.policies import GOOD
from tests.serving import snapshot_for

CONFIGURATION = snapshot_for(GOOD).configuration
CATCH_ALL = snapshot_for('[site]\ndefault = "a"\n[regions.a]\nuri = "https://a.example{+path}"\n').configuration


@pytest.mark.parametrize(
    ("url", "target", "host"),
    [
        ("/", b"/", "www.example.com"),
        ("/a?b#c", b"/a?b", "www.example.com"),
        ("", b"/", "www.example.com"),
        ("?q", b"/?q", "www.example.com"),
        ("https://other.example", b"/", "other.example"),
        ("HTTP://other.example:80/x y", b"/x%20y", "other.example:80"),
        ("https://other.example?q#f", b"/?q", "other.example"),
        ("//evil.example/", b"//evil.example/", "www.example.com"),
        ("/ü", b"/%C3%BC", "www.example.com"),
    ],
)
def test_a_url_becomes_target_and_host(url: str, target: bytes, host: str) -> None:
    request = imagine_request(CONFIGURATION, "8.8.8.8", url)
    assert (request.target, request.lines("host")) == (target, [host])


def test_a_host_header_wins_over_the_url() -> None:
    request = imagine_request(CONFIGURATION, "8.8.8.8", "https://a.example/", headers=["HOST: b.example"])
    assert request.lines("host") == ["b.example"]


def test_a_policy_for_every_host_is_asked_by_some_name() -> None:
    assert imagine_request(CATCH_ALL, "8.8.8.8").lines("host") == ["localhost"]


def test_headers_keep_their_order_and_lose_their_blanks() -> None:
    request = imagine_request(
        CONFIGURATION, "8.8.8.8", headers=["X-Forwarded-For:1.1.1.1", "x-forwarded-for:  2.2.2.2 "]
    )
    assert request.lines("x-forwarded-for") == ["1.1.1.1", "2.2.2.2"]


@pytest.mark.parametrize(
    ("ip", "method", "header"),
    [
        ("localhost", "GET", "a: b"),
        ("1.2.3", "GET", "a: b"),
        ("8.8.8.8", "", "a: b"),
        ("8.8.8.8", "G T", "a: b"),
        ("8.8.8.8", "GET", "a"),
        ("8.8.8.8", "GET", "a b: c"),
        ("8.8.8.8", "GET", "a: b\r\nc: d"),
    ],
)
def test_words_that_are_no_good_are_named(ip: str, method: str, header: str) -> None:
    with pytest.raises(ValueError, match=r'(?s)^".*" is not an? ') as raised:
        imagine_request(CONFIGURATION, ip, method=method, headers=[header])
    assert any(repr(word)[1:-1] in repr(str(raised.value)) for word in (ip, method, header))


@pytest.mark.parametrize(
    ("listener", "url", "is_tls"),
    [
        ("", "https://www.example.com/", False),
        ("proxy_protocol = true", "https://www.example.com/", True),
        ("proxy_protocol = true", "http://www.example.com/", False),
        ("proxy_protocol = true", "/", False),
    ],
)
def test_who_comes_by_https_is_asked_about_as_if_over_tls_where_that_can_be(
    listener: str, url: str, is_tls: bool
) -> None:
    server = f'[server]\ntrusted_proxies = ["127.0.0.1"]\n[[server.listen]]\naddress = "127.0.0.1:0"\n{listener}\n'
    assert imagine_request(snapshot_for(GOOD + server).configuration, "8.8.8.8", url).is_tls is is_tls
