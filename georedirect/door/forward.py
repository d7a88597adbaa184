"""The door behind a proxy that only asks it: the proxy's question as a request, our answer as a proxy's yes or no.

Where a visitor goes is decided as ever; `answer` calls this before and after. Knows no server and no policy but
`[server]`.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, NamedTuple

from georedirect.policy.server_model import Answering
from georedirect.visitor.address import format_address, parse_address
from georedirect.visitor.original import NAMES, Convention, read_original

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.door.answer import Answer
    from georedirect.policy.server_model import ServerSettings
    from georedirect.visitor.address import Address
    from georedirect.visitor.request import Malformed, Request


class _Statuses(NamedTuple):
    """What a proxy takes for `send the visitor this answer`, and for `go on, there is nothing to be done`."""

    moved: int
    nothing: int


_STATUSES = {
    Convention.X_FORWARDED: _Statuses(307, 204),
    Convention.AUTH_REQUEST: _Statuses(401, 204),  # nginx knows no other 4xx but 403, and no 3xx
    Convention.EXT_AUTHZ: _Statuses(307, 200),  # Envoy would send the visitor a 204
}
_OF_A_PAGE = frozenset({"Content-Type", "Allow"})


def original_of(server: ServerSettings, request: Request) -> Request | Malformed:
    return read_original(request, server.forward_auth, server.trusted_proxies)


def told_to_proxy(server: ServerSettings, answered: Answer) -> Answer:
    """The same answer in the terms of whoever asked; a refusal is one in all terms."""
    statuses = _STATUSES[server.forward_auth]
    if answered.status == 307:
        return replace(answered, status=statuses.moved, headers=tuple(_with_vary(server, answered)))
    if answered.status in {200, 204}:
        headers = [line for line in _with_vary(server, answered) if line[0] not in _OF_A_PAGE]
        return replace(answered, status=statuses.nothing, headers=tuple(headers), body=b"")
    return answered


def _with_vary(server: ServerSettings, answered: Answer) -> Iterator[tuple[str, str]]:
    """Name the headers, too, in which the proxy says what was asked for."""
    names = [named for name, value in answered.headers if name == "Vary" for named in value.split(", ")]
    names += [name for name in NAMES[server.forward_auth].all if name != "Host"]  # part of every cache's key
    yield from (line for line in answered.headers if line[0] != "Vary")
    yield "Vary", ", ".join(dict.fromkeys(names))


def as_proxied(server: ServerSettings, request: Request, scheme: str = "http") -> Request:
    """What the door would receive if a visitor sent this request to a proxy of ours: in forward-auth, its question.

    A request that comes from a trusted proxy is that proxy's own already.
    """
    if server.answer is Answering.DOOR or request.peer is None or server.trusted_proxies.has_peer(request.peer):
        return request
    names = NAMES[server.forward_auth]
    says = {names.scheme: scheme, server.client_address: _hop(server.client_address, request.peer)}
    says[names.host] = next(iter(request.lines("host")), "")
    if names.method and names.uri:
        says |= {names.method: request.method, names.uri: request.target.decode("latin-1")}
        request = replace(request, method="GET", target=b"/")
    said = {name.lower(): value for name, value in says.items()}
    headers = [*((name, value) for name, value in request.headers if name not in said), *said.items()]
    return replace(request, headers=headers, peer=_some_proxy(server))


def _hop(kind: str, address: Address) -> str:
    text = format_address(address)
    if kind != "forwarded":
        return text
    return f'for="[{text}]"' if ":" in text else f"for={text}"


def _some_proxy(server: ServerSettings) -> Address | None:
    """One that is trusted; None is on a Unix socket."""
    return next((parse_address(str(ip_network(text)[-1])) for text in server.trusted_proxies), None)
