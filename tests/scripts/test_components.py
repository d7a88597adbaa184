"""What the tests need of Debian is installed where that can be done, and named where it cannot."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MISSING = "no-such-program"


def components(folder: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """Ask for a program that is missing and one that is there, where there are these programs and no others."""
    for name, text in {**programs, "curl": ""}.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    (folder / "env").symlink_to(str(shutil.which("env")))
    command: list[str | Path] = [ROOT / "scripts/components", "curl", MISSING]
    return subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, text=True, check=False, timeout=30)


def test_without_apt_get_the_operator_is_told_what_to_install(tmp_path: Path) -> None:
    done = components(tmp_path)
    assert (done.returncode, done.stderr) == (1, f"install {MISSING} and run again\n")


@pytest.mark.parametrize(
    ("programs", "before"),
    [
        ({"id": "echo 0", "sudo": "exit 9"}, ""),
        ({"id": "echo 1000", "sudo": 'echo "as root: $*"; "$@"'}, "as root: "),
        ({"id": "echo 1000"}, ""),  # apt-get itself will say that it may not
    ],
)
def test_only_what_is_missing_is_installed_and_nothing_is_asked(
    tmp_path: Path, programs: dict[str, str], before: str
) -> None:
    apt_get = 'echo "$DEBIAN_FRONTEND $*"'
    done = components(tmp_path, **programs, **{"apt-get": apt_get})
    assert done.returncode == 0
    told = [line for line in done.stderr.splitlines() if "install" in line]
    asked = f"install -qq --yes --no-install-recommends {MISSING}"
    assert told[-1] == f"noninteractive {asked}"
    assert [line.startswith(before) for line in told[:-1]] == [True] * bool(before)
