"""The tree of a file, walked whole: the places that lookups find too, and on any octets an end or an error."""

from __future__ import annotations

from array import array
from ipaddress import IPv6Network
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from georedirect.errors import DatabaseError
from georedirect.geo.bundled import bundled_database
from georedirect.geo.database import Database
from georedirect.geo.metadata import Metadata, Parts, take_apart
from georedirect.geo.survey import read_atlas
from georedirect.geo.tree import Tree, ipv4_spaces
from georedirect.visitor.address import Address, format_address, parse_address
from tests.databases import write_database
from tests.worlds import worlds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.databases import Record

DATA = bytes(64)


def tree(*branches: int, bits: int = 32, record_size: int = 24) -> Tree:
    """A tree of these branches, two a node; data are 64 octets long, and begin at 16 above the number of nodes."""
    octets = b"".join(_node(branches[slot], branches[slot + 1], record_size) for slot in range(0, len(branches), 2))
    return Tree(Parts(Metadata("x", 0, bits, record_size, len(branches) // 2), memoryview(octets), DATA))


def _node(left: int, right: int, record_size: int) -> bytes:
    if record_size != 28:
        return left.to_bytes(record_size // 8) + right.to_bytes(record_size // 8)
    middle = (left >> 24) << 4 | right >> 24
    return (left & 0xFFFFFF).to_bytes(3) + bytes([middle]) + (right & 0xFFFFFF).to_bytes(3)


@pytest.mark.parametrize("record_size", [24, 28, 32])
def test_a_branch_is_read_whatever_size_records_have(record_size: int) -> None:
    branches = [1, 2, 19, 3, 3 + 16 + 63, 20]
    assert tree(*branches, record_size=record_size).branches == array("I", branches)


@given(data=st.data(), record_size=st.sampled_from([24, 28, 32]))
def test_no_branch_is_too_large_for_its_record(data: st.DataObject, record_size: int) -> None:
    """A pointer as large as records can be is read as that: it is outside of the data, and the error knows whose."""
    largest = st.integers(1 + 16 + len(DATA), (1 << record_size) - 1)
    left = data.draw(largest)
    with pytest.raises(DatabaseError, match=r"^its search tree points outside of its data for 0\.0\.0\.0$"):
        tree(left, 1, record_size=record_size)


# What the walk finds


@given(world=worlds, only_ipv4=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_each_network_of_the_walk_has_the_place_that_a_lookup_finds(
    tmp_path: Path, world: dict[str, Record], only_ipv4: bool
) -> None:
    path = write_database(tmp_path / "walk.mmdb", world, only_ipv4=only_ipv4)
    database, atlas = Database(path), read_atlas(path)
    past, bits = 0, atlas.tree.bits
    for first, length, leaf in atlas.tree.networks(100_000):
        assert first == past
        past = first + (1 << (bits - length))
        for number in (first, past - 1):
            if bits == 128 and number >> 32 and ipv4_spaces(number, 128):
                continue  # mapped or 6to4, where nobody looks
            found = database.find(Address(number.to_bytes(bits // 8)))
            assert found == atlas.places[leaf]._replace(prefix_length=length), number
    assert past == 1 << bits


@given(number=st.integers(0, 2**128 - 1) | st.integers(0, 2**49), length=st.integers(0, 128))
def test_a_network_meets_a_space_of_ipv4_if_one_is_in_the_other(number: int, length: int) -> None:
    network = IPv6Network((number >> (128 - length) << (128 - length), length))
    spaces = [IPv6Network(space) for space in ("::/96", "::ffff:0:0/96", "2002::/16")]
    expected = [space.prefixlen for space in spaces if network.overlaps(space)]
    assert ipv4_spaces(int(network[0]), length) == expected


def test_each_pointer_is_found_again_at_the_address_that_is_said_to_lead_to_it() -> None:
    path = bundled_database()
    database, atlas = Database(path), read_atlas(path)
    assert len(atlas.tree.pointers) > 200
    for pointer, slot in atlas.tree.pointers.items():
        address = Address(atlas.tree.address_below(slot).to_bytes(16))
        assert database.find(address)[:2] == atlas.places[pointer][:2], format_address(address)


def test_ipv4_is_where_lookups_of_ipv4_begin() -> None:
    atlas = read_atlas(bundled_database())
    address = parse_address("193.0.6.139")
    assert address is not None
    branch = atlas.tree.ipv4()
    for turn in f"{int.from_bytes(address):032b}":
        if branch < atlas.tree.nodes:
            branch = atlas.tree.branches[2 * branch + int(turn)]
    assert atlas.places[branch].country == "NL"
    assert tree(1, 1, bits=32).ipv4() == 0
    assert tree(17, 1, bits=128).ipv4() == 17


def test_leaves_count_as_often_as_they_are_there() -> None:
    shared = tree(1, 1, 2, 3, 20, 3)
    assert shared.count({20: 1, 3: 0}) == [2, 1, 1]
    assert shared.count({20: 1, 3: 10}) == [42, 21, 11]


# What is wrong with a tree


@pytest.mark.parametrize("branches", [(0, 1), (1, 0), (1, 2, 2, 0), (2, 1, 1, 2), (1, 2, 2, 3, 3, 1, 4, 4)])
def test_a_tree_that_runs_in_a_circle_is_refused(branches: tuple[int, ...]) -> None:
    with pytest.raises(DatabaseError, match=r"^its search tree runs in a circle at node \d$"):
        tree(*branches)


def test_a_circle_that_no_address_leads_to_does_no_harm() -> None:
    assert list(tree(2, 18, 1, 1).order) == [0]


@pytest.mark.parametrize(("pointer", "is_inside"), [(2, False), (16, False), (17, True), (80, True), (81, False)])
def test_a_leaf_points_into_the_data_or_the_tree_is_refused(pointer: int, is_inside: bool) -> None:
    if is_inside:
        assert tree(1, pointer).pointers == {pointer: 1}
    else:
        with pytest.raises(DatabaseError, match=r"^its search tree points outside of its data for 128\.0\.0\.0$"):
            tree(1, pointer)


def chain(length: int, *, also: int | None = None) -> list[int]:
    """Nodes of which each leads to the next one; and on its other side to nothing, or there as well."""
    return [branch for node in range(1, length + 1) for branch in (node, length if also is None else node)]


@pytest.mark.parametrize("bits", [32, 128])
def test_a_tree_is_as_deep_as_an_address_has_bits_and_no_deeper(bits: int) -> None:
    assert len(tree(*chain(bits), bits=bits).order) == bits
    with pytest.raises(DatabaseError, match=f"^its search tree is deeper than the {bits} bits of an address$"):
        tree(*chain(bits + 1), bits=bits)


def test_a_chain_of_all_nodes_there_can_be_ends_in_an_error_not_in_a_crash() -> None:
    with pytest.raises(DatabaseError, match="is deeper than"):
        tree(*chain(300_000))


def test_a_tree_with_more_ways_than_there_is_time_for_is_sound_but_not_listed() -> None:
    hostile = tree(*chain(128, also=1)[:-2], 128 + 16, 128 + 17, bits=128)
    assert len(hostile.order) == 128
    assert hostile.count({144: 1, 145: 0})[0] == 2**127
    with pytest.raises(DatabaseError, match=r"^its search tree has too many networks to list$"):
        list(hostile.networks(1000))


def test_the_bundled_file_is_sound() -> None:
    parts = take_apart(bundled_database().read_bytes())
    assert len(Tree(parts).order) == parts.metadata.nodes
