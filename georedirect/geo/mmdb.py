"""An MMDB file of any kind, opened so that nothing done to the file later can be felt. Knows no record's shape."""

from __future__ import annotations

import fcntl
import mmap
import os
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import finalize

from geoip2.database import Reader
from maxminddb import InvalidDatabaseError

from georedirect.errors import DatabaseError
from georedirect.geo.metadata import MOST_OCTETS, read_metadata
from georedirect.policy.findings import one_line
from georedirect.visitor.address import SIX_TO_FOUR, Address, format_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DAMAGE = (InvalidDatabaseError, UnicodeDecodeError, ValueError)
"""What maxminddb raises at a file that is damaged."""

_SAMPLE = 10_000
_GLOBAL6 = 0x2000 << 112  # RFC 4291 2.4: where IPv6 addresses of this world begin
_LAST_SECOND = 253_402_300_799  # of the year 9999: some builders count milliseconds, and no date is that far off
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


class Mmdb:
    """A private copy of an MMDB file in memory, sealed; `DatabaseError` when the file cannot be read or is none.

    A file that is cut short while it is mapped kills every process that reads it (SIGBUS); nobody can do that to the
    copy. Its pages are shared by all processes that map it: those that are forked later, and those that are handed
    `descriptor`, with which they open the same copy again.
    """

    def __init__(self, path: Path, descriptor: int | None = None) -> None:
        self.path = path
        self.descriptor = copy_of(path) if descriptor is None else descriptor
        finalize(self, os.close, self.descriptor).atexit = False
        expect_metadata(path, self.descriptor)
        try:
            self._reader = _RecordReader(f"/proc/self/fd/{self.descriptor}")
        except DAMAGE as error:
            raise _no_mmdb(path, error) from error
        metadata = self._reader.metadata()
        self.type = one_line(metadata.database_type)
        self.description = str(metadata.description.get("en", ""))
        self.build_epoch = min(metadata.build_epoch, _LAST_SECOND)
        self.has_ipv6 = metadata.ip_version == 6
        self.look_up = self._reader.look_up

    def find(self, address: Address) -> tuple[object, int]:
        """The record of an address, and the prefix length of its network. One that is damaged counts as none."""
        if len(address) == 16:
            if address[:2] == SIX_TO_FOUR:
                record, prefix_length = self.find(Address(address[2:6]))
                return record, prefix_length + 16
            if not self.has_ipv6:
                return None, 0
        try:
            return self.look_up(format_address(address))
        except DAMAGE:
            return None, 8 * len(address)

    def expect(
        self, is_one: Callable[[object], bool], records: str, better: str, error: type[DatabaseError] = DatabaseError
    ) -> None:
        """Refuse a file of something else, which opens just as well: look into it for such `records`."""
        try:
            if any(is_one(record) for record in self._some_records()):
                return
        except DAMAGE as damage:
            raise DatabaseError(f"{self.path} is damaged: {damage}") from damage
        raise error(f"{self.path} holds no {records} (its type is {self.type}); use {better}")

    def _some_records(self) -> Iterator[object]:
        """The records of the networks from an address on, of each family, by plain lookups.

        maxminddb's own iterator is not used: on some damaged files it overwrites memory that is not its own.
        """
        for octets, first in ((4, 0), (16, _GLOBAL6))[: 2 if self.has_ipv6 else 1]:
            at = first
            for _ in range(_SAMPLE):
                record, prefix_length = self.look_up(format_address(Address(at.to_bytes(octets))))
                yield record
                at = (at | (1 << 8 * octets - prefix_length) - 1) + 1
                if at >> 8 * octets:
                    break


class _RecordReader(Reader):
    """geoip2's reader, which also hands out a record as it is: building its models costs ten times the lookup."""

    @property
    def look_up(self) -> Callable[[str], tuple[object, int]]:
        return self._db_reader.get_with_prefix_len


def expect_metadata(path: Path, descriptor: int) -> None:
    """Refuse what has none that can be read, by means that no octets can crash: the reader's own are not so."""
    size = os.fstat(descriptor).st_size
    try:
        read_metadata(os.pread(descriptor, MOST_OCTETS, max(0, size - MOST_OCTETS)))
    except DatabaseError as error:
        raise _no_mmdb(path, error) from error


def _no_mmdb(path: Path, why: Exception) -> DatabaseError:
    return DatabaseError(f"{path} is not a MaxMind database (MMDB), or is damaged: {why}")


def copy_of(path: Path) -> int:
    """The descriptor of a copy in memory that nobody can write to any more."""
    descriptor = os.memfd_create("georedirect-database", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with path.open("rb") as original, os.fdopen(os.dup(descriptor), "wb") as copy:
            while block := original.read(1 << 20):
                copy.write(block)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
        with suppress(ValueError):  # what is empty cannot be mapped, and is refused later
            mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ).close()  # maxminddb calls want of memory damage
    except OSError as error:
        os.close(descriptor)
        raise DatabaseError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # its name has NUL in it
        os.close(descriptor)
        raise DatabaseError(f"{path} cannot be read: {error}") from error
    return descriptor
