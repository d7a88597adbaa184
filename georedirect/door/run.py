"""Runs the whole service: sockets, workers, the admin listener beside them, and the lines that say so."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from georedirect.door.app import create_door
from georedirect.door.child import Role
from georedirect.door.listen import endpoint_of, listen
from georedirect.door.pages import reply
from georedirect.door.protocol import DoorProtocol
from georedirect.door.server import serve
from georedirect.door.supervisor import Supervisor
from georedirect.visitor.request import Request
from georedirect.watch.admin import create_admin

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from georedirect.door.child import Life
    from georedirect.door.snapshot import Snapshot
    from georedirect.policy.endpoint import Endpoint


class Listening(NamedTuple):
    """Where the service can be reached once it runs."""

    door: Endpoint
    admin: Endpoint | None


def run(snapshot: Snapshot, announce: Callable[[Listening], None]) -> None:
    """Serve a snapshot until SIGTERM or SIGINT; ListenError or GeoredirectError when that cannot be."""
    server = snapshot.configuration.server
    show_choosers(snapshot)
    with ExitStack() as sockets:
        door = sockets.enter_context(listen(server.listen))
        admin = sockets.enter_context(listen(server.admin)) if server.admin else None
        _supervise(snapshot, door, admin, announce)


def show_choosers(snapshot: Snapshot) -> None:
    """Ask ourselves for each chooser once, so that what its pages need is loaded before a visitor waits for it."""
    for policy in snapshot.configuration.policies:
        host = next(iter(policy.hosts), "localhost")
        reply(snapshot, Request("GET", policy.chooser.prefix.encode(), [("host", host)], None))


def _supervise(
    snapshot: Snapshot, door: socket.socket, admin: socket.socket | None, announce: Callable[[Listening], None]
) -> None:
    settings = snapshot.configuration.server
    serve_door = partial(_door, snapshot, door)
    roles = [Role(f"worker {number}", serve_door, door) for number in range(1, settings.workers + 1)]
    if admin is not None:
        roles.append(Role("admin", partial(_admin, snapshot, admin), admin, is_witness=True))
    listening = Listening(endpoint_of(door), endpoint_of(admin) if admin else None)
    Supervisor(roles, snapshot.configuration.limits.watchdog_seconds).run(lambda: announce(listening))


def _door(snapshot: Snapshot, sock: socket.socket, life: Life) -> None:
    serve(create_door(snapshot), sock, life, DoorProtocol)


def _admin(snapshot: Snapshot, sock: socket.socket, life: Life) -> None:
    serve(create_admin(snapshot, life.is_draining), sock, life)
