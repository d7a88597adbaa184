"""Whose the requests of a connection are. Does not judge whom to believe."""

from __future__ import annotations

from socket import AF_UNIX
from typing import TYPE_CHECKING

from georedirect.visitor.address import UNKNOWN, parse_address

if TYPE_CHECKING:
    from asyncio import BaseTransport

    from georedirect.visitor.address import Address
    from georedirect.visitor.proxy_protocol import Announced


def peer_of(transport: BaseTransport, announced: Announced | None = None) -> Address | None:
    """Whom a proxy has announced, else who is at the other end; None on a Unix socket.

    UNKNOWN is who has been announced as nobody, or has reset the connection already: nobody is there to be believed.
    """
    if announced is not None and not announced.is_local:
        return announced.source or UNKNOWN
    name = transport.get_extra_info("peername")
    if isinstance(name, tuple):  # on a Unix socket it is what the other end has bound itself to, if anything
        return parse_address(name[0])
    sock = transport.get_extra_info("socket")
    return None if sock is not None and sock.family == AF_UNIX else UNKNOWN
