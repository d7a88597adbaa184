"""What a source of fresh data may be called: a provider, a URL or a file. Fetches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from georedirect.visitor.address import is_loopback, parse_address

if TYPE_CHECKING:
    from urllib.parse import SplitResult

PROVIDERS = ("maxmind", "dbip", "ipinfo")


def why_not_source(text: str) -> str | None:
    """None for a provider, a URL that may be fetched, or anything else: the name of a file."""
    return why_not_url(text) if "://" in text else None


def why_not_url(text: str) -> str | None:
    """None for an https URL, or an http one of this machine; else what is wrong with it, without its secrets."""
    url = _split(text)
    if url is None or url.hostname is None or url.scheme not in {"http", "https"}:
        return 'this is not an https URL, such as "https://example.com/country.mmdb"'
    if not _may_be_host(url.hostname):
        return f'"{url.hostname}" is no host\'s name: an empty label, one over 63 letters, or letters that no name has'
    if url.username is not None or url.password is not None:
        return "a URL with a name or password in it ends up in logs; serve the file without, or from a local file"
    if url.scheme == "http" and not _is_here(url.hostname):
        return f'"{url.hostname}" is asked by http, where anybody on the way can change what comes; write https'
    return None


def _split(text: str) -> SplitResult | None:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        return None
    return url if text.isprintable() and " " not in text else None


def _may_be_host(host: str) -> bool:
    """Whether whoever resolves it could write it in ASCII (RFC 3490), and read that again."""
    try:
        host.encode("idna").decode("idna")
    except UnicodeError:
        return False
    return True


def _is_here(host: str) -> bool:
    address = parse_address(host)
    return host == "localhost" or (address is not None and is_loopback(address))
