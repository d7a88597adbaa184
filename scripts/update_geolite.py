#!/usr/bin/env python3
"""`georedirect update`, for cron: with an installed package, or from a checkout, which it sets up first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Give way to the command itself, so that its exit code and its signals are its own."""
    python = sys.executable if _has_georedirect() else _python_of_checkout()
    os.execv(python, [python, "-m", "georedirect", "update", *sys.argv[1:]])  # noqa: S606  no shell is wanted


def _has_georedirect() -> bool:
    """Whether this Python has the package with all that it needs, not only its source beside this file."""
    question = [sys.executable, "-c", "import georedirect.cli, pygeoipupdate"]
    return subprocess.run(question, capture_output=True, check=False).returncode == 0


def _python_of_checkout() -> str:
    finished = subprocess.run([str(ROOT / "scripts" / "venv")], stdout=subprocess.PIPE, text=True, check=False)
    if finished.returncode != 0:
        sys.exit(finished.returncode)
    return f"{finished.stdout.strip()}/bin/python"


if __name__ == "__main__":
    main()
