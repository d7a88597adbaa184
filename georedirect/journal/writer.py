"""A thread that writes what it is handed, so that nobody else waits for a disk or a pipe. Knows nothing of requests."""

from __future__ import annotations

import logging
import signal
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from georedirect.journal.fates import CROWDED_OUT, FAILED, WRITTEN, Fates
from georedirect.journal.own_files import part_with_files
from georedirect.journal.sink import Sink

log = logging.getLogger("georedirect")

MOST_OCTETS = 4 << 20
"""That may wait to be written; lines beyond are lost."""
_REOPEN = object()
_END = object()


class _Lines(NamedTuple):
    octets: bytes
    number: int


_NO_LINES = _Lines(b"", 0)
_Job = _Lines | Sink | object


class Writer:
    """Writes to one sink at a time. To be made before a process forks, and used after: only then is there a thread."""

    def __init__(self, fates: memoryview | None = None, *, has_own_files: bool = False) -> None:
        """`has_own_files`: whether its thread is to share only the standard streams with the others."""
        self._has_own_files = has_own_files
        self._fates = fates if fates is not None else Fates().of(0)
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._taken = self._done = 0  # octets of lines, by whoever hands them over and by the thread
        self._writing = _NO_LINES
        self._thread: Thread | None = None
        self._aimed: Sink | None = None
        self._sink: Sink | None = None  # the thread's
        self._is_failing = False

    def put(self, lines: bytes, number: int) -> None:
        """Have so many whole lines written, or count them as lost where too many wait already. Never waits."""
        if self._taken - self._done + len(lines) > MOST_OCTETS:
            self._fates[CROWDED_OUT] += number
            return
        self._taken += len(lines)
        self._hand(_Lines(lines, number))

    def aim(self, sink: Sink | None) -> None:
        """Write what comes from now on elsewhere, and what came before within a second where a pipe is in its way."""
        if self._aimed is not None:
            self._aimed.leave()
        self._aimed = sink
        self._hand(sink)

    def reopen(self) -> None:
        """Close the file, so that what comes from now on goes to what has its name then."""
        if self._thread is not None:
            self._hand(_REOPEN)

    def close(self, seconds: float) -> None:
        """Write what is left, if that can be done within so many seconds; else it is lost and counted."""
        if self._thread is None:
            return
        self._hand(_END)
        self._thread.join(seconds)
        left: list[_Job] = [self._writing]
        with suppress(Empty):
            while True:
                left.append(self._jobs.get_nowait())
        self._fates[CROWDED_OUT] += sum(lines.number for lines in left if isinstance(lines, _Lines))

    def _hand(self, job: _Job) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name="journal", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def _run(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # they are for those who have the loop's files
        if self._has_own_files:
            part_with_files()
        while (job := self._jobs.get()) is not _END:
            if isinstance(job, _Lines):
                self._write(job)
            elif self._sink is not None:
                self._sink.close()
            if job is None or isinstance(job, Sink):
                self._sink = job
        if self._sink is not None:
            self._sink.close()

    def _write(self, lines: _Lines) -> None:
        self._writing = lines
        if self._sink is not None:
            lost, error = self._sink.write(lines.octets)
            self._fates[WRITTEN] += lines.number - lost
            self._fates[FAILED] += lost
            self._tell(error)
        self._writing = _NO_LINES
        self._done += len(lines.octets)

    def _tell(self, error: OSError | None) -> None:
        """Say that lines are lost, and when that is over."""
        if error is not None:
            log.error("the access log cannot be written, lines are lost: %s", error.strerror or error)
        elif self._is_failing:
            log.warning("the access log is written again")
        self._is_failing = error is not None
