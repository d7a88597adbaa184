"""Half load on one peer: requests at random moments, whether or not earlier ones are answered; how long each waits."""

from __future__ import annotations

import gc
import os
import select
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from scripts.benchmark.exchange import connect
from scripts.benchmark.processes import CLIENT_CORES, on_cores, waited_seconds

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from scripts.benchmark.peers import Peer

_CONNECTIONS = 64
_MOST_DISTURBED = 0.02


class Latency(NamedTuple):
    """Percentiles in seconds."""

    p50: float
    p99: float


class Sample(NamedTuple):
    """What was measured, and for which share of the time others kept client or peer from running."""

    latency: Latency
    disturbed: float

    @property
    def counts(self) -> bool:
        """Whether it tells of the peer rather than of who else used the machine."""
        return self.disturbed < _MOST_DISTURBED


def measure_latency(peer: Peer, requests: Sequence[bytes], rate: float, seconds: float) -> Sample:
    """Send `rate` requests a second (Poisson), each measured from the moment at which it was due."""
    random = Random(307)  # noqa: S311  a benchmark wants to be repeated
    due, now = [], 0.0
    while now < seconds:
        now += random.expovariate(rate)
        due.append(now)
    connections = [connect(peer.port, is_tls=peer.is_tls) for _ in range(_CONNECTIONS)]
    gc.disable()
    before = waited_seconds(os.getpid())  # ours and our descendants': all peers, of which one is at work
    try:
        with on_cores(CLIENT_CORES):
            waits = _send(connections, requests, due)
        return Sample(percentiles(waits), (waited_seconds(os.getpid()) - before) / seconds)
    finally:
        gc.enable()
        for connection in connections:
            connection.close()


def _send(connections: list[socket.socket], requests: Sequence[bytes], due: Sequence[float]) -> list[float]:
    """Never sleeps, so that it wastes no time in waking up; an answer comes in one piece."""
    by_number = {connection.fileno(): connection for connection in connections}
    epoll = select.epoll()
    for number in by_number:
        epoll.register(number, select.EPOLLIN)
    idle = list(by_number)
    asked: dict[int, float] = {}
    waits: list[float] = []
    sent, begun = 0, perf_counter()
    while len(waits) < len(due):
        while idle and sent < len(due) and due[sent] <= perf_counter() - begun:
            number = idle.pop()
            asked[number] = due[sent]
            by_number[number].send(requests[sent % len(requests)])
            sent += 1
        for number, _ in epoll.poll(0):
            if not by_number[number].recv(65536):
                raise ConnectionError("the peer closed a connection that was in use")
            waits.append(perf_counter() - begun - asked.pop(number))
            idle.append(number)
    epoll.close()
    return waits


def percentiles(waits: Sequence[float]) -> Latency:
    ordered = sorted(waits)
    return Latency(ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100])
