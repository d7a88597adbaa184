"""Requests sent one at a time, and what the answers say. For checks, not for measuring."""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOCATION = re.compile(rb"\r\nlocation:[ \t]*([^\r\n]*)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_SECONDS = 10


class Answer(NamedTuple):
    """Its status, and where it sends the visitor."""

    status: int
    location: str | None


def ask(port: int, requests: Iterable[bytes], *, is_tls: bool = False) -> list[Answer]:
    """The answers to requests sent on one connection."""
    with connect(port, is_tls=is_tls) as sock:
        answers = []
        for request in requests:
            sock.sendall(request)
            answers.append(read_answer(receive(sock)))
        return answers


def connect(port: int, *, is_tls: bool = False) -> socket.socket:
    """A connection, over TLS without a question who is there."""
    sock = socket.create_connection(("127.0.0.1", port), _SECONDS)
    if not is_tls:
        return sock
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(sock)


def receive(sock: socket.socket) -> bytes:
    """The octets of one answer; fewer if the connection ends before."""
    data = b""
    while not is_complete(data):
        more = sock.recv(65536)
        if not more:
            break
        data += more
    return data


def is_complete(data: bytes) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return bool(end) and len(body) >= int(length[1] if length else 0)


def read_answer(data: bytes) -> Answer:
    """Status 0 if that is no answer at all."""
    status = data[9:12]
    location = _LOCATION.search(data.partition(b"\r\n\r\n")[0])
    return Answer(int(status) if status.isdigit() else 0, location[1].decode("latin-1") if location else None)
