"""Where lines go: a file, which others may rename or cut meanwhile, or a stream. Knows nothing of what they say."""

from __future__ import annotations

import errno
import os
import select
import stat
from contextlib import suppress
from math import inf
from select import PIPE_BUF
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from georedirect.policy.log_model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePath

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW | os.O_NONBLOCK
_MODE = 0o640
_LOOK_SECONDS = 1.0  # how often to see whether the file's name leads to another
_LEAVE_SECONDS = 1.0  # how long to wait for a reader, once what comes from now on goes elsewhere
MOST_PIECE_OCTETS = 256 << 10
"""That are written to a file at once."""
_DESCRIPTORS = {Stream.STDOUT: 1, Stream.STDERR: 2}


class Written(NamedTuple):
    """How many lines were not written whole, and what kept them from it."""

    lost: int = 0
    error: OSError | None = None


class Sink:
    """A file or a stream. A stream that nobody reads, and a disk that is slow, make `write` wait."""

    def __init__(self, where: PurePath | Stream) -> None:
        self._path = None if isinstance(where, Stream) else where
        self._descriptor = _DESCRIPTORS[where] if isinstance(where, Stream) else -1
        self._is_file: bool | None = None  # not known before it is open
        self._left = b""  # the end of a line that an error cut
        self._looked = 0.0
        self._is_missing = False
        self._until = inf  # when to wait no longer

    def leave(self) -> None:
        """Have `write` wait no longer than a little while for whoever reads a stream. Anybody may call it meanwhile."""
        self._until = monotonic() + _LEAVE_SECONDS

    def open(self) -> None:
        """Open the file, unless it is open; OSError when it cannot be."""
        if self._path is not None and self._descriptor < 0:
            self._descriptor = os.open(self._path, _FLAGS, _MODE)
            self._looked, self._is_missing = monotonic(), False

    def close(self) -> None:
        """Let go of the file: the next line goes to what has its name then."""
        if self._path is not None and self._descriptor >= 0:
            descriptor, self._descriptor, self._left, self._is_file = self._descriptor, -1, b"", None
            with suppress(OSError):  # nobody can do anything about it
                os.close(descriptor)

    def write(self, lines: bytes) -> Written:
        """Write whole lines. One that an error cuts counts as lost; what is left of it comes before the next ones."""
        done = 0
        try:
            self._follow()
            self.open()
            if self._is_file is None:
                self._is_file = stat.S_ISREG(os.fstat(self._descriptor).st_mode)
            while self._left:
                self._left = self._left[self._put(self._left) :]
            for start, end in self._parts(lines):
                while done < end:
                    done += self._put(lines[max(done, start) : end])
        except OSError as error:
            at = lines.rfind(b"\n", 0, done) + 1
            self._left = self._left or (lines[done : lines.index(b"\n", done) + 1] if at < done else b"")
            return Written(lines.count(b"\n", at), error)
        return Written()

    def _put(self, octets: bytes) -> int:
        """Write some of it, and tell how much; wait where that takes it."""
        while True:
            if not self._is_file:  # which always has room, or fails at once
                self._wait_for_room()
            with suppress(BlockingIOError):  # somebody else has taken it
                return os.write(self._descriptor, octets)

    def _wait_for_room(self) -> None:
        """First of all, as a write to a stream that others have, too, could not be given up any more."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        while not poll.poll(1000 * max(0.0, min(self._until - monotonic(), _LOOK_SECONDS))):
            if monotonic() >= self._until:
                raise TimeoutError("nobody reads them, and those after them go elsewhere")

    def _parts(self, lines: bytes) -> Iterator[tuple[int, int]]:
        """Where pieces begin and end: always with lines, so that others come between these and not into them.

        Those of a file may be large, others are as large as what a pipe takes at once. No line is longer than that.
        """
        start = 0
        while start < len(lines):
            most = MOST_PIECE_OCTETS if self._is_file else PIPE_BUF
            end = lines.rfind(b"\n", start, start + most) + 1
            yield start, end
            start = end

    def _follow(self) -> None:
        """Let go of a file that its name does not lead to any more. One that is nowhere may be about to come back."""
        if self._path is None or self._descriptor < 0 or monotonic() < self._looked + _LOOK_SECONDS:
            return
        self._looked = monotonic()
        was_missing, self._is_missing = self._is_missing, False
        try:
            is_same = os.path.samestat(os.lstat(self._path), os.fstat(self._descriptor))
        except FileNotFoundError:
            is_same, self._is_missing = not was_missing, True
        except OSError as error:
            is_same = error.errno != errno.EBADF  # where nobody can tell, it goes on as it is
        if not is_same:
            self.close()
