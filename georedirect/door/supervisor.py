"""Keeps worker processes alive: starts them, waits until they serve, replaces the dead and the hung, ends them.

Sanic's own manager never replaces a worker that was killed, dies of SIGHUP leaving its workers behind, and swallows a
bind that failed; so the processes are ours, and each runs one single-process Sanic server. They are forked once all is
loaded: policies and database are then shared by all of them, and a new worker serves within milliseconds.
"""

from __future__ import annotations

import logging
import os
import select
import signal
from contextlib import closing
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from georedirect.door.board import Board
from georedirect.door.census import Census
from georedirect.door.child import Child, Role, fork
from georedirect.door.misfortune import Misfortune
from georedirect.door.notify import Notifier
from georedirect.door.signals import Signals
from georedirect.door.tally import Tally
from georedirect.errors import GeoredirectError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from georedirect.door.line import Message
    from georedirect.door.tally import Row

log = logging.getLogger("georedirect")

_SIGNALS = frozenset({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
_ENDS = frozenset({signal.SIGTERM, signal.SIGINT})
_START_SECONDS = 30.0
_GRACE_SECONDS = 10.0
_LOOK_SECONDS = 0.25
_AGAIN_SECONDS = 1.0


class Keeper(Protocol):
    """Keeps what the children serve up to date. It is asked between two looks at the children, and must not wait."""

    helper: Child | None
    """A child of its own, which does what takes long; nobody replaces it."""

    @property
    def patience_seconds(self) -> float:
        """How soon it wants its next turn, if nothing happens before."""

    @property
    def is_loading(self) -> bool:
        """Whether a try is under way."""

    @property
    def complaint(self) -> str | None:
        """Why the last try was refused, if it was."""

    def ask(self) -> None:
        """Somebody wants what is served to be loaded again."""

    def hear(self, child: Child, message: Message) -> None:
        """A child has said something."""

    def turn(self, children: Iterable[Child], start: Callable[[Role], Child]) -> None:
        """Do what is due; `start` starts a helper."""


class Supervisor:
    """One process for each role, until SIGTERM or SIGINT. To be run before this process has any threads.

    `row` is where it counts who serves, and who has died.
    """

    def __init__(
        self,
        roles: Sequence[Role],
        watchdog_seconds: float,
        keeper: Keeper | None = None,
        notifier: Notifier | None = None,
        row: Row | None = None,
    ) -> None:
        self._roles = roles
        self._watchdog_seconds = watchdog_seconds
        self._keeper = keeper
        self._notifier = notifier or Notifier(None)
        self._board = Board(len(roles) + 1)  # the last slot is the helper's
        self._children: dict[int, Child] = {}  # by the slot of their role
        self._census = Census(row or Tally().supervisor(), [role.name for role in roles])
        self._misfortunes = [Misfortune() for _ in roles]
        self._due: dict[int, float] = {}  # when a role without a child is tried again
        self._lifeline = os.pipe()  # children see the end of it when this process is gone, however it went

    def run(self, announce: Callable[[], None]) -> None:
        """Call `announce` once all serve; return when told to stop; GeoredirectError when children cannot live."""
        with closing(Signals(_SIGNALS)) as self._signals:
            try:
                for slot, role in enumerate(self._roles):
                    if role.is_dispensable:  # it is started when the others serve, and its start may fail
                        self._due[slot] = monotonic()
                    else:
                        self._start(slot)
                if self._wait_until_ready():
                    self._start_the_due()
                    announce()
                    self._notifier.ready(self._status())
                    self._watch()
            finally:
                self._notifier.stopping()
                self._stop()
                for end in self._lifeline:
                    os.close(end)

    def _start(self, slot: int) -> None:
        self._children[slot] = self._fork(self._roles[slot], slot)

    def _fork(self, role: Role, slot: int) -> Child:
        with self._signals.held():
            return fork(role, slot, self._board, self._lifeline, lambda: self._part(role))

    def _part(self, role: Role) -> None:
        """What a child does first: it lets go of all that is not its own."""
        self._signals.let_go()
        for child in self._everybody():
            child.line.close()
        for other in self._roles:
            for sock in other.socks:
                if sock not in role.socks:
                    sock.close()

    def _everybody(self) -> list[Child]:
        helper = self._keeper.helper if self._keeper is not None else None
        return [*self._children.values(), *((helper,) if helper is not None else ())]

    def _wait(self, seconds: float) -> list[signal.Signals]:
        """Wait for a signal, or for a child to say something."""
        lines = [child.line.fileno() for child in self._everybody() if not child.is_silent]
        select.select([self._signals.fileno(), *lines], [], [], seconds)
        return self._signals.take()

    def _wait_until_ready(self) -> bool:
        """False when told to stop before; an error when a child ends instead of serving."""
        deadline = monotonic() + _START_SECONDS
        while waiting := [child for child in self._children.values() if not child.has_served]:
            received = self._wait(0.05)
            if _ENDS.intersection(received):
                return False
            if signal.SIGHUP in received and self._keeper is not None:
                self._keeper.ask()
            for child in waiting:
                child.hear()
                if child.is_silent and not child.has_served:
                    raise GeoredirectError(f"{child.role.name} could not start; the log says why")
            if monotonic() > deadline and not all(child.has_served for child in waiting):
                late = next(child for child in waiting if not child.has_served).role.name
                raise GeoredirectError(f"{late} was not ready within {_START_SECONDS:.0f} s")
        return True

    def _watch(self) -> None:
        while True:
            self._census.see(frozenset(child.role.name for child in self._children.values() if child.has_served))
            looked = monotonic()
            received = self._wait(_LOOK_SECONDS if self._keeper is None else self._keeper.patience_seconds)
            if _ENDS.intersection(received):
                return
            if monotonic() - looked < 4 * _LOOK_SECONDS:  # else it was us who slept, and they may not have woken yet
                self._kill_the_hung()
            self._keep(is_asked=signal.SIGHUP in received)
            self._bury_the_dead()
            self._start_the_due()
            self._notifier.turn(self._status(), is_loading=self._keeper is not None and self._keeper.is_loading)

    def _status(self) -> str:
        """How we fare, for whoever asks the service manager."""
        working = [slot for slot, role in enumerate(self._roles) if role.socks and not role.is_witness]
        serving = [slot for slot in working if slot in self._children and self._children[slot].has_served]
        status = f"{len(serving)} of {len(working)} workers serve"
        complaint = None if self._keeper is None else self._keeper.complaint
        return status if complaint is None else f"{status}; the last reload was refused: {complaint}"

    def _keep(self, *, is_asked: bool) -> None:
        """Let the keeper hear what the children say, and do what is due."""
        for child in list(self._children.values()):
            for message in child.hear():
                if self._keeper is not None:
                    self._keeper.hear(child, message)
        if self._keeper is not None and is_asked:
            self._keeper.ask()
        if self._keeper is not None:
            self._keeper.turn(self._children.values(), lambda role: self._fork(role, len(self._roles)))

    def _kill_the_hung(self) -> None:
        for slot, child in self._children.items():
            silence = self._board.silence(slot)
            if silence > self._watchdog_seconds:
                log.error("%s has not moved for %.1f s and is killed", child.role.name, silence)
                self._board.beat(slot)  # it may take its time to die
                child.tell(signal.SIGKILL)

    def _bury_the_dead(self) -> None:
        for slot, child in self._reap():
            self._census.bury(child.role.name)
            misfortune = self._misfortunes[slot]
            misfortune.add(has_served=child.has_served)
            if misfortune.is_hopeless and not (child.role.is_witness or child.role.is_dispensable):
                raise GeoredirectError(f"{child.role.name} has died again and again, last after {child.age:.1f} s")
            log.error("%s ended after %.1f s; another takes its place", child.role.name, child.age)
            self._due[slot] = monotonic() + misfortune.delay_seconds

    def _start_the_due(self) -> None:
        for slot in [slot for slot, due in self._due.items() if due <= monotonic()]:
            try:
                self._start(slot)
            except GeoredirectError as error:
                log.error("%s; another try follows", error)  # noqa: TRY400  its text says all
                self._due[slot] = monotonic() + _AGAIN_SECONDS
            else:
                del self._due[slot]

    def _reap(self) -> list[tuple[int, Child]]:
        """The children that have ended since, by slot."""
        ended = [(slot, child) for slot, child in self._children.items() if child.has_ended()]
        for slot, _ in ended:
            del self._children[slot]
        return ended

    def _stop(self) -> None:
        """Ask the children to end, the witnesses when the others have; at a second signal, make them."""
        self._board.begin_to_drain()
        if self._keeper is not None and self._keeper.helper is not None:
            self._keeper.helper.tell(signal.SIGKILL)  # it holds nothing that anybody could miss
        deadline = monotonic() + _GRACE_SECONDS
        for is_witness in (False, True):
            for role in self._roles:
                for sock in role.socks if role.is_witness is is_witness else ():
                    sock.close()  # or the port would go on accepting what nobody answers
            ending = [slot for slot, child in self._children.items() if child.role.is_witness is is_witness]
            self._tell(ending, signal.SIGTERM)
            while any(slot in self._children for slot in ending):
                received = self._wait(0.1)
                for child in self._everybody():
                    child.hear()
                self._reap()
                self._notifier.beat()
                if monotonic() > deadline or _ENDS.intersection(received):
                    deadline = 0.0
                    self._tell(list(self._children), signal.SIGKILL)

    def _tell(self, slots: Sequence[int], what: signal.Signals) -> None:
        for slot in slots:
            self._children[slot].tell(what)
