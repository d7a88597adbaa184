"""Asks a server over HTTP, once for each question, and takes the answer as it comes. Judges nothing."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from threading import Event, Timer
from typing import TYPE_CHECKING

from georedirect import __version__
from georedirect.doctor.questions import Exchange, Reply
from georedirect.errors import AskError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from georedirect.doctor.guise import Headers
    from georedirect.doctor.questions import Question, Url
    from georedirect.visitor.host import Host

MOST_BODY_OCTETS = 256 * 1024


def ask_all(url: Url, questions: Iterable[Question], edge: Host | None, seconds: float) -> Iterator[Exchange]:
    """Ask one after the other, each on a connection of its own and within `seconds`; else AskError."""
    for question in questions:
        try:
            yield Exchange(question, _ask(url, question.target, question.guise.headers, edge, seconds))
        except TimeoutError as error:
            raise AskError(f"{url} has not answered in {seconds:g} seconds") from error
        except ssl.SSLError as error:
            raise AskError(f"{url} cannot be asked over TLS: {error.reason or error}") from error
        except (OSError, HTTPException) as error:
            raise AskError(f"{url} cannot be asked: {_told(error)}") from error


def _told(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"what it answers is no HTTP ({type(error).__name__})"


def _ask(url: Url, target: str, headers: Headers, edge: Host | None, seconds: float) -> Reply:
    """Redirects are not followed; `edge` is asked instead of the URL's own host, by the URL's name."""
    address = (edge.name.strip("[]"), edge.port or url.port) if edge else (url.host.name.strip("[]"), url.port)
    connection = HTTPConnection(url.host.name, url.port)
    connection.sock = sock = _wrapped(socket.create_connection(address, timeout=seconds), url)
    with closing(connection), _ended_after(sock, seconds):
        if isinstance(sock, ssl.SSLSocket):
            sock.do_handshake()
        connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
        for name, value in _sent(url, headers):
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return Reply(answer.status, tuple(answer.getheaders()), answer.read(MOST_BODY_OCTETS))


def _wrapped(sock: socket.socket, url: Url) -> socket.socket:
    if url.scheme == "http":
        return sock
    name = url.host.name.strip("[]")
    return ssl.create_default_context().wrap_socket(sock, server_hostname=name, do_handshake_on_connect=False)


def _sent(url: Url, headers: Headers) -> Iterator[tuple[str, str]]:
    """The visitor's headers, and what every request has unless the visitor's say otherwise."""
    given = {name.lower() for name, _ in headers}
    usual = (("Host", url.authority), ("User-Agent", f"georedirect-doctor/{__version__}"), ("Connection", "close"))
    yield from (pair for pair in usual if pair[0].lower() not in given)
    yield from headers


@contextmanager
def _ended_after(sock: socket.socket, seconds: float) -> Iterator[None]:
    """Raise TimeoutError after so long: a socket's own time-out begins anew with each octet."""
    is_late = Event()

    def end() -> None:
        is_late.set()
        with suppress(OSError):  # it may have ended by itself
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # SSLSocket's own would pull its layer from under a reader

    timer = Timer(seconds, end)
    timer.start()
    try:
        yield
    except (OSError, HTTPException) as error:
        if is_late.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
    if is_late.is_set():
        raise TimeoutError
