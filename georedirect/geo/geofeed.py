"""Files that say where networks are: RFC 8805 geofeeds, and lines of `network,country`. Opens none, finds no address.

`NETWORK,COUNTRY,REGION,CITY` in CSV, of which all behind the country may be missing; what follows them is not read.
Lines that begin with `#`, empty lines, and a first line that only names the columns say nothing.
"""

from __future__ import annotations

import csv
import re
from array import array
from contextlib import suppress
from ipaddress import ip_network
from socket import AF_INET, AF_INET6, inet_pton
from typing import TYPE_CHECKING, NamedTuple

from georedirect.geo.details import read_text
from georedirect.place import Place
from georedirect.policy.countries import COUNTRIES, SUBDIVISION, likely_meant
from georedirect.visitor.address import MAPPED
from georedirect.visitor.networks import parse_network

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_MISTAKES = 20
_MOST_CHARACTERS = 300  # of what is said of one

_TITLES = frozenset({"network", "prefix", "ip_prefix", "ip prefix", "ip_network", "cidr", "subnet", "ip"})
_REGION = re.compile(rf"([A-Z]{{2}})-({SUBDIVISION.pattern})", re.ASCII | re.IGNORECASE)
_UNKNOWN = frozenset({"", "ZZ"})  # RFC 8805 2.1.1.2: of this network nothing is to be said
_LENGTHS = {bits: {str(length): length for length in range(bits + 1)} | {"": bits} for bits in (32, 128)}
_HOSTS = {bits: [(1 << bits - length) - 1 for length in range(bits + 1)] for bits in (32, 128)}


class Mistake(NamedTuple):
    """What is wrong with a line, and what would be right."""

    line: int
    text: str


class Network(NamedTuple):
    """A network as numbers: `first << 8 | prefix_length` of a family of so many `bits`."""

    bits: int
    number: int


class Geofeed:
    """What a file says, row by row: the row of each network, and the line and place of each row.

    Numbers and not objects, as there may be hundreds of thousands of rows.
    """

    def __init__(self, text: str) -> None:
        self.rows: dict[int, dict[int, int]] = {32: {}, 128: {}}
        """By bits of the family and number of the network."""
        self.lines = array("I")
        self.places: list[int] = []
        """Of each row, by number."""
        self.distinct: dict[Place, int] = {}
        """The places, numbered."""
        self.mistakes: list[Mistake] = []
        self._known: dict[str, int] = {}
        self._has_begun = False
        self._read(text)

    def _read(self, text: str) -> None:
        ipv4, ipv6, known = self.rows[32], self.rows[128], self._known
        for line, content in enumerate(_one_kind_of_line_end(text).split("\n"), 1):
            if '"' in content:
                content = _without_quotes(content)  # noqa: PLW2901  the same line, in plainer words
            prefix, _, rest = content.partition(",")
            try:  # as nearly all lines of nearly all files are
                address, _, length_text = prefix.partition("/")
                place = known[rest] if rest in known else known[_without_postal_code(rest)]
                is_ipv4 = ":" not in address
                octets = inet_pton(AF_INET if is_ipv4 else AF_INET6, address)
                bits = 32 if is_ipv4 else 128
                first, length = int.from_bytes(octets), _LENGTHS[bits][length_text]
                is_odd = first & _HOSTS[bits][length] or octets[:12] == MAPPED or prefix[-1] == "/"
            except (OSError, ValueError, KeyError):
                self._read_with_care(content, rest, line)
                continue
            if is_odd:
                self._read_with_care(content, rest, line)
            else:
                self._keep(ipv4 if is_ipv4 else ipv6, first << 8 | length, place, line)

    def _keep(self, rows: dict[int, int], network: int, place: int, line: int) -> None:
        row = len(self.places)
        kept = rows.setdefault(network, row)
        if kept == row:
            self.lines.append(line)
            self.places.append(place)
        elif self.places[kept] != place:
            self._mistake(line, f"is of the same network as line {self.lines[kept]}, with another place; keep one")

    def _read_with_care(self, content: str, rest: str, line: int) -> None:
        """A line that has something new in it, is none of a network, or is wrong."""
        content = content.strip()
        if not content or content.startswith("#"):
            return
        try:
            fields = _fields(content)
            is_title = not self._has_begun and fields[0].lower() in _TITLES
            self._has_begun = True
            if is_title:
                return
            network, place = _read_network(fields[0]), self._number(_read_place(fields))
        except ValueError as error:
            self._mistake(line, str(error))
            return
        if '"' not in content:
            self._known[_without_postal_code(rest)] = place
        self._keep(self.rows[network.bits], network.number, place, line)

    def _number(self, place: Place) -> int:
        return self.distinct.setdefault(place, len(self.distinct))

    def _mistake(self, line: int, text: str) -> None:
        self.mistakes.append(Mistake(line, text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}..."))

    @property
    def told(self) -> Sequence[Mistake]:
        """The first mistakes, and how many more there are."""
        more = len(self.mistakes) - MOST_MISTAKES
        if more <= 0:
            return self.mistakes
        return [
            *self.mistakes[:MOST_MISTAKES],
            Mistake(self.mistakes[MOST_MISTAKES].line, f"and {more} more like these"),
        ]


def _without_quotes(content: str) -> str:
    """The same line without its quotes, where they hold nothing that needs them."""
    with suppress(ValueError):
        fields = _fields(content.strip())
        if not any(character in field for field in fields for character in ',"'):
            return ",".join(fields)
    return content


def _without_postal_code(rest: str) -> str:
    return ",".join(rest.split(",", 3)[:3])


def _fields(content: str) -> list[str]:
    """One line as CSV (RFC 4180); no field goes on over the end of a line."""
    try:
        fields = (
            next(csv.reader([content], strict=True, skipinitialspace=True)) if '"' in content else content.split(",")
        )
    except csv.Error as error:
        raise ValueError(f"is not CSV: {error}; a quote that begins a field ends it too, on the same line") from None
    return [field.strip() for field in fields]


def _read_network(text: str) -> Network:
    network = parse_network(text)
    return Network(network.max_prefixlen, int(network.network_address) << 8 | network.prefixlen)


def _read_place(fields: list[str]) -> Place:
    if len(fields) < 2:
        raise ValueError(f'names no country; write "{fields[0]},DE", or "{fields[0]}," where it is not known')
    code, region, city, *_ = (*fields[1:], "", "")
    country = None if code.upper() in _UNKNOWN else _read_country(code)
    subdivision = _read_region(region, country) if region else None
    if city and read_text(city) is None:
        raise ValueError(f'"{city[:40]}" is not the name of a city; write one such as "Berlin", or leave it out')
    if country is None:
        return Place(None, None, 0)
    return Place(country, COUNTRIES[country].continent, 0, subdivision, read_text(city))


def _read_country(code: str) -> str:
    if code.isascii() and code.upper() in COUNTRIES:
        return code.upper()
    meant = likely_meant(code)
    hint = f'did you mean "{meant}"?' if meant else 'write one such as "DE", or nothing where it is not known'
    raise ValueError(f'"{code}" is not an ISO 3166-1 code; {hint}')


def _read_region(text: str, country: str | None) -> str:
    region = _REGION.fullmatch(text)
    if region is not None and region[1].upper() == country:
        return region[2].upper()
    if country is None:
        raise ValueError(f'"{text}" is a region of no country; name the country before it, or leave the region out')
    if region is not None:
        raise ValueError(f'"{text}" is not in {country}; write a region of {country}, or {region[1].upper()} before it')
    meant = f"{country}-{text.upper()}"
    hint = f'did you mean "{meant}"?' if _REGION.fullmatch(meant) else 'write one such as "US-CA", or leave it out'
    raise ValueError(f'"{text}" is not an ISO 3166-2 code; {hint}')


def network_for_people(network: Network) -> str:
    return str(ip_network((network.number >> 8, network.number & 0xFF)))


def _one_kind_of_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
