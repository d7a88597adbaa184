"""Full load on one peer: runs wrk with prepared requests and reads what it counted."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.benchmark.processes import CLIENT_CORES, cpu_seconds, on_cores

if TYPE_CHECKING:
    from scripts.benchmark.peers import Peer

CONNECTIONS = 64
_CUT_SECONDS = 0.2
_COUNTS = re.compile(r"^requests=(\d+) microseconds=(\d+) refused=(\d+) broken=(\d+)$", re.MULTILINE)


class LoadError(Exception):
    """The load did not run as it should, so its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What wrk saw: `refused` are answers of 400 and above, `broken` are failed connections and late answers."""

    requests: int
    seconds: float
    refused: int
    broken: int


@dataclass(frozen=True, slots=True)
class Run:
    """One peer's answers in one round, and what they cost it."""

    requests: int
    seconds: float
    cpu_seconds: float

    @property
    def per_cpu_second(self) -> float:
        return self.requests / self.cpu_seconds if self.cpu_seconds else 0.0

    @property
    def busy(self) -> float:
        """The share of the time in which the peer was at work; well below 1, the load was too small."""
        return self.cpu_seconds / self.seconds


def load(peer: Peer, requests: Path, offset: int, seconds: int) -> Run:
    """Keep all connections busy, from a given request on. Which requests come does not depend on earlier runs."""
    script = Path(__file__).with_name("wrk.lua")
    url = f"{'https' if peer.is_tls else 'http'}://127.0.0.1:{peer.port}/"
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "-s",
        str(script),
        url,
        "--",
        str(requests),
        str(offset),
    ]
    before = cpu_seconds(peer.pid)
    with on_cores(CLIENT_CORES), subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        counts = parse_counts(_wait(process, peer.log))
    if counts.refused or counts.broken * 1000 > counts.requests:
        raise LoadError(f"{peer.name} refused {counts.refused} and broke {counts.broken} of {counts.requests} requests")
    return Run(counts.requests, counts.seconds, cpu_seconds(peer.pid) - before)


def _wait(process: subprocess.Popen[str], log: Path | None) -> str:
    """What a process has printed when it is done; a log is cut again and again meanwhile.

    So it is written to memory that was just in use. Many a virtual machine gets other memory from its host as it first
    touches it, which may take longer than all the rest of a line.
    """
    while True:
        try:
            output, _ = process.communicate(timeout=_CUT_SECONDS)
        except subprocess.TimeoutExpired:
            if log is not None:
                os.truncate(log, 0)
        else:
            if process.returncode:
                raise LoadError(f"wrk ended with {process.returncode}:\n{output}")
            return output


def parse_counts(output: str) -> Counts:
    """Read the line that wrk.lua prints at the end."""
    found = _COUNTS.search(output)
    if found is None:
        raise LoadError(f"wrk did not say what it counted:\n{output}")
    requests, microseconds, refused, broken = map(int, found.groups())
    return Counts(requests, microseconds / 1e6, refused, broken)
