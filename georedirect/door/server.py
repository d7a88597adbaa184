"""One process that serves one application on its listening sockets until it is told to stop, and then drains."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import uvloop
from sanic.server import HttpProtocol

from georedirect.door import garbage, unraisable
from georedirect.door.listen import BACKLOG

if TYPE_CHECKING:
    import socket

    from sanic import Sanic
    from sanic.server import AsyncioServer

    from georedirect.door.child import Life
    from georedirect.door.renewal import Renewal

Speaks = Callable[..., asyncio.Protocol]
"""Makes the protocol of a connection, given what Sanic gives its own: `loop`, `app` and `connections`, all by name."""

DRAIN_SECONDS = 8.0
_POLL_SECONDS = 0.05
_BEAT_SECONDS = 0.25


class Door(NamedTuple):
    """A listening socket, and what is spoken there."""

    sock: socket.socket
    speaks: Speaks = HttpProtocol


class Serving(NamedTuple):
    """What has been started: Sanic's own server, and one for each further socket."""

    server: AsyncioServer
    others: Sequence[asyncio.Server]


def serve(
    app: Sanic[Any, Any],
    doors: Sequence[Door],
    life: Life,
    renewal: Renewal,
) -> None:
    """Serve until SIGTERM, or until the process at the other end of the lifeline is gone."""
    unraisable.install()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(app, doors, life, renewal))


async def _serve(app: Sanic[Any, Any], doors: Sequence[Door], life: Life, renewal: Renewal) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(life.lifeline, stop.set)
    server = await start(app, doors)
    garbage.hold_on()
    _beat(loop, life)
    renewal.open()
    life.ready()
    await stop.wait()
    loop.remove_reader(life.lifeline)
    await drain(server)


def _beat(loop: asyncio.AbstractEventLoop, life: Life, number: int = 1) -> None:
    """Say that the event loop goes round, for as long as it does."""
    life.beat()
    loop.call_later(_BEAT_SECONDS, _beat, loop, life, number + 1)
    garbage.collect(number)


async def start(app: Sanic[Any, Any], doors: Sequence[Door]) -> Serving:
    """Begin to serve, once the application is complete: not a request sooner."""
    first, *more = doors
    protocol = cast("type[HttpProtocol]", first.speaks)  # called, and nothing else
    options: dict[str, Any] = {"start_serving": False}
    server = await app.create_server(
        sock=first.sock, backlog=BACKLOG, access_log=False, protocol=protocol, asyncio_server_kwargs=options
    )
    if server is None:
        raise RuntimeError("Sanic made no server")
    for step in (server.startup, server.before_start):
        await _untyped(step)
    others = [await _open(app, server, door) for door in more]
    for step in (server.start_serving, *(other.start_serving for other in others), server.after_start):
        await _untyped(step)
    return Serving(server, others)


async def _open(app: Sanic[Any, Any], server: AsyncioServer, door: Door) -> asyncio.Server:
    """Another socket of the same application: Sanic itself knows just one. Their connections are counted together."""
    loop = asyncio.get_running_loop()
    protocol = partial(door.speaks, loop=loop, connections=server.connections, app=app)
    return await loop.create_server(protocol, sock=door.sock, backlog=BACKLOG, start_serving=False)


async def drain(serving: Serving, seconds: float = DRAIN_SECONDS) -> None:
    """Take no new connection, close the idle ones, let the busy ones end within `seconds`."""
    server = serving.server
    await _untyped(server.before_stop)
    _untyped(server.close)
    for other in serving.others:
        other.close()
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
