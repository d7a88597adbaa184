"""Sockets to listen on, bound before anything is promised: a port that is taken is told at once."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

from georedirect.errors import ListenError
from georedirect.policy.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

BACKLOG = 4096

_WHY: Mapping[int, str] = {
    errno.EADDRINUSE: "another program listens there; end it or choose another port",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.EACCES: "ports below 1024 need the capability CAP_NET_BIND_SERVICE",
}


def listen(endpoint: Endpoint) -> socket.socket:
    """A listening TCP socket; `::` takes IPv4 too. ListenError says why there can be none."""
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(endpoint.host != "::"))
        sock.bind((endpoint.host, endpoint.port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        why = _WHY.get(error.errno or 0, error.strerror or str(error))
        raise ListenError(f"cannot listen on {endpoint}: {why}") from error
    return sock


def endpoint_of(sock: socket.socket) -> Endpoint:
    """Where a socket really listens, its port known."""
    host, port, *_ = sock.getsockname()
    return Endpoint(host, port)
