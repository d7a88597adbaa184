"""Where addresses are by a database of countries. Remembers no answer, and does not know how a file is kept."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from georedirect.errors import DatabaseError, NoCountriesError
from georedirect.geo.mmdb import DAMAGE, Mmdb
from georedirect.geo.records import read_record
from georedirect.visitor.address import Address, format_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from georedirect.place import Place

_SAMPLE = 10_000
_GLOBAL6 = 0x2000 << 112  # RFC 4291 2.4: where IPv6 addresses of this world begin
_6TO4 = b"\x20\x02"  # RFC 3056: 2002:V4ADDR::/48


class Database:
    """A country, city or enterprise database of any known shape; `DatabaseError` when a file is not one."""

    def __init__(self, file: Mmdb | Path, *, use_registered_country: bool = False) -> None:
        self.file = file if isinstance(file, Mmdb) else Mmdb(file)
        self._use_registered_country = use_registered_country
        self._look_up = self.file.look_up
        self._has_ipv6 = self.file.has_ipv6
        self._check_for_countries()

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled, it is its file and how that is read; whoever pickles says how a file is handed over."""
        return partial(Database, use_registered_country=self._use_registered_country), (self.file,)

    @property
    def path(self) -> Path:
        return self.file.path

    @property
    def type(self) -> str:
        return self.file.type

    @property
    def build_epoch(self) -> int:
        """When it was built, in seconds since 1970."""
        return self.file.build_epoch

    def find(self, address: Address) -> Place:
        """The place of an address. A record that is damaged counts as none."""
        if len(address) == 16 and address[:2] == _6TO4:
            place = self.find(Address(address[2:6]))
            return place._replace(prefix_length=place.prefix_length + 16)
        if len(address) == 16 and not self._has_ipv6:
            return read_record(None, 0)
        try:
            record, prefix_length = self._look_up(format_address(address))
        except DAMAGE:
            return read_record(None, 8 * len(address))
        return read_record(record, prefix_length, use_registered_country=self._use_registered_country)

    def why_unreadable(self, address: Address) -> str | None:
        """What is wrong with the record at this very place in the tree; None when it can be read."""
        try:
            self._look_up(format_address(address))
        except DAMAGE as error:
            return str(error)
        return None

    def _check_for_countries(self) -> None:
        """A database of something else, such as ASN numbers, opens just as well; look into it."""
        try:
            for record in chain(self._some_records(4, 0), self._some_records(16, _GLOBAL6) if self._has_ipv6 else ()):
                if read_record(record, 0, use_registered_country=True).is_known:
                    return
        except DAMAGE as error:
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
