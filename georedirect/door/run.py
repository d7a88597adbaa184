"""Runs the whole service: sockets, workers, the admin listener beside them, and the lines that say so."""

from __future__ import annotations

import resource
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from georedirect.door.app import create_door, renew_door
from georedirect.door.child import Role
from georedirect.door.health import check_mirrors
from georedirect.door.listen import endpoint_of, listen
from georedirect.door.pages import reply
from georedirect.door.protocol import DoorProtocol
from georedirect.door.reload import ASK, Reloads
from georedirect.door.renewal import Renewal
from georedirect.door.server import serve
from georedirect.door.supervisor import REOPEN, Supervisor
from georedirect.door.tally import Tally
from georedirect.health.board import HealthBoard
from georedirect.journal.access import AccessLog
from georedirect.journal.fates import Fates
from georedirect.journal.writer import Writer
from georedirect.visitor.request import Request
from georedirect.watch.admin import create_admin
from georedirect.watch.desk import Desk

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from georedirect.door.child import Life
    from georedirect.door.line import Message
    from georedirect.door.loader import Load
    from georedirect.door.snapshot import Snapshot
    from georedirect.policy.endpoint import Endpoint


class Listening(NamedTuple):
    """Where the service can be reached once it runs."""

    door: Endpoint
    admin: Endpoint | None


class Shared(NamedTuple):
    """What the parent makes, and all children have."""

    reloads: Reloads
    health: HealthBoard
    tally: Tally
    fates: Fates


def run(first: Callable[[], Snapshot], load: Load, announce: Callable[[Snapshot, Listening], None]) -> None:
    """Serve the `first` snapshot, and what `load` makes of it later, until SIGTERM or SIGINT.

    ListenError or GeoredirectError when that cannot be. Nobody here holds on to a snapshot that is served no more.
    """
    allow_many_files()
    reloads = Reloads(first(), load)
    show_choosers(reloads.snapshot)
    server = reloads.snapshot.configuration.server
    with ExitStack() as sockets:
        door = sockets.enter_context(listen(server.listen))
        admin = sockets.enter_context(listen(server.admin)) if server.admin else None
        _supervise(reloads, door, admin, announce)


def allow_many_files() -> None:
    """As many as we may have without asking anybody: each connection takes one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def show_choosers(snapshot: Snapshot) -> None:
    """Ask ourselves for each chooser once, so that what its pages need is loaded before a visitor waits for it."""
    for policy in snapshot.configuration.policies:
        host = next(iter(policy.hosts), "localhost")
        reply(snapshot, Request("GET", policy.chooser.prefix.encode(), [("host", host)], None))


def _supervise(
    reloads: Reloads,
    door: socket.socket,
    admin: socket.socket | None,
    announce: Callable[[Snapshot, Listening], None],
) -> None:
    workers = reloads.snapshot.configuration.server.workers
    watchdog_seconds = reloads.snapshot.configuration.limits.watchdog_seconds
    shared = Shared(reloads, HealthBoard(), Tally(workers), Fates(workers))
    roles = [Role(f"worker {number + 1}", partial(_door, shared, number, door), door) for number in range(workers)]
    if admin is not None:
        roles.append(Role("admin", partial(_admin, shared, admin), admin, is_witness=True))
    roles.append(Role("checks", partial(_checks, shared), is_dispensable=True))
    listening = Listening(endpoint_of(door), endpoint_of(admin) if admin else None)
    Supervisor(roles, watchdog_seconds, reloads).run(lambda: announce(reloads.snapshot, listening))


def _door(shared: Shared, worker: int, sock: socket.socket, life: Life) -> None:
    log = AccessLog(Writer(shared.fates.of(worker)), worker + 1)
    row = shared.tally.row(worker)
    app = create_door(shared.reloads.part_with_snapshot(), health=shared.health, row=row, log=log)
    serve(app, sock, life, Renewal(life.line, partial(renew_door, app), partial(_reopen, log)), DoorProtocol)
    log.close()


def _reopen(log: AccessLog, message: Message) -> None:
    if message.word == REOPEN:
        log.reopen()


def _admin(shared: Shared, sock: socket.socket, life: Life) -> None:
    def ask(number: int) -> bool:
        return life.line.say(ASK, str(number).encode())

    reloads, health, tally, fates = shared
    desk = Desk(
        reloads.part_with_snapshot(),  # which nobody else holds on to
        life.is_draining,
        reloads.history,
        ask,
        asked=reloads.asked,
        health=health,
        tally=tally,
        fates=fates,
    )
    serve(create_admin(desk), sock, life, Renewal(life.line, desk.renew, desk.hear))


def _checks(shared: Shared, life: Life) -> None:
    check_mirrors(shared.reloads.part_with_snapshot().configuration.checks, shared.health, life)
