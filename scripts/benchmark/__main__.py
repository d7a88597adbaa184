"""`scripts/bench`: measures the door against its peers, prints what it finds, and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import maxminddb

from scripts.benchmark.figures import medians, medians_of_enough, ratios, spread
from scripts.benchmark.load import LoadError
from scripts.benchmark.machine import describe_machine
from scripts.benchmark.measure import Measured, Plan, measure
from scripts.benchmark.memory import IDLE_CONNECTIONS
from scripts.benchmark.page import render_page, why_not_written
from scripts.benchmark.peers import DATABASE, ON_REQUEST, PEERS, REFERENCE, ROOT, PeerError
from scripts.benchmark.processes import allow_many_files
from scripts.benchmark.scenarios import AT_HALF_LOAD, SCENARIOS
from scripts.benchmark.visitors import visitors
from scripts.benchmark.work import CLAIMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from scripts.benchmark.visitors import Visitor

PAGE = ROOT / "docs" / "benchmarks.md"
_QUICK_PEERS = ("door", "plain", "nginx", "floor")
_QUICK_SCENARIOS = ("keepalive-20k", "connection-20k")


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    allow_many_files()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            Path(scratch).chmod(0o755)  # nginx's worker is another user
            bench(options, Path(scratch))
    except (LoadError, PeerError, OSError, subprocess.CalledProcessError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure the door against its peers.")
    parser.add_argument("--rounds", type=int, default=5, help="how often each peer's turn comes (5)")
    parser.add_argument("--seconds", type=int, default=2, help="how long a turn is (2)")
    parser.add_argument(
        "--only", type=_some_of(PEERS | ON_REQUEST), default=list(PEERS), help=", ".join(PEERS | ON_REQUEST)
    )
    parser.add_argument("--scenario", type=_some_of(SCENARIOS), default=list(SCENARIOS), help=", ".join(SCENARIOS))
    parser.add_argument("--quick", action="store_true", help="3 rounds of 1 s, without the slower peers and scenarios")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.seconds = 3, 1
        options.only = [name for name in options.only if name in _QUICK_PEERS]
        options.scenario = [name for name in options.scenario if name in _QUICK_SCENARIOS]
    return options


def _some_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        wanted = text.split(",")
        if unknown := set(wanted).difference(known):
            raise argparse.ArgumentTypeError(f"no {', '.join(sorted(unknown))} here; known are {', '.join(known)}")
        return [name for name in known if name in wanted]

    return names


def bench(options: argparse.Namespace, scratch: Path) -> None:
    results: dict[str, Measured] = {}
    everybody = _visitors(max(SCENARIOS[name].visitors for name in options.scenario))
    for name in options.scenario:
        scenario = SCENARIOS[name]
        print(f"{scenario.title}; requests per CPU-second:", flush=True)
        measures_cost = name == AT_HALF_LOAD and not options.quick
        plan = Plan(options.only, options.rounds, options.seconds, measures_cost, scratch, _say)
        results[name] = measure(scenario, everybody[: scenario.visitors], plan)
        _print_medians(_throughput(results[name]))
    if why := why_not_written(options.rounds, options.only, options.scenario):
        print(f"{PAGE.relative_to(ROOT)} is as it was: {why}")
        return
    octets = sum(len(visitor.request()) for visitor in everybody[:1000]) // 1000
    PAGE.write_text(_page(results, options, octets))
    print(f"written  {PAGE.relative_to(ROOT)}")


def _say(line: str) -> None:
    print(line, flush=True)


def _visitors(number: int) -> list[Visitor]:
    with maxminddb.open_database(DATABASE) as reader:

        def country_of(client: str) -> str | None:
            record = cast("dict[str, Any]", reader.get(client) or {})
            return cast("str | None", record.get("country", {}).get("iso_code"))

        return visitors(number, country_of)


def _throughput(measured: Measured) -> list[dict[str, float]]:
    return [{name: run.per_cpu_second for name, run in runs.items()} for runs in measured.rounds]


def _latency(measured: Measured, percentile: str) -> dict[str, float]:
    by_peer = {name: [getattr(found, percentile) for found in known] for name, known in measured.latency.items()}
    return medians_of_enough(by_peer)


def _print_medians(rounds: Sequence[dict[str, float]]) -> None:
    compared, apart = ratios(rounds, REFERENCE), spread(rounds, REFERENCE)
    for name, figure in medians(rounds).items():
        ratio = (
            f"{compared[name]:6.2f} of {REFERENCE} ({apart[name][0]:.2f} to {apart[name][1]:.2f})" if compared else ""
        )
        print(f"  median  {name:10} {figure:10,.0f} {ratio}", flush=True)


def _page(results: dict[str, Measured], options: argparse.Namespace, octets: int) -> str:
    cost = results[AT_HALF_LOAD]
    return render_page(
        {name: ratios(_throughput(measured), REFERENCE) for name, measured in results.items()},
        {
            "p50": ratios([_latency(cost, "p50")], REFERENCE),
            "p99": ratios([_latency(cost, "p99")], REFERENCE),
            "memory": ratios([cost.memory], REFERENCE),
        },
        describe_machine(),
        rounds=options.rounds,
        seconds=options.seconds,
        idle=f"{IDLE_CONNECTIONS:,}",
        countries=len(CLAIMS),
        octets=round(octets, -1),
    )


if __name__ == "__main__":
    sys.exit(main())
