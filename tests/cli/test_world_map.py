"""`georedirect map`: the picture on standard output or in a file, whole or not at all."""

from __future__ import annotations

import os
import stat
import struct
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from georedirect.cli import main
from georedirect.policy.countries import COUNTRIES
from tests.atlas.reading import countries
from tests.policies import GOOD, policy

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(GOOD)
    return path


def run(capsys: Captured, *arguments: object) -> tuple[int, str, str]:
    try:
        code = main(["map", *map(str, arguments)])
    except SystemExit as left:  # argparse's own
        code = int(left.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_the_map_goes_to_standard_output(site: Path, capsys: Captured) -> None:
    code, out, err = run(capsys, site)
    assert (code, err) == (0, "")
    assert countries(out).keys() == COUNTRIES.keys()
    assert countries(out)["DE"].attrib["data-region"] == "germany"


def test_or_to_a_file_and_says_nothing(site: Path, tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "map.svg"
    assert run(capsys, site, "-o", file, "--width", 900, "--at", "2026-06-01") == (0, "", "")
    svg = file.read_text(encoding="utf-8")
    assert 'width="900"' in svg
    assert "2026-06-01 00:00 UTC" in svg
    assert run(capsys, site, "--width", 900, "--at", "2026-06-01")[1] == svg


def test_a_language_and_a_url_are_asked_about(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "site.toml"
    path.write_text(GOOD + '[[rules]]\nname = "shop"\nwhen = { path = "/shop/*" }\nregion = "north"\n')
    _, out, _ = run(capsys, path, "--language", "de-CH", "--language", "fr", "--url", "/")
    assert countries(out)["CH"].attrib["data-region"] == "schweiz"
    _, out, _ = run(capsys, path, "--url", "https://www.example.com/shop/x")
    assert {country.attrib["data-region"] for country in countries(out).values()} == {"north"}


@pytest.mark.parametrize(("options", "width"), [((), 1600), (("--width", 300), 300)])
def test_a_png_is_as_wide_as_it_is_told(
    site: Path, tmp_path: Path, capsys: Captured, options: tuple[object, ...], width: int
) -> None:
    file = tmp_path / "map.PNG"
    assert run(capsys, site, "--output", file, *options) == (0, "", "")
    wide, high = size_of(file.read_bytes())
    assert wide == width
    assert 0.5 < high / wide < 0.8


def test_without_the_extra_a_png_says_what_to_install_and_an_old_one_stays(
    site: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "map.png"
    file.write_bytes(b"old")
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    code, out, err = run(capsys, site, "-o", file)
    assert (code, out) == (1, "")
    assert "pip install georedirect[png]" in err
    assert file.read_bytes() == b"old"


def test_of_several_sites_one_is_named(site: Path, tmp_path: Path, capsys: Captured) -> None:
    other, anywhere = tmp_path / "other.toml", tmp_path / "anywhere.toml"
    other.write_text(policy('hosts = ["b.example", "shop.b.example"]', rest=""))
    anywhere.write_text(policy(region='countries = ["DE"]'))
    code, out, err = run(capsys, site, other, anywhere)
    assert (code, out) == (2, "")
    assert "name it with --site; the sites are www.example.com, b.example, *" in err
    assert countries(run(capsys, site, other, "--site", "SHOP.b.example")[1])["DE"].attrib["data-region"] == "a"
    assert countries(run(capsys, site, other, "--site", "www.example.com")[1])["DE"].attrib["data-region"] == "germany"
    assert "visitors of all hosts" in run(capsys, site, anywhere, "--site", "*")[1]
    code, _, err = run(capsys, site, other, "--site", "c.example")
    assert (code, 'no site is called "c.example"; the sites are www.example.com, b.example' in err) == (2, True)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("-o", "map.gif"), '"map.gif" ends neither in .svg nor in .png'),
        (("-o", "map"), '"map" ends neither in .svg nor in .png'),
        (("--width", "99"), '"99" is not a whole number from 100 to 10000'),
        (("--width", "٣٠٠"), "is not a whole number from 100 to 10000"),
        (("--language", "de, fr"), '"de, fr" is not a language such as de or pt-BR'),
        (("--language", "d_e"), '"d_e" is not a language'),
        (("--at", "noon"), '"noon" is no time'),
        (("--url", "https://other.example/"), "https://other.example/: no policy answers for this host"),
        (("--url", "/.georedirect/"), "is one of our own pages"),
    ],
)
def test_what_is_no_good_on_the_command_line_is_told(
    site: Path, capsys: Captured, options: tuple[str, ...], why: str
) -> None:
    code, out, err = run(capsys, site, *options)
    assert (code, out) == (2, "")
    assert why in err
    assert "Traceback" not in err


def test_a_policy_with_mistakes_is_exit_code_1_and_one_with_warnings_is_drawn(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "site.toml"
    path.write_text(policy(region='countries = ["UK"]'))
    code, out, err = run(capsys, path)
    assert (code, out) == (1, "")
    assert f"{path}:5: regions.a.countries" in err
    path.write_text(GOOD)
    assert main(["check", str(path)]) == 0
    assert "warning" in capsys.readouterr().out
    assert run(capsys, path)[::2] == (0, "")


def test_a_file_is_written_whole_or_not_at_all(site: Path, tmp_path: Path, capsys: Captured) -> None:
    code, _, err = run(capsys, site, "-o", tmp_path / "no folder" / "map.svg")
    assert (code, err) == (
        1,
        f"georedirect: {tmp_path}/no folder/map.svg cannot be written: No such file or directory\n",
    )
    file, link = tmp_path / "map.svg", tmp_path / "link.svg"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    before = file.stat().st_ino
    assert run(capsys, site, "-o", link)[0] == 0
    assert file.stat().st_ino != before
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert countries(file.read_text(encoding="utf-8")).keys() == COUNTRIES.keys()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.svg", "map.svg", "site.toml"]


def test_a_new_file_may_be_read_by_whom_the_system_says(site: Path, tmp_path: Path, capsys: Captured) -> None:
    mask = os.umask(0o027)
    try:
        assert run(capsys, site, "-o", tmp_path / "map.svg")[0] == 0
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "map.svg").stat().st_mode) == 0o640


def test_a_pipe_is_written_into_and_stays_one(site: Path, tmp_path: Path, capsys: Captured) -> None:
    pipe, read = tmp_path / "pipe.svg", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert run(capsys, site, "-o", pipe) == (0, "", "")
    reader.join(10)
    assert countries(read[0].decode()).keys() == COUNTRIES.keys()
    assert pipe.is_fifo()


def test_a_folder_is_no_file_to_write(site: Path, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "map.svg").mkdir()
    code, _, err = run(capsys, site, "-o", tmp_path / "map.svg")
    assert (code, err) == (1, f"georedirect: {tmp_path}/map.svg cannot be written: Is a directory\n")
