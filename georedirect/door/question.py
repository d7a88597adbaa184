"""A request that somebody only asks about: built from the words of a command line or of a query. Sends nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from math import nan
from typing import TYPE_CHECKING
from urllib.parse import quote

from georedirect.door.forward import as_proxied
from georedirect.visitor.address import parse_address
from georedirect.visitor.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from georedirect.policy.model import Configuration

_ABSOLUTE = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\x00]*)")
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_LATEST = 253_370_764_800  # the beginning of the year 9999, which all zones have
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def imagine_request(
    configuration: Configuration, ip: str, url: str = "/", method: str = "GET", headers: Iterable[str] = ()
) -> Request:
    """The request that the door would get if a client at `ip` sent one for `url`; ValueError says what is no good.

    A `url` without a host asks the first host that the configuration answers for, and one of https asks over TLS, if
    that is spoken with the door, or may have been with a proxy that says so in its PROXY header. Headers are
    `Name: value`.
    """
    peer = parse_address(ip)
    if peer is None:
        raise ValueError(f'"{ip}" is not an IP address, such as 85.214.132.117 or 2a00:1450::1')
    if not _METHOD.fullmatch(method):
        raise ValueError(f'"{method}" is not an HTTP method, such as GET')
    lines = [_read_header(header) for header in headers]
    if not _can_be_sent(url):
        raise ValueError(f"{url!r} is not a URL in UTF-8")
    absolute = _ABSOLUTE.fullmatch(url)
    host = absolute[1] if absolute else _some_host(configuration)
    target = absolute[2] if absolute else url
    if not any(name == "host" for name, _ in lines):
        lines.insert(0, ("host", host))
    scheme = "https" if url[:6].lower() == "https:" else "http"
    listeners = configuration.server.listen
    is_tls = scheme == "https" and any(listener.tls or listener.proxy_protocol for listener in listeners)
    request = Request(method, _on_the_wire(target), lines, peer, is_tls=is_tls)
    return as_proxied(configuration.server, request, scheme)


def read_time(text: str) -> float:
    """A time in seconds since 1970; ValueError unless it is one of ISO 8601, in UTC where it has no offset."""
    try:
        said = datetime.fromisoformat(text)
        moment = (said if said.tzinfo is not None else said.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        moment = nan
    if not 0 <= moment < _LATEST:
        raise ValueError(f'"{text}" is no time such as 2026-12-01T22:00:00Z or 2026-12-01T23:00:00+01:00')
    return moment


def _can_be_sent(url: str) -> bool:
    """Whether a command line's octets were text: what was not is smuggled through as surrogates (PEP 383)."""
    return not any("\ud800" <= character <= "\udfff" for character in url)


def _read_header(text: str) -> tuple[str, str]:
    match = _HEADER.fullmatch(text)
    if match is None:
        raise ValueError(f'"{text}" is not a header such as "Accept-Language: de"')
    return match[1].lower(), match[2].rstrip(" \t").encode("utf-8", "surrogateescape").decode("latin-1")


def _some_host(configuration: Configuration) -> str:
    return next(iter(configuration.by_host), "localhost")


def _on_the_wire(target: str) -> bytes:
    """A path as a client sends it: never empty, without its fragment, and with nothing in it that ends a line."""
    target = target.partition("#")[0]
    return quote(target if target[:1] not in ("", "?") else f"/{target}", safe=_VISIBLE).encode()
