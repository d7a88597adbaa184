"""What there is in a whole database file, and that all of it can be read. Knows no policy and changes nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from georedirect.errors import DatabaseError, NoCountriesError
from georedirect.geo.database import Database
from georedirect.geo.metadata import decode_value, take_apart
from georedirect.geo.mmdb import DAMAGE, Mmdb, expect_metadata
from georedirect.geo.records import read_record
from georedirect.geo.tree import Tree, ipv4_spaces
from georedirect.visitor.address import Address, format_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.geo.metadata import Metadata
    from georedirect.place import Place

_UNKNOWN = read_record(None, 0)


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file holds; `networks` are those with a known place, as the file divides them. `octets` is its size."""

    path: Path
    database_type: str
    build_epoch: int
    octets: int
    networks4: int
    networks6: int
    countries: frozenset[str]


@dataclass(frozen=True, slots=True)
class Atlas:
    """A file's sound tree, and the place of each of its leaves. A place's `prefix_length` is of no meaning here."""

    path: Path
    octets: int
    metadata: Metadata
    tree: Tree
    places: Mapping[int, Place]
    use_registered_country: bool


def survey(path: Path, *, use_registered_country: bool = False) -> Survey:
    """Walk all of a file; `DatabaseError` if any of it is damaged, `NoCountriesError` if there are none in it.

    This reads it first by means that no octets can crash, and then as the door does.
    """
    return survey_atlas(read_atlas(path, use_registered_country=use_registered_country))


def read_atlas(path: Path, *, use_registered_country: bool = False) -> Atlas:
    """Read a whole file and decode each of its records; `DatabaseError` if any of it is damaged."""
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise DatabaseError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a name with NUL in it
        raise DatabaseError(f"{path} cannot be read: {error}") from error
    return _atlas(path, octets, use_registered_country=use_registered_country)


def prove(path: Path, descriptor: int) -> Mmdb:
    """Open a copy of a file, whatever it is of, once all of it has been read; `DatabaseError` says what cannot be.

    It is read first by means that no octets can crash, and then as the door does. The descriptor is taken over.
    """
    try:
        expect_metadata(path, descriptor)
        tree = _atlas(path, Path(f"/proc/self/fd/{descriptor}").read_bytes()).tree
    except BaseException:
        os.close(descriptor)
        raise
    file = Mmdb(path, descriptor)
    for slot in tree.pointers.values():
        address = Address(tree.address_below(slot).to_bytes(tree.bits // 8))
        try:
            file.look_up(format_address(address))
        except DAMAGE as error:
            raise DatabaseError(f"{path} is damaged: {error}") from error
    return file


def _atlas(path: Path, octets: bytes, *, use_registered_country: bool = False) -> Atlas:
    try:
        parts = take_apart(octets)
        tree = Tree(parts)
        places = {
            pointer: read_record(
                decode_value(parts.values, tree.offset(pointer)), 0, use_registered_country=use_registered_country
            )
            for pointer in tree.pointers
        }
    except DatabaseError as error:
        raise DatabaseError(f"{path} is damaged: {error}") from error
    places[tree.empty] = _UNKNOWN
    return Atlas(path, len(octets), parts.metadata, tree, places, use_registered_country)


def survey_atlas(atlas: Atlas) -> Survey:
    """Survey what has been read; the same errors."""
    if not any(place.is_known for place in atlas.places.values()):
        kind = atlas.metadata.database_type
        raise NoCountriesError(f"{atlas.path} holds no countries (its type is {kind}); use a country or city database")
    database = Database(atlas.path, use_registered_country=atlas.use_registered_country)
    _compare(atlas, database)
    networks4, networks6 = _count_networks(atlas)
    return Survey(
        path=atlas.path,
        database_type=database.type,
        build_epoch=database.build_epoch,
        octets=atlas.octets,
        networks4=networks4,
        networks6=networks6,
        countries=frozenset(place.country for place in atlas.places.values() if place.country is not None),
    )


def _compare(atlas: Atlas, database: Database) -> None:
    """See that the reader that serves finds each record that we found."""
    tree = atlas.tree
    for pointer, slot in tree.pointers.items():
        number = tree.address_below(slot)
        address = Address(number.to_bytes(tree.bits // 8))
        why = database.why_unreadable(address)
        if why is not None:
            raise DatabaseError(f"{atlas.path} is damaged: {why}")
        if tree.bits == 128 and number >> 32 and ipv4_spaces(number, 128):
            continue  # mapped or 6to4: `find` does not look in here
        found, expected = database.find(address), atlas.places[pointer]
        if found[:2] != expected[:2]:
            raise DatabaseError(
                f"{atlas.path} is damaged: the reader finds {found.country} for {format_address(address)}, "
                f"where the file holds {expected.country}"
            )


def _count_networks(atlas: Atlas) -> tuple[int, int]:
    """Count networks with a known place, of IPv4 and of IPv6; per node, as following each path may never end."""
    tree = atlas.tree
    weights = {leaf: int(place.is_known) for leaf, place in atlas.places.items()}
    below = tree.count(weights)

    def weight(branch: int) -> int:
        return below[branch] if branch < tree.nodes else weights[branch]

    def outside(branch: int, first: int, length: int) -> int:
        """Count what is not IPv4; a leaf that holds more than all of that is one of IPv6 too."""
        spaces = ipv4_spaces(first, length)
        if spaces and length >= min(spaces):
            return 0
        if not spaces or branch >= tree.nodes:
            return weight(branch)
        left, right = tree.branches[2 * branch], tree.branches[2 * branch + 1]
        return outside(left, first, length + 1) + outside(right, first | 1 << (127 - length), length + 1)

    ipv4 = weight(tree.ipv4())
    return ipv4, outside(0, 0, 0) if tree.bits == 128 else 0
