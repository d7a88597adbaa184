"""The request that a proxy asks about, as its visitor made it. Knows no policy, and no proxy by name.

Exactly the headers that a convention names count, one line each: visitors send such headers too, and what a proxy has
not written over, or has only appended to, is not to be told from theirs. In doubt the request is malformed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from georedirect.visitor.host import parse_host
from georedirect.visitor.request import Malformed

if TYPE_CHECKING:
    from georedirect.visitor.networks import Networks
    from georedirect.visitor.request import Request


class Convention(StrEnum):
    """How a proxy asks whether to let a request through, as written in `[server] forward_auth`."""

    X_FORWARDED = "x-forwarded"
    """One request of its own for each visitor's, all of it in X-Forwarded-*: Traefik's ForwardAuth, Caddy's."""
    AUTH_REQUEST = "auth-request"
    """The same, of nginx: method and URI in X-Original-*, Host as it was."""
    EXT_AUTHZ = "ext-authz"
    """The visitor's request without its body: Envoy's."""


class Names(NamedTuple):
    """The headers that say what was asked for. `method` and `uri` are None where the request itself says so."""

    method: str | None
    uri: str | None
    host: str
    scheme: str = "X-Forwarded-Proto"

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(name for name in (self.method, self.scheme, self.host, self.uri) if name is not None)


NAMES = {
    Convention.X_FORWARDED: Names("X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host"),
    Convention.AUTH_REQUEST: Names("X-Original-Method", "X-Original-URI", "Host"),
    Convention.EXT_AUTHZ: Names(None, None, "Host"),
}

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]++")
_URI = re.compile(r"/[\x21-\x7E\x80-\xFF]*+|\*")  # what may stand in a request line, and no other host
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}  # Traefik calls WebSocket's so


def read_original(request: Request, convention: Convention, trusted: Networks) -> Request | Malformed:
    """The visitor's own request: its method and target, the proxy's word for Host and X-Forwarded-Proto."""
    if not trusted.has_peer(request.peer):
        return Malformed("only a proxy that trusted_proxies names may ask on behalf of visitors")
    names = NAMES[convention]
    method = _only(request, names.method) if names.method else request.method
    uri = _only(request, names.uri) if names.uri else request.target.decode("latin-1")
    host, scheme = _only(request, names.host), _SCHEMES.get((_only(request, names.scheme) or "").lower())
    if method is None or not _METHOD.fullmatch(method):
        return _must_be_one(names.method, "a method")
    if uri is None or (names.uri and not _URI.fullmatch(uri)):
        return _must_be_one(names.uri, "a path with or without a query")
    if host is None or parse_host(host) is None:
        return _must_be_one(names.host, "a host with an optional port")
    if scheme is None:
        return _must_be_one(names.scheme, "http or https")
    read = {name.lower() for name in names.all} | {"host"}
    others = [line for line in request.headers if line[0] not in read]
    headers = [("host", host), (names.scheme.lower(), scheme), *others]
    return replace(request, method=method, target=uri.encode("latin-1"), headers=headers)


def _only(request: Request, name: str) -> str | None:
    lines = request.lines(name.lower())
    return lines[0].strip(" \t") if len(lines) == 1 else None


def _must_be_one(name: str | None, what: str) -> Malformed:
    return Malformed(f"the proxy must send exactly one {name or 'request line'} with {what}")
