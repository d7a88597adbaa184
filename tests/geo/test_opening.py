"""All files of a configuration, opened: each once, and all that is wrong with them at once, by file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from georedirect.errors import DatabaseError
from georedirect.geo.opening import Opening
from georedirect.policy.load import load_configuration
from tests.databases import FRANCE, GERMANY, MUNICH, PROVIDER, TOR, write_database
from tests.policies import GOOD

if TYPE_CHECKING:
    from pathlib import Path

NOTHING: frozenset[str] = frozenset()


def opening(folder: Path, lines: str) -> Opening:
    text = f"{GOOD}[database]\n{lines}"
    return Opening(load_configuration({str(folder / "site.toml"): text.encode()}).database)


def told(folder: Path, lines: str) -> list[str]:
    """What is wrong; lines of the policy are counted from that of `[database]`, and the folder is left out."""
    opened = opening(folder, lines)
    opened.locator(NOTHING)
    first = GOOD.count("\n") + 1
    found = []
    for file, line, key, text in ((one.file, one.line, one.key, one.text) for one in opened.wrong):
        number = line - first if file.endswith(".toml") else line
        found.append(f"{file}:{number}: {key and f'{key}: '}{text}".replace(f"{folder}/", ""))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    record = {**MUNICH, **PROVIDER, **TOR}  # type: ignore[dict-item]
    write_database(tmp_path / "all.mmdb", {"192.0.2.0/24": record}, database_type="DBIP-City-Lite")
    write_database(tmp_path / "country.mmdb", {"192.0.2.0/24": GERMANY})
    (tmp_path / "ours.csv").write_bytes(b"\xef\xbb\xbfnetwork,country\r\n10.0.0.0/8,FR\r\n")
    (tmp_path / "wrong.csv").write_text("10.0.0.0/8,FR\n10.1/16,DE\n10.2.0.0/16,UK\n")
    (tmp_path / "latin.csv").write_bytes(b"10.0.0.0/8,FR\n10.0.0.0/9,FR,,Orl\xe9ans\n")
    return tmp_path


ALL_OF_ONE = 'country = "all.mmdb"\ncity = "all.mmdb"\nasn = "all.mmdb"\nanonymous = "all.mmdb"\n'


def test_a_file_that_is_named_four_times_is_opened_once(folder: Path) -> None:
    opened = opening(folder, ALL_OF_ONE)
    locator = opened.locator(frozenset({"city"}))
    assert locator is not None
    assert locator.find_all(b"\xc0\x00\x02\x01").asn == 64500  # type: ignore[arg-type]
    assert [due.uri for due in opened.attributions] == ["https://db-ip.com"]
    assert list(opened.files) == [folder / "all.mmdb"]


def test_without_a_word_the_bundled_database_is_opened(folder: Path) -> None:
    opened = opening(folder, 'overrides = ["ours.csv"]\nprivate = "DE"\n')
    locator = opened.locator(NOTHING)
    assert locator is not None
    assert locator.find(b"\x0a\x00\x00\x01").country == "FR"  # type: ignore[arg-type]
    assert locator.find(b"\xc0\xa8\x00\x01").country == "DE"  # type: ignore[arg-type]
    assert locator.find(b"\x08\x08\x08\x08").country == "US"  # type: ignore[arg-type]
    assert (opened.wrong, opened.attributions) == ([], ())


def test_a_database_of_the_command_line_stands_in_for_the_policys(folder: Path) -> None:
    other = write_database(folder / "other.mmdb", {"192.0.2.0/24": FRANCE})
    opened = opening(folder, 'country = "missing.mmdb"\n')
    locator = opened.locator(NOTHING, other)
    assert locator is not None
    assert (locator.database.path, opened.wrong) == (other, [])
    with pytest.raises(DatabaseError, match=r"absent\.mmdb cannot be read"):
        opened.locator(NOTHING, folder / "absent.mmdb")


def test_all_mistakes_are_told_at_once_each_by_its_own_line(folder: Path) -> None:
    lines = (
        'country = "missing.mmdb"\ncity = "country.mmdb"\nasn = "ours.csv"\nanonymous = "country.mmdb"\n'
        'overrides = ["wrong.csv", "ours.csv", "absent.csv", "latin.csv", "."]\n'
    )
    better = "use a database such as GeoIP2-Anonymous-IP"
    city = "use a city database such as GeoLite2-City"
    no_metadata = "it has no metadata at its end, as if it were cut short"
    its_type = "(its type is GeoLite2-Country)"
    assert told(folder, lines) == [
        "site.toml:1: database.country: missing.mmdb cannot be read: No such file or directory",
        'wrong.csv:2: "10.1/16" is not a network; write one such as "10.0.0.0/8", "2001:db8::/32" or "192.0.2.1"',
        'wrong.csv:3: "UK" is not an ISO 3166-1 code; did you mean "GB"?',
        "site.toml:5: database.overrides: absent.csv cannot be read: No such file or directory",
        "latin.csv:2: is not UTF-8: octet 0xe9 begins no character",
        f"site.toml:5: database.overrides: {folder} cannot be read: Is a directory",
        f"site.toml:2: database.city: country.mmdb holds no cities {its_type}; {city}",
        f"site.toml:3: database.asn: ours.csv is not a MaxMind database (MMDB), or is damaged: {no_metadata}",
        f"site.toml:4: database.anonymous: country.mmdb holds no anonymisers {its_type}; {better}",
    ]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ('country = "missing.mmdb"\nsource = "dbip"\n', "No such file or directory; georedirect update brings it"),
        ('country = "."\nsource = "dbip"\n', "Is a directory"),
        ('country = "missing.mmdb"\n', "No such file or directory"),
        ('country = "country.mmdb"\nsource = "dbip"\nasn = "missing.mmdb"\n', "No such file or directory"),
    ],
)
def test_what_an_update_would_bring_is_told_where_it_is_not_there_yet(folder: Path, lines: str, why: str) -> None:
    (one,) = told(folder, lines)
    assert one.partition("cannot be read: ")[2] == why
