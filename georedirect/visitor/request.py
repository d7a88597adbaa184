"""One request as it arrived, and who it turns out to come from. Knows no policy and no server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from georedirect.visitor.client import Client, resolve_client
from georedirect.visitor.host import Host, parse_host
from georedirect.visitor.languages import LanguageRange, parse_accept_language
from georedirect.visitor.target import parse_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from georedirect.visitor.address import Address
    from georedirect.visitor.networks import Networks


@dataclass(frozen=True, slots=True)
class Request:
    """What the parser of HTTP hands over: `headers` in order received, names in lower case, values as latin-1 text.

    `peer` is the socket's address; None for a Unix socket.
    """

    method: str
    target: bytes
    headers: Sequence[tuple[str, str]]
    peer: Address | None
    version: str = "1.1"

    def lines(self, name: str) -> list[str]:
        """The values of all field lines with this name (in lower case), in order."""
        return [value for line_name, value in self.headers if line_name == name]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is asking, for what, in which languages. `host` is None where an HTTP/1.0 request names none."""

    client: Client
    languages: tuple[LanguageRange, ...]
    host: Host | None
    path: str
    query: str | None


class Malformed(NamedTuple):
    """Why a request cannot be answered but with 400."""

    why: str


def recognise(request: Request, client_address: str, trusted_proxies: Networks) -> Visitor | Malformed:
    """Read everything that a decision may depend on out of a request."""
    target = parse_target(request.target)
    if target is None:
        return Malformed("the request target is neither a path nor an http URI")
    hosts = request.lines("host")
    if len(hosts) > 1 or (not hosts and request.version == "1.1"):
        return Malformed("there must be exactly one Host header")
    host = parse_host(hosts[0].strip(" \t")) if hosts else None
    if hosts and host is None:
        return Malformed("the Host header is not a host with an optional port")
    return Visitor(
        client=resolve_client(request.peer, client_address, request.lines(client_address), trusted_proxies),
        languages=parse_accept_language(request.lines("accept-language")),
        host=target.authority or host,
        path=target.path,
        query=target.query,
    )
