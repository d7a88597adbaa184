"""`scripts/update_geolite.py`: the command itself, whichever Python runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

BASE = Path(sys.base_prefix) / "bin" / "python3"


@pytest.mark.parametrize("python", [sys.executable, BASE], ids=["installed", "checkout"])
def test_it_is_the_command_with_its_exit_code(python: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "GEOREDIRECT_VENV": sys.prefix, "PYTHONPATH": ""}
    finished = subprocess.run(
        [str(python), str(ROOT / "scripts" / "update_geolite.py"), str(tmp_path / "none.toml")],
        check=False,
        capture_output=True,
        cwd=tmp_path,
        env=environment,
        text=True,
        timeout=120,
    )
    assert (finished.returncode, "none.toml:1: cannot be read" in finished.stderr) == (1, True), finished
    assert '"outcome": "input"' in finished.stdout
