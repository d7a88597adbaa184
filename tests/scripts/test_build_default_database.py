"""The builder of the bundled database, on small sources made here."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import geoip2.database
import geoip2.errors
import maxminddb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "build_default_database.py"
HEADER = "# Location Database Export\n#\n# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n#\n"
NOWHERE = "2001:db8::,2001:db8::,??"

Answer = tuple[str | None, str | None] | None  # continent, country; None: not in the database


def _load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_default_database", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


builder = _load_script()


def ipv4(first: str, last: str, code: str) -> str:
    return f"{int(IPv4Address(first))},{int(IPv4Address(last))},{code}"


def write_source(folder: Path, geoip: Sequence[str] = (), geoip6: Sequence[str] = (NOWHERE,)) -> Path:
    folder.mkdir(exist_ok=True)
    nowhere4 = [ipv4("240.0.0.0", "240.0.0.0", "??")]
    (folder / "geoip").write_text(HEADER + "\n".join(geoip or nowhere4) + "\n")
    (folder / "geoip6").write_text(HEADER + "\n".join(geoip6) + "\n")
    return folder


def build(folder: Path, geoip: Sequence[str] = (), geoip6: Sequence[str] = (NOWHERE,)) -> Path:
    output = folder / "country.mmdb"
    source = write_source(folder / "source", geoip, geoip6)
    assert builder.main(["--source", str(source), "--output", str(output)]) == 0
    return output


def record(database: Path, address: str) -> dict[str, Any]:
    """What the database says of the address; nothing at all is {}."""
    with maxminddb.open_database(database) as reader:
        return cast("dict[str, Any]", reader.get(address) or {})


def test_records_have_the_shape_of_geolite2_country(tmp_path: Path) -> None:
    database = build(
        tmp_path,
        [ipv4("1.0.0.0", "1.0.0.255", "DE"), ipv4("1.0.1.0", "1.0.1.255", "CH")],
        ["2400::,2400::ffff,NA"],
    )
    assert record(database, "1.0.0.1") == {
        "continent": {"code": "EU"},
        "country": {"iso_code": "DE", "is_in_european_union": True},
    }
    assert record(database, "1.0.1.1") == {"continent": {"code": "EU"}, "country": {"iso_code": "CH"}}
    assert record(database, "2400::1") == {"continent": {"code": "AF"}, "country": {"iso_code": "NA"}}
    assert record(database, "1.0.2.0") == {}


@pytest.mark.parametrize(
    ("code", "continent", "country"),
    [
        ("UK", "EU", "GB"),
        ("GB", "EU", "GB"),
        ("XK", "EU", "XK"),
        ("CY", "EU", "CY"),  # GeoNames' continent, where CLDR has Asia
        ("TL", "OC", "TL"),
        ("EU", "EU", None),
        ("AP", "AS", None),
    ],
)
def test_a_code_means_this_place(tmp_path: Path, code: str, continent: str, country: str | None) -> None:
    database = build(tmp_path, [ipv4("1.0.0.0", "1.0.0.255", code)])
    with geoip2.database.Reader(database) as reader:
        found = reader.country("1.0.0.9")
    assert (found.continent.code, found.country.iso_code) == (continent, country)
    assert ("country" in record(database, "1.0.0.9")) == (country is not None)


@pytest.mark.parametrize("code", ["??", "AB", "AN", "CS", "OS", "SU", "UN", "ZZ"])
def test_a_code_that_is_no_country_is_left_out(tmp_path: Path, code: str) -> None:
    database = build(tmp_path, [ipv4("1.0.0.0", "1.0.0.255", code)])
    assert record(database, "1.0.0.9") == {}


@pytest.mark.parametrize("address", ["::ffff:1.2.3.4", "2002:102:304::1", "::1.2.3.4", "1.2.3.4"])
def test_an_ipv6_address_that_holds_an_ipv4_one_answers_as_that_does(tmp_path: Path, address: str) -> None:
    database = build(
        tmp_path,
        [ipv4("1.2.3.0", "1.2.3.255", "FR")],
        ["2002::,2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff,JP", "2400::,2400::ffff,JP"],
    )
    assert record(database, address)["country"]["iso_code"] == "FR"


def test_aliases_are_not_walked_twice(tmp_path: Path) -> None:
    database = build(tmp_path, [ipv4("1.2.3.0", "1.2.3.255", "FR")], ["2400::,2400::ffff,FR"])
    with maxminddb.open_database(database) as reader:
        assert [network for network, _ in reader] == [IPv4Network("1.2.3.0/24"), IPv6Network("2400::/112")]


def test_equal_neighbours_become_one_network(tmp_path: Path) -> None:
    halves = [ipv4("10.0.0.0", "10.127.255.255", "GB"), ipv4("10.128.0.0", "10.255.255.255", "UK")]
    database = build(tmp_path, halves)
    with maxminddb.open_database(database) as reader:
        assert reader.get_with_prefix_len("10.1.2.3")[1] == 8
    in_parts = database.read_bytes()
    assert build(tmp_path, [ipv4("10.0.0.0", "10.255.255.255", "GB")]).read_bytes() == in_parts


def test_equal_subtrees_are_stored_once(tmp_path: Path) -> None:
    def node_count(networks: Sequence[str]) -> int:
        lines = [f"{network}::,{network}:0:ffff:ffff:ffff:ffff:ffff:ffff,DE" for network in networks]
        with maxminddb.open_database(build(tmp_path, geoip6=lines)) as reader:
            return reader.metadata().node_count

    assert node_count(["2400", "2401"]) == node_count(["2400"])


def test_the_whole_of_ipv4_may_be_one_country(tmp_path: Path) -> None:
    database = build(tmp_path, [ipv4("0.0.0.0", "255.255.255.255", "DE")], ["2400::,2400::ffff,DE"])
    assert record(database, "255.255.255.255")["country"]["iso_code"] == "DE"
    assert record(database, "::ffff:8.8.8.8")["country"]["iso_code"] == "DE"
    assert record(database, "2400::1")["country"]["iso_code"] == "DE"
    assert record(database, "2401::1") == {}


def test_the_same_source_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    lines = [ipv4("1.0.0.0", "1.0.0.9", "DE"), ipv4("1.0.0.10", "1.0.3.255", "FR")]
    here = build(tmp_path, lines)
    there = tmp_path / "again.mmdb"
    command = [sys.executable, str(SCRIPT), "--source", str(tmp_path / "source"), "--output", str(there)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "geoip    2 ranges of 2026-06-25, 2 places" in finished.stdout
    assert there.read_bytes() == here.read_bytes()


def test_the_build_date_is_the_later_of_the_sources(tmp_path: Path) -> None:
    source = write_source(tmp_path / "source")
    later = HEADER.replace("25 Jun", "26 Jun").replace("Thu", "Fri")
    (source / "geoip6").write_text(later + NOWHERE + "\n")
    assert builder.main(["--source", str(source), "--output", str(tmp_path / "country.mmdb")]) == 0
    with maxminddb.open_database(tmp_path / "country.mmdb") as reader:
        assert reader.metadata().build_epoch == 1782448439  # 2026-06-26 04:33:59 UTC


ONE_TO_NINE = "1,9,DE"
BAD_LINES = [
    ("geoip", ["5,9,DE", "1,3,FR"], 6, "1 overlaps the range before, or is out of order"),
    ("geoip", [ONE_TO_NINE, "9,12,FR"], 6, "9 overlaps the range before, or is out of order"),
    ("geoip", [ONE_TO_NINE, ONE_TO_NINE], 6, "1 overlaps the range before, or is out of order"),
    ("geoip", ["9,1,DE"], 5, "1 comes before 9"),
    ("geoip", [ONE_TO_NINE, "", "# remark", "10,11,XX"], 8, '"XX" is not an ISO 3166-1 code'),
    ("geoip", ["1,9,de"], 5, '"de" is not an ISO 3166-1 code'),
    ("geoip", ["1,9,"], 5, '"" is not an ISO 3166-1 code'),
    ("geoip", ["1,9"], 5, '"1,9" is not FIRST,LAST,CODE'),
    ("geoip", ["1,9,DE,FR"], 5, '"1,9,DE,FR" is not FIRST,LAST,CODE'),
    ("geoip", ["-1,9,DE"], 5, '"-1,9,DE" is not FIRST,LAST,CODE'),
    ("geoip", ["1,4294967296,DE"], 5, '"1,4294967296,DE" is not FIRST,LAST,CODE'),
    ("geoip", ["1.0.0.0,1.0.0.9,DE"], 5, '"1.0.0.0,1.0.0.9,DE" is not FIRST,LAST,CODE'),
    ("geoip", ["1,٩,DE"], 5, "is not FIRST,LAST,CODE"),  # a digit, but not an ASCII one
    ("geoip6", ["1,9,DE"], 5, '"1,9,DE" is not FIRST,LAST,CODE'),
    ("geoip6", ["2400::,2400::%1,DE"], 5, "is not FIRST,LAST,CODE"),
    ("geoip6", ["2400::9,2400::1,DE"], 5, "2400::1 comes before 2400::9"),
    ("geoip6", ["2001::,2002::1,DE"], 5, "runs over the edge of a network that stands for IPv4"),
    ("geoip6", ["2400::,2400::9,DE", "2400::8,2400::b,FR"], 6, "2400::8 overlaps the range before"),
]


@pytest.mark.parametrize(("name", "lines", "number", "fault"), BAD_LINES)
def test_a_bad_line_is_refused_by_file_and_line_and_the_old_database_stays(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    name: str,
    lines: list[str],
    number: int,
    fault: str,
) -> None:
    source = write_source(tmp_path / "source")
    (source / name).write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    assert_refused(tmp_path, source, capsys, f"{source / name}:{number}: ", fault)


def assert_refused(folder: Path, source: Path, capsys: pytest.CaptureFixture[str], *parts: str) -> None:
    """One line on standard error that has these parts, exit code 1, and the old files untouched."""
    output = folder / "country.mmdb"
    output.write_bytes(b"the old database")
    before = sorted(folder.iterdir())
    assert builder.main(["--source", str(source), "--output", str(output)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert all(part in said for part in parts), said
    assert output.read_bytes() == b"the old database"
    assert sorted(folder.iterdir()) == before


def test_a_source_without_a_date_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_source(tmp_path / "source")
    (source / "geoip6").write_text(f"# Location Database Export\n{NOWHERE}\n")
    assert_refused(tmp_path, source, capsys, str(source / "geoip6"), "Generated: DATE")


def test_a_date_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_source(tmp_path / "source")
    (source / "geoip6").write_text(f"# Generated: soon\n{NOWHERE}\n")
    assert_refused(tmp_path, source, capsys, '"soon" in its header is not a date')


def test_an_empty_source_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_source(tmp_path / "source")
    (source / "geoip").write_text(HEADER)
    assert_refused(tmp_path, source, capsys, str(source / "geoip"), "holds no ranges")


def test_a_missing_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_source(tmp_path / "source")
    (source / "geoip6").unlink()
    assert_refused(tmp_path, source, capsys, str(source / "geoip6"), "No such file")


def test_a_package_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = tmp_path / "tor-geoipdb_1_all.deb"
    package.write_bytes(b"not a package")
    assert_refused(tmp_path, package, capsys, "dpkg-deb")


def test_a_database_that_disagrees_with_its_source_is_not_put_in_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    wrong = build(elsewhere, [ipv4("1.0.0.0", "1.0.0.254", "DE")]).read_bytes()
    capsys.readouterr()
    source = write_source(tmp_path / "source", [ipv4("1.0.0.0", "1.0.0.255", "DE")])
    monkeypatch.setattr(builder, "render", lambda *_: wrong)
    assert_refused(tmp_path, source, capsys, "says None of 1.0.0.255")


def test_a_difference_inside_a_range_is_found_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    hole = [ipv4("1.0.0.0", "1.0.0.99", "DE"), ipv4("1.0.0.101", "1.0.0.255", "DE")]
    wrong = build(elsewhere, hole).read_bytes()
    capsys.readouterr()
    source = write_source(tmp_path / "source", [ipv4("1.0.0.0", "1.0.0.255", "DE")])
    monkeypatch.setattr(builder, "render", lambda *_: wrong)
    assert_refused(tmp_path, source, capsys, "spans other addresses than the source")


def test_a_package_gives_what_its_folder_gives_and_is_named_in_the_provenance(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "DEBIAN").mkdir(parents=True)
    fields = (
        "Package: tor-geoipdb",
        "Version: 1.2-3",
        "Architecture: all",
        "Maintainer: A <a@b.example>",
        "Description: d",
    )
    (root / "DEBIAN" / "control").write_text("\n".join(fields) + "\n")
    (root / "usr" / "share").mkdir(parents=True)
    lines = [ipv4("1.0.0.0", "1.0.0.255", "DE")]
    write_source(root / "usr" / "share" / "tor", lines)
    package = tmp_path / "tor-geoipdb_1.2-3_all.deb"
    subprocess.run(["dpkg-deb", "-b", root, package], check=True, capture_output=True)
    output = tmp_path / "country.mmdb"
    assert builder.main(["--source", str(package), "--output", str(output)]) == 0
    provenance = json.loads((tmp_path / "provenance.json").read_text())
    assert (provenance["package"]["name"], provenance["package"]["version"]) == ("tor-geoipdb", "1.2-3")
    assert output.read_bytes() == build(tmp_path, lines).read_bytes()


ANSWERS: dict[str, Answer] = {
    "DE": ("EU", "DE"),
    "US": ("NA", "US"),
    "NA": ("AF", "NA"),
    "UK": ("EU", "GB"),
    "EU": ("EU", None),
    "AP": ("AS", None),
    "??": None,
}
Ranges = list[tuple[int, int, str]]


@st.composite
def disjoint_ranges(draw: st.DrawFn, low: int, bits: int) -> Ranges:
    """Ranges from `low` on; some edges are round numbers, so that neighbours merge and blocks are whole."""
    top = (1 << bits) - 1
    round_edges = st.builds(lambda n, shift: n << shift, st.integers(0, 255), st.integers(bits - 24, bits - 8))
    edge = st.one_of(st.integers(low, top), round_edges.map(lambda n: max(n, low)))
    edges = sorted(draw(st.sets(edge, min_size=2)))
    codes = draw(st.lists(st.sampled_from([*ANSWERS, None]), min_size=len(edges), max_size=len(edges)))
    pieces = zip(edges, edges[1:], codes, strict=False)
    return [(first, past - 1, code) for first, past, code in pieces if code is not None]


def naive_answer(ranges: Ranges, address: int) -> Answer:
    return next((ANSWERS[code] for first, last, code in ranges if first <= address <= last), None)


def probes(ranges: Ranges, extra: Sequence[int]) -> Iterator[int]:
    for first, last, _ in ranges:
        yield from (first, (first + last) // 2, last, last + 1)
    yield from extra


def answer_of_maxminddb(reader: maxminddb.Reader, address: str) -> Answer:
    found: Any = reader.get(address)
    return found and (found["continent"]["code"], found.get("country", {}).get("iso_code"))


def answer_of_geoip2(reader: geoip2.database.Reader, address: str) -> Answer:
    try:
        found = reader.country(address)
    except geoip2.errors.AddressNotFoundError:
        return None
    return found.continent.code, found.country.iso_code


@given(
    ranges4=disjoint_ranges(0, 32),
    ranges6=disjoint_ranges(0x2003 << 112, 128),
    extra4=st.lists(st.integers(0, (1 << 32) - 1), max_size=20),
    extra6=st.lists(st.integers(0x2003 << 112, (1 << 128) - 1), max_size=20),
)
@settings(max_examples=50, deadline=None)
def test_every_lookup_is_what_a_search_through_the_ranges_finds(
    ranges4: Ranges, ranges6: Ranges, extra4: list[int], extra6: list[int]
) -> None:
    expected = {str(IPv4Address(n)): naive_answer(ranges4, n) for n in probes(ranges4, extra4) if n < 1 << 32}
    expected |= {f"::ffff:{address}": answer for address, answer in expected.items()}
    expected |= {str(IPv6Address(n)): naive_answer(ranges6, n) for n in probes(ranges6, extra6) if n < 1 << 128}
    lines4 = [f"{first},{last},{code}" for first, last, code in ranges4]
    lines6 = [f"{IPv6Address(first)},{IPv6Address(last)},{code}" for first, last, code in ranges6]
    with tempfile.TemporaryDirectory() as folder:
        database = build(Path(folder), lines4, lines6 or [NOWHERE])
        with maxminddb.open_database(database, maxminddb.MODE_MMAP_EXT) as reader:
            assert {address: answer_of_maxminddb(reader, address) for address in expected} == expected
        with geoip2.database.Reader(database) as reader:
            assert {address: answer_of_geoip2(reader, address) for address in expected} == expected
