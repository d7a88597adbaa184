"""A file, opened: which addresses it answers how, which files it refuses to be, and what later happens to the file."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import maxminddb
import pytest

from georedirect.errors import DatabaseError
from georedirect.geo.bundled import bundled_database
from georedirect.geo.database import Database
from georedirect.place import Place
from georedirect.visitor.address import Address, format_address, parse_address
from scripts.mmdb_file import encode
from tests.databases import (
    EPOCH,
    FRANCE,
    GERMANY,
    JAPAN,
    PROVIDER,
    SOMEWHERE_IN_EUROPE,
    damage,
    numbered,
    write_database,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]


def address(text: str) -> Address:
    parsed = parse_address(text)
    assert parsed is not None
    return parsed


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """192.0.0.0/16 is German but for a French /25 in it; the file lies about mapped and 6to4 addresses."""
    return write_database(
        tmp_path / "world.mmdb",
        {
            "192.0.0.0/16": GERMANY,
            "192.0.2.0/25": FRANCE,
            "198.51.100.7/32": JAPAN,
            "203.0.113.0/24": SOMEWHERE_IN_EUROPE,
            "2001:db8::/32": GERMANY,
            "2001:db8:1::/48": FRANCE,
            "2001:db8:1:2:3::/80": JAPAN,
            "2002::/16": JAPAN,
            "::ffff:0:0/96": JAPAN,
        },
    )


LOOKUPS = [
    ("192.0.77.1", "DE", "EU", 18),
    ("192.0.2.1", "FR", "EU", 25),
    ("192.0.2.129", "DE", "EU", 25),
    ("192.0.3.1", "DE", "EU", 24),
    ("198.51.100.7", "JP", "AS", 32),
    ("198.51.100.6", None, None, 32),
    ("203.0.113.9", None, "EU", 24),
    ("8.8.8.8", None, None, 1),
    ("2001:db8::1", "DE", "EU", 48),
    ("2001:db8:1::1", "FR", "EU", 63),
    ("2001:db8:1:2:3::1", "JP", "AS", 80),
    ("2001:db8:1:2::1", "FR", "EU", 79),
    ("2a00::1", None, None, 5),
    # IPv4 in IPv6 is what the IPv4 address is, whatever the file says of the IPv6 one
    ("::ffff:192.0.2.1", "FR", "EU", 25),
    ("::ffff:c000:201", "FR", "EU", 25),
    ("2002:c000:201::1", "FR", "EU", 16 + 25),
    ("2002:c000:201:ffff::", "FR", "EU", 16 + 25),
    ("2002:c633:6407::", "JP", "AS", 16 + 32),
    ("2002:cb00:7101::1", None, "EU", 16 + 24),
    ("2002:808:808::1", None, None, 16 + 1),
]


@pytest.mark.parametrize(("text", "country", "continent", "prefix_length"), LOOKUPS)
def test_an_address_is_in_this_place_and_network(
    world: Path, text: str, country: str | None, continent: str | None, prefix_length: int
) -> None:
    assert Database(world).find(address(text)) == Place(country, continent, prefix_length)


def test_what_holds_for_an_address_holds_in_all_of_its_network(world: Path) -> None:
    database = Database(world)
    for text, *_ in LOOKUPS:
        one = address(text)
        network = ip_network((format_address(one), database.find(one).prefix_length), strict=False)
        for other in (network[0], network[-1], network[network.num_addresses // 2]):
            assert database.find(Address(other.packed)) == database.find(one), (text, other)


@pytest.mark.parametrize("text", ["2001:db8::1", "::1", "2a00::1"])
def test_a_database_of_ipv4_knows_nothing_of_ipv6(tmp_path: Path, text: str) -> None:
    database = Database(write_database(tmp_path / "four.mmdb", {"0.0.0.0/0": GERMANY}, only_ipv4=True))
    assert database.find(address(text)) == Place(None, None, 0)


@pytest.mark.parametrize(
    ("text", "prefix_length"), [("192.0.2.1", 16), ("::ffff:192.0.2.1", 16), ("2002:c000:201::", 32)]
)
def test_a_database_of_ipv4_knows_the_ipv4_addresses_inside_ipv6(tmp_path: Path, text: str, prefix_length: int) -> None:
    database = Database(write_database(tmp_path / "four.mmdb", {"192.0.0.0/16": GERMANY}, only_ipv4=True))
    assert database.find(address(text)) == Place("DE", "EU", prefix_length)


def test_a_database_of_nothing_but_ipv6_is_one_too(tmp_path: Path) -> None:
    database = Database(write_database(tmp_path / "six.mmdb", {"2a00::/16": GERMANY}))
    assert database.find(address("2a00::1")) == Place("DE", "EU", 16)
    assert not database.find(address("192.0.2.1")).is_known


def test_the_registered_country_counts_only_when_asked_for(tmp_path: Path) -> None:
    path = write_database(
        tmp_path / "registered.mmdb", {"192.0.0.0/16": {"registered_country": {"iso_code": "US"}}, "10.0.0.0/8": JAPAN}
    )
    assert Database(path).find(address("192.0.2.1")) == Place(None, None, 16)
    asked = Database(path, use_registered_country=True)
    assert asked.find(address("192.0.2.1")) == Place("US", "NA", 16)
    assert asked.find(address("2002:c000:201::")) == Place("US", "NA", 32)


@pytest.mark.parametrize("database_type", ["DBIP-Country-Lite", "ipinfo generic_lite.mmdb", "GeoIP2-Enterprise", "x"])
def test_the_type_does_not_matter_if_there_are_countries(tmp_path: Path, database_type: str) -> None:
    path = write_database(tmp_path / "any.mmdb", {"192.0.0.0/16": {"country_code": "DE"}}, database_type=database_type)
    database = Database(path)
    assert database.find(address("192.0.2.1")).country == "DE"
    assert (database.type, database.build_epoch, database.path) == (database_type, EPOCH, path)


def test_a_build_date_in_milliseconds_is_cut_to_what_a_date_can_be(tmp_path: Path) -> None:
    database = Database(write_database(tmp_path / "far.mmdb", {"192.0.0.0/16": GERMANY}, epoch=EPOCH * 1000))
    assert database.build_epoch == 253_402_300_799


# What cannot be opened


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _below_a_file(path: Path) -> Path:
    path.write_text("a file")
    return path / "country.mmdb"


def _link_to_itself(path: Path) -> Path:
    path.symlink_to(path)
    return path


def _with(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _cut(path: Path, share: float) -> Path:
    content = bundled_database().read_bytes()
    return _with(path, content[: int(len(content) * share)])


def _without_a_tree(path: Path) -> Path:
    content = write_database(path, {"192.0.0.0/16": GERMANY}).read_bytes()
    return _with(path, content[content.index(b"\xab\xcd\xefMaxMind.com") :])


NO_MMDB = "is not a MaxMind database (MMDB), or is damaged"
REFUSED: list[tuple[str, Callable[[Path], Path], str]] = [
    ("missing", lambda path: path, "cannot be read: No such file or directory"),
    ("folder", _folder, "cannot be read: Is a directory"),
    ("below a file", _below_a_file, "cannot be read: Not a directory"),
    ("endless link", _link_to_itself, "cannot be read: Too many levels of symbolic links"),
    ("long name", lambda path: path.with_name("x" * 300), "cannot be read: File name too long"),
    ("unreadable", lambda _: Path("/proc/self/mem"), "cannot be read: Input/output error"),
    ("NUL in its name", lambda path: path / "a\0b", "cannot be read: embedded null byte"),
    ("empty", partial(_with, content=b""), NO_MMDB),
    ("text", partial(_with, content=b"country,code\nGermany,DE\n" * 100), NO_MMDB),
    ("zeros", partial(_with, content=bytes(100_000)), NO_MMDB),
    ("cut", partial(_cut, share=0.5), NO_MMDB),
    ("cut short", partial(_cut, share=0.001), NO_MMDB),
    ("cut in the metadata", partial(_cut, share=0.99999), NO_MMDB),
    ("without a tree", _without_a_tree, NO_MMDB),
]


def test_metadata_with_a_key_that_no_reader_knows_are_refused_and_end_no_process(tmp_path: Path) -> None:
    path = write_database(tmp_path / "strange.mmdb", {"192.0.2.0/24": GERMANY})
    before, marker, metadata = path.read_bytes().rpartition(b"\xab\xcd\xefMaxMind.com")
    longer = bytes([metadata[0] + 1]) + metadata[1:] + encode("foo\x1b") + encode("bar")
    path.write_bytes(before + marker + longer)
    with pytest.raises(DatabaseError, match=r"its metadata have a key that no reader knows, foo\\x1b$"):
        Database(path)


def test_what_a_file_says_of_itself_cannot_move_a_terminal(tmp_path: Path) -> None:
    path = write_database(tmp_path / "rude.mmdb", {"192.0.2.0/24": GERMANY}, database_type="x\x1b]0;y\x07")
    assert Database(path).type == "x\\x1b]0;y\\x07"


@pytest.mark.parametrize(("make", "why"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_file_that_is_none_is_refused_with_its_name_and_why(
    tmp_path: Path, make: Callable[[Path], Path], why: str
) -> None:
    path = make(tmp_path / "database.mmdb")
    with pytest.raises(DatabaseError) as raised:
        Database(path)
    assert str(raised.value).startswith(f"{path} {why}")


@pytest.mark.parametrize(
    "networks",
    [
        {"192.0.0.0/16": PROVIDER, "2001:db8::/32": PROVIDER},
        {},
        {"192.0.0.0/16": {"country": {"names": {"en": "Germany"}}}},
        {"192.0.0.0/16": {"country_code": "ZZ"}},
    ],
)
def test_a_database_without_countries_is_refused(tmp_path: Path, networks: dict[str, object]) -> None:
    path = write_database(tmp_path / "asn.mmdb", networks, database_type="GeoLite2-ASN")  # type: ignore[arg-type]  # parametrize widens it
    with pytest.raises(DatabaseError) as raised:
        Database(path)
    assert str(raised.value) == f"{path} holds no countries (its type is GeoLite2-ASN); use a country or city database"


def test_a_file_may_have_the_longest_name_that_there_is(tmp_path: Path) -> None:
    path = write_database(tmp_path / f"{'x' * 250}.mmdb"[-255:], {"192.0.0.0/16": GERMANY})
    assert Database(path).find(address("192.0.2.1")).country == "DE"


# What is damaged


def probe(database: Database, step: int = 7) -> set[Place]:
    """The places of many addresses of both families."""
    ipv4 = (Address(bytes([first, second, 9, 9])) for first in range(1, 224) for second in range(0, 256, step))
    ipv6 = (Address(bytes([0x20 | high, second]) + bytes(14)) for high in range(16) for second in range(256))
    return {database.find(one)._replace(prefix_length=0) for one in (*ipv4, *ipv6)}


@pytest.mark.parametrize("octets", [b"\xff" * 100_000, bytes(100_000), b"\x5a" * 100_000], ids=["ff", "00", "5a"])
@pytest.mark.parametrize("start", [0.3, 0.5, 0.8])
def test_damage_in_the_middle_makes_places_unknown_and_raises_nothing(
    tmp_path: Path, start: float, octets: bytes
) -> None:
    path = damage(_with(tmp_path / "damaged.mmdb", bundled_database().read_bytes()), start, octets)
    places = probe(Database(path))
    assert places <= probe(Database(bundled_database())) | {Place(None, None, 0)}


def test_a_damaged_record_is_none_and_its_neighbours_stay(tmp_path: Path) -> None:
    path = write_database(tmp_path / "damaged.mmdb", {"1.0.0.0/8": FRANCE, "192.0.0.0/16": GERMANY})
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\x42DE", b"\x42\xff\xfe"))  # a string that is not UTF-8
    database = Database(path)
    with maxminddb.open_database(path) as reader, pytest.raises(UnicodeDecodeError):
        reader.get("192.0.2.1")
    assert database.find(address("192.0.2.1")) == Place(None, None, 32)
    assert database.find(address("1.2.3.4")) == Place("FR", "EU", 8)


def test_damage_before_the_first_country_is_refused(tmp_path: Path) -> None:
    path = write_database(tmp_path / "damaged.mmdb", {"1.0.0.0/8": GERMANY})
    path.write_bytes(path.read_bytes().replace(b"\x42DE", b"\x42\xff\xfe"))
    with pytest.raises(DatabaseError, match=f"{re.escape(str(path))} is damaged: "):
        Database(path)


IN_A_CIRCLE = """
import sys
from pathlib import Path
from georedirect.errors import DatabaseError
from georedirect.geo.database import Database
from georedirect.visitor.address import Address
try:
    database = Database(Path(sys.argv[1]))
except DatabaseError as error:
    print(error)
else:
    print(database.find(Address(bytes([1, 2, 3, 4]))), database.find(Address(bytes([200, 0, 0, 1]))))
"""


def run(program: str, *arguments: object) -> str:
    """Run a program of its own, which may crash; what it prints."""
    command = [sys.executable, "-c", dedent(program), *map(str, arguments)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=30)
    assert (finished.returncode, finished.stderr) == (0, ""), finished
    return finished.stdout


@pytest.mark.parametrize("node", [0, 40, 89, 95, 100])
def test_a_tree_that_runs_in_a_circle_ends_no_process(tmp_path: Path, node: int) -> None:
    """maxminddb's iterator overwrites the memory of its process on such a file."""
    networks = [f"{first}.0.0.0/8" for first in range(1, 100)]
    path = write_database(tmp_path / "circle.mmdb", numbered(networks, ["DE", "FR"] * 50))
    content = bytearray(path.read_bytes())
    content[6 * node : 6 * node + 3] = node.to_bytes(3)  # its left branch leads back to itself
    path.write_bytes(content)
    assert run(IN_A_CIRCLE, path).startswith(("Place(", str(path)))


# What happens to the file later

AFTERWARDS = """
import os, sys
from pathlib import Path
from georedirect.geo.database import Database
from georedirect.visitor.address import Address
path = Path(sys.argv[1])
addresses = [Address(bytes([a, b, 1, 1])) for a in range(1, 224) for b in range(0, 256, 16)]
before = {address: place for address in addresses[::50] for place in [Database(path).find(address)]}
database = Database(path)
{happening}
after = {address: database.find(address) for address in addresses}
assert all(after[address] == place for address, place in before.items())
print(len({place.country for place in after.values()}))
"""
HAPPENINGS = {
    "cut short": "os.truncate(path, 4096)",
    "emptied": "os.truncate(path, 0)",
    "overwritten": "path.write_bytes(os.urandom(path.stat().st_size))",
    "deleted": "path.unlink()",
}


@pytest.mark.parametrize("happening", HAPPENINGS.values(), ids=HAPPENINGS.keys())
def test_nothing_done_to_the_file_is_felt_by_who_has_opened_it(tmp_path: Path, happening: str) -> None:
    path = _with(tmp_path / "country.mmdb", bundled_database().read_bytes())
    assert int(run(AFTERWARDS.replace("{happening}", happening), path)) > 100


SHARED = """
import os
from pathlib import Path
from georedirect.geo.bundled import bundled_database
from georedirect.geo.database import Database
from georedirect.visitor.address import Address

def touch():
    for first in range(1, 224):
        for second in range(256):
            database.find(Address(bytes([first, second, 0, 0])))

def of_the_mapping():
    lines = iter(Path("/proc/self/smaps").read_text().splitlines())
    access = next(line for line in lines if "memfd:georedirect" in line).split()[1]
    sizes = dict(line.split()[:2] for line in (next(lines) for _ in range(20)))
    return access, int(sizes["Rss:"]), int(sizes["Pss:"]), int(sizes["Private_Dirty:"])

files = set(os.listdir("/proc/self/fd"))
database = Database(bundled_database())
assert len(set(os.listdir("/proc/self/fd")) - files) == 1, "more is left open than the copy"
touch()
up, up_ready = os.pipe()
down, down_ready = os.pipe()
child = os.fork()
if child == 0:
    touch()
    os.write(up_ready, b"1")
    os.read(down, 1)
    os._exit(0)
os.read(up, 1)
print(*of_the_mapping())
os.write(down_ready, b"1")
assert os.waitpid(child, 0)[1] == 0
"""


def test_processes_that_are_forked_later_share_the_copy_and_nobody_can_write_to_it() -> None:
    access, resident, proportional, private = run(SHARED).split()
    assert access.startswith("r--")
    assert int(resident) > 500  # kB that both have touched
    assert int(proportional) <= int(resident) * 0.6
    assert int(private) <= int(resident) * 0.1


def test_a_copy_is_given_back_with_its_database(tmp_path: Path) -> None:
    path = write_database(tmp_path / "small.mmdb", {"192.0.0.0/16": GERMANY})
    before = mapped_copies()
    for _ in range(20):
        Database(path)
    assert mapped_copies() < before + 20


def mapped_copies() -> int:
    return len(re.findall("memfd:georedirect", Path("/proc/self/smaps").read_text()))
