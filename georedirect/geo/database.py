"""An MMDB file, opened so that nothing done to the file later can be felt. Remembers no answer."""

from __future__ import annotations

import mmap
import os
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from geoip2.database import Reader
from maxminddb import InvalidDatabaseError

from georedirect.errors import DatabaseError, NoCountriesError
from georedirect.geo.records import read_record
from georedirect.visitor.address import Address, format_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from georedirect.place import Place

_SAMPLE = 10_000
_DAMAGE = (InvalidDatabaseError, UnicodeDecodeError, ValueError)
_LAST_SECOND = 253_402_300_799  # of the year 9999: some builders count milliseconds, and no date is that far off
_GLOBAL6 = 0x2000 << 112  # RFC 4291 2.4: where IPv6 addresses of this world begin
_6TO4 = b"\x20\x02"  # RFC 3056: 2002:V4ADDR::/48


class Database:
    """A country, city or enterprise database of any known shape; `DatabaseError` when a file is not one."""

    def __init__(self, path: Path, *, use_registered_country: bool = False) -> None:
        self.path = path
        self._use_registered_country = use_registered_country
        self._reader = _open(path)
        metadata = self._reader.metadata()
        self.type = metadata.database_type
        self.build_epoch = min(metadata.build_epoch, _LAST_SECOND)
        self._look_up = self._reader.look_up
        self._has_ipv6 = metadata.ip_version == 6
        self._check_for_countries()

    def find(self, address: Address) -> Place:
        """The place of an address. A record that is damaged counts as none."""
        if len(address) == 16 and address[:2] == _6TO4:
            place = self.find(Address(address[2:6]))
            return place._replace(prefix_length=place.prefix_length + 16)
        if len(address) == 16 and not self._has_ipv6:
            return read_record(None, 0)
        try:
            record, prefix_length = self._look_up(format_address(address))
        except _DAMAGE:
            return read_record(None, 8 * len(address))
        return read_record(record, prefix_length, use_registered_country=self._use_registered_country)

    def why_unreadable(self, address: Address) -> str | None:
        """What is wrong with the record at this very place in the tree; None when it can be read."""
        try:
            self._look_up(format_address(address))
        except _DAMAGE as error:
            return str(error)
        return None

    def _check_for_countries(self) -> None:
        """A database of something else, such as ASN numbers, opens just as well; look into it."""
        try:
            for record in chain(self._some_records(4, 0), self._some_records(16, _GLOBAL6) if self._has_ipv6 else ()):
                if read_record(record, 0, use_registered_country=True).is_known:
                    return
        except _DAMAGE as error:
            raise DatabaseError(f"{self.path} is damaged: {error}") from error
        raise NoCountriesError(
            f"{self.path} holds no countries (its type is {self.type}); use a country or city database"
        )

    def _some_records(self, octets: int, first: int) -> Iterator[object]:
        """The records of the networks from an address on, by plain lookups.

        maxminddb's own iterator is not used: on some damaged files it overwrites memory that is not its own.
        """
        for _ in range(_SAMPLE):
            record, prefix_length = self._look_up(format_address(Address(first.to_bytes(octets))))
            yield record
            first = (first | (1 << 8 * octets - prefix_length) - 1) + 1
            if first >> 8 * octets:
                return


class _RecordReader(Reader):
    """geoip2's reader, which also hands out a record as it is: building its models costs ten times the lookup."""

    @property
    def look_up(self) -> Callable[[str], tuple[object, int]]:
        return self._db_reader.get_with_prefix_len


def _open(path: Path) -> _RecordReader:
    try:
        with _private_copy(path) as copy:
            return _RecordReader(copy)
    except _DAMAGE as error:
        raise DatabaseError(f"{path} is not a MaxMind database (MMDB), or is damaged") from error
    except OSError as error:
        raise DatabaseError(f"{path} cannot be read: {error.strerror or error}") from error


@contextmanager
def _private_copy(path: Path) -> Iterator[str]:
    """A path to a copy in memory that nobody else can write to, for as long as it takes to map it.

    A file that is cut short while it is mapped kills every process that reads it (SIGBUS). The copy's pages are
    shared by all processes that are forked after it has been mapped.
    """
    with path.open("rb") as original, os.fdopen(os.memfd_create("georedirect-database"), "w+b") as copy:
        while block := original.read(1 << 20):
            copy.write(block)
        copy.flush()
        mmap.mmap(copy.fileno(), 0, access=mmap.ACCESS_READ).close()  # maxminddb calls want of memory damage
        yield f"/proc/self/fd/{copy.fileno()}"
