"""Serves an application inside the test, on a real socket."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from sanic.server import HttpProtocol

from georedirect.door.listen import endpoint_of, listen
from georedirect.door.server import Door, drain, start
from georedirect.door.snapshot import snapshot_of
from georedirect.policy.endpoint import Endpoint
from georedirect.policy.load import load_configuration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sanic import Sanic

    from georedirect.door.snapshot import Snapshot


@cache
def snapshot_for(*texts: str) -> Snapshot:
    """A snapshot of policy texts on the bundled database."""
    return snapshot_of(load_configuration({f"{number}.toml": text.encode() for number, text in enumerate(texts, 1)}))


@asynccontextmanager
async def serving(
    app: Sanic[Any, Any], host: str = "127.0.0.1", protocol: type[HttpProtocol] = HttpProtocol
) -> AsyncIterator[Endpoint]:
    sock = listen(Endpoint(host, 0))
    server = await start(app, [Door(sock, protocol)])
    try:
        yield endpoint_of(sock)
    finally:
        await drain(server, seconds=0.2)
        sock.close()
