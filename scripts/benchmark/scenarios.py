"""What the peers are put through: how many visitors, how they connect, what may be remembered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scenario:
    """`closes`: a connection for each request. `lru_size`: of the door, `plain` included."""

    name: str
    title: str
    visitors: int
    closes: bool = False
    lru_size: int = 65536


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("keepalive-20k", "keep-alive, 20,000 visitors", 20_000),
        Scenario("keepalive-200k", "keep-alive, 200,000 visitors (cold LRU)", 200_000),
        Scenario("no-lru", "keep-alive, 20,000 visitors, no LRU", 20_000, lru_size=0),
        Scenario("connection-20k", "a connection per request, 20,000 visitors", 20_000, closes=True),
    )
}
AT_HALF_LOAD = "keepalive-20k"
"""The scenario in which latency and memory are measured."""
