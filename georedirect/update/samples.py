"""Addresses whose country hardly ever changes, to tell a database of this world from nonsense. Opens no database.

Most are of universities and research networks, which got their addresses before there were any others and keep them
for themselves; the rest are of registries and the military. Where one moves after all, the others outvote it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from georedirect.visitor.address import parse_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from georedirect.place import Place
    from georedirect.visitor.address import Address


class Sample(NamedTuple):
    """An address, the country that it is in, and whose it is."""

    address: str
    country: str
    whose: str


SAMPLES = tuple(
    Sample(*line)
    for line in (
        # Africa
        ("137.158.1.1", "ZA", "University of Cape Town"),
        ("146.141.1.1", "ZA", "University of the Witwatersrand"),
        ("197.136.1.1", "KE", "KENET, Kenya's research network"),
        ("193.227.1.1", "EG", "Egypt's universities network"),
        ("2001:4200::1", "ZA", "TENET, South Africa's research network"),
        # Asia
        ("133.11.1.1", "JP", "University of Tokyo"),
        ("143.248.1.1", "KR", "KAIST"),
        ("166.111.8.28", "CN", "Tsinghua University"),
        ("140.112.1.1", "TW", "National Taiwan University"),
        ("132.64.1.1", "IL", "Hebrew University of Jerusalem"),
        ("144.16.1.1", "IN", "ERNET, India's research network"),
        ("137.132.1.1", "SG", "National University of Singapore"),
        ("144.122.1.1", "TR", "Middle East Technical University"),
        ("2001:200::1", "JP", "WIDE, Japan's research network"),
        ("2001:da8::1", "CN", "CERNET, China's research network"),
        # Europe
        ("131.188.1.1", "DE", "University of Erlangen"),
        ("129.67.1.1", "GB", "University of Oxford"),
        ("130.59.31.80", "CH", "SWITCH, Switzerland's research network"),
        ("193.51.193.1", "FR", "RENATER, France's research network"),
        ("129.240.1.1", "NO", "University of Oslo"),
        ("128.214.1.1", "FI", "University of Helsinki"),
        ("147.32.1.1", "CZ", "Czech Technical University"),
        ("147.102.1.1", "GR", "National Technical University of Athens"),
        ("130.206.1.1", "ES", "RedIRIS, Spain's research network"),
        ("130.208.1.1", "IS", "University of Iceland"),
        ("193.0.6.139", "NL", "RIPE NCC, the registry of Europe"),
        ("25.0.0.1", "GB", "Ministry of Defence"),
        ("2001:630::1", "GB", "Janet, the United Kingdom's research network"),
        ("2001:638::1", "DE", "DFN, Germany's research network"),
        # North America
        ("128.32.1.1", "US", "University of California, Berkeley"),
        ("7.0.0.1", "US", "Department of Defense"),
        ("142.150.1.1", "CA", "University of Toronto"),
        ("132.248.10.2", "MX", "UNAM"),
        ("2001:468::1", "US", "Internet2, the United States' research network"),
        # Oceania
        ("130.102.1.1", "AU", "University of Queensland"),
        ("150.203.1.1", "AU", "Australian National University"),
        ("130.216.1.1", "NZ", "University of Auckland"),
        ("144.120.8.1", "FJ", "University of the South Pacific"),
        ("2001:dc0::1", "AU", "APNIC, the registry of Asia and the Pacific"),
        # South America
        ("143.107.1.1", "BR", "University of São Paulo"),
        ("157.92.1.1", "AR", "University of Buenos Aires"),
        ("146.83.1.1", "CL", "REUNA, Chile's research network"),
        ("168.176.1.1", "CO", "National University of Colombia"),
        ("200.3.14.10", "UY", "LACNIC, the registry of Latin America"),
        ("2001:12f0::1", "BR", "RNP, Brazil's research network"),
    )
)


class Agreement(NamedTuple):
    """How many samples there are, how many of them a database places, and on which of those it `disagrees`, and how."""

    samples: int
    placed: int
    disagrees: tuple[tuple[Sample, str], ...]

    @property
    def is_enough(self) -> bool:
        """At least half are placed, and of these at least four in five where they should be."""
        return 2 * self.placed >= self.samples and 5 * len(self.disagrees) <= self.placed


def ask_samples(find: Callable[[Address], Place]) -> Agreement:
    """Look all samples up."""
    placed, disagrees = 0, []
    for sample in SAMPLES:
        address = parse_address(sample.address)
        country = find(address).country if address else None
        placed += country is not None
        if country not in (None, sample.country):
            disagrees.append((sample, str(country)))
    return Agreement(len(SAMPLES), placed, tuple(disagrees))
