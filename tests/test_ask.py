"""Asking over real sockets: what is sent, what comes back, and every way in which none does."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from georedirect import __version__
from georedirect.ask import MOST_BODY_OCTETS, ask_all
from georedirect.doctor.guise import Guise
from georedirect.doctor.questions import Question, Series, Url, parse_url
from georedirect.errors import AskError
from georedirect.visitor.host import Host

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from georedirect.doctor.guise import Headers
    from georedirect.doctor.questions import Reply

LOCATION = (
    b"HTTP/1.1 307 Temporary Redirect\r\n"
    b"Location: https://de.example/\r\nVary: A\r\nvary: B\r\nContent-Length: 0\r\n\r\n"
)


class Saying:
    """A server that says these octets to everybody, one piece after the other, and remembers what it was asked."""

    def __init__(self, pieces: Sequence[bytes], pause: float, context: ssl.SSLContext | None) -> None:
        self.heard: list[bytes] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self._pieces, self._pause, self._context = pieces, pause, context

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:  # the test is over
                return
            try:
                self._answer(client)
            except OSError:  # the client has gone
                client.close()

    def _answer(self, client: socket.socket) -> None:
        with self._context.wrap_socket(client, server_side=True) if self._context else client as stream:
            self.heard.append(stream.recv(65536))
            for piece in self._pieces:
                stream.sendall(piece)
                time.sleep(self._pause)


@contextmanager
def saying(*pieces: bytes, pause: float = 0, context: ssl.SSLContext | None = None) -> Iterator[Saying]:
    server = Saying(pieces, pause, context)
    thread = Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.socket.shutdown(socket.SHUT_RDWR)
        server.socket.close()
        thread.join(10)


def ask(url: Url, headers: Headers = (), edge: Host | None = None, seconds: float = 5) -> Reply:
    question = Question("/a?b=1", Guise("A", headers), Series.GIVEN, "")
    (exchange,) = ask_all(url, [question], edge, seconds)
    return exchange.reply


def test_the_visitors_headers_are_sent_and_the_answer_is_taken_as_it_comes() -> None:
    with saying(LOCATION) as server:
        reply = ask(parse_url(f"http://127.0.0.1:{server.port}/x"), (("Accept-Language", "de"), ("Cookie", "a=b")))
    assert server.heard == [
        f"GET /a?b=1 HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUser-Agent: georedirect-doctor/{__version__}\r\n"
        "Connection: close\r\nAccept-Language: de\r\nCookie: a=b\r\n\r\n".encode()
    ]
    assert (reply.status, reply.body) == (307, b"")
    assert reply.headers == (("Location", "https://de.example/"), ("Vary", "A"), ("vary", "B"), ("Content-Length", "0"))


def test_another_server_can_be_asked_by_the_same_name() -> None:
    with saying(LOCATION) as server:
        ask(parse_url("http://www.example.com/"), edge=Host("127.0.0.1", server.port))
        ask(parse_url("http://www.example.com/"), (("host", "other.example"),), edge=Host("127.0.0.1", server.port))
    assert [heard.split(b"\r\n")[1] for heard in server.heard] == [b"Host: www.example.com", b"User-Agent: " + agent()]
    assert b"\r\nhost: other.example\r\n" in server.heard[1]


def agent() -> bytes:
    return f"georedirect-doctor/{__version__}".encode()


@pytest.mark.parametrize("framing", [b"", b"Content-Length: 999999\r\n"])
def test_of_a_large_body_only_the_beginning_is_read(framing: bytes) -> None:
    with saying(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n", b"x" * 999_999) as server:
        reply = ask(parse_url(f"http://127.0.0.1:{server.port}/"))
    assert reply.body == b"x" * MOST_BODY_OCTETS


SLOW: list[tuple[list[bytes], float]] = [
    ([], 0),
    ([b"HTTP/1.1 200 OK\r\n"] + [b"X: y\r\n"] * 50, 0.1),
    ([b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n"] + [b"x"] * 50, 0.1),
]


@pytest.mark.parametrize(("pieces", "pause"), SLOW)
def test_an_answer_has_to_be_whole_in_time(pieces: list[bytes], pause: float) -> None:
    with saying(*(pieces or [b""]), pause=pause or 3) as server:
        started = time.monotonic()
        with pytest.raises(AskError, match=r"has not answered in 0\.5 seconds"):
            ask(parse_url(f"http://127.0.0.1:{server.port}/"), seconds=0.5)
        assert time.monotonic() - started < 2


NO_HTTP = [
    (b"SSH-2.0-OpenSSH_9.2p1\r\n", "what it answers is no HTTP"),
    (b"", "closed connection without response"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "what it answers is no HTTP"),
]


@pytest.mark.parametrize(("octets", "why"), NO_HTTP)
def test_what_is_no_http_is_told(octets: bytes, why: str) -> None:
    with saying(octets) as server, pytest.raises(AskError, match=why):
        ask(parse_url(f"http://127.0.0.1:{server.port}/"))


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    with pytest.raises(AskError, match="cannot be asked: Connection refused"):
        ask(parse_url(f"http://127.0.0.1:{port}/"))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for www.example.com that signs itself, with its key."""
    path = tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=www.example.com", "-addext", "subjectAltName=DNS:www.example.com"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run(
        [*command, "-keyout", str(path), "-out", str(tmp_path / "only.pem")], check=True, capture_output=True
    )
    path.write_text(path.read_text() + (tmp_path / "only.pem").read_text())
    return path


@pytest.mark.parametrize(
    ("name", "is_trusted", "why"),
    [
        ("www.example.com", True, None),
        ("www.example.com", False, "cannot be asked over TLS: .*(?i:certificate)"),
        ("other.example.com", True, "cannot be asked over TLS: .*(?i:certificate)"),
    ],
)
def test_over_tls_the_certificate_has_to_be_the_urls(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_trusted: bool, why: str | None
) -> None:
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with saying(LOCATION, context=context) as server:
        edge = Host("127.0.0.1", server.port)
        if why is None:
            assert ask(parse_url(f"https://{name}/"), edge=edge).status == 307
        else:
            with pytest.raises(AskError, match=why):
                ask(parse_url(f"https://{name}/"), edge=edge)


def test_a_server_that_speaks_no_tls_is_told() -> None:
    with saying(LOCATION) as server, pytest.raises(AskError, match="cannot be asked over TLS"):
        ask(parse_url("https://www.example.com/"), edge=Host("127.0.0.1", server.port))
