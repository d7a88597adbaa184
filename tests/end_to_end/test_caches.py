"""Real caches in front of careless servers mix visitors up, and doctor tells; a cache more is a row in CACHES.

What they do in front of our own door is in `test_cached_modes.py`.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from georedirect.cli import main
from georedirect.policy.endpoint import Endpoint
from tests import caches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    Cache = Callable[[Endpoint, Path], AbstractContextManager[Endpoint]]
    Captured = pytest.CaptureFixture[str]

GERMAN = ("X-Forwarded-For: 85.214.132.117", "Accept-Language: de")
SWISS_IN_GERMAN = ("X-Forwarded-For: 130.59.0.1", "Accept-Language: de")
NOWHERE = ("X-Forwarded-For: 192.0.2.1",)


def nginx_with_times(origin: Endpoint, folder: Path) -> AbstractContextManager[Endpoint]:
    return caches.nginx(origin, folder, "proxy_cache_valid 307 1m", "proxy_cache_valid 200 404 421 1m")


CACHES: dict[str, Cache] = {"nginx": caches.nginx, "nginx, 307 kept": nginx_with_times, "Varnish": caches.varnish}


class Careless(ThreadingHTTPServer):
    """Answers by address, then by language, with headers that are wrong for that; counts what reaches it."""

    daemon_threads = True

    def __init__(self, *headers: str) -> None:
        super().__init__(("127.0.0.1", 0), CarelessAnswer)
        self.headers = [header.split(": ", 1) for header in headers]
        self.asked = 0

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("127.0.0.1", self.server_address[1])


class CarelessAnswer(BaseHTTPRequestHandler):
    server: Careless
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked += 1
        country = {"85.214.132.117": "de", "130.59.0.1": "ch"}.get(self.headers["X-Forwarded-For"].split(",")[0], "www")
        self.send_response(307)
        self.send_header("Location", f"https://{country}.example.com/{self.headers['Accept-Language']}{self.path}")
        for name, value in self.server.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
        pass


@contextmanager
def careless(*headers: str) -> Iterator[Careless]:
    server = Careless(*headers)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def doctor(capsys: Captured, endpoint: Endpoint, *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["doctor", f"http://{endpoint}/", "--json", *arguments])
    out, err = capsys.readouterr()
    assert err == ""
    report: dict[str, Any] = json.loads(out)
    return code, report


TWO = ["--visitor", *GERMAN, "--visitor", *SWISS_IN_GERMAN]  # who differ by country alone
VARY = "Vary: Accept-Language"

MIXED_UP: list[tuple[str, tuple[str, ...]]] = [
    *((name, ("Cache-Control: max-age=60", VARY)) for name in CACHES),
    *((name, ("Cache-Control: public, s-maxage=60", VARY)) for name in CACHES),
    *((name, ("Cache-Control: max-age=60",)) for name in CACHES),
    ("nginx, 307 kept", ()),
    ("nginx, 307 kept", (VARY,)),
    ("nginx", ("Expires: Fri, 01 Jan 2100 00:00:00 GMT", VARY)),
    ("Varnish", ("Expires: Fri, 01 Jan 2100 00:00:00 GMT", VARY)),
]


@pytest.mark.parametrize(("name", "headers"), MIXED_UP)
def test_behind_a_cache_a_careless_server_is_found_out_and_the_headers_are_named(
    tmp_path: Path, capsys: Captured, name: str, headers: tuple[str, ...]
) -> None:
    with careless(*headers) as server, CACHES[name](server.endpoint, tmp_path) as endpoint:
        code, report = doctor(capsys, endpoint, *TWO)
    assert code == 1
    assert report["findings"][0]["kind"] == "mix-up"
    mix_ups = [finding for finding in report["findings"] if finding["kind"] == "mix-up"]
    assert {finding["why"][:23] for finding in mix_ups} == {"A got the answer of B: ", "B got the answer of A: "}
    assert all(set(headers) <= set(finding["headers"]) for finding in mix_ups)
    told = next(finding for finding in report["findings"] if finding["kind"] in {"vary", "unsaid"})
    assert set(headers) <= set(told["headers"])
    assert "X-Forwarded-For" in told["why"] or not headers or headers == (VARY,)


@pytest.mark.parametrize("name", CACHES)
def test_the_usual_visitors_find_out_a_cache_that_does_not_go_by_language(
    tmp_path: Path, capsys: Captured, name: str
) -> None:
    with careless("Cache-Control: max-age=60") as server, CACHES[name](server.endpoint, tmp_path) as endpoint:
        code, report = doctor(capsys, endpoint)
    told = {finding["kind"]: finding for finding in report["findings"]}
    assert (code, report["findings"][0]["kind"]) == (1, "mix-up")
    assert "answers differ by Accept-Language (A, B)" in told["vary"]["why"]


SAFE = ["private, no-store", "private", "no-store", "no-cache", "s-maxage=0", "max-age=0"]


@pytest.mark.parametrize("name", CACHES)
@pytest.mark.parametrize("value", SAFE)
def test_what_keeps_every_cache_from_storing_is_nothing_to_speak_of(
    tmp_path: Path, capsys: Captured, name: str, value: str
) -> None:
    with careless(f"Cache-Control: {value}", VARY) as server, CACHES[name](server.endpoint, tmp_path) as endpoint:
        code, report = doctor(capsys, endpoint, *TWO)
    assert (code, report["findings"]) == (0, [])
    assert server.asked == report["requests"] == 30


def test_a_cache_that_disregards_cache_control_is_told_from_a_careless_server(tmp_path: Path, capsys: Captured) -> None:
    disobedient = ("proxy_ignore_headers Cache-Control Vary", "proxy_cache_valid any 1m")
    with (
        careless("Cache-Control: private, no-store") as server,
        caches.nginx(server.endpoint, tmp_path, *disobedient) as endpoint,
    ):
        code, report = doctor(capsys, endpoint, *TWO)
    kinds = {finding["kind"] for finding in report["findings"]}
    assert (code, kinds) == (1, {"mix-up", "disregarded"})
    told = next(finding for finding in report["findings"] if finding["kind"] == "disregarded")
    assert told["headers"] == ["Cache-Control: private, no-store", "X-Cache-Status: HIT"]


QUERY_LEFT_OUT = [
    ("nginx", caches.nginx, "proxy_cache_key $host$uri"),
    ("Varnish", caches.varnish, 'sub vcl_hash { hash_data(regsub(req.url, "\\?.*", "")); return (lookup); }'),
]


@pytest.mark.parametrize(("name", "cache", "setting"), QUERY_LEFT_OUT)
def test_a_cache_that_leaves_the_query_out_of_its_key_is_found_out(
    tmp_path: Path, capsys: Captured, name: str, cache: Callable[..., AbstractContextManager[Endpoint]], setting: str
) -> None:
    with careless("Cache-Control: max-age=60") as server, cache(server.endpoint, tmp_path, setting) as endpoint:
        code, report = doctor(capsys, endpoint, *TWO)
    assert (code, report["findings"][0]["kind"]) == (1, "other-url"), name
    assert any("B got the answer to another URL, which only A had asked" in told["why"] for told in report["findings"])


@pytest.mark.parametrize("name", CACHES)
def test_an_answer_that_a_stranger_has_left_at_the_url_is_found_out(
    tmp_path: Path, capsys: Captured, name: str
) -> None:
    with careless("Cache-Control: max-age=60") as server, CACHES[name](server.endpoint, tmp_path) as endpoint:
        stranger = ["--visitor", *NOWHERE, "Accept-Language: ja", "--visitor", *NOWHERE, "Accept-Language: ko"]
        doctor(capsys, endpoint, *stranger, "--rounds", "1")
        _, report = doctor(capsys, endpoint, *TWO)
    (told,) = {finding["why"] for finding in report["findings"] if finding["why"].startswith("A got an answer that")}
    assert told == "A got an answer that none of these visitors gets by itself: 307 https://www.example.com/ja/"


def test_without_a_cache_careless_headers_are_told_before_anybody_is_mixed_up(capsys: Captured) -> None:
    with careless("Cache-Control: public, s-maxage=60", VARY, "Set-Cookie: session=secret") as server:
        code, report = doctor(capsys, server.endpoint, *TWO)
    assert code == 1
    assert {finding["kind"] for finding in report["findings"]} == {"vary", "set-cookie"}
    assert "secret" not in json.dumps(report)
