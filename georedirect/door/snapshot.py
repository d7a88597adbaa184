"""All that requests read, as one frozen value: policies, settings and database. Loading it is here; serving is not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from georedirect.door.asking import choosers_of
from georedirect.door.changes import sign
from georedirect.errors import DatabaseError, PolicyError
from georedirect.geo.age import Age
from georedirect.geo.bundled import bundled_database
from georedirect.geo.cache import PlaceCache
from georedirect.geo.database import Database
from georedirect.geo.mmdb import Mmdb
from georedirect.place import NOWHERE, Place
from georedirect.policy.findings import Finding
from georedirect.policy.load import load_configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import PurePath

    from georedirect.door.asking import Asking
    from georedirect.door.changes import Signature, Signatures
    from georedirect.policy.data_model import DatabaseSettings
    from georedirect.policy.model import Configuration
    from georedirect.visitor.address import Address

DEMO_POLICY = Path(__file__).parent.parent / "demo.toml"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that one request needs, all of one moment; a reload makes a new one and swaps the reference.

    `choosers` are by the file of the policy that they are of. `files` are all that were read, but for the bundled one,
    as they were then: when they change, it is time for a reload.
    """

    configuration: Configuration
    database: Database
    places: PlaceCache
    choosers: Mapping[str, Asking]
    files: Signatures

    def place_of(self, address: Address | None) -> Place:
        return NOWHERE if address is None else self.places.find(address)

    @property
    def age(self) -> Age:
        """How old the country database is."""
        return Age(self.database.build_epoch, self.configuration.database.max_age_days)


class Reading:
    """How files come in: `see` is told of each that is about to be read."""

    def __init__(self, see: Callable[[PurePath], None] = lambda _: None) -> None:
        self.files: dict[PurePath, Signature | None] = {}
        self._see = see

    def see(self, file: PurePath) -> None:
        """Take note of a file that is about to be read."""
        self.files[file] = sign(file)
        self._see(file)

    def open(self, path: Path) -> Mmdb:
        """A database's file, in memory."""
        if path != bundled_database():
            self.see(path)
        return Mmdb(path)


def load_snapshot(policies: Sequence[Path], database: Path | None = None, reading: Reading | None = None) -> Snapshot:
    """Read the policy files (the demo's, if none is named) and open their database, or `database` instead of it.

    Raises PolicyError with every finding, or DatabaseError when it is `database` that cannot be used.
    """
    reading = reading or Reading()
    paths = policies or [DEMO_POLICY]
    for path in paths:
        reading.see(path)
    return snapshot_of(read_policies(paths), database, reading)


def read_policies(paths: Sequence[Path]) -> Configuration:
    """The configuration in these files. A file that cannot be read is a finding like any other mistake."""
    texts: dict[str, bytes] = {}
    unreadable: dict[str, str] = {}
    for path in paths:
        try:
            texts[str(path)] = path.read_bytes()
        except OSError as error:
            unreadable[str(path)] = error.strerror or str(error)
    return load_configuration(texts, unreadable)


def snapshot_of(configuration: Configuration, database: Path | None = None, reading: Reading | None = None) -> Snapshot:
    """Open the database for a configuration. What is wrong with one that a policy names is told by its line."""
    reading = reading or Reading()
    settings = configuration.database
    for chooser in (policy.chooser for policy in configuration.policies):
        for named in (chooser.template, chooser.stylesheet):
            if named is not None:
                reading.see(named.path)
    choosers = choosers_of(configuration)
    if database is not None:
        opened = _open(database, settings, reading)
    elif settings.country is None:
        opened = _open(bundled_database(), settings, reading)
    else:
        try:
            opened = _open(Path(settings.country.path), settings, reading)
        except DatabaseError as error:
            finding = Finding(settings.country.file, settings.country.line, settings.country.key, str(error))
            raise PolicyError([*configuration.warnings, finding]) from error
    places = PlaceCache(opened.find, settings.lru_size)
    return Snapshot(configuration, opened, places, choosers, reading.files)


def _open(path: Path, settings: DatabaseSettings, reading: Reading) -> Database:
    return Database(reading.open(path), use_registered_country=settings.use_registered_country)
