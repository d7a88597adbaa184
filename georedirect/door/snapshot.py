"""All that requests read, as one frozen value: policies, settings and database. Loading it is here; serving is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from georedirect.door.asking import choosers_of
from georedirect.door.certificates import read_certificates
from georedirect.door.changes import sign
from georedirect.door.proxies import open_lists
from georedirect.door.token import read_token
from georedirect.errors import PolicyError
from georedirect.geo.age import Age
from georedirect.geo.bundled import bundled_database
from georedirect.geo.cache import PlaceCache
from georedirect.geo.locator import place_in
from georedirect.geo.mmdb import Mmdb
from georedirect.geo.opening import Opening
from georedirect.moment import Moment
from georedirect.place import NOWHERE, Place
from georedirect.policy.data_model import WhenOld
from georedirect.policy.load import load_configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import PurePath

    from georedirect.door.asking import Asking
    from georedirect.door.certificates import Certificate
    from georedirect.door.changes import Signature, Signatures
    from georedirect.door.token import Token, TokenRead
    from georedirect.geo.database import Database
    from georedirect.geo.locator import Locator
    from georedirect.policy.findings import Finding
    from georedirect.policy.mirror_model import Check
    from georedirect.policy.model import Configuration
    from georedirect.visitor.address import Address

_NEVER = Moment(0.0)
"""Of a snapshot that nobody has told the time."""

DEMO_POLICY = Path(__file__).parent.parent / "demo.toml"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that one request needs, all of one moment; a reload makes a new one and swaps the reference.

    `places` are those that `locator` finds, remembered; `databases` are open, by their path. `choosers` are by the file
    of the policy that they are of. `files` are all that were read, but for the bundled one, as they were then: when
    they change, it is time for a reload. `whole` is the locator whose database says all that it knows, however old that
    is. `moment` is what is decided by until it `holds` no more. `token` is what whoever changes anything by the admin
    pages has to say; None where nobody may. `certificates` are what TLS is spoken with.
    """

    configuration: Configuration
    locator: Locator
    places: PlaceCache
    databases: Mapping[Path, Mmdb]
    choosers: Mapping[str, Asking]
    files: Signatures
    whole: Locator
    moment: Moment = _NEVER
    token: Token | None = None
    certificates: tuple[Certificate, ...] = ()

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

    def at(self, now: float, down: frozenset[Check] | None = None) -> Snapshot:
        """What is served at that time (seconds since 1970), while these are the mirrors that are sick.

        Its database says nothing once it is too old. Where nobody says what is sick, that stays as it was.
        """
        moment = Moment(now, self.moment.down if down is None else down)
        if self.is_silent_at(now) is self.database.is_silent:
            return replace(self, moment=moment)
        locator = self.whole.silenced() if self.is_silent_at(now) else self.whole
        places = PlaceCache(locator.find, self.configuration.database.lru_size)
        return replace(self, locator=locator, places=places, moment=moment)

    def holds(self, now: float, down: frozenset[Check]) -> bool:
        """Whether everything is decided then as it is at our moment, whichever way the clock has gone since."""
        timetable = self.configuration.timetable
        return (
            self.moment.down == down
            and self.is_silent_at(now) is self.database.is_silent
            and timetable.state(self.moment.time) == timetable.state(now)
        )

    def is_silent_at(self, now: float) -> bool:
        """Whether the database says nothing then, as it is too old."""
        return self.configuration.database.when_old is WhenOld.DEFAULT_REGION and self.age.is_old(now)

    @property
    def age(self) -> Age:
        """How old the country database is."""
        return Age(self.database.build_epoch, self.configuration.database.max_age_days)


class Reading:
    """How files come in: `see` is told of each that is about to be read.

    Private keys only where `reads_keys`: who explains a decision need not be let near them.
    """

    reads_keys = False

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
    """Open all files that a configuration names. What is wrong with them is told by its line, all at once."""
    reading = reading or Reading()
    opening = Opening(configuration.database, reading.open, reading.see)
    locator = opening.locator(configuration.wanted, database)
    for chooser in (policy.chooser for policy in configuration.policies):
        for named in (chooser.template, chooser.stylesheet):
            if named is not None:
                reading.see(named.path)
    choosers = choosers_of(configuration, opening.attributions, opening.wrong)
    server = open_lists(configuration.server, reading.see, opening.wrong)
    token = _token(configuration, reading, opening.wrong)
    certificates = read_certificates(configuration.tls, reading.see, opening.wrong) if reading.reads_keys else ()
    told = [*token.findings, *(warning for each in certificates for warning in each.warnings(time()))]
    if locator is None or opening.wrong:
        raise PolicyError([*configuration.warnings, *opening.wrong]) from opening.refused
    configuration = replace(configuration, server=server, warnings=(*configuration.warnings, *told))
    places = PlaceCache(locator.find, configuration.database.lru_size)
    seen = opening.files, choosers, reading.files
    return Snapshot(configuration, locator, places, *seen, locator, token=token.token, certificates=certificates)


def _token(configuration: Configuration, reading: Reading, wrong: list[Finding]) -> TokenRead:
    """What is to be said on the admin pages; all that is wrong with its file is added to `wrong`."""
    named = configuration.server.admin_token_file
    if named is not None:
        reading.see(named.path)
    read = read_token(named)
    wrong += [finding for finding in read.findings if finding.is_mistake]
    return read
