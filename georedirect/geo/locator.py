"""Everything that says where an address is, asked in its order: overrides, the country database, the others.

Remembers no answer, and opens no file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.geo.records import place_of_codes
from georedirect.place import DETAILS, NOWHERE, Place
from georedirect.policy.countries import COUNTRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from georedirect.geo.database import Database
    from georedirect.geo.details import Detail
    from georedirect.geo.overrides import Overrides
    from georedirect.visitor.address import Address


class Locator:
    """`wanted` is all that anybody refers to: of DETAILS, `find` reads and tells no others."""

    def __init__(
        self,
        database: Database,
        overrides: Overrides,
        details: Sequence[Detail] = (),
        wanted: frozenset[str] = frozenset(),
    ) -> None:
        self.database = database
        self.overrides = overrides
        self._details = tuple(details)
        self._wanted = wanted
        self._needed = tuple(detail for detail in details if detail.gives & wanted)

    def silenced(self) -> Locator:
        """The same, once the country database is too old to say anything."""
        return Locator(self.database.silenced(), self.overrides, self._details, self._wanted)

    @property
    def find(self) -> Callable[[Address], Place]:
        """What finds the place of an address, as far as it can change where anybody is sent, in few steps.

        Whoever asks often holds on to it. It is kept nowhere in here: databases are to be closed when the last one who
        reads them has gone, and not at some later time.
        """
        if not self._wanted.isdisjoint(DETAILS):
            return self._find_wanted
        return self._find_country if self.overrides else self.database.find

    def _find_country(self, address: Address) -> Place:
        said, prefix_length = self.overrides.find(address)
        place = said or self.database.find(address)
        if said is None and place.prefix_length >= prefix_length:
            return place
        return place_of_codes(place.country, place.continent, prefix_length)

    def _find_wanted(self, address: Address) -> Place:
        return self._find(address, self._needed).only(self._wanted)

    def find_all(self, address: Address) -> Place:
        """The place of an address, with all that is known of it."""
        return self._find(address, self._details)

    def _find(self, address: Address, details: Iterable[Detail]) -> Place:
        said, prefix_length = self.overrides.find(address)
        if said is None:
            place = self.database.find(address).within(prefix_length)
        else:  # of where that is, nobody else is asked
            place = said._replace(prefix_length=prefix_length)
            details = (detail for detail in details if not detail.is_of_the_country)
        for detail in details:
            place = detail.add(place, address)
        return place

    def is_overridden(self, address: Address | None) -> bool:
        return address is not None and self.overrides.find(address)[0] is not None


def place_in(country: str, address: Address | None, known: Place = NOWHERE) -> Place:
    """Where an address is of which somebody says no more than the country, empty where that is not known.

    What is `known` besides stays, as far as it is of that country; of the addresses around it nothing has been said.
    """
    prefix_length = 0 if address is None else 8 * len(address)
    if country and country == known.country:
        return known.within(prefix_length)
    found = COUNTRIES.get(country)
    return known._replace(
        country=country or None,
        continent=None if found is None else found.continent,
        prefix_length=prefix_length,
        subdivision=None,
        city=None,
        coordinates=None,
    )
