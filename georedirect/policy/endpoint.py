"""`HOST:PORT`, where a server listens. Opens no socket."""

from __future__ import annotations

import re
from typing import NamedTuple

from georedirect.visitor.address import is_loopback, parse_address

_ENDPOINT = re.compile(r"(?:\[(?P<ipv6>[^\]]+)\]|(?P<host>[^:\[\]]*)):(?P<port>[0-9]{1,5})")

ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  an operator may well mean it; nothing listens there unasked
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
