"""Runs the whole service: sockets, workers, the admin listener beside them, and the lines that say so."""

from __future__ import annotations

import logging
import os
import resource
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from georedirect.door.activation import Activation
from georedirect.door.app import create_door, renew_door
from georedirect.door.child import Role
from georedirect.door.contexts import Contexts
from georedirect.door.doors import doors_of
from georedirect.door.health import check_mirrors
from georedirect.door.listen import open_all, open_one, where_of
from georedirect.door.notify import Notifier
from georedirect.door.pages import reply
from georedirect.door.reload import ASK, Reloads
from georedirect.door.renewal import Renewal
from georedirect.door.server import Door, serve
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
    from collections.abc import Callable, Sequence

    from georedirect.door.child import Life
    from georedirect.door.line import Message
    from georedirect.door.listen import Opened
    from georedirect.door.loader import Load
    from georedirect.door.snapshot import Snapshot
    from georedirect.policy.endpoint import Endpoint, UnixSocket


log = logging.getLogger("georedirect")


class Listening(NamedTuple):
    """Where the service can be reached once it runs."""

    doors: Sequence[Opened]
    admin: Endpoint | UnixSocket | None


class Shared(NamedTuple):
    """What the parent makes, and all children have. Of one parent, workers take each other's session tickets."""

    reloads: Reloads
    health: HealthBoard
    tally: Tally
    contexts: Contexts
    fates: Fates


def run(first: Callable[[], Snapshot], load: Load, announce: Callable[[Snapshot, Listening], None]) -> None:
    """Serve the `first` snapshot, and what `load` makes of it later, until SIGTERM or SIGINT.

    ListenError or GeoredirectError when that cannot be. Nobody here holds on to a snapshot that is served no more.
    """
    allow_many_files()
    reloads = Reloads(first(), load)
    show_choosers(reloads.snapshot)
    server = reloads.snapshot.configuration.server
    places = [*(listener.address for listener in server.listen), *([server.admin] if server.admin else ())]
    activation = Activation(os.environ, places)
    with ExitStack() as until:
        doors = open_all(server.listen, activation, until)
        admin = open_one(server.admin, activation, until) if server.admin else []
        if activation.names_left:
            log.warning("no listener takes what systemd has handed over: %s", ", ".join(activation.names_left))
        _supervise(reloads, doors, admin, announce)


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
    doors: Sequence[Opened],
    admin: Sequence[socket.socket],
    announce: Callable[[Snapshot, Listening], None],
) -> None:
    workers = reloads.snapshot.configuration.server.workers
    watchdog_seconds = reloads.snapshot.configuration.limits.watchdog_seconds
    shared = Shared(reloads, HealthBoard(), Tally(workers), Contexts.of(reloads.snapshot), Fates(workers))
    socks = [opened.sock for opened in doors]
    roles = [Role(f"worker {number + 1}", partial(_door, shared, number, doors), socks) for number in range(workers)]
    if admin:
        roles.append(Role("admin", partial(_admin, shared, admin), admin, is_witness=True))
    roles.append(Role("checks", partial(_checks, shared), is_dispensable=True))
    listening = Listening(doors, where_of(admin[0]) if admin else None)
    notifier = Notifier.taken_from(os.environ)
    supervisor = Supervisor(roles, watchdog_seconds, reloads, notifier, shared.tally.supervisor())
    supervisor.run(lambda: announce(reloads.snapshot, listening))


def _door(shared: Shared, worker: int, doors: Sequence[Opened], life: Life) -> None:
    log = AccessLog(Writer(shared.fates.of(worker), has_own_files=True), worker + 1)
    snapshot, row = shared.reloads.part_with_snapshot(), shared.tally.row(worker)
    app = create_door(snapshot, health=shared.health, row=row, contexts=shared.contexts, log=log)
    del snapshot  # something else will be served later
    serve(app, doors_of(doors), life, Renewal(life.line, partial(renew_door, app), partial(_reopen, log)))
    log.close()


def _reopen(log: AccessLog, message: Message) -> None:
    if message.word == REOPEN:
        log.reopen()


def _admin(shared: Shared, socks: Sequence[socket.socket], life: Life) -> None:
    def ask(number: int) -> bool:
        return life.line.say(ASK, str(number).encode())

    reloads, health, tally, _, fates = shared
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
    doors = [Door(sock) for sock in socks]
    serve(create_admin(desk), doors, life, Renewal(life.line, desk.renew, desk.hear))


def _checks(shared: Shared, life: Life) -> None:
    check_mirrors(shared.reloads.part_with_snapshot().configuration.checks, shared.health, life)
