"""Runs the whole service: sockets, workers, the admin listener beside them, and the lines that say so."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from georedirect.door.app import create_door
from georedirect.door.listen import endpoint_of, listen
from georedirect.door.server import serve
from georedirect.door.supervisor import Role, Supervisor
from georedirect.watch.admin import create_admin

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from georedirect.door.snapshot import Snapshot
    from georedirect.policy.endpoint import Endpoint


class Listening(NamedTuple):
    """Where the service can be reached once it runs."""

    door: Endpoint
    admin: Endpoint | None


def run(snapshot: Snapshot, announce: Callable[[Listening], None]) -> None:
    """Serve a snapshot until SIGTERM or SIGINT; ListenError or GeoredirectError when that cannot be."""
    server = snapshot.configuration.server
    with ExitStack() as sockets:
        door = sockets.enter_context(listen(server.listen))
        admin = sockets.enter_context(listen(server.admin)) if server.admin else None
        _supervise(snapshot, door, admin, announce)


def _supervise(
    snapshot: Snapshot, door: socket.socket, admin: socket.socket | None, announce: Callable[[Listening], None]
) -> None:
    workers = range(1, snapshot.configuration.server.workers + 1)
    roles = [Role(f"worker {number}", partial(_door, snapshot, door)) for number in workers]
    if admin is not None:
        roles.append(Role("admin", partial(_admin, snapshot, admin)))
    listening = Listening(endpoint_of(door), endpoint_of(admin) if admin else None)
    Supervisor(roles).run(lambda: announce(listening))


def _door(snapshot: Snapshot, sock: socket.socket, ready: Callable[[], None], lifeline: int) -> None:
    serve(create_door(snapshot), sock, ready, lifeline)


def _admin(snapshot: Snapshot, sock: socket.socket, ready: Callable[[], None], lifeline: int) -> None:
    serve(create_admin(snapshot), sock, ready, lifeline)
