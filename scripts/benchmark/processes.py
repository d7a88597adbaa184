"""What a process and its descendants use, from /proc, and which cores they may use. Knows no server."""

from __future__ import annotations

import os
import resource
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORES = frozenset(_CORES[:1])
CLIENT_CORES = frozenset(_CORES[1:] or _CORES)


def cpu_seconds(pid: int) -> float:
    """User and system time that a process and its living descendants have used."""
    return sum(_ticks(Path(f"/proc/{member}/stat").read_text()) for member in family(pid)) / _TICKS_A_SECOND


def _ticks(stat: str) -> int:
    """Add utime and stime of proc(5): fields 14 and 15, counted from behind the name, which may hold anything."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def waited_seconds(pid: int) -> float:
    """How long a process and its descendants were ready to run while others had their core, so far."""
    return sum(_waited(Path(f"/proc/{member}/schedstat").read_text()) for member in family(pid))


def _waited(schedstat: str) -> float:
    """Read the kernel's sched-stats.rst: time run and time waited in nanoseconds, then a count."""
    return int(schedstat.split()[1]) / 1e9


def resident_octets(pid: int) -> int:
    """Resident memory of a process and its descendants; pages that they share count once (Pss)."""
    return sum(_pss(Path(f"/proc/{member}/smaps_rollup").read_text()) for member in family(pid))


def _pss(rollup: str) -> int:
    return next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    members = [pid]
    for member in members:
        for task in Path(f"/proc/{member}/task").iterdir():
            with suppress(FileNotFoundError):  # a thread that has ended since
                members += map(int, (task / "children").read_text().split())
    return members


@contextmanager
def on_cores(cores: frozenset[int]) -> Iterator[None]:
    """Run on these cores only, with all that is started meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def allow_many_files() -> int:
    """Raise the limit of open files as far as it goes, for us and for what we start."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
