"""A process that does one thing for the service, from its fork to its end. Does not know when it is replaced."""

from __future__ import annotations

import logging
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, NoReturn

from georedirect.door.line import GONE, Line, Message
from georedirect.errors import GeoredirectError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from georedirect.door.board import Board

log = logging.getLogger("georedirect")

READY = "ready"
"""The word of a child that serves."""


@dataclass(frozen=True, slots=True)
class Life:
    """What a child has of its parent: whom to tell that it serves and that it lives, and how to see the end come.

    `line` is where the parent says what there is to serve now, and where the child answers.
    """

    ready: Callable[[], None]
    beat: Callable[[], None]
    is_draining: Callable[[], bool]
    lifeline: int
    line: Line


@dataclass(frozen=True, slots=True)
class Role:
    """What a process does: `run` serves `socks`, if it has any, until SIGTERM or the end of the lifeline.

    A role that `is_witness` ends when the others have, so that it can tell of them. The service can do without it, and
    without one that `is_dispensable`: it goes on, however often they die.
    """

    name: str
    run: Callable[[Life], None]
    socks: Sequence[socket.socket] = ()
    is_witness: bool = False
    is_dispensable: bool = False


class Child:
    """A running child, seen from its parent, who hears on `line` that it serves, and more."""

    def __init__(self, role: Role, slot: int, pid: int, line: Line) -> None:
        self.role = role
        self.slot = slot
        self.pid = pid
        self.line = line
        self.born = monotonic()
        self.has_served = False
        self._heard: list[Message] = []
        self.status = 0
        """Once it has ended: its exit code, or the signal that ended it, negative."""
        self.is_silent = False
        """Whether its end of the line is closed: it has ended, or is about to."""

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return monotonic() - self.born

    def hear(self) -> list[Message]:
        """What it has said since, but for READY, which is kept in mind. Still to be asked once it has ended."""
        self._listen()
        heard, self._heard = self._heard, []
        return heard

    def _listen(self) -> None:
        while not self.is_silent and (message := self.line.hear()) is not None:
            self.is_silent = message is GONE
            self.has_served = self.has_served or message.word == READY
            if message.word not in (READY, GONE.word):
                self._heard.append(message)

    def has_ended(self) -> bool:
        """Whether it has; after that it is gone from the system, too."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            return False
        self.status = os.waitstatus_to_exitcode(status)
        self._listen()
        self.is_silent = True
        self.line.close()
        return True

    def tell(self, what: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, what)


def fork(role: Role, slot: int, board: Board, lifeline: tuple[int, int], parting: Callable[[], None]) -> Child:
    """Start a child; GeoredirectError when the system has no more processes to give.

    `lifeline` is both ends of a pipe; the child closes the writing one. `parting` is what it does first: it lets go of
    what is its parent's. Signals are to be held meanwhile.
    """
    board.beat(slot)
    try:
        ours, theirs = Line.pair()
    except OSError as error:
        raise _no_child(role, error) from error
    try:
        pid = os.fork()
    except OSError as error:
        ours.close()
        theirs.close()
        raise _no_child(role, error) from error
    if pid == 0:

        def part() -> None:
            parting()
            ours.close()
            os.close(lifeline[1])

        life = Life(
            ready=lambda: _say_ready(theirs),
            beat=lambda: board.beat(slot),
            is_draining=lambda: board.is_draining,
            lifeline=lifeline[0],
            line=theirs,
        )
        _live(role, life, part)
    theirs.close()
    return Child(role, slot, pid, ours)


def _no_child(role: Role, error: OSError) -> GeoredirectError:
    return GeoredirectError(f"{role.name} cannot be started: {error.strerror}")


def _live(role: Role, life: Life, parting: Callable[[], None]) -> NoReturn:
    """The whole life of a child. Nothing gets out of it: what called us is the parent's to go on with."""
    code = 1
    try:
        parting()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the whole group; the parent says when to stop
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        role.run(life)
        code = 0
    except BaseException:
        log.exception("%s failed", role.name)
    finally:
        os._exit(code)


def _say_ready(line: Line) -> None:
    line.say(READY)
