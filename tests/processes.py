"""Runs `georedirect serve` as an operator does: a process of its own, ended by a signal, judged by what it prints."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from georedirect.policy.endpoint import Endpoint, parse_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = Path(__file__).parent.parent
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: its process, where it listens, what it has printed, and where it logs."""

    process: subprocess.Popen[str]
    door: Endpoint
    admin: Endpoint
    printed: str
    log: Path

    def children(self) -> list[int]:
        """The pids of its workers, of the admin, and of the process that checks mirrors: the oldest first."""
        tasks = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in tasks.split()]

    def logged(self) -> str:
        return self.log.read_text()


@contextmanager
def running(
    *arguments: str | Path,
    command: Sequence[str | Path] = (),
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    quiet: bool = True,
    listens: Sequence[str] = ("--listen", "127.0.0.1:0"),
) -> Iterator[Service]:
    """Serve on free ports until the block ends, then ask it to stop: exit code 0, and nothing in the log if `quiet`.

    Without `listens` the policy says where.
    """
    program = [*(command or (sys.executable, "-m", "georedirect", "serve")), *arguments]
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("w") as log:
        process = subprocess.Popen(
            [*program, *listens, "--admin", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
        try:
            service = _announced(process, Path(log.name))
            yield service
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                assert process.wait(_SECONDS) == 0
            if quiet:
                assert service.logged() == ""
        finally:
            _end(process)


def _announced(process: subprocess.Popen[str], log: Path) -> Service:
    """Read what it prints, up to the line to try."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.strip().startswith("curl"):
            break
    printed = "".join(lines)
    found = re.findall(r"http://([0-9.]+:[0-9]+)", printed)
    assert len(found) >= 2, printed + log.read_text()
    return Service(process, parse_endpoint(found[0]), parse_endpoint(found[1]), printed, log)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait(_SECONDS)
    if process.stdout is not None:
        process.stdout.close()


def wait_until(holds: Callable[[], bool], seconds: float = _SECONDS) -> bool:
    """Whether something comes to hold in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def wait_until_gone(pids: Sequence[int]) -> bool:
    return wait_until(lambda: not any(_is_alive(pid) for pid in pids))


def _is_alive(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    return False
