"""A process that does one thing for the service, from its fork to its end. Does not know when it is replaced."""

from __future__ import annotations

import logging
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, NoReturn

from georedirect.errors import GeoredirectError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Collection

    from georedirect.door.board import Board

log = logging.getLogger("georedirect")


@dataclass(frozen=True, slots=True)
class Life:
    """What a child has of its parent: whom to tell that it serves and that it lives, and how to see the end come."""

    ready: Callable[[], None]
    beat: Callable[[], None]
    is_draining: Callable[[], bool]
    lifeline: int


@dataclass(frozen=True, slots=True)
class Role:
    """What a process does: `run` serves `sock` until SIGTERM or the end of the lifeline.

    A role that `is_witness` ends when the others have, so that it can tell of them; the service can do without it.
    """

    name: str
    run: Callable[[Life], None]
    sock: socket.socket | None = None
    is_witness: bool = False


class Child:
    """A running child, seen from its parent. `ready` is the end of a pipe on which it says that it serves."""

    def __init__(self, role: Role, slot: int, pid: int, ready: int) -> None:
        self.role = role
        self.slot = slot
        self.pid = pid
        self.ready = ready
        self.born = monotonic()
        self.has_served = False

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return monotonic() - self.born

    def hear(self) -> bool:
        """Whether it has said by now that it serves; to be asked when `ready` can be read, or when it has ended."""
        self.has_served = self.has_served or os.read(self.ready, 1) != b""
        return self.has_served

    def has_ended(self) -> bool:
        """Whether it has; after that it is gone from the system, too."""
        if not os.waitpid(self.pid, os.WNOHANG)[0]:
            return False
        self.hear()
        os.close(self.ready)
        return True

    def tell(self, what: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, what)


def fork(role: Role, slot: int, board: Board, lifeline: tuple[int, int], of_others: Collection[int]) -> Child:
    """Start a child; GeoredirectError when the system has no more processes to give.

    `lifeline` is both ends of a pipe; the child closes the writing one, and the descriptors that are `of_others`.
    """
    ready, say_ready = os.pipe()
    board.beat(slot)
    try:
        pid = os.fork()
    except OSError as error:
        os.close(ready)
        os.close(say_ready)
        raise GeoredirectError(f"{role.name} cannot be started: {error.strerror}") from error
    if pid == 0:
        for descriptor in (ready, lifeline[1], *of_others):
            os.close(descriptor)
        life = Life(
            ready=lambda: _say(say_ready),
            beat=lambda: board.beat(slot),
            is_draining=lambda: board.is_draining,
            lifeline=lifeline[0],
        )
        _live(role, life)
    os.close(say_ready)
    return Child(role, slot, pid, ready)


def _live(role: Role, life: Life) -> NoReturn:
    """The whole life of a child."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the whole group; the parent says when to stop
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        role.run(life)
        code = 0
    except BaseException:
        log.exception("%s failed", role.name)
    finally:
        os._exit(code)


def _say(ready: int) -> None:
    os.write(ready, b"1")
