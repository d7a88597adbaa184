"""One scenario from start to end: starts the peers, checks them, warms them, and measures them in turns."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from scripts.benchmark.agreement import check_peer
from scripts.benchmark.latency import measure_latency
from scripts.benchmark.load import load
from scripts.benchmark.memory import measure_memory
from scripts.benchmark.peers import running

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from scripts.benchmark.latency import Latency, Sample
    from scripts.benchmark.load import Run
    from scripts.benchmark.peers import Peer
    from scripts.benchmark.scenarios import Scenario
    from scripts.benchmark.visitors import Visitor

_SAMPLE = 500
_MOST_WARMING = 30
_MOST_TRIES = 4


@dataclass(frozen=True, slots=True)
class Measured:
    """What one scenario showed. `latency` has only what nobody disturbed; it and `memory` are not always asked for."""

    rounds: list[dict[str, Run]] = field(default_factory=list)
    latency: dict[str, list[Latency]] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, and for how long."""

    peers: Sequence[str]
    rounds: int
    seconds: int
    measures_cost: bool
    scratch: Path
    say: Callable[[str], None]


def measure(scenario: Scenario, visitors: Sequence[Visitor], plan: Plan) -> Measured:
    """Measure all peers in one scenario."""
    measured = Measured()
    requests = plan.scratch / f"requests-{scenario.name}"
    requests.write_bytes(b"".join(visitor.request(closes=scenario.closes) for visitor in visitors))
    with ExitStack() as stack:
        peers = [stack.enter_context(running(name, scenario, plan.scratch)) for name in plan.peers]
        sent: Counter[str] = Counter()
        for peer in peers:
            if not scenario.closes or peer.name != "floor":  # the closing floor answers once a connection
                right = check_peer(peer, visitors[:_SAMPLE])
                plan.say(f"  {peer.name}: {right:.1%} of a sample sent where the policy says")
            sent[peer.name] = _warm(peer, requests, len(visitors), scenario)
        for number in range(1, plan.rounds + 1):
            measured.rounds.append(_round(peers, requests, sent, plan))
            plan.say(f"  round {number}: {_summary(measured.rounds[-1])}")
        if plan.measures_cost:
            _measure_cost([peer for peer in peers if not peer.is_tls], visitors, measured, plan)
    return measured


def _warm(peer: Peer, requests: Path, visitors: int, scenario: Scenario) -> int:
    """See everybody once where they can be remembered; else run warm only. Tells how many were sent."""
    sent = 0
    for _ in range(_MOST_WARMING):
        sent += load(peer, requests, sent, 1).requests
        if sent >= visitors or visitors > scenario.lru_size:
            break
    return sent


def _round(peers: Sequence[Peer], requests: Path, sent: Counter[str], plan: Plan) -> dict[str, Run]:
    """One run each. Each goes on where it stopped, so that the same visitors do not come back too soon."""
    runs = {}
    for peer in peers:
        runs[peer.name] = load(peer, requests, sent[peer.name], plan.seconds)
        sent[peer.name] += runs[peer.name].requests
    return runs


def _summary(runs: dict[str, Run]) -> str:
    return ", ".join(f"{name} {run.per_cpu_second:,.0f} ({run.busy:.0%} busy)" for name, run in runs.items())


def _measure_cost(peers: Sequence[Peer], visitors: Sequence[Visitor], measured: Measured, plan: Plan) -> None:
    """Of peers that speak plain HTTP: TLS is only measured at full load."""
    requests = [visitor.request() for visitor in visitors]
    for _ in range(plan.rounds):
        for peer in peers:
            rate = min(runs[peer.name].requests / runs[peer.name].seconds for runs in measured.rounds) / 2
            sample = _undisturbed(partial(measure_latency, peer, requests, rate, plan.seconds))
            if sample.counts:
                measured.latency.setdefault(peer.name, []).append(sample.latency)
    for name, samples in measured.latency.items():
        said = ", ".join(f"{sample.p50 * 1e6:.0f}/{sample.p99 * 1e6:.0f}" for sample in samples)
        plan.say(f"  {name}, p50/p99 in microseconds at half load, undisturbed: {said}")
    measured.memory.update({peer.name: float(measure_memory(peer, requests)) for peer in peers})
    plan.say(f"  memory, MB: {', '.join(f'{name} {octets / 1e6:.0f}' for name, octets in measured.memory.items())}")


def _undisturbed(sample: Callable[[], Sample]) -> Sample:
    """The first that counts, or the last tried."""
    for _ in range(_MOST_TRIES - 1):
        if (taken := sample()).counts:
            return taken
    return sample()
