"""All that requests read, as one frozen value: policies, settings and database. Loading it is here; serving is not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from georedirect.door.asking import choosers_of
from georedirect.errors import PolicyError
from georedirect.geo.cache import PlaceCache
from georedirect.geo.locator import place_in
from georedirect.geo.opening import Opening
from georedirect.place import NOWHERE, Place
from georedirect.policy.load import load_configuration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from georedirect.door.asking import Asking
    from georedirect.geo.database import Database
    from georedirect.geo.locator import Locator
    from georedirect.policy.model import Configuration
    from georedirect.visitor.address import Address

DEMO_POLICY = Path(__file__).parent.parent / "demo.toml"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that one request needs, all of one moment; a reload makes a new one and swaps the reference."""

    configuration: Configuration
    locator: Locator
    places: PlaceCache
    """What the locator finds, remembered."""
    choosers: Mapping[str, Asking]
    """By the file of the policy that they are of."""

    @property
    def database(self) -> Database:
        """The country database."""
        return self.locator.database

    def place_of(self, address: Address | None, said_country: str | None = None) -> Place:
        """Where an address is, as far as it can change where anybody is sent.

        `said_country` is what somebody who is to be believed says of it, empty for a country that is not known.
        """
        place = NOWHERE if address is None else self.places.find(address)
        if said_country is None or self.locator.is_overridden(address):
            return place
        return place_in(said_country, address, place)

    def all_of_place(self, address: Address | None, said_country: str | None = None) -> Place:
        """The same, with all that is known of it."""
        place = NOWHERE if address is None else self.locator.find_all(address)
        if said_country is None or self.locator.is_overridden(address):
            return place
        return place_in(said_country, address, place)


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
    """Open all files that a configuration names. What is wrong with them is told by its line, all at once."""
    opening = Opening(configuration.database)
    locator = opening.locator(configuration.variables, database)
    choosers = choosers_of(configuration, opening.attributions, opening.wrong)
    if locator is None or opening.wrong:
        raise PolicyError([*configuration.warnings, *opening.wrong])
    places = PlaceCache(locator.find, configuration.database.lru_size)
    return Snapshot(configuration, locator, places, choosers)


def files_of(configuration: Configuration) -> tuple[Path, ...]:
    """Every file that the answers of a configuration depend on: its own, and those that they name."""
    database = configuration.database
    named = [database.country, *database.overrides, database.city, database.asn, database.anonymous]
    for policy in configuration.policies:
        named += [policy.chooser.template, policy.chooser.stylesheet]
    paths = [Path(file.path) for file in named if file is not None]
    return tuple(dict.fromkeys([*map(Path, configuration.files), *paths]))
