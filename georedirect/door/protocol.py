"""The door's connection as Sanic's protocol: redirects never get to Sanic, our own pages never to anybody else.

Sanic's own parser accepts what a front door must not, and its machinery costs most of a request's time. So a
connection answers by itself; Sanic's half of it is only set up when there is a page to be served.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sanic.http import Stage
from sanic.server import HttpProtocol

from georedirect.door.answer import refusal_for
from georedirect.door.connection import Connection, State
from georedirect.door.response import octets

if TYPE_CHECKING:
    from asyncio import Transport


class DoorProtocol(Connection, HttpProtocol):
    """One connection, kept among the server's `connections` while it is open."""

    def __init__(self, *, connections: set[DoorProtocol], **of_sanic: Any) -> None:  # noqa: ANN401  Sanic's own keywords
        self._of_sanic = of_sanic
        self.app = of_sanic["app"]
        self.connections = connections
        self._task = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # Sanic annotates nothing
        self.transport = transport
        self.connections.add(self)
        service = self.app.ctx.service
        service.connections = self.connections
        self.open(service, transport)
        if len(self.connections) > self._service.most_connections:
            self._turn_away()

    def _turn_away(self) -> None:
        """Refuse a connection that is one too many, without waiting for anything that it may say."""
        self._state = State.LINGER
        refused = refusal_for(503)
        self._service.add(refused, b"", self._peer)
        self._write(octets(refused, closes=True))
        self._out.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.connections.discard(self)
        del self._parser, self._write  # they hold on to us: so we are gone at once, not when garbage is collected
        if self._task is not None:
            super().connection_lost(exc)  # type: ignore[no-untyped-call]

    data_received = Connection.take  # as it is: one call less for each request

    def hand_over(self, request: bytes) -> None:
        """Give Sanic a request, and its half of the connection before the first."""
        if self._task is None:
            HttpProtocol.__init__(self, connections=self.connections, **self._of_sanic)
            self.keep_alive_timeout = float("inf")  # Sanic does not see the redirects in between
            HttpProtocol.connection_made(self, self._out)  # type: ignore[no-untyped-call]
        self.recv_buffer += request
        self._data_received.set()

    async def receive_more(self) -> None:
        """Sanic asks for more when it is done with what it had: the next request is ours again."""
        if self._http is not None and self._http.stage is Stage.IDLE and not self.recv_buffer:
            self.resume()
        if not self.recv_buffer:  # not by Sanic's own: whether to go on reading is not for it to say
            self._data_received.clear()
            await self._data_received.wait()

    def pause_writing(self) -> None:
        self.stall()
        if self._task is not None:
            super().pause_writing()  # type: ignore[no-untyped-call]

    def resume_writing(self) -> None:
        self.flow()
        if self._task is not None:
            super().resume_writing()  # type: ignore[no-untyped-call]

    def abort(self) -> None:
        self._out.abort()
