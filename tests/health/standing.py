"""Mirrors on loopback that do what a test wants: one that answers, and any number of those that do not."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

Act = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
"""What a mirror does with a request's head; the connection is closed after it."""


def says(octets: bytes) -> Act:
    async def act(_head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(octets)

    return act


def answer(body: bytes = b"ok", status: str = "200 OK", *lines: bytes) -> bytes:
    head = [f"HTTP/1.1 {status}".encode(), b"Content-Length: %d" % len(body), *lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def repeats(piece: bytes, first: bytes = b"", pause: float = 0.0) -> Act:
    """Says `first`, and then the same for ever, as fast as it is taken or with a pause after each."""

    async def act(_head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return act


async def is_silent(_head: bytes, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def resets(_head: bytes, writer: asyncio.StreamWriter) -> None:
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Mirror:
    """A listening mirror; what it does can be changed while it runs."""

    def __init__(self, act: Act) -> None:
        self.act = act
        self.heads: list[bytes] = []
        self.open = 0
        self.most_open = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self.origin = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head)
            await self.act(head, writer)
            writer.close()
            await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self.open -= 1
            self.tasks.discard(task)


@asynccontextmanager
async def standing(
    act: Act, host: str = "127.0.0.1", context: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[Mirror]:
    mirror = Mirror(act)
    server = await asyncio.start_server(mirror.serve, host, port, ssl=context)
    listening = server.sockets[0].getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    mirror.origin = f"{'http' if context is None else 'https'}://{name}:{listening}"
    try:
        yield mirror
    finally:
        server.close()
        for task in mirror.tasks:
            task.cancel()
        await asyncio.gather(*mirror.tasks)
        await asyncio.sleep(0)  # in which transports go
