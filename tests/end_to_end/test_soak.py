"""A minute of mixed load leaves no trace; `scripts/soak` does the same for ten."""

from __future__ import annotations

import subprocess
import sys

from tests.processes import ROOT


def test_a_minute_of_mixed_load_costs_no_memory_no_descriptors_and_no_word_in_the_log() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "soaking.py"), "--seconds", "60"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to complain of" in done.stdout
