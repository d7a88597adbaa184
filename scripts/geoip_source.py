"""Reads the text ranges of tor-geoipdb and says which place each code means. Knows no database format.

A file holds lines `FIRST,LAST,CODE`, sorted and disjoint: IPv4 addresses as integers in `geoip`, IPv6 as
text in `geoip6`. Whatever is not so is refused by file and line.
"""

from __future__ import annotations

import hashlib
import re
import socket
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, TypeAlias

from georedirect.policy.countries import COUNTRIES
from scripts.mmdb_file import IPV4_NETWORKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from scripts.mmdb_file import Value


class SourceError(Exception):
    """The source cannot be had, or says something that we do not understand."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the database says of an address: `country` is None where only the continent is known."""

    continent: str
    country: str | None = None
    is_in_eu: bool = False

    def record(self) -> dict[str, Value]:
        """In GeoLite2-Country's shape, where `is_in_european_union` is left out unless it is true."""
        record: dict[str, Value] = {"continent": {"code": self.continent}}
        if self.country is not None:
            membership: dict[str, Value] = {"is_in_european_union": True} if self.is_in_eu else {}
            record["country"] = {"iso_code": self.country, **membership}
        return record


_COUNTRIES = {code: Place(country.continent, code, country.is_in_eu) for code, country in COUNTRIES.items()}
_REGISTRIES = {"EU": Place("EU"), "AP": Place("AS")}  # the registries' "Europe" and "Asia/Pacific"
_NO_PLACES = (
    "??",
    "CS",
    "AN",
    "ZZ",
    "UN",
    "SU",
    "OS",
    "AB",
)  # unknown, dissolved, or never given to a country
PLACES: dict[str, Place | None] = {
    **_COUNTRIES,
    **_REGISTRIES,
    **dict.fromkeys(_NO_PLACES),
    "UK": _COUNTRIES["GB"],
}
"""What each code that may stand in a source means; every other code is an error."""

_IPV4_WITHIN = [(int(network[0]), int(network[-1])) for network in IPV4_NETWORKS]
Range: TypeAlias = tuple[int, int, Place | None]


@dataclass(frozen=True, slots=True)
class GeoipFile:
    """One of the two files: its name, how it writes addresses, and the size of the space that it covers."""

    name: str
    parse: Callable[[str], int]
    address: type[IPv4Address | IPv6Address]
    bits: int
    public_space: str
    public_addresses: int

    def holds_ipv4_at(self, address: int) -> bool:
        """Whether this is an IPv6 address that answers as the IPv4 address within it does."""
        return self.bits == 128 and any(low <= address <= high for low, high in _IPV4_WITHIN)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read. `generated` is the date in its header, in seconds since 1970."""

    file: GeoipFile
    ranges: list[Range]
    generated: int
    sha256: str

    def places(self) -> Iterator[Place]:
        return (place for _, _, place in self.ranges if place is not None)


def parse_ipv4(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) < 1 << 32):
        raise ValueError(text)
    return int(text)


def parse_ipv6(text: str) -> int:
    return int.from_bytes(socket.inet_pton(socket.AF_INET6, text))


GEOIP = GeoipFile("geoip", parse_ipv4, IPv4Address, 32, "public IPv4", 3_702_258_432)
GEOIP6 = GeoipFile("geoip6", parse_ipv6, IPv6Address, 128, "2000::/3", 1 << 125)


def read_source(folder: Path, file: GeoipFile) -> Source:
    path = folder / file.name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from None
    ranges: list[Range] = []
    past = -1
    lines = content.decode("ascii", errors="replace").split("\n")  # what is not ASCII is refused where it stands
    for number, line in enumerate(lines, start=1):
        if line and not line.startswith("#"):
            try:
                ranges.append(parse_range(line, file, past))
            except ValueError as error:
                raise SourceError(f"{path}:{number}: {error}") from None
            past = ranges[-1][1]
    if not ranges:
        raise SourceError(f"{path}: holds no ranges")
    return Source(file, ranges, generation_date(lines, path), hashlib.sha256(content).hexdigest())


def parse_range(line: str, file: GeoipFile, past: int) -> Range:
    """`past` is the last address of the range before; ValueError says what is wrong with this one."""
    try:
        first_text, last_text, code = line.split(",")
        first, last = file.parse(first_text), file.parse(last_text)
    except (ValueError, OSError):
        raise ValueError(f'"{line[:100]}" is not FIRST,LAST,CODE') from None
    if last < first:
        raise ValueError(f"{last_text} comes before {first_text}")
    if first <= past:
        raise ValueError(f"{first_text} overlaps the range before, or is out of order")
    if code not in PLACES:
        raise ValueError(f'"{code}" is not an ISO 3166-1 code')
    if file.holds_ipv4_at(first) != file.holds_ipv4_at(last):
        raise ValueError(f"{first_text} to {last_text} runs over the edge of a network that stands for IPv4")
    is_ipv4_within = file.holds_ipv4_at(first)  # as in 2002::/16: its own place is that of the IPv4 address
    return first, last, None if is_ipv4_within else PLACES[code]


def generation_date(lines: list[str], path: Path) -> int:
    """Take the date from the header and not from the file system, where a copy would change it."""
    header = (re.match(r"# *Generated: *(.+)", line) for line in lines if line.startswith("#"))
    found = next(filter(None, header), None)
    if found is None:
        raise SourceError(f'{path}: its header has no line "# Generated: DATE"')
    try:
        return int(parsedate_to_datetime(found[1]).astimezone(UTC).timestamp())
    except ValueError:
        raise SourceError(f'{path}: "{found[1]}" in its header is not a date') from None
