"""Fetches over HTTP, once, within limits, and hands credentials to nobody else. Does not know what it carries."""

from __future__ import annotations

import os
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, NoReturn, Self
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from georedirect import __version__
from georedirect.errors import UpdateCause, UpdateError
from georedirect.policy.sources import why_not_url
from georedirect.update.offer import CHUNK_OCTETS, Digester, Digests, Offer
from georedirect.update.patience import TryAgainError, persist

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from georedirect.update.steps import Tell
    from georedirect.update.world import Limits

MOST_REDIRECTS = 5
MOST_TEXT_OCTETS = 1 << 16
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {"User-Agent": f"georedirect/{__version__}", "Accept-Encoding": "identity"}


class MissingError(UpdateError):
    """The source has no such thing (404, 410)."""

    def __init__(self, text: str) -> None:
        super().__init__(UpdateCause.DENIED, text)


class Received(NamedTuple):
    """What came, and the validators by which the source will know it again."""

    digests: Digests
    etag: str | None
    last_modified: str | None


def shown(url: str | URL) -> str:
    """A URL as it may stand in a log: without its query, which may be a token or a signature."""
    return str(_url(str(url)).with_query(None).with_fragment(None).with_user(None))


def _url(text: str) -> URL:
    """As it is written, so that signatures keep; escaped only where it would be no URL otherwise."""
    return URL(text, encoded=text.isascii())


class Courier:
    def __init__(self, limits: Limits, tell: Tell, what: str = "database") -> None:
        """`what` is what is asked for, in the words that the operator is told."""
        self.limits, self.tell, self.what = limits, tell, what

    async def __aenter__(self) -> Self:
        limits = self.limits
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=ssl.create_default_context(), force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            auto_decompress=False,  # digests are of what is sent, and what it unpacks to is limited elsewhere
            timeout=aiohttp.ClientTimeout(
                total=limits.attempt_seconds,
                sock_connect=limits.connect_seconds,
                sock_read=limits.silent_seconds,
            ),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def ask(self, offer: Offer) -> bytes:
        """A short text, asked for until it comes."""

        async def attempt() -> bytes:
            async with self._answer(offer, {}) as answer:
                text = await answer.content.read(MOST_TEXT_OCTETS)
                while len(text) < MOST_TEXT_OCTETS and (more := await answer.content.read(MOST_TEXT_OCTETS)):
                    text += more
                self._refuse_pages(answer, text)
                return text[:MOST_TEXT_OCTETS]

        return await persist(attempt, self.limits, self.tell)

    async def is_known_by(self, offer: Offer, validators: Mapping[str, str]) -> bool:
        """Whether the source still has what it gave these validators for; nothing is downloaded."""

        async def attempt() -> bool:
            async with self._answer(offer, validators) as answer:
                return answer.status == 304

        return await persist(attempt, self.limits, self.tell)

    async def download_once(
        self, offer: Offer, file: BinaryIO, validators: Mapping[str, str], begin: Callable[[], None]
    ) -> Received | None:
        """Fill `file`, or None where the source still has what it gave the validators for. `begin` may raise."""
        async with self._answer(offer, validators) as answer:
            if answer.status == 304:
                return None
            begin()
            length = answer.content_length
            if length is not None and length > self.limits.most_octets:
                self._refuse_size(answer)
            digester = Digester()
            async for chunk in answer.content.iter_chunked(CHUNK_OCTETS):
                if not digester.octets:
                    self._refuse_pages(answer, chunk)
                digester.add(chunk)
                if digester.octets > self.limits.most_octets:
                    self._refuse_size(answer)
                file.write(chunk)
                self.tell.progress(digester.octets, length)
            if length is not None and digester.octets != length:
                raise TryAgainError(f"{shown(answer.url)} sent {digester.octets} octets, but had promised {length}")
            headers = answer.headers
            return Received(digester.digests(), headers.get("ETag"), headers.get("Last-Modified"))

    def _refuse_size(self, answer: aiohttp.ClientResponse) -> NoReturn:
        text = f"{shown(answer.url)} sends more than {self.limits.most_octets} octets: that is no {self.what}"
        raise UpdateError(UpdateCause.DAMAGED, text)

    def _refuse_status(self, answer: aiohttp.ClientResponse) -> None:
        where, status = shown(answer.url), answer.status
        if status in {200, 304}:
            return
        if status in {408, 429} or status >= 500:
            raise TryAgainError(f"{where} answers {status}", _retry_after(answer.headers.get("Retry-After", "")))
        if status in {401, 403}:
            raise UpdateError(
                UpdateCause.DENIED, f"{where} answers {status}: the account, key or token is not accepted"
            )
        if status in {404, 410}:
            raise MissingError(f"{where} answers {status}: there is no such {self.what}")
        raise UpdateError(UpdateCause.DENIED, f"{where} answers {status}, which is no download")

    def _refuse_pages(self, answer: aiohttp.ClientResponse, begin: bytes) -> None:
        is_page = answer.content_type in {"text/html", "application/xhtml+xml"}
        if is_page or begin.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
            text = f"{shown(answer.url)} is a web page, not a {self.what}: the network's login page, or the wrong URL"
            raise UpdateError(UpdateCause.DAMAGED, text)

    @asynccontextmanager
    async def _answer(self, offer: Offer, headers: Mapping[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer of 200 or 304 at the end of all redirects; all others are raised, in our own words."""
        here = home = _url(offer.url)
        seen: set[URL] = set()
        while len(seen) <= MOST_REDIRECTS and here not in seen:
            seen.add(here)
            sent = dict(headers)
            if offer.authorization is not None and here.origin() == home.origin():
                sent["Authorization"] = offer.authorization
            async with self._request(here, sent, offer.proxy or _proxy_of(here)) as answer:
                if answer.status not in _REDIRECTS:
                    self._refuse_status(answer)
                    yield answer
                    return
                here = _redirected(here, answer.headers.get("Location", ""))
        raise UpdateError(UpdateCause.DENIED, f"{shown(home)} redirects round and round, or too often")

    @asynccontextmanager
    async def _request(
        self, url: URL, headers: Mapping[str, str], proxy: str | None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Errors of HTTP are told by what they mean: their own texts hold whole URLs."""
        try:
            async with self._session.get(url, headers=headers, proxy=proxy, allow_redirects=False) as answer:
                yield answer
        except aiohttp.ClientConnectorCertificateError as error:
            raise UpdateError(UpdateCause.LATER, f"{shown(url)} has no certificate that can be trusted") from error
        except aiohttp.ClientPayloadError as error:
            raise TryAgainError(f"{shown(url)} broke off in the middle") from error
        except aiohttp.ClientConnectorError as error:
            raise TryAgainError(f"{shown(url)} cannot be reached: {_why_not_reached(error.os_error)}") from error
        except TimeoutError as error:
            raise TryAgainError(f"{shown(url)} takes too long") from error
        except aiohttp.ClientError as error:
            raise TryAgainError(f"{shown(url)} cannot be fetched ({type(error).__name__})") from error
        except ValueError as error:  # names of hosts that cannot be resolved; its text may hold a whole URL too
            text = f"{shown(url)} cannot be asked: its host, or the proxy's, has a name that cannot be"
            raise UpdateError(UpdateCause.DENIED, text) from error


def _why_not_reached(error: OSError) -> str:
    """In the system's words, not in asyncio's; errors of resolving names have negative numbers."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or "there is no such host"


def _proxy_of(url: URL) -> str | None:
    """As HTTPS_PROXY, HTTP_PROXY and NO_PROXY have it."""
    if url.raw_host is None or why_not_url(str(url.with_scheme("http").with_query(None))) is None:  # this machine
        return None
    proxy = None if proxy_bypass(url.raw_host) else getproxies().get(url.scheme)
    if proxy is not None and not proxy.startswith(("http://", "https://")):
        text = f"{url.scheme.upper()}_PROXY names no http:// or https:// proxy; others cannot be used"
        raise UpdateError(UpdateCause.INPUT, text)
    return proxy


def _redirected(here: URL, location: str) -> URL:
    """Where a redirect leads; once on https, never back to http."""
    try:
        there = here.join(_url(location))
        why = why_not_url(str(there)) if location else "it does not say where to"
    except ValueError:
        raise UpdateError(UpdateCause.DENIED, f"{shown(here)} redirects to what is no URL") from None
    if why is None and here.scheme == "https" and there.scheme == "http":
        why = "that is http, where anybody on the way can change what comes"
    if why is not None:
        raise UpdateError(UpdateCause.DENIED, f"{shown(here)} redirects where we do not follow: {why}")
    return there


def _retry_after(text: str) -> float:
    """Seconds, or a date; 0 for anything else."""
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text).astimezone(UTC)
        return max(0.0, (until - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):  # the latter where no calendar goes so far
        return 0
