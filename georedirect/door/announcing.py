"""A connection that must begin with a PROXY header: only when that is read is it anybody's who speaks HTTP.

Its peer is a proxy that says who its client is, so only trusted ones are heard at all. What is wrong with a header is
told to nobody: the connection closes.
"""

from __future__ import annotations

from asyncio import Protocol
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from georedirect.door.peer import peer_of
from georedirect.visitor.address import UNKNOWN, format_address
from georedirect.visitor.proxy_protocol import NoHeader, read_proxy_header

if TYPE_CHECKING:
    from asyncio import Transport
    from collections.abc import Callable

    from georedirect.door.seldom import Seldom
    from georedirect.door.service import Service
    from georedirect.visitor.proxy_protocol import Announced

HEADER_SECONDS = 3.0
"""Within which a header has to be whole: a proxy sends it at once, and as a whole."""


class Unannounced(StrEnum):
    """Why a connection was closed before anything on it was read as HTTP."""

    UNTRUSTED = "untrusted"
    """`trusted_proxies` does not name the peer."""
    MALFORMED = "malformed"
    """It began with something else than a PROXY header."""
    LATE = "late"
    """The header was not whole in time."""
    TOO_MANY = "too-many"
    """There were as many connections as there may be."""


class Announcing(Protocol):
    """One connection until its header is read, kept among the server's `connections` meanwhile.

    `then` makes the protocol that goes on with it, given who is announced. `seldom` is for the log.
    """

    deadline: float

    def __init__(
        self,
        *,
        then: Callable[..., Protocol],
        seldom: Seldom,
        connections: set[Any],
        **of_sanic: Any,  # noqa: ANN401  Sanic's own keywords
    ) -> None:
        self._then = then
        self._seldom = seldom
        self._of_sanic = of_sanic
        self._connections = connections
        self._held = b""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # what every server gives it
        self._out = transport
        self._service: Service = self._of_sanic["app"].ctx.service
        self._service.connections = self._connections
        self._connections.add(self)
        self.deadline = self._service.now + HEADER_SECONDS
        self._peer = peer_of(transport)
        if self._peer == UNKNOWN:  # as of a health check, which resets the connection that it has made
            self._out.close()
        elif not self._service.lane.snapshot.configuration.server.trusted_proxies.has_peer(self._peer):
            self._refuse(Unannounced.UNTRUSTED, "its peer is not one of trusted_proxies")
        elif len(self._connections) > self._service.most_connections:
            self._refuse(Unannounced.TOO_MANY, "there are too many")

    def data_received(self, data: bytes) -> None:
        self._held += data
        found = read_proxy_header(self._held)
        if isinstance(found, NoHeader):
            self._refuse(Unannounced.MALFORMED, f"what {self._proxy} sent first {found.why}")
        elif found is not None:
            self._hand_over(found)

    @property
    def _proxy(self) -> str:
        return "a proxy" if self._peer is None else format_address(self._peer)

    def _hand_over(self, announced: Announced) -> None:
        """Let another go on with what follows the header, some of which may have come with it."""
        self._connections.discard(self)
        protocol = self._then(connections=self._connections, announced=announced, **self._of_sanic)
        self._out.set_protocol(protocol)
        protocol.connection_made(self._out)
        rest = self._held[announced.length :]
        if rest:
            protocol.data_received(rest)

    def _refuse(self, cause: Unannounced, why: str) -> None:
        self._service.counts.add_unannounced(cause)
        self._seldom.say(cause, f"closed a connection without an answer: {why}")
        self._out.close()

    def connection_lost(self, _error: Exception | None) -> None:
        """A peer that only looks whether we listen says nothing, and so do we."""
        self._connections.discard(self)

    def renew(self) -> None:
        """Nothing here is of what is served."""

    def expire(self) -> None:
        self._refuse(Unannounced.LATE, f"{self._proxy} sent no whole PROXY header within {HEADER_SECONDS:g} seconds")

    def close_if_idle(self) -> bool:
        """Close unless a header is on its way: a request comes with it."""
        is_idle = not self._held
        if is_idle:
            self._out.close()
        return is_idle

    def abort(self) -> None:
        self._out.abort()
