"""Sockets to listen on, bound before anything is promised: a port that is taken is told at once."""

from __future__ import annotations

import errno
import os
import socket
import stat
from contextlib import closing, suppress
from typing import TYPE_CHECKING, NamedTuple

from georedirect.errors import ListenError
from georedirect.policy.endpoint import Activated, Endpoint, UnixSocket

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import ExitStack

    from georedirect.door.activation import Activation
    from georedirect.policy.endpoint import Where
    from georedirect.policy.server_model import Listener

BACKLOG = 4096
_MODE = 0o660  # of a Unix socket: whoever may write to it may connect
_STALE_SECONDS = 2.0

_WHY: Mapping[int, str] = {
    errno.EADDRINUSE: "another program listens there; end it or choose another port",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.EACCES: "ports below 1024 need the capability CAP_NET_BIND_SERVICE",
}
_WHY_NO_PATH: Mapping[int, str] = {
    errno.EADDRINUSE: "there is something already: another program listens there, or it is no socket",
    errno.ENOENT: "its folder is not there",
    errno.EACCES: "its folder may not be written to",
}


class Opened(NamedTuple):
    """A socket that is listened on, and what is spoken there."""

    listener: Listener
    sock: socket.socket


def open_all(listeners: Sequence[Listener], activation: Activation, until: ExitStack) -> list[Opened]:
    """Sockets for all of them, in their order, `until` the end: then they are closed, and paths removed.

    ListenError says why there can be none.
    """
    endpoints = [each.address for each in listeners if isinstance(each.address, Endpoint)]
    v4_ports = {endpoint.port for endpoint in endpoints if ":" not in endpoint.host}
    opened: list[Opened] = []
    for listener in listeners:
        socks = open_one(listener.address, activation, until, v4_ports)
        opened += [Opened(listener, sock) for sock in socks]
    return opened


def open_one(
    where: Where, activation: Activation, until: ExitStack, v4_ports: frozenset[int] | set[int] = frozenset()
) -> list[socket.socket]:
    """The sockets of one place: of those that systemd hands over there may be several.

    `[::]` takes IPv4 too, but for `v4_ports`, where somebody else does.
    """
    if isinstance(where, Activated):
        socks = activation.take(where)
    elif isinstance(where, UnixSocket):
        socks = [_listen_at(where, until)]
    else:
        socks = [listen(where, with_v4=where.port not in v4_ports)]
    for sock in socks:
        until.enter_context(closing(sock))
    return socks


def listen(endpoint: Endpoint, *, with_v4: bool = True) -> socket.socket:
    """A listening TCP socket; `::` takes IPv4 too, unless told otherwise. ListenError says why there can be none."""
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(endpoint.host != "::" or not with_v4))
        sock.bind((endpoint.host, endpoint.port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise _no_listening(endpoint, error, _WHY) from error
    return sock


def _listen_at(where: UnixSocket, until: ExitStack) -> socket.socket:
    """A listening Unix socket that its group may use; one that nobody listens on any more is removed first."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(where.path)
        mask = os.umask(0o777 & ~_MODE)  # so that there is no moment in which anybody else could connect
        try:
            sock.bind(where.path)
        finally:
            os.umask(mask)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise _no_listening(where, error, _WHY_NO_PATH) from error
    until.callback(_remove_ours, where.path)
    return sock


def _remove_stale(path: str) -> None:
    """A program that has crashed leaves its socket behind."""
    if not _is_socket(path):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_STALE_SECONDS)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)  # noqa: PTH108  as all around it


def _remove_ours(path: str) -> None:
    """Once it is closed; on that of another which has taken our place meanwhile, somebody listens."""
    with suppress(OSError):
        _remove_stale(path)


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.lstat(path).st_mode)
    except OSError:
        return False


def _no_listening(where: Where, error: OSError, reasons: Mapping[int, str]) -> ListenError:
    why = reasons.get(error.errno or 0, error.strerror or str(error))
    return ListenError(f"cannot listen on {where}: {why}")


def where_of(sock: socket.socket) -> Endpoint | UnixSocket:
    """Where a socket really listens, its port known."""
    if sock.family == socket.AF_UNIX:
        return UnixSocket(str(sock.getsockname()))
    return endpoint_of(sock)


def endpoint_of(sock: socket.socket) -> Endpoint:
    """The same of a TCP socket."""
    host, port, *_ = sock.getsockname()
    return Endpoint(host, port)
