"""A client that sends octets as they are and reads answers as they come: tests of a server should not be polite."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from georedirect.policy.endpoint import Endpoint

_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `headers` have lower-case names, in order."""

    status: int
    phrase: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for line, value in self.headers if line == name]

    def __getitem__(self, name: str) -> str:
        """The value of a header that there must be once."""
        (value,) = self.all(name)
        return value


class Connection:
    """One connection, kept alive until its end is asked for."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def write(self, octets: bytes) -> None:
        self._writer.write(octets)

    async def ask(self, octets: bytes, *, is_head: bool = False) -> Reply:
        self._writer.write(octets)
        await self._writer.drain()
        return await self.read(is_head=is_head)

    async def read(self, *, is_head: bool = False) -> Reply:
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), _SECONDS)
        status_line, *lines = head[:-4].decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
        _, code, phrase = status_line.split(" ", 2)
        status = int(code)
        lengths = [int(value) for name, value in headers if name == "content-length"]
        body = b"" if is_head or not lengths else await self._reader.readexactly(lengths[0])
        return Reply(status, phrase, headers, body)

    async def is_closed_by_peer(self) -> bool:
        """Wait for the end of what the server sends."""
        try:
            return await asyncio.wait_for(self._reader.read(), _SECONDS) == b""
        except ConnectionError:
            return True


@asynccontextmanager
async def connection(endpoint: Endpoint) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


async def ask(endpoint: Endpoint, octets: bytes, *, is_head: bool = False) -> Reply:
    """One request on a connection of its own."""
    async with connection(endpoint) as client:
        return await client.ask(octets, is_head=is_head)


def request(target: str | bytes = "/", *headers: str, method: str = "GET", host: str = "www.example.com") -> bytes:
    """An HTTP/1.1 request with a Host and these header lines."""
    raw = target if isinstance(target, bytes) else target.encode()
    lines = "".join(f"{header}\r\n" for header in (f"Host: {host}", *headers))
    return method.encode() + b" " + raw + b" HTTP/1.1\r\n" + lines.encode("latin-1") + b"\r\n"
