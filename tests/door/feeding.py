"""Feeds octets to a connection without a socket, and has another answer what the connection hands over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from georedirect.door.connection import Connection
from georedirect.door.service import Service
from georedirect.door.spoken import PLAIN, Spoken
from georedirect.visitor.address import UNKNOWN, parse_address
from tests.serving import snapshot_for

if TYPE_CHECKING:
    from asyncio import Transport
    from collections.abc import Iterable

    from georedirect.visitor.address import Address

_DATE = re.compile(rb"\r\nDate: [^\r]*")


class FakeTransport:
    """Keeps what is written, and whether more may be read or written."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.is_closed = False
        self.has_ended = False
        self.is_aborted = False
        self.is_reading = True

    @property
    def is_over(self) -> bool:
        return self.is_closed or self.has_ended or self.is_aborted

    def get_extra_info(self, _name: str, default: object = None) -> object:
        return default

    def write(self, data: bytes) -> None:
        assert not self.is_over, "there is no answer after the last one"
        self.written += data

    def write_eof(self) -> None:
        self.has_ended = True

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_aborted = True

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True


def peer_called(name: str) -> Address | None:
    """An address by its text, UNKNOWN by its own name, and a Unix socket's peer by any other."""
    return UNKNOWN if name == "unknown" else parse_address(name)


class Fed(Connection):
    """A connection whose pages are answered as soon as the octets at hand have been taken."""

    def __init__(self, service: Service, peer: str = "127.0.0.1", spoken: Spoken = PLAIN) -> None:
        self.spoken = spoken
        self.transport = FakeTransport()
        self.handed: list[bytes] = []
        self._asked: list[bytes] = []
        self.open(service, cast("Transport", self.transport), peer_called(peer))

    def hand_over(self, request: bytes) -> None:
        self.handed.append(request)
        self._asked.append(request)

    def feed(self, *parts: bytes) -> None:
        for part in parts:
            if not self.transport.is_closed:  # a closed transport delivers nothing
                self.take(part)
                self._serve()

    def _serve(self) -> None:
        while self._asked:
            request = self._asked.pop()
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage")
            if b"\r\nconnection: close\r\n" in request:
                self.transport.close()
            else:
                self.resume()

    @property
    def answers(self) -> bytes:
        """What has been written, without its dates."""
        return masked(bytes(self.transport.written))


class Outcome(NamedTuple):
    """All that can be seen of a connection from outside."""

    answers: bytes
    handed: tuple[bytes, ...]
    is_over: bool
    was_idle: bool


def masked(octets: bytes) -> bytes:
    return _DATE.sub(b"\r\nDate: now", octets)


def outcome(parts: Iterable[bytes], *texts: str, **of_fed: Any) -> Outcome:  # noqa: ANN401  whatever Fed takes
    """What comes of these octets, in these parts."""
    fed = Fed(Service(snapshot_for(*texts)), **of_fed)
    fed.feed(*parts)
    is_over = fed.transport.is_over
    return Outcome(fed.answers, tuple(fed.handed), is_over, is_over or fed.close_if_idle())
