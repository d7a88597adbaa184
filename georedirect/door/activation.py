"""Sockets that systemd listens on and hands over (sd_listen_fds(3)), to whoever names them or takes the rest."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, NamedTuple

from georedirect.errors import ListenError

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    from georedirect.policy.endpoint import Activated, Where

_FIRST = 3  # descriptor: SD_LISTEN_FDS_START
_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID")
_FAMILIES = frozenset({socket.AF_INET, socket.AF_INET6, socket.AF_UNIX})


class _Handed(NamedTuple):
    name: str
    descriptor: int


class Activation:
    """What this process was handed over. The variables that say so are taken, so that no child thinks it is meant."""

    def __init__(self, environ: MutableMapping[str, str], named: Iterable[Where] = ()) -> None:
        said = {name: environ.pop(name, "") for name in _VARIABLES}
        count = int(said["LISTEN_FDS"]) if said["LISTEN_FDS"].isascii() and said["LISTEN_FDS"].isdecimal() else 0
        self._is_ours = said["LISTEN_PID"] == str(os.getpid())
        names = said["LISTEN_FDNAMES"].split(":") if said["LISTEN_FDNAMES"] else []
        names += ["unknown"] * (count - len(names))
        self._left = [_Handed(names[n], _FIRST + n) for n in range(count)] if self._is_ours else []
        self._named = {str(where) for where in named}
        for handed in self._left:
            if _is_open(handed.descriptor):
                os.set_inheritable(handed.descriptor, False)  # noqa: FBT003  os takes no name

    def take(self, where: Activated) -> list[socket.socket]:
        """Those of its name, or all that nobody names; ListenError where there are none, or one is no good."""
        taken = [handed for handed in self._left if self._is_for(handed, where)]
        if not taken:
            raise ListenError(f"cannot listen on {where}: {self._why_nothing()}")
        self._left = [handed for handed in self._left if handed not in taken]
        return [_as_socket(handed, where) for handed in taken]

    @property
    def names_left(self) -> list[str]:
        """The names of the sockets that nobody has taken."""
        return [handed.name for handed in self._left]

    def _is_for(self, handed: _Handed, where: Activated) -> bool:
        return handed.name == where.name if where.name else f"systemd:{handed.name}" not in self._named

    def _why_nothing(self) -> str:
        if not self._is_ours:
            return "systemd has handed this process no sockets; a socket unit does, to what it starts without a shell"
        left = ", ".join(self.names_left) or "none"
        return f"systemd has handed over none for it; left are, by FileDescriptorName: {left}"


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _as_socket(handed: _Handed, where: Activated) -> socket.socket:
    """The socket behind a descriptor, if it is one that listens for streams."""
    what = f"cannot listen on {where}: descriptor {handed.descriptor} ({handed.name})"
    try:
        sock = socket.socket(fileno=handed.descriptor)
    except OSError as error:
        raise ListenError(f"{what} is no socket") from error
    if sock.type != socket.SOCK_STREAM or sock.family not in _FAMILIES:
        raise ListenError(f"{what} is no stream socket; write ListenStream= in its unit")
    if not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise ListenError(f"{what} is one connection, not a listening socket; leave out Accept=yes in its unit")
    return sock
