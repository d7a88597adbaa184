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
from time import monotonic
from typing import TYPE_CHECKING

from georedirect.door.board import Board
from georedirect.door.child import Child, Role, fork
from georedirect.door.misfortune import Misfortune
from georedirect.errors import GeoredirectError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

log = logging.getLogger("georedirect")

_SIGNALS = frozenset({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
_ENDS = frozenset({signal.SIGTERM, signal.SIGINT})
_START_SECONDS = 30.0
_GRACE_SECONDS = 10.0
_LOOK_SECONDS = 0.25
_AGAIN_SECONDS = 1.0


class Supervisor:
    """One process for each role, until SIGTERM or SIGINT. To be run before this process has any threads."""

    def __init__(self, roles: Sequence[Role], watchdog_seconds: float) -> None:
        self._roles = roles
        self._watchdog_seconds = watchdog_seconds
        self._board = Board(len(roles))
        self._children: dict[int, Child] = {}  # by the slot of their role
        self._misfortunes = [Misfortune() for _ in roles]
        self._due: dict[int, float] = {}  # when a role without a child is tried again
        self._lifeline = os.pipe()  # children see the end of it when this process is gone, however it went

    def run(self, announce: Callable[[], None]) -> None:
        """Call `announce` once all serve; return when told to stop; GeoredirectError when children cannot live."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            for slot in range(len(self._roles)):
                self._start(slot)
            if self._wait_until_ready():
                announce()
                self._watch()
        finally:
            self._stop()
            for end in self._lifeline:
                os.close(end)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _start(self, slot: int) -> None:
        role = self._roles[slot]
        sockets = {other.sock.fileno() for other in self._roles if other.sock and other.sock is not role.sock}
        pipes = {child.ready for child in self._children.values()}
        self._children[slot] = fork(role, slot, self._board, self._lifeline, sockets | pipes)

    def _wait_until_ready(self) -> bool:
        """False when told to stop before; an error when a child ends instead of serving."""
        deadline = monotonic() + _START_SECONDS
        waiting = {child.ready: child for child in self._children.values()}
        while waiting:
            if signal.sigpending() & _ENDS:
                return False
            for ready in select.select(list(waiting), [], [], 0.05)[0]:
                child = waiting.pop(ready)
                if not child.hear():
                    raise GeoredirectError(f"{child.role.name} could not start; the log says why")
            if waiting and monotonic() > deadline:
                late = next(iter(waiting.values())).role.name
                raise GeoredirectError(f"{late} was not ready within {_START_SECONDS:.0f} s")
        return True

    def _watch(self) -> None:
        while True:
            looked = monotonic()
            received = signal.sigtimedwait(_SIGNALS, _LOOK_SECONDS)
            if received is not None and received.si_signo in _ENDS:
                return
            if received is not None and received.si_signo == signal.SIGHUP:
                log.warning("SIGHUP is ignored: restart the door to load a changed policy")
            if monotonic() - looked < 4 * _LOOK_SECONDS:  # else it was us who slept, and they may not have woken yet
                self._kill_the_hung()
            self._bury_the_dead()
            self._start_the_due()

    def _kill_the_hung(self) -> None:
        for slot, child in self._children.items():
            silence = self._board.silence(slot)
            if silence > self._watchdog_seconds:
                log.error("%s has not moved for %.1f s and is killed", child.role.name, silence)
                self._board.beat(slot)  # it may take its time to die
                child.tell(signal.SIGKILL)

    def _bury_the_dead(self) -> None:
        for slot, child in self._reap():
            misfortune = self._misfortunes[slot]
            misfortune.add(has_served=child.has_served)
            if misfortune.is_hopeless and not child.role.is_witness:
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
        deadline = monotonic() + _GRACE_SECONDS
        for is_witness in (False, True):
            for role in self._roles:
                if role.sock is not None and role.is_witness is is_witness:
                    role.sock.close()  # or the port would go on accepting what nobody answers
            ending = [slot for slot, child in self._children.items() if child.role.is_witness is is_witness]
            self._tell(ending, signal.SIGTERM)
            while any(slot in self._children for slot in ending):
                received = signal.sigtimedwait(_SIGNALS, 0.1)
                self._reap()
                if monotonic() > deadline or (received is not None and received.si_signo in _ENDS):
                    deadline = 0.0
                    self._tell(list(self._children), signal.SIGKILL)

    def _tell(self, slots: Sequence[int], what: signal.Signals) -> None:
        for slot in slots:
            self._children[slot].tell(what)
