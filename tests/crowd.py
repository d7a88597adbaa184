"""Many visitors at a door: a hundred thousand at once, or some who never stop asking. What each got is written down."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from tests.wire import connection, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from georedirect.policy.endpoint import Endpoint
    from tests.wire import Reply

_AT_ONCE = 100  # requests that are on their way on one connection
_CONNECTIONS = 8
_SECONDS = 60
_PAUSE_SECONDS = 0.01
_FIRST_NETWORK = 20 << 24


def address(visitor: int) -> str:
    """Of the visitor with this number, counted from 0: each is in a /24 of their own, from 20.0.0.0 on."""
    number = _FIRST_NETWORK + (visitor << 8) + 1 + visitor % 250
    return ".".join(str(octet) for octet in number.to_bytes(4, "big"))


def visit(target: str, visitor: int, *headers: str) -> bytes:
    """What a visitor's request is, behind a proxy that says who they are."""
    return request(target, f"X-Forwarded-For: {address(visitor)}", *headers)


async def locations(door: Endpoint, requests: Sequence[bytes]) -> list[str]:
    """Where each is sent, in order. Every answer has to be a 307, or they do not fit."""
    parts = [requests[number::_CONNECTIONS] for number in range(_CONNECTIONS)]
    async with asyncio.timeout(_SECONDS):
        answered = await asyncio.gather(*(_pipelined(door, part) for part in parts))
    found = [""] * len(requests)
    for number, part in enumerate(answered):
        found[number::_CONNECTIONS] = part
    return found


async def _pipelined(door: Endpoint, requests: Sequence[bytes]) -> list[str]:
    reader, writer = await asyncio.open_connection(door.host, door.port)
    found: list[str] = []
    try:
        for begin in range(0, len(requests), _AT_ONCE):
            batch = requests[begin : begin + _AT_ONCE]
            writer.write(b"".join(batch))
            octets = b""
            while octets.count(b"\r\n\r\n") < len(batch):
                more = await reader.read(1 << 18)
                assert more, "the door hung up"
                octets += more
            found += map(_location, octets.split(b"\r\n\r\n")[:-1])
    finally:
        writer.close()
    return found


def _location(head: bytes) -> str:
    assert head.startswith(b"HTTP/1.1 307 "), head
    return head.partition(b"\r\nLocation: ")[2].partition(b"\r\n")[0].decode()


# Those who never stop


class Seen(NamedTuple):
    """One answer: whose it was, between which moments (of `clock`) it was asked for and came."""

    visitor: int
    sent: float
    came: float
    reply: Reply

    @property
    def location(self) -> str:
        return self.reply["location"]


@asynccontextmanager
async def watching(
    door: Endpoint,
    *asked: Callable[[int], bytes],
    visitors: int = 4,
    connections: int = 4,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[list[Seen]]:
    """Ask in turn for everything, for every visitor, over several connections, until the block ends.

    That any connection ends, or an answer does not come, is an error at the end of the block.
    """
    seen: list[Seen] = []
    is_over = asyncio.Event()

    async def ask_on(mine: Sequence[int]) -> None:
        async with connection(door) as client:
            while not is_over.is_set():
                for visitor in mine:
                    for octets in asked:
                        sent = clock()
                        reply = await client.ask(octets(visitor))
                        seen.append(Seen(visitor, sent, clock(), reply))
                    await asyncio.sleep(_PAUSE_SECONDS)

    async with asyncio.TaskGroup() as tasks:
        for number in range(connections):
            tasks.create_task(ask_on(range(visitors)[number::connections]))
        try:
            yield seen
        finally:
            is_over.set()


async def becomes(holds: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Whether something comes to hold in time, while others go on asking."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True
