"""What a rule may ask about where a visitor is, and in whose network: the conditions that read a Place. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from georedirect.place import Anonymity
    from georedirect.policy.asker import Asker


@dataclass(frozen=True, slots=True)
class InCountry:
    """`country` and `group`: ISO 3166-1."""

    countries: frozenset[str]
    is_of_request: ClassVar[bool] = False

    def holds(self, asker: Asker) -> bool:
        return asker.place.country in self.countries

    def seen(self, asker: Asker) -> str:
        return asker.place.country or "not known"


@dataclass(frozen=True, slots=True)
class OnContinent:
    """`continent`."""

    continents: frozenset[str]
    is_of_request: ClassVar[bool] = False

    def holds(self, asker: Asker) -> bool:
        return asker.place.continent in self.continents

    def seen(self, asker: Asker) -> str:
        return asker.place.continent or "not known"


@dataclass(frozen=True, slots=True)
class InSubdivision:
    """`subdivision`: ISO 3166-2, the country included (`DE-BY`)."""

    subdivisions: frozenset[str]
    is_of_request: ClassVar[bool] = False

    def holds(self, asker: Asker) -> bool:
        return self.seen(asker) in self.subdivisions

    def seen(self, asker: Asker) -> str:
        place = asker.place
        return f"{place.country}-{place.subdivision}" if place.country and place.subdivision else "not known"


@dataclass(frozen=True, slots=True)
class OperatedBy:
    """`asn`."""

    numbers: frozenset[int]
    is_of_request: ClassVar[bool] = False

    def holds(self, asker: Asker) -> bool:
        return asker.place.asn in self.numbers

    def seen(self, asker: Asker) -> str:
        return "not known" if asker.place.asn is None else str(asker.place.asn)


@dataclass(frozen=True, slots=True)
class Hidden:
    """`anonymous`: by one of these means; by any where none is named."""

    means: frozenset[Anonymity]
    is_of_request: ClassVar[bool] = False

    def holds(self, asker: Asker) -> bool:
        return bool(asker.place.anonymous & self.means if self.means else asker.place.anonymous)

    def seen(self, asker: Asker) -> str:
        return ", ".join(sorted(asker.place.anonymous)) or "not known to be"
