"""Asks one mirror once, and says in a word what came of it, whatever the mirror does. Knows no verdict.

All that it takes is bounded: the time for everything together, and how much is heard. No redirect is followed and no
proxy is asked, so that nobody but the URL's own host ever hears of a check.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar
from errno import ECONNABORTED, ECONNREFUSED, ECONNRESET, EPIPE
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from georedirect import __version__
from georedirect.health.verdict import Outcome
from georedirect.policy.mirror_model import MOST_CHECKS

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from georedirect.policy.mirror_model import Check

MOST_BODY_OCTETS = 64 * 1024
MOST_OCTETS = 512 * 1024
"""Of all that a mirror says in answer to one question: body, head, and what HTTP and TLS put around them."""

_PIECE_OCTETS = 16 * 1024
_MOST_HEADERS = 128
_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
_HEADERS = {"User-Agent": f"georedirect/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}

_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (TimeoutError, "timeout"),
    (aiohttp.ClientSSLError, "tls"),
    (ssl.SSLError, "tls"),
    (aiohttp.ClientConnectorDNSError, "no-host"),
    (aiohttp.ServerDisconnectedError, "closed"),
    (aiohttp.ClientPayloadError, "broken-off"),
    (aiohttp.ClientResponseError, "no-http"),
    (ValueError, "no-host"),  # a name that cannot be one
)
"""What each error is called, the first that fits: words of our own, as those of errors hold what a mirror said."""

_SYSTEM_WORDS = {ECONNREFUSED: "refused", ECONNRESET: "reset", ECONNABORTED: "reset", EPIPE: "reset"}
_NO_TEXT, _TOO_MUCH, _UNREACHABLE, _ERROR = "no-text", "too-much", "unreachable", "error"

OUTCOMES = frozenset(
    {_NO_TEXT, _TOO_MUCH, _UNREACHABLE, _ERROR, *_SYSTEM_WORDS.values(), *(word for _, word in _WORDS)}
)
"""All words for what may come of a check, but for statuses."""

_sockets: ContextVar[list[_Socket]] = ContextVar("sockets")
"""Those that were opened for the question that is being asked."""


class Prober:
    """Asks on the running event loop, which is to be asyncio's own: others do not read through our sockets.

    To be used as a context, whose end lets go of everything.
    """

    async def __aenter__(self) -> Self:
        self._resolver = _Resolver()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=ssl.create_default_context(),
                resolver=self._resolver,
                force_close=True,
                limit=0,
                socket_factory=_new_socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            timeout=aiohttp.ClientTimeout(total=None),  # there is one for each check
            auto_decompress=False,
            trust_env=False,
            read_bufsize=MOST_BODY_OCTETS,
            max_headers=_MOST_HEADERS,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._resolver.close()

    async def ask(self, check: Check) -> Outcome:
        """Ask once."""
        began = monotonic()
        _sockets.set([])
        try:
            async with asyncio.timeout(check.timeout_seconds):
                is_right, word = await self._ask(check)
        except Exception as error:  # noqa: BLE001  whatever a mirror does, it is asked again
            says_too_much = any(sock.octets >= MOST_OCTETS for sock in _sockets.get())
            is_right, word = False, _TOO_MUCH if says_too_much else _word_for(error)
        finally:
            _hang_up()
        return Outcome(is_right, word, monotonic() - began)

    async def _ask(self, check: Check) -> tuple[bool, str]:
        url = URL(check.url, encoded=check.url.isascii())
        async with self._session.request(check.method, url, allow_redirects=False) as answer:
            status = str(answer.status)
            if answer.status not in check.statuses:
                return False, status
            body = await _begin_of(answer.content)
            if check.text is not None and check.text.encode() not in body:
                return False, _NO_TEXT
            return True, status


class _Socket(socket.socket):
    """Hears so much and no more, in small pieces: who talks fast and without end takes no time from other mirrors."""

    def __init__(self, family: int, kind: int, proto: int) -> None:
        super().__init__(family, kind, proto)
        self.octets = 0

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        octets = super().recv(min(bufsize, self._most()), flags)
        self.octets += len(octets)
        return octets

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0, /) -> int:
        room = memoryview(buffer)[: nbytes or None]
        count = super().recv_into(room[: self._most()], 0, flags) if self._most() else 0
        self.octets += count
        return count

    def _most(self) -> int:
        return min(_PIECE_OCTETS, MOST_OCTETS - self.octets)


def _new_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, proto, *_ = address
    sock = _Socket(family, kind, proto)
    _sockets.get().append(sock)
    return sock


def _hang_up() -> None:
    """Wait for no goodbye: over TLS a mirror could have us hold a connection for half a minute after each question."""
    for sock in _sockets.get():
        with suppress(OSError):  # it is closed already
            sock.shutdown(socket.SHUT_RDWR)


async def _begin_of(content: aiohttp.StreamReader) -> bytes:
    """The body, or as much of it as is looked at."""
    body = b""
    while len(body) < MOST_BODY_OCTETS and (more := await content.read(MOST_BODY_OCTETS - len(body))):
        body += more
    return body


def _word_for(error: Exception) -> str:
    word = next((word for kind, word in _WORDS if isinstance(error, kind)), None)
    if word is None and isinstance(error, OSError):
        return _SYSTEM_WORDS.get(error.errno or 0, _UNREACHABLE)
    return word or _ERROR


class _Resolver(AbstractResolver):
    """The system's, in as many threads as there may be names: one whose servers are silent holds up no other."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST_CHECKS, thread_name_prefix="resolver")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        look_up = partial(
            socket.getaddrinfo, host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=_NUMERIC)
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
