"""One request as it arrived, and who it turns out to come from. Knows no policy and no server."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from georedirect.policy.countries import COUNTRIES
from georedirect.visitor.choice import read_choice, read_cookie, take_parameter
from georedirect.visitor.client import Client, resolve_client
from georedirect.visitor.host import Host, parse_host
from georedirect.visitor.languages import LanguageRange, parse_accept_language
from georedirect.visitor.target import parse_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from georedirect.visitor.address import Address
    from georedirect.visitor.networks import Networks


_PURPOSES = ("sec-purpose", "purpose")
_SHOWN = frozenset({"document", "embed", "empty", "fencedframe", "frame", "iframe", "nested-document", "object"})
"""What Sec-Fetch-Dest says of a page that is shown, or read by a script that knows what it asks for."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the parser of HTTP hands over: `headers` in order received, names in lower case, values as latin-1 text.

    `peer` is the socket's address; None for a Unix socket. `is_tls` says whether it came over TLS of our own.
    """

    method: str
    target: bytes
    headers: Sequence[tuple[str, str]]
    peer: Address | None
    version: str = "1.1"
    is_tls: bool = False

    def lines(self, name: str) -> list[str]:
        """The values of all field lines with this name (in lower case), in order."""
        return [value for line_name, value in self.headers if line_name == name]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is asking, for what, in which languages. `host` is None where an HTTP/1.0 request names none.

    `scheme` is `https` over our own TLS, and where a trusted proxy says so. `destination` is what the browser says it
    wants the answer for, such as `image` or `prefetch`; None for a page to be shown, and where it does not say. `asked`
    and `chosen` are what the parameter and the cookie say, as they stand there; None where there is none, or where
    nobody has asked for them by name (`with_choice`). `said_country` is the country that a trusted proxy says they are
    in (ISO 3166-1), empty where it does not know; None where it says nothing. `said` are headers that somebody has
    asked for by name, and `sticky` is what a cookie of the site's own says, None where it says nothing (`with_said`).
    """

    client: Client
    languages: tuple[LanguageRange, ...]
    host: Host | None
    path: str
    query: str | None
    scheme: str = "http"
    destination: str | None = None
    asked: str | None = None
    chosen: str | None = None
    said_country: str | None = None
    method: str = "GET"
    said: Mapping[str, str] = field(default_factory=dict)
    sticky: str | None = None


class Malformed(NamedTuple):
    """Why a request cannot be answered but with 400."""

    why: str


def recognise(
    request: Request, client_address: str, trusted_proxies: Networks, country_header: str | None = None
) -> Visitor | Malformed:
    """Read everything that a decision may depend on out of a request.

    `client_address` and `country_header` name the headers, in lower case, in which trusted proxies speak of clients.
    """
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
        scheme=_read_scheme(request, trusted_proxies),
        destination=_read_destination(request),
        said_country=_read_country(request, country_header, trusted_proxies),
        method=request.method,
    )


def with_choice(visitor: Visitor, request: Request, parameter: str, cookie: str) -> Visitor:
    """The same visitor with what they have chosen, and the parameter out of the query."""
    asked, query = take_parameter(visitor.query, parameter)
    chosen = read_choice(request.lines("cookie"), cookie, visitor.scheme)
    return replace(visitor, asked=asked, query=query, chosen=chosen)


def with_said(visitor: Visitor, request: Request, headers: Iterable[str], cookie: str | None) -> Visitor:
    """The same visitor with what headers of these names (in lower case) say, and the cookie of that name.

    A header of several lines is one, its values with a comma and a blank between them (RFC 9110 5.2).
    """
    said = {name: ", ".join(lines) for name in headers if (lines := request.lines(name))}
    sticky = None if cookie is None else read_cookie(request.lines("cookie"), cookie)
    return replace(visitor, said=said, sticky=sticky or None)


def read_country(lines: Sequence[str]) -> str | None:
    """What the values of a header's lines say of a country: one that there is, or that it is not known: empty.

    None where there is no line. CDNs write `XX` for what they do not know, and `T1` for Tor; of several lines nobody
    can say which is theirs.
    """
    if not lines:
        return None
    code = lines[0].strip(" \t") if len(lines) == 1 else ""
    return code.upper() if code.isascii() and code.upper() in COUNTRIES else ""  # the capital of U+00DF is SS


def _read_country(request: Request, header: str | None, trusted_proxies: Networks) -> str | None:
    if header is None or not trusted_proxies.has_peer(request.peer):
        return None
    return read_country(request.lines(header))


def _read_scheme(request: Request, trusted_proxies: Networks) -> str:
    """What a trusted proxy says, in one line and one word; anything else is no word for `https`.

    Where none says anything, it is what the connection speaks.
    """
    is_trusted = trusted_proxies.has_peer(request.peer)
    said = [value.lower() for value in request.lines("x-forwarded-proto")] if is_trusted else []
    is_https = said == ["https"] or (request.is_tls and said in ([], [""]))
    return "https" if is_https else "http"


def _read_destination(request: Request) -> str | None:
    """Fetch Metadata's Sec-Fetch-Dest, and Sec-Purpose or its forerunner. Several lines are as if there were none."""
    purposes = [value.lower() for name in _PURPOSES for value in request.lines(name)]
    if any(value.partition(";")[0].strip(" \t") == "prefetch" for value in purposes):
        return "prefetch"
    lines = request.lines("sec-fetch-dest")
    destination = lines[0].lower() if len(lines) == 1 else ""
    return destination if destination and destination not in _SHOWN else None
