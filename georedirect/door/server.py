"""One process that serves one application on one listening socket until it is told to stop, and then drains."""

from __future__ import annotations

import asyncio
import gc
import signal
from typing import TYPE_CHECKING, Any

import uvloop
from sanic.server import HttpProtocol

from georedirect.door.listen import BACKLOG

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from sanic import Sanic
    from sanic.server import AsyncioServer

    from georedirect.door.child import Life
    from georedirect.door.renewal import Renewal

DRAIN_SECONDS = 8.0
_POLL_SECONDS = 0.05
_BEAT_SECONDS = 0.25


def serve(
    app: Sanic[Any, Any],
    sock: socket.socket,
    life: Life,
    renewal: Renewal,
    protocol: type[HttpProtocol] = HttpProtocol,
) -> None:
    """Serve until SIGTERM, or until the process at the other end of the lifeline is gone."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(app, sock, life, renewal, protocol))


async def _serve(
    app: Sanic[Any, Any], sock: socket.socket, life: Life, renewal: Renewal, protocol: type[HttpProtocol]
) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(life.lifeline, stop.set)
    server = await start(app, sock, protocol)
    gc.freeze()  # what is loaded stays, so no collection need look at it again: that would hold up requests
    _beat(loop, life)
    renewal.open()
    life.ready()
    await stop.wait()
    loop.remove_reader(life.lifeline)
    await drain(server)


def _beat(loop: asyncio.AbstractEventLoop, life: Life) -> None:
    """Say that the event loop goes round, for as long as it does."""
    life.beat()
    loop.call_later(_BEAT_SECONDS, _beat, loop, life)


async def start(
    app: Sanic[Any, Any], sock: socket.socket, protocol: type[HttpProtocol] = HttpProtocol
) -> AsyncioServer:
    """Begin to serve, once the application is complete: not a request sooner."""
    options: dict[str, Any] = {"start_serving": False}
    server = await app.create_server(
        sock=sock, backlog=BACKLOG, access_log=False, protocol=protocol, asyncio_server_kwargs=options
    )
    if server is None:
        raise RuntimeError("Sanic made no server")
    for step in (server.startup, server.before_start, server.start_serving, server.after_start):
        await _untyped(step)
    return server


async def drain(server: AsyncioServer, seconds: float = DRAIN_SECONDS) -> None:
    """Take no new connection, close the idle ones, let the busy ones end within `seconds`."""
    await _untyped(server.before_stop)
    _untyped(server.close)
    deadline = asyncio.get_running_loop().time() + seconds
    while server.connections and asyncio.get_running_loop().time() < deadline:
        for connection in list(server.connections):
            connection.close_if_idle()
        await asyncio.sleep(_POLL_SECONDS)
    for connection in list(server.connections):
        connection.abort()
    await _untyped(server.after_stop)


def _untyped(method: Callable[..., Any]) -> Any:  # noqa: ANN401  Sanic annotates nothing of its AsyncioServer
    return method()
