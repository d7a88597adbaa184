"""All that requests read, as one frozen value: policies, settings and database. Loading it is here; serving is not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from georedirect.door.asking import choosers_of
from georedirect.errors import DatabaseError, PolicyError
from georedirect.geo.bundled import bundled_database
from georedirect.geo.cache import PlaceCache
from georedirect.geo.database import Database
from georedirect.place import NOWHERE, Place
from georedirect.policy.findings import Finding
from georedirect.policy.load import load_configuration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from georedirect.door.asking import Asking
    from georedirect.policy.data_model import DatabaseSettings
    from georedirect.policy.model import Configuration
    from georedirect.visitor.address import Address

DEMO_POLICY = Path(__file__).parent.parent / "demo.toml"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that one request needs, all of one moment; a reload makes a new one and swaps the reference."""

    configuration: Configuration
    database: Database
    places: PlaceCache
    choosers: Mapping[str, Asking]
    """By the file of the policy that they are of."""

    def place_of(self, address: Address | None) -> Place:
        return NOWHERE if address is None else self.places.find(address)


def load_snapshot(policies: Sequence[Path], database: Path | None = None) -> Snapshot:
    """Read the policy files (the demo's, if none is named) and open their database, or `database` instead of it.

    Raises PolicyError with every finding, or DatabaseError when it is `database` that cannot be used.
    """
    return snapshot_of(read_policies(policies or [DEMO_POLICY]), database)


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


def snapshot_of(configuration: Configuration, database: Path | None = None) -> Snapshot:
    """Open the database for a configuration. What is wrong with one that a policy names is told by its line."""
    settings = configuration.database
    choosers = choosers_of(configuration)
    if database is not None:
        opened = _open(database, settings)
    elif settings.country is None:
        opened = _open(bundled_database(), settings)
    else:
        try:
            opened = _open(Path(settings.country.path), settings)
        except DatabaseError as error:
            finding = Finding(settings.country.file, settings.country.line, settings.country.key, str(error))
            raise PolicyError([*configuration.warnings, finding]) from error
    return Snapshot(configuration, opened, PlaceCache(opened.find, settings.lru_size), choosers)


def _open(path: Path, settings: DatabaseSettings) -> Database:
    return Database(path, use_registered_country=settings.use_registered_country)
