"""Reads `[server] listen`: one place or several, and what is spoken at each. Opens nothing."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from georedirect.policy.endpoint import Endpoint, collide, parse_where
from georedirect.policy.server_model import Listener
from georedirect.policy.table import Table, toml
from georedirect.visitor.networks import UNIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.policy.endpoint import Where
    from georedirect.policy.findings import Findings
    from georedirect.policy.lines import Path
    from georedirect.policy.server_model import Trusting

LISTENER_KEYS = ("address", "tls", "to_https", "https_port", "proxy_protocol")
PROXY_PROTOCOL = "proxy-protocol"
"""What `client_address` says where the client is whom a PROXY header names."""

Listeners = tuple[Listener, ...]


class Listening:
    """The listeners of one file, each with its place in it: `all` are those that there is nothing wrong with."""

    def __init__(self, table: Table, findings: Findings) -> None:
        self._findings = findings
        self._placed = [found for found in _read(table, findings) if found is not None]
        self.all: Listeners = tuple(listener for listener, _ in self._placed)

    def check(self, trusting: Trusting, client_address: str, table: Table) -> None:
        """Note what contradicts itself, or `trusted_proxies` and `client_address`."""
        self._find_collisions()
        for listener, path in self._placed:
            self._check_https(listener, path)
            if listener.proxy_protocol and not trusting:
                text = "believes proxies, but trusted_proxies names none; name those that connect here"
                self._findings.mistake((*path, "proxy_protocol"), text)
        if why := why_nobody_announced(client_address, self.all):
            table.mistake("client_address", why)
        if UNIX in trusting.written and all(isinstance(listener.address, Endpoint) for listener in self.all):
            path = (*table.path, "trusted_proxies")
            self._findings.warning(path, '"unix" never counts while the door listens on no Unix socket')

    def check_certificates(self, *, has_any: bool) -> None:
        """Note listeners that speak TLS while there is no certificate to speak it with."""
        for listener, path in self._placed:
            if listener.tls and not has_any:
                self._findings.mistake((*path, "tls"), "needs a certificate: name one under [[tls.certificates]]")

    def _find_collisions(self) -> None:
        for (one, _), (other, path) in combinations(self._placed, 2):
            if collide(one.address, other.address) and not _share_a_port(one.address, other.address):
                self._findings.mistake(path, f"{other.address}: the door listens on {one.address} already")

    def _check_https(self, listener: Listener, path: Path) -> None:
        if listener.to_https and listener.tls:
            self._findings.mistake((*path, "to_https"), "is for http; with tls = true this listener has https already")
        elif listener.to_https and listener.https_port is None and not any(other.tls for other in self.all):
            text = "leads nowhere: no listener has tls = true; say with https_port where else there is https"
            self._findings.mistake((*path, "to_https"), text)
        if listener.https_port is not None and not listener.to_https:
            self._findings.mistake((*path, "https_port"), "only counts with to_https = true")


def _read(table: Table, findings: Findings) -> Iterator[tuple[Listener, Path] | None]:
    for item in table.items("listen"):
        if isinstance(item.value, dict):
            yield _read_table(Table(item.value, item.path, findings), findings)
        elif isinstance(item.value, str) and item.value.strip():
            where = _read_where(item.value, item.path, findings)
            yield None if where is None else (Listener(where), item.path)
        else:
            text = "must be a string in quotes, or an array of strings and of tables [[server.listen]], not"
            findings.mistake(item.path, f"{text} {toml(item.value)}")


def _read_table(table: Table, findings: Findings) -> tuple[Listener, Path] | None:
    table.expect_only(LISTENER_KEYS)
    text = table.text("address")
    if text is None:
        if "address" not in table:
            table.mistake("address", 'is missing; write where to listen, such as address = "0.0.0.0:443"')
        return None
    where = _read_where(text.value, text.path, findings)
    has_port = "https_port" in table
    if where is None:
        return None
    listener = Listener(
        address=where,
        tls=table.boolean("tls", default=False),
        to_https=table.boolean("to_https", default=False),
        https_port=table.whole_number("https_port", at_least=1, at_most=65535, default=443) if has_port else None,
        proxy_protocol=table.boolean("proxy_protocol", default=False),
    )
    return listener, table.path


def _read_where(text: str, path: Path, findings: Findings) -> Where | None:
    try:
        return parse_where(text)
    except ValueError as error:
        findings.mistake(path, str(error))
        return None


def why_not_listen(listeners: Listeners) -> str | None:
    """None when all of them can be listened on at once."""
    for one, other in combinations([listener.address for listener in listeners], 2):
        if collide(one, other) and not _share_a_port(one, other):
            return f"{other}: the door listens on {one} already"
    return None


def why_nobody_announced(client_address: str, listeners: Listeners) -> str | None:
    """None unless PROXY headers are to say who the client is, and there are none."""
    if client_address != PROXY_PROTOCOL or any(listener.proxy_protocol for listener in listeners):
        return None
    return f'"{PROXY_PROTOCOL}" needs a listener with proxy_protocol = true: see [[server.listen]]'


def _share_a_port(one: Where, other: Where) -> bool:
    """Whether one takes the port on IPv6 alone, as the other takes it on IPv4 (see `door/listen.py`)."""
    hosts = [where.host for where in (one, other) if isinstance(where, Endpoint)]
    return "::" in hosts and any(":" not in host for host in hosts)
