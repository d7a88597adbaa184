"""`georedirect check`: what is good, what is a mistake, what is worth a warning, and how each is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from georedirect.cli import main
from tests.broken import broken_definitions
from tests.databases import FRANCE, PROVIDER, write_database
from tests.policies import GOOD, broken_policies, policy

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write(tmp_path / "site.toml", GOOD)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def check(captured: Captured, *arguments: object) -> tuple[int, list[str], list[str]]:
    """Exit code, lines of standard output, lines of standard error."""
    code = main(["check", *map(str, arguments)])
    out, err = captured.readouterr()
    return code, out.splitlines(), err.splitlines()


def test_a_good_policy_is_summed_up_after_its_warnings(site: Path, capsys: Captured) -> None:
    code, out, err = check(capsys, site)
    assert (code, err) == (0, [])
    assert out[-1].startswith(f"{site}: good, 7 regions for ")
    assert out[0].startswith(f'{site}:3: warning: site.default: countries in no region go to "global": AE, AF, ')
    assert all(line.startswith(f"{site}:") and ": warning: " in line for line in out[:-1])


def test_each_of_several_files_is_summed_up(site: Path, tmp_path: Path, capsys: Captured) -> None:
    other = write(tmp_path / "other.toml", policy())
    code, out, _ = check(capsys, site, other)
    assert code == 0
    assert [line.split(",")[0] for line in out[-2:]] == [f"{site}: good", f"{other}: good"]


@pytest.mark.parametrize(("text", "finding"), [*broken_policies(), *broken_definitions()])
def test_a_mistake_is_told_by_file_and_line_with_exit_code_1(
    tmp_path: Path, capsys: Captured, text: str, finding: str
) -> None:
    path = write(tmp_path / "site.toml", text)
    code, out, err = check(capsys, path)
    assert (code, out) == (1, [])
    mistakes = [line for line in err if ": warning: " not in line]
    assert [line[: len(f"{path}:{finding}")] for line in mistakes] == [f"{path}:{finding}"]
    assert all(line.startswith(f"{path}:") for line in err)


def test_warnings_are_told_apart_from_the_mistakes_beside_them(tmp_path: Path, capsys: Captured) -> None:
    path = write(tmp_path / "site.toml", policy(region='countries = ["UK"]', rest='[groups]\nlonely = ["DE"]'))
    code, _, err = check(capsys, path)
    assert code == 1
    assert err[-2:] == [
        f'{path}:5: regions.a.countries: "UK" is not an ISO 3166-1 code; did you mean "GB"?',
        f"{path}:7: warning: groups.lonely: no region uses it, or narrower entries leave nothing of it",
    ]


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path, capsys: Captured) -> None:
    first = write(tmp_path / "first.toml", policy(region='countries = ["UK", "DEU"]\nlanguages = ["jp"]'))
    second = write(
        tmp_path / "second.toml", policy('hosts = ["b.example"]\norder = ["chance"]', rest="[server]\nworkers = 0")
    )
    missing = tmp_path / "missing.toml"
    code, _, err = check(capsys, first, second, missing)
    mistakes = [line for line in err if ": warning: " not in line]
    assert code == 1
    assert {line.split(": ")[0] for line in mistakes} == {
        *(f"{first}:5", f"{first}:6"),
        *(f"{second}:4", f"{second}:8"),
        f"{missing}:1",
    }
    assert len([line for line in mistakes if line.startswith(f"{first}:5")]) == 2


def test_octets_that_are_not_utf_8_are_told_by_their_line(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(policy().encode() + b"# \xff\n")
    code, _, err = check(capsys, path)
    assert (code, err) == (1, [f"{path}:5: is not UTF-8: octet 0xff begins no character"])


UNREADABLE = [
    ("missing.toml", "No such file or directory"),
    (".", "Is a directory"),
    ("site.toml/inner.toml", "Not a directory"),
    ("x" * 300, "File name too long"),
]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(("name", "why"), UNREADABLE)
@pytest.mark.parametrize("command", [["check"], ["explain", "--ip", "192.0.2.1"], ["serve", "--admin", "off"]])
def test_a_policy_file_that_cannot_be_read_is_named_in_one_line(
    tmp_path: Path, capsys: Captured, command: list[str], name: str, why: str
) -> None:
    path = tmp_path / name
    assert main([*command, str(path)]) == 1
    assert capsys.readouterr() == ("", f"{path}:1: cannot be read: {why}\n")


def test_a_site_in_a_file_that_cannot_be_read_is_not_said_to_be_missing(tmp_path: Path, capsys: Captured) -> None:
    server = write(tmp_path / "srv.toml", "[server]\nworkers = 2\n")
    missing = tmp_path / "site.toml"
    assert check(capsys, server, missing) == (1, [], [f"{missing}:1: cannot be read: No such file or directory"])


# The database


def _missing(path: Path) -> str:
    return f"{path} cannot be read: No such file or directory"


def _folder(path: Path) -> str:
    path.mkdir()
    return f"{path} cannot be read: Is a directory"


def _text(path: Path) -> str:
    path.write_text("country,code\n")
    why = "it has no metadata at its end, as if it were cut short"
    return f"{path} is not a MaxMind database (MMDB), or is damaged: {why}"


def _without_countries(path: Path) -> str:
    write_database(path, {"192.0.2.0/24": PROVIDER}, database_type="GeoLite2-ASN")
    return f"{path} holds no countries (its type is GeoLite2-ASN); use a country or city database"


@pytest.mark.parametrize("make", [_missing, _folder, _text, _without_countries])
def test_a_database_that_cannot_be_used_is_told_by_its_flag_or_by_the_policys_line(
    site: Path, tmp_path: Path, capsys: Captured, make: object
) -> None:
    assert callable(make)
    database = tmp_path / "x.mmdb"
    why = make(database)
    assert check(capsys, site, "--database", database) == (1, [], [f"georedirect: {why}"])
    naming = write(tmp_path / "naming.toml", GOOD + '[database]\nlru_size = 0\ncountry = "x.mmdb"\n')
    line = naming.read_text().splitlines().index('country = "x.mmdb"') + 1
    code, out, err = check(capsys, naming)
    assert (code, out) == (1, [])
    assert err[-1] == f"{naming}:{line}: database.country: {why}"
    assert all(": warning: " in warning for warning in err[:-1])


def test_the_flag_wins_over_the_policys_database(tmp_path: Path, capsys: Captured) -> None:
    good = write_database(tmp_path / "good.mmdb", {"192.0.2.0/24": FRANCE})
    naming = write(tmp_path / "naming.toml", GOOD + '[database]\ncountry = "missing.mmdb"\n')
    assert check(capsys, naming, "--database", good)[0] == 0


def test_the_policys_database_is_looked_for_beside_the_policy(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    write_database(folder / "good.mmdb", {"192.0.2.0/24": FRANCE})
    write(folder / "site.toml", GOOD + '[database]\ncountry = "good.mmdb"\n')
    monkeypatch.chdir(tmp_path)
    assert check(capsys, "etc/site.toml")[0] == 0


def test_the_sum_of_one_region_and_one_country_is_in_the_singular(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "one.toml"
    path.write_text(
        '[site]\nhosts = ["www.example.com"]\ndefault = "home"\n'
        '[regions.home]\nuri = "https://de.example.com{+path}"\ncountries = ["DE"]\n'
    )
    code, out, _ = check(capsys, path)
    assert (code, out[-1]) == (0, f"{path}: good, 1 region for 1 country")
