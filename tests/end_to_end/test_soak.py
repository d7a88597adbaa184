"""A minute of mixed load and swaps leaves no trace; `scripts/soak` does the same for ten."""

from __future__ import annotations

import subprocess
import sys

from tests.processes import ROOT


def test_a_minute_of_mixed_load_and_thirty_swaps_fails_nobody_and_costs_nothing() -> None:
    command = [
        sys.executable,
        "-m",
        "scripts.soaking",
        "--seconds",
        "75",
        "--swaps",
        "20",
        "--reloads",
        "10",
        "--grace",
        "40",
        "--growth",
        "0.1",
    ]
    # where other tests take a core, a load takes its time, and a minute is short for memory to settle;
    # `scripts/soak` asks for two seconds, and for half of that growth
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to complain of" in done.stdout
