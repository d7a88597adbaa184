"""Where an address is, and in whose network, as far as anything can tell. A value; knows no database."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Anonymity(StrEnum):
    """What hides who is behind an address, as far as a database knows."""

    ANONYMOUS = "anonymous"
    """Something does; the others say what."""
    VPN = "vpn"
    HOSTING = "hosting"
    PUBLIC_PROXY = "public-proxy"
    RESIDENTIAL_PROXY = "residential-proxy"
    TOR = "tor"


class Coordinates(NamedTuple):
    """In degrees: north and east are positive."""

    latitude: float
    longitude: float


class Place(NamedTuple):
    """A country (ISO 3166-1 alpha-2) and continent (AF, AN, AS, EU, NA, OC, SA); None means "not known".

    `prefix_length` is that of the network around the address in which all of this holds, in bits of its own family.
    `subdivision` is what ISO 3166-2 has behind the country and the hyphen (`BY`), `city` its English name. `asn` and
    `organization` are of who operates the network.
    """

    country: str | None
    continent: str | None
    prefix_length: int
    subdivision: str | None = None
    city: str | None = None
    coordinates: Coordinates | None = None
    asn: int | None = None
    organization: str | None = None
    anonymous: frozenset[Anonymity] = frozenset()

    @property
    def is_known(self) -> bool:
        return self.country is not None or self.continent is not None

    def within(self, prefix_length: int) -> Place:
        """The same, of a network that is no larger than this."""
        return self if self.prefix_length >= prefix_length else self._replace(prefix_length=prefix_length)

    def only(self, wanted: frozenset[str]) -> Place:
        """The same with no more than those of DETAILS that are `wanted`."""
        return Place(
            self.country,
            self.continent,
            self.prefix_length,
            subdivision=self.subdivision if "subdivision" in wanted else None,
            city=self.city if "city" in wanted else None,
            coordinates=self.coordinates if "coordinates" in wanted else None,
            asn=self.asn if "asn" in wanted else None,
            anonymous=self.anonymous if "anonymous" in wanted else frozenset(),
        )


DETAILS = frozenset({"subdivision", "city", "coordinates", "asn", "anonymous"})
"""What is not known of every place, and can change where its visitors are sent."""

NOWHERE = Place(None, None, 0)
"""Where a visitor is whose address is not known."""
