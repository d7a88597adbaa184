"""Where addresses are by a database of countries. Remembers no answer, and does not know how a file is kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from georedirect.errors import NoCountriesError
from georedirect.geo.mmdb import DAMAGE, Mmdb
from georedirect.geo.records import read_record
from georedirect.visitor.address import format_address

if TYPE_CHECKING:
    from pathlib import Path

    from georedirect.place import Place
    from georedirect.visitor.address import Address


class Database:
    """A country, city or enterprise database of any known shape; `DatabaseError` when a file is not one.

    One that `is_silent` is too old to be believed: it knows no place at all.
    """

    def __init__(self, file: Mmdb | Path, *, use_registered_country: bool = False, is_silent: bool = False) -> None:
        self.file = file if isinstance(file, Mmdb) else Mmdb(file)
        self.is_silent = is_silent
        self._use_registered_country = use_registered_country
        self._find = _find_nothing if is_silent else self.file.find
        self.file.expect(_has_country, "countries", "a country or city database", NoCountriesError)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled, it is its file and how that is read; whoever pickles says how a file is handed over."""
        again = partial(Database, use_registered_country=self._use_registered_country, is_silent=self.is_silent)
        return again, (self.file,)

    def silenced(self) -> Database:
        """The same, from when it is too old on."""
        return Database(self.file, use_registered_country=self._use_registered_country, is_silent=True)

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
        record, prefix_length = self._find(address)
        return read_record(record, prefix_length, use_registered_country=self._use_registered_country)

    def why_unreadable(self, address: Address) -> str | None:
        """What is wrong with the record at this very place in the tree; None when it can be read."""
        try:
            self.file.look_up(format_address(address))
        except DAMAGE as error:
            return str(error)
        return None


def _find_nothing(address: Address) -> tuple[object, int]:  # noqa: ARG001  one signature for all that find
    return None, 0


def _has_country(record: object) -> bool:
    return read_record(record, 0, use_registered_country=True).is_known
