"""What idle connections cost: opens many, each used once, and asks how much memory the peer then holds."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from scripts.benchmark.exchange import connect, receive
from scripts.benchmark.processes import allow_many_files, resident_octets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.benchmark.peers import Peer

IDLE_CONNECTIONS = 10_000


def measure_memory(peer: Peer, requests: Sequence[bytes]) -> int:
    """Octets resident while the connections stand open."""
    possible = min(IDLE_CONNECTIONS, allow_many_files() - 200)
    with ExitStack() as stack:
        for number in range(possible):
            connection = stack.enter_context(connect(peer.port, is_tls=peer.is_tls))
            connection.sendall(requests[number % len(requests)])
            receive(connection)
        return resident_octets(peer.pid)
