"""One process that serves one application on one listening socket until it is told to stop, and then drains."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any

import uvloop

from georedirect.door.listen import BACKLOG

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from sanic import Sanic
    from sanic.server import AsyncioServer

DRAIN_SECONDS = 8.0
_POLL_SECONDS = 0.05


def serve(app: Sanic[Any, Any], sock: socket.socket, ready: Callable[[], None], lifeline: int) -> None:
    """Serve until SIGTERM, or until the other end of `lifeline` (a pipe) is gone with the process that held it."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(app, sock, ready, lifeline))


async def _serve(app: Sanic[Any, Any], sock: socket.socket, ready: Callable[[], None], lifeline: int) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(lifeline, stop.set)
    server = await start(app, sock)
    ready()
    await stop.wait()
    loop.remove_reader(lifeline)
    await drain(app, server)


async def start(app: Sanic[Any, Any], sock: socket.socket) -> AsyncioServer:
    """Begin to serve, once the application is complete: not a request sooner."""
    server = await app.create_server(
        sock=sock, backlog=BACKLOG, access_log=False, asyncio_server_kwargs={"start_serving": False}
    )
    if server is None:
        raise RuntimeError("Sanic made no server")
    for step in (server.startup, server.before_start, server.start_serving, server.after_start):
        await _untyped(step)
    return server


async def drain(app: Sanic[Any, Any], server: AsyncioServer, seconds: float = DRAIN_SECONDS) -> None:
    """Take no new connection, close the idle ones, let the busy ones end within `seconds`."""
    app.ctx.is_draining = True
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
