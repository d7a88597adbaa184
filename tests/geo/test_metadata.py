"""What a file says of itself is what it is, or the file is refused with what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from georedirect.errors import DatabaseError
from georedirect.geo.metadata import Metadata, decode_value, take_apart
from scripts.mmdb_file import Unsigned, encode
from tests.databases import EPOCH, GERMANY, write_database

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.mmdb_file import Value

MARKER = b"\xab\xcd\xefMaxMind.com"
GOOD: dict[str, Value] = {
    "binary_format_major_version": Unsigned(16, 2),
    "build_epoch": Unsigned(64, EPOCH),
    "database_type": "Country",
    "ip_version": Unsigned(16, 4),
    "node_count": Unsigned(32, 1),
    "record_size": Unsigned(16, 24),
}


def file(**metadata: Value) -> bytes:
    """A file of one node; `metadata` that are an empty string are left out."""
    table = {key: value for key, value in {**GOOD, **metadata}.items() if value != ""}
    return bytes(6) + bytes(16) + encode("data") + MARKER + encode(table)


def test_the_parts_are_where_the_metadata_say() -> None:
    parts = take_apart(file())
    assert parts.metadata == Metadata("Country", EPOCH, 32, 24, 1)
    assert (bytes(parts.tree), parts.values) == (bytes(6), encode("data"))


def test_the_last_marker_counts(tmp_path: Path) -> None:
    path = write_database(tmp_path / "two.mmdb", {"192.0.0.0/16": {**GERMANY, "x": "\x00MaxMind.com"}})
    content = path.read_bytes().replace(b"\x00MaxMind.com", MARKER[2:]).replace(MARKER[2:], MARKER[2:], 1)
    assert take_apart(content).metadata.bits == 128


REFUSED: list[tuple[dict[str, Value], str]] = [
    ({"binary_format_major_version": Unsigned(16, 3)}, "its format is version 3; version 2 is the only one"),
    ({"binary_format_major_version": ""}, "its format is version None; version 2 is the only one"),
    ({"record_size": Unsigned(16, 20)}, "its metadata say record_size = 20; there are 24, 28 and 32"),
    ({"record_size": "24"}, "its metadata say record_size = 24; there are 24, 28 and 32"),
    ({"ip_version": Unsigned(16, 5)}, "its metadata say ip_version = 5; there are 4 and 6"),
    ({"ip_version": []}, r"its metadata say ip_version = \[\]; there are 4 and 6"),
    ({"node_count": Unsigned(32, 0)}, "its metadata say node_count = 0; there must be one at least"),
    ({"node_count": True}, "its metadata say node_count = True; there must be one at least"),
    ({"node_count": Unsigned(32, 2)}, "its search tree is said to have 2 nodes, more than the file has room for"),
    ({"node_count": Unsigned(32, 2**32 - 1)}, "its search tree is said to have 4294967295 nodes, more than"),
    ({"build_epoch": "today"}, "its metadata say build_epoch = today, which is no date"),
]


@pytest.mark.parametrize(("metadata", "what"), REFUSED)
def test_metadata_that_cannot_be_are_refused(metadata: dict[str, Value], what: str) -> None:
    with pytest.raises(DatabaseError, match=f"^{what}"):
        take_apart(file(**metadata))


def test_a_tree_that_does_not_end_where_it_is_said_to_is_refused() -> None:
    content = file()
    with pytest.raises(DatabaseError, match=r"^its search tree does not end where 1 nodes would"):
        take_apart(content[:10] + b"\x01" + content[11:])


@pytest.mark.parametrize("content", [b"", b"text", bytes(100_000), file()[:20], file() + bytes(200_000)])
def test_a_file_without_metadata_at_its_end_is_refused(content: bytes) -> None:
    with pytest.raises(DatabaseError, match=r"^it has no metadata at its end"):
        take_apart(content)


def test_metadata_that_are_no_table_are_refused() -> None:
    with pytest.raises(DatabaseError, match=r"^its metadata are not a table$"):
        take_apart(bytes(22) + MARKER + encode("text"))
    with pytest.raises(DatabaseError, match=r"^the value at 0 of its data cannot be decoded"):
        take_apart(bytes(22) + MARKER)


UNDECODABLE = {
    "cut short": b"\x45text",
    "not UTF-8": b"\x42\xff\xfe",
    "end of the data": b"\x42DE" + b"\x44D",
    "of no type": b"\x00\x05",
    "a table as a key": b"\xe1\xe0\xe0",
    "a number as a key": b"\xe1\xa1\x05\x42DE",
    "a number as a key, further in": b"\xe1\x41a\x01\x04\xe1\xa1\x05\x42DE",
    "a pointer to itself": b"\x20\x00",
    "a pointer outside": b"\x27\xff",
    "an array that holds itself": b"\x01\x04\x20\x00",
    "deeper than there is": b"\x01\x04" * 5000,
    "endless": b"".join(b"\x14\x04" + (0x2000 | level * 42).to_bytes(2) * 20 for level in range(1, 20))
    + b"\x42DE" * 20,
}


@pytest.mark.parametrize("values", UNDECODABLE.values(), ids=UNDECODABLE.keys())
def test_octets_that_are_no_value_are_refused(values: bytes) -> None:
    with pytest.raises(DatabaseError, match=r"of its data (cannot be decoded|is cut short|has a key that is no text)"):
        decode_value(values, 3 if values.startswith(b"\x42DE") else 0)
