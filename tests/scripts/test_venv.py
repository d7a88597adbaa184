"""The environment that scripts run in: made once, made again when broken, and never at the cost of what others made.

A stand-in for Python makes environments in no time and notes what it is told; nothing is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.processes import ROOT

PYTHON = """\
#!/bin/sh
echo "$*" >>"$LOG"
case "$*" in
"-m venv --clear --without-pip "*)
    rm -rf "$5"
    mkdir -p "$5/bin"
    cp "$0" "$5/bin/python"
    touch "$5/pyvenv.cfg" ;;
*"import pip") [ -e "$(dirname "$0")/pip" ] ;;
*"-m ensurepip "*) touch "$(dirname "$0")/pip" ;;
"-m pip "*) [ ! -e "$LOG.offline" ] ;;
esac
"""
INSTALL = "-m pip install --quiet --disable-pip-version-check --editable ."


class Checkout:
    """A folder, with a blank in its name, that holds the script, a pyproject.toml and the stand-in."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "my checkout"
        (self.root / "scripts").mkdir(parents=True)
        shutil.copy(ROOT / "scripts/venv", self.root / "scripts/venv")
        self.pyproject = self.root / "pyproject.toml"
        self.pyproject.touch()
        os.utime(self.pyproject, (0, 0))
        self.python = folder / "python"
        self.python.write_text(PYTHON)
        self.python.chmod(0o755)
        self.log = folder / "log"
        self.venv = self.root / ".venv"

    def run(self, *extras: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        """Ask for the environment; the log then holds what the stand-in was told this time."""
        self.log.write_text("")
        program = self.root / "scripts/venv"
        environment = {"PATH": os.environ["PATH"], "PYTHON": str(self.python), "LOG": str(self.log), **env}
        return subprocess.run(
            [program, *extras], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=30
        )

    def told(self, begin: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if line.startswith(begin)]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_it_is_made_and_filled_once(checkout: Checkout) -> None:
    first = checkout.run("[test]")
    assert (first.returncode, first.stdout) == (0, f"{checkout.venv}\n")
    assert first.stderr == f"setting up {checkout.venv}, about a minute\n"
    assert checkout.told("-m pip") == [f"{INSTALL}[test]"]
    for extras in (["[test]"], []):  # who asks for less has it already
        again = checkout.run(*extras)
        assert (again.returncode, again.stdout, again.stderr) == (0, f"{checkout.venv}\n", "")
        assert checkout.told("-m") == []


def test_who_asks_for_more_gets_it_in_the_same_environment(checkout: Checkout) -> None:
    checkout.run()
    done = checkout.run("[test]")
    assert (done.returncode, done.stderr) == (0, f"setting up {checkout.venv}, about a minute\n")
    assert checkout.told("-m") == [f"{INSTALL}[test]"]


def test_a_changed_pyproject_installs_anew(checkout: Checkout) -> None:
    checkout.run()
    os.utime(checkout.pyproject, (2**31, 2**31))
    assert checkout.run().returncode == 0
    assert checkout.told("-m") == [INSTALL]


def test_a_path_is_absolute_and_relative_to_where_one_stands(checkout: Checkout, tmp_path: Path) -> None:
    done = checkout.run(cwd=tmp_path, GEOREDIRECT_VENV="an env")
    assert done.stdout == f"{tmp_path}/an env\n"
    assert (tmp_path / "an env/pyvenv.cfg").exists()


def test_an_install_that_failed_is_tried_again(checkout: Checkout) -> None:
    offline = Path(f"{checkout.log}.offline")
    offline.touch()
    failed = checkout.run()
    assert (failed.returncode, failed.stdout) == (1, "")
    offline.unlink()
    assert checkout.run().returncode == 0
    assert checkout.told("-m") == [INSTALL]


def _lose_pip(venv: Path) -> None:
    (venv / "bin/pip").unlink()


def _lose_python(venv: Path) -> None:
    (venv / "bin/python").unlink()
    (venv / "bin/python").symlink_to(venv / "gone")


def _lose_everything(venv: Path) -> None:
    (venv / "pyvenv.cfg").unlink()
    shutil.rmtree(venv / "bin")


@pytest.mark.parametrize("break_it", [_lose_pip, _lose_python, _lose_everything])
def test_what_we_left_half_made_is_made_again_and_no_stamp_survives(checkout: Checkout, break_it: object) -> None:
    checkout.run("[test]")
    assert callable(break_it)
    break_it(checkout.venv)
    assert checkout.run().returncode == 0
    assert checkout.told("-m venv") == [f"-m venv --clear --without-pip {checkout.venv}"]
    assert checkout.told("-m pip") == [INSTALL]
    assert not (checkout.venv / "georedirect-installed[test]").exists()


def _folder(venv: Path) -> None:
    venv.mkdir()


def _program_without_pyvenv_cfg(venv: Path) -> None:
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").write_text("#!/bin/sh\n")
    (venv / "bin/python").chmod(0o755)


def _environment_without_pip(venv: Path) -> None:
    (venv / "bin").mkdir(parents=True)
    (venv / "pyvenv.cfg").touch()


def _file(venv: Path) -> None:
    venv.touch()


@pytest.mark.parametrize("make", [_folder, _program_without_pyvenv_cfg, _environment_without_pip, _file])
def test_what_others_have_made_is_refused_and_left_alone(checkout: Checkout, tmp_path: Path, make: object) -> None:
    theirs = tmp_path / "theirs"
    assert callable(make)
    make(theirs)
    before = sorted(tmp_path.rglob("*"))
    done = checkout.run(GEOREDIRECT_VENV=str(theirs))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{theirs} is there, but is no virtual environment with pip; remove it, or ")
    assert [path for path in sorted(tmp_path.rglob("*")) if path != checkout.log] == before


def test_an_environment_of_others_is_used_if_it_can_be(checkout: Checkout, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "bin").mkdir(parents=True)
    (theirs / "pyvenv.cfg").touch()
    shutil.copy(checkout.python, theirs / "bin/python")
    (theirs / "bin/pip").touch()
    assert checkout.run(GEOREDIRECT_VENV=str(theirs)).returncode == 0
    assert checkout.told("-m") == [INSTALL]


def test_a_python_that_is_too_old_or_missing_is_told(checkout: Checkout) -> None:
    for python in ("false", "no-such-python"):
        done = checkout.run(PYTHON=python)
        assert done.returncode == 1
        assert done.stderr.endswith("georedirect needs Python 3.11 or newer; set PYTHON to one\n")
