"""What is in a file, counted; and of a damaged file that it is."""

from __future__ import annotations

import contextlib
from ipaddress import IPv4Address, IPv6Address
from random import Random
from typing import TYPE_CHECKING

import maxminddb
import pytest

from georedirect.errors import DatabaseError, NoCountriesError
from georedirect.geo.bundled import bundled_database
from georedirect.geo.confine import confine
from georedirect.geo.database import Database
from georedirect.geo.metadata import take_apart
from georedirect.geo.survey import Survey, read_atlas, survey
from georedirect.visitor.address import Address
from scripts.mmdb_file import Unsigned
from tests.damaged import DAMAGES, change_octets, damaged, flip_bits, turn_the_tree
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
    from pathlib import Path

    from tests.databases import Record


def test_a_survey_tells_what_there_is(tmp_path: Path) -> None:
    path = write_database(
        tmp_path / "small.mmdb",
        {"192.0.0.0/16": GERMANY, "198.51.100.0/24": FRANCE, "203.0.113.0/24": SOMEWHERE_IN_EUROPE, "2a00::/16": JAPAN},
    )
    assert survey(path) == Survey(
        path=path,
        database_type="GeoLite2-Country",
        build_epoch=EPOCH,
        octets=path.stat().st_size,
        networks4=3,
        networks6=1,
        countries=frozenset({"DE", "FR", "JP"}),
    )


COUNTS: list[tuple[dict[str, Record], tuple[int, int]]] = [
    ({"192.0.0.0/16": GERMANY}, (1, 0)),
    ({"192.0.0.0/16": GERMANY, "192.0.2.0/24": FRANCE}, (9, 0)),
    ({"0.0.0.0/0": GERMANY}, (2, 0)),  # its halves, as the root of IPv4 is a node
    ({"2a00::/16": GERMANY}, (0, 1)),
    ({"2000::/3": GERMANY}, (0, 1)),
    # IPv4 again, whatever the file says of it
    ({"192.0.0.0/16": GERMANY, "::ffff:0:0/96": JAPAN, "2002::/16": JAPAN}, (1, 0)),
    ({"192.0.0.0/16": GERMANY, "2002:c000:200::/40": JAPAN, "2003::/16": JAPAN}, (1, 1)),
]


@pytest.mark.parametrize(("networks", "counts"), COUNTS)
def test_networks_are_counted_once(tmp_path: Path, networks: dict[str, Record], counts: tuple[int, int]) -> None:
    found = survey(write_database(tmp_path / "count.mmdb", networks))
    assert (found.networks4, found.networks6) == counts


def test_a_database_of_ipv4_has_no_networks_of_ipv6(tmp_path: Path) -> None:
    found = survey(write_database(tmp_path / "four.mmdb", {"192.0.0.0/16": GERMANY}, only_ipv4=True))
    assert (found.networks4, found.networks6) == (1, 0)


def test_the_registered_country_counts_only_when_asked_for(tmp_path: Path) -> None:
    registered: Record = {"registered_country": {"iso_code": "US"}}
    path = write_database(tmp_path / "registered.mmdb", {"192.0.0.0/16": registered, "10.0.0.0/8": JAPAN})
    assert survey(path).countries == {"JP"}
    assert survey(path, use_registered_country=True).countries == {"JP", "US"}


def test_the_bundled_database_is_whole() -> None:
    found = survey(bundled_database())
    assert found.networks4 > 500_000
    assert found.networks6 > 500_000
    assert len(found.countries) > 240


# What is wrong with a file


def test_a_file_without_countries_is_refused_as_that(tmp_path: Path) -> None:
    path = write_database(tmp_path / "asn.mmdb", {"192.0.0.0/16": PROVIDER}, database_type="GeoLite2-ASN")
    with pytest.raises(NoCountriesError) as raised:
        survey(path)
    assert str(raised.value) == f"{path} holds no countries (its type is GeoLite2-ASN); use a country or city database"


@pytest.mark.parametrize(
    ("name", "why"),
    [("none.mmdb", "No such file or directory"), (".", "Is a directory"), ("a\0b", "embedded null byte")],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_name(tmp_path: Path, name: str, why: str) -> None:
    path = tmp_path / name
    with pytest.raises(DatabaseError) as raised:
        survey(path)
    assert str(raised.value) == f"{path} cannot be read: {why}"


def test_one_damaged_record_is_found_wherever_it_is(tmp_path: Path) -> None:
    networks = numbered((f"{first}.0.0.0/8" for first in range(1, 200)), ["DE", "FR"] * 100)
    path = write_database(tmp_path / "damaged.mmdb", {**networks, "200.0.2.7/32": {"country_code": "JP"}})
    path.write_bytes(path.read_bytes().replace(b"\x42JP", b"\x42\xff\xfe"))
    with pytest.raises(DatabaseError, match=rf"^{path} is damaged: the value at \d+ of its data cannot be decoded"):
        survey(path)


@pytest.mark.parametrize("start", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("octets", [b"\xff" * 1000, bytes(1000)], ids=["ff", "00"])
def test_damage_anywhere_in_the_middle_of_the_bundled_database_is_found(
    tmp_path: Path, start: float, octets: bytes
) -> None:
    path = tmp_path / "damaged.mmdb"
    path.write_bytes(bundled_database().read_bytes())
    with pytest.raises(DatabaseError, match=f"^{path} is damaged: its search tree "):
        survey(damage(path, start, octets))


MOST = 2_000


def _look_everything_up(path: Path) -> bool:
    """Survey a file that nothing is known of; if it is whole, look each of its networks up, as far as that ends."""
    survey(path)
    tree = read_atlas(path).tree
    kind = IPv4Address if tree.bits == 32 else IPv6Address
    with maxminddb.open_database(path) as reader:
        try:
            for first, _, _ in tree.networks(MOST):
                reader.get(kind(first))
        except DatabaseError:
            return True
    return True


def _survive(*paths: Path) -> int:
    """How many files are whole. Refused is well too, but not by a crash, or without an end."""
    return confine(lambda: sum(map(_is_whole, paths)), paths[0], seconds=30, octets=1 << 30)


def _is_whole(path: Path) -> bool:
    refused = f"{path} is damaged: ", f"{path} is not a ", f"{path} holds no "
    try:
        return _look_everything_up(path)
    except DatabaseError as error:
        if not str(error).startswith(refused):
            raise
        return False


SMALL: dict[str, Record] = {
    **numbered((f"{first}.0.0.0/8" for first in range(1, 60)), ["DE", "FR", "JP"] * 20),
    **numbered((f"2a{second:02x}::/24" for second in range(40)), ["DE", "US", "CH"] * 20),
    "192.0.2.0/24": {"country": {"iso_code": "FR", "names": {"en": "France"}}, "continent": {"code": "EU"}},
    "::ffff:0:0/96": JAPAN,
}


@pytest.mark.filterwarnings("ignore:PyUnicode_FromStringAndSize:DeprecationWarning")  # of the reader, on empty strings
@pytest.mark.parametrize("make", DAMAGES, ids=lambda make: make.__name__)
def test_a_damaged_file_is_refused_or_proves_to_be_whole(
    tmp_path: Path, make: Callable[[bytes, Random], bytes]
) -> None:
    content = write_database(tmp_path / "sound.mmdb", SMALL).read_bytes()
    paths = [tmp_path / f"{number}.mmdb" for number in range(72)]
    for path, octets in zip(paths, damaged(content, make, 72), strict=True):
        path.write_bytes(octets)
    dozens = [paths[first : first + 12] for first in range(0, 72, 12)]  # each in a process, or 72 forks were the test
    assert sum(_survive(*dozen) for dozen in dozens) < 72


@pytest.mark.filterwarnings("ignore:PyUnicode_FromStringAndSize:DeprecationWarning")
@pytest.mark.parametrize("make", [make for make in DAMAGES if make.__name__ != "hang_in_many_places"])
def test_a_damaged_file_of_real_size_is_refused_or_proves_to_be_whole(
    tmp_path: Path, make: Callable[[bytes, Random], bytes]
) -> None:
    content = bundled_database().read_bytes()
    path = tmp_path / "damaged.mmdb"
    for octets in damaged(content, make, 2):
        path.write_bytes(octets)
        _survive(path)


CRASHERS = [(turn_the_tree, 1), (turn_the_tree, 317), (change_octets, 66), (flip_bits, 51)]
"""Files on which the iterator of maxminddb 3.2.0 wrote over memory that was not its own, or read there."""


@pytest.mark.parametrize(("make", "seed"), CRASHERS)
def test_what_ends_a_process_that_reads_by_other_means_is_refused(
    tmp_path: Path, make: Callable[[bytes, Random], bytes], seed: int
) -> None:
    path = write_database(tmp_path / "crasher.mmdb", SMALL)
    path.write_bytes(make(path.read_bytes(), Random(seed)))  # noqa: S311  a fixed sequence is what it is for
    with contextlib.suppress(DatabaseError):  # which says how that ended; a better reader may get through
        confine(lambda: _iterate(path), path, seconds=10, octets=1 << 29)
    with pytest.raises(DatabaseError, match=f"^{path} is damaged: its search tree (runs in a circle|is deeper)"):
        survey(path)


def test_a_key_by_pointer_that_is_no_text_is_refused_before_it_ends_the_process(tmp_path: Path) -> None:
    """On the record with it, a plain lookup of maxminddb 3.2.0 reads from where the number says."""
    odd: Record = {"ab": "x", "n": Unsigned(32, 0x01020304)}
    path = write_database(tmp_path / "key.mmdb", {"10.0.0.0/8": GERMANY, "192.0.0.0/16": odd})
    content = path.read_bytes()
    number = take_apart(content).values.index(b"\xc4\x01\x02\x03\x04")
    path.write_bytes(content.replace(b"\x42ab\x41x", bytes((0x20, number)) + b"\x42xy"))
    with contextlib.suppress(DatabaseError):
        confine(lambda: Database(path).find(Address(bytes((192, 0, 2, 1)))), path, seconds=10, octets=1 << 29)
    with pytest.raises(DatabaseError, match=rf"^{path} is damaged: the value at \d+ of its data has a key that is no"):
        survey(path)


def _iterate(path: Path) -> None:
    with maxminddb.open_database(path) as reader:
        for _ in zip(range(10_000), reader, strict=False):
            pass
