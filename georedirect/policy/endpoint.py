"""Where a server listens: `HOST:PORT`, a Unix socket, or one that systemd hands over. Opens no socket."""

from __future__ import annotations

import re
from typing import NamedTuple

from georedirect.visitor.address import is_loopback, parse_address

_ENDPOINT = re.compile(r"(?:\[(?P<ipv6>[^\]]+)\]|(?P<host>[^:\[\]]*)):(?P<port>[0-9]{1,5})")

ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  an operator may well mean it; nothing listens there unasked
MOST_PATH_OCTETS = 107
"""Of a Unix socket: `sockaddr_un` has room for 108, the last of which ends it."""

_UNIX, _SYSTEMD = "unix:", "systemd"
_NAME = re.compile(r"systemd(?::([\x21-\x39\x3B-\x7E]{1,255}))?")  # as FileDescriptorName= may be written
_NAMES = {"localhost": "127.0.0.1", "": ANY_ADDRESS[0], "*": ANY_ADDRESS[0]}


class Endpoint(NamedTuple):
    """An address to listen on: `host` is IPv4 or IPv6 text without brackets, `port` 0 means any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine itself can reach it."""
        address = parse_address(self.host)
        return address is not None and is_loopback(address)

    def collides_with(self, other: Endpoint) -> bool:
        """Whether no two servers can listen on both: one port, on addresses of which one takes in the other."""
        if self.port != other.port or self.port == 0:
            return False
        return _takes_in(self.host, other.host) or _takes_in(other.host, self.host)


class UnixSocket(NamedTuple):
    """A socket in the file system, at an absolute path."""

    path: str

    def __str__(self) -> str:
        return f"{_UNIX}{self.path}"


class Activated(NamedTuple):
    """Sockets that systemd listens on and hands over: those of this FileDescriptorName, or all that no other names."""

    name: str

    def __str__(self) -> str:
        return f"{_SYSTEMD}:{self.name}" if self.name else _SYSTEMD


Where = Endpoint | UnixSocket | Activated
"""Where a server can be told to listen."""


def collide(one: Where, other: Where) -> bool:
    """Whether no two servers can listen there."""
    if isinstance(one, Endpoint) and isinstance(other, Endpoint):
        return one.collides_with(other)
    return one == other and type(one) is type(other)  # as tuples, a path and a name may be equal


def _takes_in(host: str, other: str) -> bool:
    """Whether who listens on `host` hears what is sent to `other`. `::` hears IPv4 too (see `door/listen.py`)."""
    if host in ANY_ADDRESS:
        return host == "::" or ":" not in other
    return parse_address(host) == parse_address(other)


def parse_endpoint(text: str) -> Endpoint:
    """Read `127.0.0.1:8307`, `[::1]:8307`, `localhost:8307` or `:8307` (every IPv4 address); else ValueError."""
    match = _ENDPOINT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'"{text}" is not HOST:PORT, such as 127.0.0.1:8307 or [::1]:8307')
    host = match["ipv6"] or _NAMES.get(match["host"], match["host"])
    if host not in ANY_ADDRESS and parse_address(host) is None:
        raise ValueError(f'"{host}" is not an address of this machine: write it as numbers, such as 127.0.0.1')
    port = int(match["port"])
    if port > 65535:
        raise ValueError(f"port {port} is too high; ports end at 65535")
    return Endpoint(host, port)


def parse_where(text: str) -> Where:
    """Read an endpoint, `unix:/PATH`, `systemd` or `systemd:NAME`; ValueError says what is wrong with anything else."""
    text = text.strip()
    if text.startswith(_UNIX):
        return _parse_path(text.removeprefix(_UNIX))
    if not text.startswith(_SYSTEMD):
        return parse_endpoint(text)
    match = _NAME.fullmatch(text)
    if match is None:
        raise ValueError(f'"{text}" is not systemd:NAME with the FileDescriptorName of a socket unit, nor "systemd"')
    return Activated(match[1] or "")


def _parse_path(path: str) -> UnixSocket:
    octets = len(path.encode(errors="surrogateescape"))
    if not path.startswith("/") or path.endswith("/") or "\0" in path:
        raise ValueError(f'"{_UNIX}{path}" needs an absolute path, such as unix:/run/georedirect/door.sock')
    if octets > MOST_PATH_OCTETS:
        raise ValueError(f"the path of a Unix socket has at most {MOST_PATH_OCTETS} octets, and this one {octets}")
    return UnixSocket(path)
