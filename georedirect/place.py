"""Where an address is, as far as a database can tell. A value; knows no database."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A country (ISO 3166-1 alpha-2) and continent (AF, AN, AS, EU, NA, OC, SA); None means "not known".

    `prefix_length` is that of the network around the address in which all of this holds, in bits of its own family.
    """

    country: str | None
    continent: str | None
    prefix_length: int

    @property
    def is_known(self) -> bool:
        return self.country is not None or self.continent is not None


NOWHERE = Place(None, None, 0)
"""Where a visitor is whose address is not known."""
