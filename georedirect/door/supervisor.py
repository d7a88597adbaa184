"""Keeps worker processes alive: forks them, waits until they serve, replaces the dead, passes on the signal to stop.

Sanic's own manager never replaces a worker that was killed, dies of SIGHUP leaving its workers behind, and swallows a
bind that failed; so the processes are ours, and each runs one single-process Sanic server. They are forked once all is
loaded: policies and database are then shared by all of them, and a new worker serves within milliseconds.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from georedirect.errors import GeoredirectError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

log = logging.getLogger("georedirect")

_SIGNALS = frozenset({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
_ENDS = frozenset({signal.SIGTERM, signal.SIGINT})
_START_SECONDS = 30.0
_GRACE_SECONDS = 10.0
_SHORT_LIFE_SECONDS = 1.0
_MOST_SHORT_LIVES = 5


@dataclass(frozen=True, slots=True)
class Role:
    """What a process does. `run(ready, lifeline)` serves until SIGTERM or the end of `lifeline`.

    It calls `ready` as soon as it answers.
    """

    name: str
    run: Callable[[Callable[[], None], int], None]


@dataclass(frozen=True, slots=True)
class _Child:
    role: Role
    ready: int
    born: float


class Supervisor:
    """One process for each role, until SIGTERM or SIGINT. To be run before this process has any threads."""

    def __init__(self, roles: Sequence[Role]) -> None:
        self._roles = roles
        self._children: dict[int, _Child] = {}
        self._short_lives = 0
        self._lifeline, self._held = os.pipe()  # children see the end of it when this process is gone, however it went

    def run(self, announce: Callable[[], None]) -> None:
        """Call `announce` once all serve; return when told to stop; GeoredirectError when children cannot live."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            for role in self._roles:
                self._start(role)
            if self._wait_until_ready():
                announce()
                self._watch()
        finally:
            self._stop()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _start(self, role: Role) -> None:
        ready, say_ready = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(ready)
            os.close(self._held)
            _live(role, say_ready, self._lifeline)
        os.close(say_ready)
        self._children[pid] = _Child(role, ready, time.monotonic())

    def _wait_until_ready(self) -> bool:
        """False when told to stop before; an error when a child ends instead of serving."""
        deadline = time.monotonic() + _START_SECONDS
        waiting = {child.ready: child for child in self._children.values()}
        while waiting:
            if signal.sigpending() & _ENDS:
                return False
            for ready in select.select(list(waiting), [], [], 0.05)[0]:
                child = waiting.pop(ready)
                if not os.read(ready, 1):
                    raise GeoredirectError(f"{child.role.name} could not start; the log says why")
            if waiting and time.monotonic() > deadline:
                raise GeoredirectError(
                    f"{next(iter(waiting.values())).role.name} was not ready in {_START_SECONDS:.0f} s"
                )
        return True

    def _watch(self) -> None:
        while True:
            received = signal.sigwait(_SIGNALS)
            if received in _ENDS:
                return
            if received == signal.SIGHUP:
                log.warning("SIGHUP is ignored: restart the door to load a changed policy")
            self._replace_the_dead()

    def _replace_the_dead(self) -> None:
        for child in self._reap():
            lived = time.monotonic() - child.born
            self._short_lives = self._short_lives + 1 if lived < _SHORT_LIFE_SECONDS else 0
            if self._short_lives > _MOST_SHORT_LIVES:
                raise GeoredirectError(f"{child.role.name} ended {self._short_lives} times right after its start")
            log.error("%s ended after %.1f s; another takes its place", child.role.name, lived)
            time.sleep(0.05 * self._short_lives)
            self._start(child.role)

    def _reap(self) -> list[_Child]:
        """The children that have ended since."""
        ended: list[_Child] = []
        for pid in list(self._children):
            if os.waitpid(pid, os.WNOHANG)[0]:
                child = self._children.pop(pid)
                os.close(child.ready)
                ended.append(child)
        return ended

    def _stop(self) -> None:
        """Ask all children to end; after the grace period, or at a second signal, make them."""
        self._tell(signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        while self._children:
            received = signal.sigtimedwait(_SIGNALS, 0.1)
            self._reap()
            if time.monotonic() > deadline or (received is not None and received.si_signo in _ENDS):
                self._tell(signal.SIGKILL)
        os.close(self._lifeline)
        os.close(self._held)

    def _tell(self, what: signal.Signals) -> None:
        for pid in self._children:
            with suppress(ProcessLookupError):
                os.kill(pid, what)


def _live(role: Role, say_ready: int, lifeline: int) -> None:
    """The whole life of a child; does not return."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the whole group; the parent says when to stop
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        role.run(lambda: _say(say_ready), lifeline)
        code = 0
    except BaseException:
        log.exception("%s failed", role.name)
    finally:
        os._exit(code)


def _say(ready: int) -> None:
    os.write(ready, b"1")
