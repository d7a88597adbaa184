"""`georedirect update` and `rollback` as they are typed: what they need, how they tell, and what they leave alone."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from georedirect.cli import main
from georedirect.cli.telling import SENTENCES
from georedirect.update.steps import STEPS
from tests.policies import policy
from tests.processes import ROOT
from tests.update.stand_in import Reply

if TYPE_CHECKING:
    from pathlib import Path

    from tests.update.updating import Site

FETCHERS = ("aiohttp", "pygeoipupdate", "tenacity", "click", "yarl", "georedirect.update.courier")


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("command", ["update", "rollback"])
@pytest.mark.parametrize(("rest", "line"), [("", 1), ("[database]\nlru_size = 1", 5)])
def test_a_policy_without_a_database_of_its_own_is_told_by_line(
    command: str, rest: str, line: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "site.toml", policy(rest=rest))
    code, out, err = run(capsys, command, path)
    assert code == 1
    assert err.startswith(f"{path}:{line}: database.country: is missing: which file is to be replaced?")
    assert json.loads(out)["outcome"] == "input"


def test_a_policy_without_a_source_is_told_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "site.toml", policy(rest='[database]\ncountry = "a.mmdb"'))
    code, _, err = run(capsys, "update", path)
    assert (code, err.startswith(f"{path}:6: database.source: is missing")) == (1, True)


def test_a_source_that_is_none_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "site.toml", policy(rest='[database]\ncountry = "a.mmdb"'))
    code, _, err = run(capsys, "update", path, "--from", "http://example.com/a.mmdb")
    assert (code, err.startswith("georedirect: --from: ")) == (2, True)


def test_a_policy_with_mistakes_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "site.toml", "[site]\n")
    code, out, err = run(capsys, "update", path)
    assert (code, json.loads(out)["exit_code"], err.startswith(f"{path}:1: ")) == (1, 1, True)


def test_from_wins_over_the_policy(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write("maxmind")
    (site.folder / "elsewhere").mkdir()
    (site.folder / "elsewhere" / "new").write_bytes(site.databases.new)
    monkeypatch.chdir(site.folder / "elsewhere")
    assert site.run("update", "--from", "new").outcome == "updated"
    assert site.stand_in.asked == []


@pytest.mark.parametrize("arguments", [["serve", "--help"], ["check"], ["explain", "--ip", "192.0.2.1"]])
def test_other_commands_do_not_load_what_fetches(arguments: list[str]) -> None:
    command = [*arguments[:1], "georedirect/demo.toml", *arguments[1:]]
    program = f"""
import sys
from georedirect.cli import main
from georedirect.door import run, child, supervisor
try: main({command!r})
except SystemExit: pass
print([name for name in sys.modules if name.startswith({FETCHERS!r})], file=sys.stderr)
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=ROOT, text=True)
    assert finished.stderr.strip() == "[]"


def test_at_a_terminal_it_speaks_in_sentences_with_a_progress_bar(site: Site) -> None:
    site.write("maxmind")
    site.stand_in.on("/free/new", Reply(site.databases.new, fault="slow", seconds=0.02))
    code, text = at_a_terminal(site, "update", "--from", site.stand_in.url("/free/new"), str(site.policy))
    assert code == 0, text
    assert "fetching  [" in text
    assert f"put it into place as {site.target}\n" in text
    assert " addresses in use would go to another region\n" in text
    assert ".part" not in text
    assert text.rstrip().endswith("georedirect: updated")
    code, text = at_a_terminal(site, "update", str(site.policy), "--from", str(site.folder / "none"), "--json")
    assert code == 1
    assert json.loads(text.splitlines()[0])["step"] == "end"


def at_a_terminal(site: Site, *arguments: str) -> tuple[int, str]:
    """Both outputs are one terminal's; the command is the real one."""
    ours, theirs = pty.openpty()
    program = [sys.executable, "-m", "tests.update.command", "--once", site.stand_in.url("").rstrip("/")]
    with subprocess.Popen([*program, *arguments], cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        text = b""
        while chunk := _read(ours):
            text += chunk
    os.close(ours)
    return process.returncode, text.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # the other side is closed
        return b""


def test_the_check_sum_in_the_policy_is_of_the_source_in_the_policy(site: Site) -> None:
    site.update_lines.append(f'checksum = "sha256:{"0" * 64}"')
    own, other = site.stand_in.url("/own.mmdb"), site.stand_in.url("/other.mmdb")
    for path in ("/own.mmdb", "/other.mmdb"):
        site.stand_in.on(path, Reply(site.databases.new))
    site.write(own)
    assert [site.run("update", "--from", url).outcome for url in (own, other)] == ["damaged", "updated"]
    site.target.write_bytes(site.databases.old)
    assert site.run().outcome == "damaged"


@pytest.mark.parametrize("outlet", ["full", "gone"])
def test_what_cannot_be_printed_ends_no_update(site: Site, outlet: str) -> None:
    (site.folder / "new").write_bytes(site.databases.new)
    site.write("new")
    program = [sys.executable, "-m", "tests.update.command", "--once", site.stand_in.url("").rstrip("/")]
    if outlet == "full":
        out = os.open("/dev/full", os.O_WRONLY)
    else:
        ours, out = os.pipe()
        os.close(ours)
    finished = subprocess.run(
        [*program, "update", str(site.policy)], cwd=ROOT, stdout=out, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(out)
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr.count("\n") == 1
    assert finished.stderr.startswith("georedirect: going on, but what is done cannot be printed: ")
    assert site.bytes_in_place() == site.databases.new


def test_what_nobody_thought_of_has_a_last_step_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret")

    site.write("dbip")
    monkeypatch.setattr("georedirect.update.run.shelf_of", fail)
    with pytest.raises(ZeroDivisionError):
        site.run()
    (end,) = map(json.loads, site.capsys.readouterr().out.splitlines())
    assert (end["step"], end["outcome"], end["exit_code"]) == ("end", "fault", 1)
    assert end["why"] == "ZeroDivisionError: a fault of georedirect's own"


def test_there_is_a_sentence_for_each_step() -> None:
    assert SENTENCES.keys() == {(step, outcome) for step, outcomes in STEPS.items() for outcome in outcomes}


def test_sigterm_ends_an_update_and_nothing_is_left_behind(site: Site) -> None:
    site.write(site.stand_in.url("/new"))
    site.stand_in.on("/new", Reply(site.databases.new, fault="slow", seconds=0.2))
    program = [sys.executable, "-m", "tests.update.command", "--once", site.stand_in.url("").rstrip("/")]
    with subprocess.Popen([*program, "update", str(site.policy)], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while b'"begun"' not in process.stdout.readline():
            pass
        assert site.strays() != []
        process.terminate()
        assert process.wait(10) == 128 + 15
    assert site.strays() == []
    assert site.bytes_in_place() == site.databases.old
