"""One question to a mirror, over real sockets, whatever it answers."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import subprocess
import tracemalloc
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from georedirect import __version__
from georedirect.health.probe import MOST_BODY_OCTETS, MOST_OCTETS, Prober
from georedirect.policy.mirror_model import Check, CheckMethod
from tests.health.standing import answer, is_silent, repeats, resets, says, standing

if TYPE_CHECKING:
    from georedirect.health.verdict import Outcome
    from tests.health.standing import Act

OK = (200,)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
UNENDING = b"HTTP/1.1 200 OK\r\n\r\n"


async def ask(url: str, text: str | None = None, method: CheckMethod = CheckMethod.GET, seconds: int = 1) -> Outcome:
    async with Prober() as prober:
        return await prober.ask(Check(url, method, timeout_seconds=seconds, statuses=OK, text=text))


async def ask_one_that(act: Act, text: str | None = None, method: CheckMethod = CheckMethod.GET) -> Outcome:
    async with standing(act) as mirror:
        return await ask(f"{mirror.origin}/health", text, method)


async def test_it_asks_for_just_what_the_check_says() -> None:
    async with standing(says(answer())) as mirror:
        outcome = await ask(f"{mirror.origin}/a%2Fb;c?d=%65&e")
    assert (outcome.is_right, outcome.word) == (True, "200")
    assert 0 < outcome.seconds < 1
    lines = mirror.heads[0].decode().split("\r\n")
    assert lines[0] == "GET /a%2Fb;c?d=%65&e HTTP/1.1"
    assert f"User-Agent: georedirect/{__version__}" in lines
    assert "Accept-Encoding: identity" in lines
    assert not any(line.lower().startswith("cookie") for line in lines)


async def test_head_has_no_body_to_wait_for() -> None:
    act = says(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    outcome = await ask_one_that(act, method=CheckMethod.HEAD)
    assert (outcome.is_right, outcome.word) == (True, "200")


async def test_over_ipv6_and_by_name() -> None:
    async with standing(says(answer()), host="::1") as mirror:
        assert (await ask(mirror.origin)).word == "200"
    async with standing(says(answer())) as mirror:
        assert (await ask(mirror.origin.replace("127.0.0.1", "localhost"))).word == "200"
        assert (await ask(mirror.origin.replace("127.0.0.1", "[::ffff:127.0.0.1]"))).word == "200"


@pytest.mark.parametrize(
    ("body", "text", "word"),
    [
        (b"all is ok", "ok", "200"),
        (b"all is well", "ok", "no-text"),
        (b"", "ok", "no-text"),
        ("gr\u00fcn".encode(), "gr\u00fcn", "200"),
        ("gr\u00fcn".encode("latin-1"), "gr\u00fcn", "no-text"),
        (b"x" * (MOST_BODY_OCTETS - 2) + b"ok", "ok", "200"),
        (b"x" * (MOST_BODY_OCTETS - 1) + b"ok", "ok", "no-text"),
    ],
)
async def test_a_text_is_looked_for_in_the_body_as_octets_and_not_beyond_what_is_read(
    body: bytes, text: str, word: str
) -> None:
    outcome = await ask_one_that(says(answer(body)), text)
    assert (outcome.word, outcome.is_right) == (word, word == "200")


async def test_a_text_may_come_in_pieces() -> None:
    async def act(_head: bytes, writer: asyncio.StreamWriter) -> None:
        for piece in (CHUNKED, b"1\r\no\r\n", b"1\r\nk\r\n", b"0\r\n\r\n"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)

    assert (await ask_one_that(act, "ok")).word == "200"


async def test_nothing_is_unpacked() -> None:
    bomb = gzip.compress(b"ok" * 10_000_000)
    outcome = await ask_one_that(says(answer(bomb, "200 OK", b"Content-Encoding: gzip")), "ok")
    assert outcome.word == "no-text"


@pytest.mark.parametrize("status", ["201", "301", "404", "503", "599"])
async def test_another_status_is_wrong_whatever_the_body(status: str) -> None:
    outcome = await ask_one_that(says(answer(b"ok", f"{status} Whatever")), "ok")
    assert (outcome.is_right, outcome.word) == (False, status)


async def test_what_comes_before_an_answer_is_none() -> None:
    outcome = await ask_one_that(says(b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + answer()), "ok")
    assert (outcome.is_right, outcome.word) == (True, "200")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed_so_nobody_else_is_asked(status: int) -> None:
    async with standing(says(answer())) as other:
        lines = (f"Location: {other.origin}/".encode(), b"Refresh: 0; url=" + other.origin.encode())
        outcome = await ask_one_that(says(answer(b"", f"{status} Moved", *lines)))
        assert (outcome.is_right, outcome.word) == (False, str(status))
    assert other.heads == []


async def test_no_proxy_is_asked_and_no_cookie_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async with standing(says(answer())) as proxy, standing(says(answer(b"", "200 OK", b"Set-Cookie: a=b"))) as mirror:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.origin)
        async with Prober() as prober:
            for _ in range(2):
                assert (await prober.ask(Check(mirror.origin))).is_right
    assert proxy.heads == []
    assert [b"cookie" in head.lower() for head in mirror.heads] == [False, False]


@pytest.mark.parametrize(
    ("act", "word"),
    [
        (says(b""), "closed"),
        (resets, "reset"),
        (says(b"HTTP/1.1 200"), "closed"),
        (says(b"SSH-2.0-OpenSSH_9.9\r\n"), "no-http"),
        (says(b"\x00\xff" * 1000), "no-http"),
        (says(b"HTTP/1.1 2OO OK\r\n\r\n"), "no-http"),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), "no-http"),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok"), "broken-off"),
        (says(CHUNKED + b"2\r\nok"), "broken-off"),
        (says(CHUNKED + b"zz\r\nok"), "no-http"),
        (repeats(b"a" * 65536, UNENDING.removesuffix(b"\r\n") + b"X: "), "no-http"),
        (repeats(b"X-A: a\r\n" * 1000, UNENDING.removesuffix(b"\r\n")), "no-http"),
        (repeats(b"a" * 65536, b"HTTP/1.1 200 "), "no-http"),
        (repeats(b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" * 2000), "too-much"),
        (repeats(b"1;" + b"a" * 65536, CHUNKED), "too-much"),
    ],
)
async def test_what_is_no_answer_is_wrong_in_a_word_at_once(act: Act, word: str) -> None:
    outcome = await ask_one_that(act)
    assert (outcome.is_right, outcome.word) == (False, word)
    assert outcome.seconds < 0.9


@pytest.mark.parametrize("first", [UNENDING, b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n"])
async def test_of_an_endless_body_no_more_is_read_than_is_looked_at(first: bytes) -> None:
    act = repeats(b"x" * 65536, first)
    assert (await ask_one_that(act)).word == "200"
    assert (await ask_one_that(act, "ok")).word == "no-text"


async def test_who_is_slow_in_any_way_is_given_up_in_time() -> None:
    acts = [
        is_silent,
        repeats(b"X", b"HTTP/1.1 200 OK\r\nX: ", pause=0.05),
        repeats(b"x", UNENDING, pause=0.05),
        repeats(b"1\r\nx\r\n", CHUNKED, pause=0.05),
        repeats(b"HTTP/1.1 103 Early Hints\r\n\r\n", pause=0.01),
    ]
    began = monotonic()
    outcomes = await asyncio.gather(*(ask_one_that(act) for act in acts))
    assert monotonic() - began < 2
    assert [(outcome.is_right, outcome.word) for outcome in outcomes] == [(False, "timeout")] * len(acts)
    assert all(1 <= outcome.seconds < 1.5 for outcome in outcomes)


@pytest.mark.parametrize(
    "act",
    [
        repeats(b"X-A: a\r\n" * 8000, UNENDING.removesuffix(b"\r\n")),
        repeats(b"x" * 65536, UNENDING),
        repeats(b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" * 2000),
        repeats(b"X-A: a\r\n" * 8000, CHUNKED + b"0\r\n"),
        repeats(b"1;" + b"a" * 65536, CHUNKED),
    ],
    ids=["headers", "body", "informational", "trailers", "extensions"],
)
async def test_what_never_ends_takes_little_memory(act: Act) -> None:
    tracemalloc.start()
    try:
        await ask_one_that(act, "ok")
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


async def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert (await ask(f"http://127.0.0.1:{port}/")).word == "refused"
    assert (await ask("http://nobody.invalid/", seconds=10)).word == "no-host"
    assert (await ask(f"http://{'a' * 70}.example/")).word == "no-host"


async def test_names_whose_servers_are_silent_hold_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up, is_over = socket.getaddrinfo, Event()

    def slow(host: str, *arguments: Any, **others: Any) -> Any:  # noqa: ANN401  of any signature
        if host.endswith(".invalid"):
            is_over.wait(10)
        return look_up(host, *arguments, **others)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    try:
        async with standing(says(answer())) as mirror, Prober() as prober:
            silent = [prober.ask(Check(f"http://{number}.invalid/", timeout_seconds=1)) for number in range(60)]
            waiting = asyncio.gather(*silent)
            await asyncio.sleep(0.2)
            outcome = await prober.ask(Check(mirror.origin.replace("127.0.0.1", "localhost"), timeout_seconds=1))
            assert (outcome.is_right, outcome.word) == (True, "200")
            assert {outcome.word for outcome in await waiting} == {"timeout"}
    finally:
        is_over.set()


async def test_one_that_takes_no_connection_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()[:2]
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(address)
        outcome = await ask(f"http://127.0.0.1:{address[1]}/")
        for sock in waiting:
            sock.close()
    assert (outcome.is_right, outcome.word) == (False, "timeout")


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For 127.0.0.1 alone, signed by itself; the key is beside it."""
    pem = tmp_path_factory.mktemp("tls") / "mirror.pem"
    names = ["-subj", "/CN=mirror", "-addext", "subjectAltName=IP:127.0.0.1"]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*new, "-keyout", f"{pem}.key", "-out", pem], check=True, capture_output=True)
    return pem


@pytest.fixture
def context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, f"{certificate}.key")
    return context


async def test_over_tls_where_the_certificate_is_trusted(
    certificate: Path, context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with standing(says(answer()), context=context) as mirror:
        assert (await ask(mirror.origin, "ok")).word == "200"
    async with standing(says(answer()), host="127.0.0.2", context=context) as mirror:  # which it does not name
        assert (await ask(mirror.origin)).word == "tls"


@pytest.mark.parametrize("method", CheckMethod)
async def test_no_connection_is_held_open_by_a_mirror_that_says_no_goodbye(
    certificate: Path, context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, method: CheckMethod
) -> None:
    async def act(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(b"" if head.startswith(b"HEAD") else b"ok"))
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await is_silent(head, writer)

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with standing(act, context=context) as mirror, Prober() as prober:
        before = _open_descriptors()
        for _ in range(10):
            assert (await prober.ask(Check(mirror.origin, method))).word == "200"
        await asyncio.sleep(0.1)
        assert _open_descriptors() <= before + mirror.open


def _open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_who_says_too_much_over_tls_is_heard_no_longer(
    certificate: Path, context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with standing(repeats(b"1;" + b"a" * 65536, CHUNKED), context=context) as mirror:
        assert (await ask(mirror.origin)).word == "too-much"
    async with standing(says(answer(b"x" * 2 * MOST_OCTETS)), context=context) as mirror:
        assert (await ask(mirror.origin)).word == "200"


async def test_wrong_tls_is_wrong(context: ssl.SSLContext) -> None:
    async with standing(says(answer()), context=context) as mirror:
        assert (await ask(mirror.origin)).word == "tls"
    assert mirror.heads == []
    async with standing(says(answer())) as mirror:
        assert (await ask(mirror.origin.replace("http://", "https://"))).word in {"tls", "timeout", "reset"}


# Whatever it is


@settings(max_examples=60)
@given(st.binary(max_size=300), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", UNENDING, CHUNKED]))
def test_whatever_a_mirror_says_there_is_an_outcome(said: bytes, first: bytes) -> None:
    outcome = asyncio.run(ask_one_that(says(first + said), "ok"))
    assert outcome.is_right <= (b"ok" in said)
    assert outcome.word.isascii()
    assert len(outcome.word) <= 24
