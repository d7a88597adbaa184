"""The door's connection as Sanic's protocol: redirects never get to Sanic, our own pages never to anybody else.

Sanic's own parser accepts what a front door must not, and its machinery costs most of a request's time. So a
connection answers by itself; Sanic's half of it is only set up when there is a page to be served.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sanic.http import Stage
from sanic.server import HttpProtocol

from georedirect.door.answer import refusal, refusal_for
from georedirect.door.connection import Connection
from georedirect.door.peer import peer_of
from georedirect.door.response import octets
from georedirect.door.spoken import PLAIN, Spoken
from georedirect.door.state import State

if TYPE_CHECKING:
    from asyncio import Transport

    from georedirect.visitor.proxy_protocol import Announced


class DoorProtocol(Connection, HttpProtocol):
    """One connection, kept among the server's `connections` while it is open.

    `spoken` is what its listener speaks, `announced` what a PROXY header before it has said, if there was one.
    """

    def __init__(
        self,
        *,
        connections: set[DoorProtocol],
        spoken: Spoken = PLAIN,
        announced: Announced | None = None,
        **of_sanic: Any,  # noqa: ANN401  Sanic's own keywords
    ) -> None:
        self.spoken = Spoken(is_tls=True) if announced is not None and announced.is_tls else spoken
        self._of_sanic = of_sanic
        self._announced = announced
        self.app = of_sanic["app"]
        self.connections = connections
        self._task = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # Sanic annotates nothing
        self.transport = transport
        service = self.app.ctx.service
        service.connections = self.connections
        self.open(service, transport, peer_of(transport, self._announced))
        self.connections.add(self)
        service.counts.accept()
        if len(self.connections) > self._service.most_connections:
            self._turn_away()

    def _turn_away(self) -> None:
        """Refuse a connection that is one too many, without waiting for anything that it may say."""
        self._state = State.LINGER
        refused = refusal_for(503)
        self._service.add(refused, b"", self.peer)
        self._write(octets(refused, closes=True))
        self._out.close()

    def refuse_plain(self) -> None:
        """Answer, in plain text, who speaks HTTP where TLS is spoken: without what is only said over TLS."""
        refused = refusal(400, "bad-request", "https is spoken here, and this was http")
        self._service.add(refused, b"", self.peer)
        self._is_complete = False
        self._write(octets(refused, closes=True))
        self._close_gently()

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
            self.ctx.is_tls, self.ctx.peer = self.spoken.is_tls, self.peer
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
