"""A thread that writes what it is handed, so that nobody else waits for a disk or a pipe. Knows nothing of requests."""

from __future__ import annotations

import logging
from collections import deque
from threading import Condition, Thread
from typing import TYPE_CHECKING

from georedirect.journal.fates import CROWDED_OUT, FAILED, WRITTEN, Fates
from georedirect.journal.sink import Sink

if TYPE_CHECKING:
    from georedirect.journal.sink import Written

log = logging.getLogger("georedirect")

MOST_OCTETS = 4 << 20
"""That may wait to be written; lines beyond are lost."""
_REOPEN = object()
_END = object()
_Job = bytes | Sink | object


class Writer:
    """Writes to one sink at a time. To be made before a process forks, and used after: only then is there a thread."""

    def __init__(self, fates: memoryview | None = None) -> None:
        self._fates = fates if fates is not None else Fates().of(0)
        self._jobs: deque[_Job] = deque()
        self._writing = b""
        self._octets = 0  # of it and of lines among the jobs
        self._ready = Condition()
        self._thread: Thread | None = None
        self._aimed: Sink | None = None
        self._sink: Sink | None = None  # the thread's
        self._is_failing = False

    def put(self, lines: bytes) -> None:
        """Have them written, or count them as lost where too many wait already. Whole lines; never waits."""
        if self._octets + len(lines) > MOST_OCTETS:
            self._fates[CROWDED_OUT] += lines.count(b"\n")
            return
        with self._ready:
            self._octets += len(lines)
        self._hand(lines)

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
        with self._ready:
            left = [job for job in (self._writing, *self._jobs) if isinstance(job, bytes)]
            self._fates[CROWDED_OUT] += sum(lines.count(b"\n") for lines in left)
            self._jobs.clear()

    def _hand(self, job: _Job) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name="journal", daemon=True)
            self._thread.start()
        with self._ready:
            self._jobs.append(job)
            self._ready.notify()

    def _run(self) -> None:
        while (job := self._next()) is not _END:
            if isinstance(job, bytes):
                self._write(job)
            elif self._sink is not None:
                self._sink.close()
            if job is None or isinstance(job, Sink):
                self._sink = job
        if self._sink is not None:
            self._sink.close()

    def _next(self) -> _Job:
        with self._ready:
            while not self._jobs:
                self._ready.wait()
            return self._jobs.popleft()

    def _write(self, lines: bytes) -> None:
        self._writing = lines
        if self._sink is not None:
            written = self._sink.write(lines)
            self._fates[WRITTEN] += written.lines
            self._fates[FAILED] += written.lost
            self._tell(written)
        with self._ready:
            self._writing = b""
            self._octets -= len(lines)

    def _tell(self, written: Written) -> None:
        """Say that lines are lost, and when that is over."""
        if written.error is not None:
            log.error("the access log cannot be written, lines are lost: %s", written.error.strerror or written.error)
        elif self._is_failing:
            log.warning("the access log is written again")
        self._is_failing = written.error is not None
