"""TLS between a socket's transport and the protocol of a connection, which sees a transport all the same.

It is written for few steps: a request is one write into OpenSSL's memory and one read out of it, and so is its answer.
Knows no HTTP, but for its beginning: who speaks that instead of TLS is told so.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

SHAKING_HANDS = "shaking_hands"
"""What a transport is asked for to know whether its client has begun to say who it is, and cannot ask for more yet."""

_READ = 4096  # octets: room for nearly every request, and quick to come by
_MOST_FED = (
    32768  # octets that OpenSSL gets at once: its memory grows to that, and stays so while the connection is open
)


class State(Enum):
    """What the next octets from the client are."""

    HANDSHAKE = auto()
    OPEN = auto()
    PLAIN = auto()  # no TLS, but HTTP: there is an answer in plain text, and that is all
    DEAF = auto()  # for nobody any more


class Inner(Protocol):
    """What is spoken inside: a protocol as asyncio has them, that can also tell who speaks plain HTTP what is wrong."""

    def connection_made(self, transport: Any) -> None: ...  # noqa: ANN401  protocols annotate it each in their own way
    def connection_lost(self, exc: Exception | None) -> None: ...
    def data_received(self, data: bytes) -> None: ...
    def eof_received(self) -> bool | None: ...
    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...
    def refuse_plain(self) -> None: ...


class Tls(asyncio.Transport, asyncio.Protocol):
    """One connection: the protocol of the socket's transport, and the transport of the `inner` protocol.

    The inner one is there from the beginning, so that its limits and deadlines hold for handshakes too; what it writes
    before there is anybody to read it is lost. `find` gives what TLS is spoken with.
    """

    def __init__(self, inner: Inner, find: Callable[[], ssl.SSLContext]) -> None:
        super().__init__()
        self._inner = inner
        self._take = inner.data_received
        self._find = find
        self._state = State.HANDSHAKE
        self._is_open = False  # as the state says, for who has no time to ask it
        self._is_begun = False  # the handshake, by the client
        self._is_paused = False
        self._unfed = b""  # what has come, and waits until the inner one reads on: meanwhile nothing more comes

    # The socket's transport calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._out = transport
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = self._find().wrap_bio(self._incoming, self._outgoing, server_side=True)
        bare = self._tls._sslobj  # type: ignore[attr-defined]  # noqa: SLF001  what does the work: each method of the other is but a step on the way to it
        self._feed, self._read = self._incoming.write, bare.read
        self._encrypt, self._encrypted, self._send = bare.write, self._outgoing.read, transport.write
        self._inner.connection_made(self)

    def data_received(self, data: bytes) -> None:
        if len(data) > _MOST_FED:
            self._receive_much(data)
            return
        if not self._is_open:
            self._receive_unopened(data)
            return
        self._feed(data)
        try:
            while True:
                plain = self._read(_READ)
                if plain:
                    self._take(plain)
                else:
                    self._end()
                if (len(plain) < _READ and not self._incoming.pending) or not self._is_open:
                    break  # a further read would only find out the same, at the price of an exception
        except ssl.SSLWantReadError:
            self._flush()  # an answer to a request for new keys, if anything
        except ssl.SSLError:
            self._fail()

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._state is State.OPEN else None

    def connection_lost(self, exc: Exception | None) -> None:
        self._state, self._is_open = State.DEAF, False
        self._inner.connection_lost(exc)
        del self._inner, self._take, self._feed, self._read, self._encrypt, self._encrypted, self._tls

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    # More than is taken at once

    def _receive_much(self, data: bytes) -> None:
        """Take it in pieces, until the inner one does not read on: then the rest waits, as it would in the socket."""
        for start in range(0, len(data), _MOST_FED):
            if self._is_paused:
                self._unfed = data[start:]
                return
            self.data_received(data[start : start + _MOST_FED])

    def _go_on(self) -> None:
        unfed, self._unfed = self._unfed, b""
        self._receive_much(unfed)
        if not self._is_paused and not self._out.is_closing():
            self._out.resume_reading()

    # Not yet open, and not any more

    def _receive_unopened(self, data: bytes) -> None:
        if self._state is State.HANDSHAKE:
            self._is_begun = True
            self._feed(data)
            self._shake_hands()

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._fail(is_http=error.reason == "HTTP_REQUEST")
        else:
            self._state, self._is_open = State.OPEN, True
            self._flush()
            if self._incoming.pending:
                self.data_received(b"")

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._out.write(self._outgoing.read())

    def _end(self) -> None:
        """The client says that nothing more will come."""
        self._inner.eof_received()
        self.close()

    def _fail(self, *, is_http: bool = False) -> None:
        """What has come is no TLS, or none that we speak. An alert may have been written, which says so."""
        if is_http:
            self._state = State.PLAIN
            self._inner.refuse_plain()
        else:
            self._state, self._is_open = State.DEAF, False
            self._flush()
            self._out.close()

    def _say_goodbye(self) -> None:
        """Write close_notify, after which nothing is heard or said any more."""
        if self._state is State.OPEN:
            self._state, self._is_open = State.DEAF, False
            with suppress(ssl.SSLError):
                self._tls.unwrap()
            self._flush()
        self._state, self._is_open = State.DEAF, False

    # The inner protocol calls

    def write(self, data: bytes) -> None:  # type: ignore[override]  # nobody here writes anything else
        if self._is_open:
            if (taken := self._encrypt(data)) < len(data):
                self._write_long(memoryview(data)[taken:])
            self._send(self._encrypted())
        elif self._state is State.PLAIN:
            self._out.write(data)

    def _write_long(self, rest: memoryview) -> None:
        """What is left where one write encrypts one record, which is as long as the client has it be (RFC 6066 4)."""
        while rest:
            rest = rest[self._encrypt(rest) :]

    def close(self) -> None:
        if not self._out.is_closing():
            self._say_goodbye()
            self._out.close()

    def abort(self) -> None:
        self._state, self._is_open = State.DEAF, False
        self._out.abort()

    def write_eof(self) -> None:
        self._say_goodbye()
        self._out.write_eof()

    def can_write_eof(self) -> bool:
        return self._out.can_write_eof()

    def is_closing(self) -> bool:
        return self._out.is_closing()

    def pause_reading(self) -> None:
        self._is_paused = True
        self._out.pause_reading()

    def resume_reading(self) -> None:
        self._is_paused = False
        if self._unfed:  # later, as who calls us has not done yet what it does when it reads on
            asyncio.get_running_loop().call_soon(self._go_on)
        else:
            self._out.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  asyncio's own signature
        if name == SHAKING_HANDS:
            return self._is_begun and self._state is State.HANDSHAKE
        return self._out.get_extra_info(name, default)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._out.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        return self._out.get_write_buffer_size()
