"""What `pip install .` brings is enough: the built wheel works far away from its source."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(ROOT)], check=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_data_with_their_licences_the_demo_and_all_pages(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= {
        "georedirect/data/country.mmdb",
        "georedirect/data/world.json",
        "georedirect/data/NOTICE.md",
        "georedirect/data/LICENSE-country-database.txt",
        "georedirect/demo.toml",
        "georedirect/chooser/banner.js",
        "georedirect/chooser/notice.html",
        "georedirect/chooser/page.css",
        "georedirect/chooser/page.html",
        "georedirect/chooser/words.toml",
        "georedirect/py.typed",
        *(f"georedirect/watch/assets/{name}" for name in ("admin.css", "admin.js", "base.html", "dashboard.html")),
        *(f"georedirect/watch/assets/{name}" for name in ("login.html", "policy.html", "try.html")),
    }
    assert not [name for name in names if name.startswith(("tests/", "scripts/"))]


def test_the_wheel_holds_what_was_compiled_where_there_is_a_compiler(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    compiled = [name for name in names if name.endswith(".so")]
    assert {name.partition(".")[0] for name in compiled} == (
        {"georedirect/door/finisher", "georedirect/door/native", "georedirect/journal/pen"}
        if shutil.which("gcc")
        else set()
    )
    assert wheel.name.endswith("-any.whl") is not bool(compiled)
    assert not [name for name in names if name.startswith("build/")]


def test_the_wheel_names_all_licences_and_holds_them(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        lines = archive.read(metadata).decode().splitlines()
        licence = archive.read(metadata.replace("METADATA", "licenses/LICENSE")).decode()
    assert "License-Expression: MIT AND CC-BY-SA-4.0 AND ISC" in lines
    assert {line.partition(": ")[2] for line in lines if line.startswith("License-File: ")} == {
        *("LICENSE", "data/LICENSE-country-database.txt", "data/NOTICE.md")
    }
    assert licence == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_wheel_works_where_there_is_no_source(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    options = ["--quiet", "--no-deps", "--target", str(site)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True, timeout=120)
    question = [str(site / "georedirect" / "demo.toml"), "--ip", "85.214.132.117", "--json"]
    command = [sys.executable, "-m", "georedirect", "explain", *question]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(site)}, capture_output=True, check=True)
    assert json.loads(done.stdout)["region"] == "germany"
    command = [sys.executable, "-m", "georedirect", "map", question[0]]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(site)}, capture_output=True, check=True)
    assert b'data-country="DE" data-region="germany"' in done.stdout
