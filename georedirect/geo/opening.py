"""Opens all files that say where addresses are, and notes what is wrong with each. Does not know who will ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from georedirect.errors import DatabaseError
from georedirect.geo.attribution import Attribution, attributions_of
from georedirect.geo.bundled import bundled_database
from georedirect.geo.database import Database
from georedirect.geo.details import Anonymisers, Cities, Operators
from georedirect.geo.geofeed import Geofeed, Mistake
from georedirect.geo.locator import Locator
from georedirect.geo.mmdb import Mmdb
from georedirect.geo.overrides import Feed, Overrides
from georedirect.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import PurePath

    from georedirect.geo.details import Detail
    from georedirect.policy.data_model import DatabaseSettings, NamedFile

_Read = TypeVar("_Read")


class Opening:
    """The files of one configuration, each opened once however often it is named. `wrong` is what is to be mended.

    `open_file` opens a database's; `see` is told of each other file that is about to be read.
    """

    def __init__(
        self,
        settings: DatabaseSettings,
        open_file: Callable[[Path], Mmdb] = Mmdb,
        see: Callable[[PurePath], None] = lambda _: None,
    ) -> None:
        self.wrong: list[Finding] = []
        self.refused: DatabaseError | None = None
        """Why a database that the policy names is none."""
        self.files: dict[Path, Mmdb] = {}
        """The databases, open."""
        self._settings = settings
        self._open_file = open_file
        self._see = see

    @property
    def attributions(self) -> tuple[Attribution, ...]:
        """Whom to credit for the databases that are open."""
        return attributions_of(self.files.values())

    def locator(self, wanted: frozenset[str], database: Path | None = None) -> Locator | None:
        """None if the country database is no good; DatabaseError if `database`, which stands in for it, is none."""
        countries = self._countries(database)
        overrides = Overrides(tuple(self._feeds()), self._settings.private)
        details = tuple(self._details())
        return None if countries is None else Locator(countries, overrides, details, wanted)

    def _countries(self, database: Path | None) -> Database | None:
        named = self._settings.country
        if database is None and named is not None:
            return self._read(named, self._database)
        return self._database(self._open(database or bundled_database()))

    def _database(self, mmdb: Mmdb) -> Database:
        return Database(mmdb, use_registered_country=self._settings.use_registered_country)

    def _details(self) -> Iterator[Detail]:
        settings = self._settings
        kinds: tuple[tuple[NamedFile | None, Callable[[Mmdb], Detail]], ...] = (
            (settings.city, Cities),
            (settings.asn, Operators),
            (settings.anonymous, Anonymisers),
        )
        for named, kind in kinds:
            detail = None if named is None else self._read(named, kind)
            if detail is not None:
                yield detail

    def _read(self, named: NamedFile, kind: Callable[[Mmdb], _Read]) -> _Read | None:
        try:
            return kind(self._open(Path(named.path)))
        except DatabaseError as error:
            self.wrong.append(_finding(named, f"{error}{self._advice(named, error)}"))
            self.refused = error
            return None

    def _advice(self, named: NamedFile, error: DatabaseError) -> str:
        """What would be right, where it is only that no update has been there yet."""
        is_due = named == self._settings.country and self._settings.source is not None
        return "; georedirect update brings it" if is_due and isinstance(error.__cause__, FileNotFoundError) else ""

    def _open(self, path: Path) -> Mmdb:
        if path not in self.files:
            self.files[path] = self._open_file(path)
        return self.files[path]

    def _feeds(self) -> Iterator[Feed]:
        for named in self._settings.overrides:
            self._see(named.path)
            read = _read_geofeed(named)
            if isinstance(read, Geofeed):
                self.wrong += [Finding(str(named.path), line, "", text) for line, text in read.told]
                yield Feed(str(named.path), read)
            elif isinstance(read, Mistake):
                self.wrong.append(Finding(str(named.path), read.line, "", read.text))
            else:
                self.wrong.append(_finding(named, read))


def _read_geofeed(named: NamedFile) -> Geofeed | Mistake | str:
    """What the file says, or what is wrong with it: in a line, or as a whole."""
    try:
        octets = Path(named.path).read_bytes()
        return Geofeed(octets.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return Mistake(line, f"is not UTF-8: octet 0x{error.object[error.start]:02x} begins no character")
    except (OSError, ValueError) as error:  # ValueError: NUL in its name
        why = error.strerror if isinstance(error, OSError) else None
        return f"{named.path} cannot be read: {why or error}"


def _finding(named: NamedFile, text: str) -> Finding:
    return Finding(named.file, named.line, named.key, text)
