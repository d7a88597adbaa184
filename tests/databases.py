"""Small MMDB files for tests, of any shape and with any network, written by the project's own writer."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from georedirect.geo.survey import read_atlas
from georedirect.geo.tree import ipv4_spaces
from scripts.mmdb_file import EMPTY, Trie, Unsigned, Value, encode, leaf, render_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from scripts.mmdb_file import Span

Record: TypeAlias = "Value"
_Network = TypeVar("_Network", IPv4Network, IPv6Network)

EPOCH = 1_782_000_000  # 2026-06-21

GERMANY: dict[str, Record] = {"country": {"iso_code": "DE"}, "continent": {"code": "EU"}}
FRANCE: Record = {"country": {"iso_code": "FR"}, "continent": {"code": "EU"}}
JAPAN: Record = {"country": {"iso_code": "JP"}, "continent": {"code": "AS"}}
MUNICH: Record = {
    **GERMANY,
    "subdivisions": [{"iso_code": "BY", "names": {"en": "Bavaria"}}],
    "city": {"names": {"en": "Munich", "de": "München"}},
    "location": {"latitude": 48.14, "longitude": 11.58},
}
TOR: Record = {"is_anonymous": True, "is_tor_exit_node": True, "is_hosting_provider": False}
SOMEWHERE_IN_EUROPE: Record = {"continent": {"code": "EU"}}
PROVIDER: Record = {"autonomous_system_number": Unsigned(32, 64500), "autonomous_system_organization": "Example"}

_IPV4_IN_IPV6 = IPv6Network("::/96")


def write_database(
    path: Path,
    networks: Mapping[str, Record],
    *,
    database_type: str = "GeoLite2-Country",
    epoch: int = EPOCH,
    only_ipv4: bool = False,
    description: str = "for tests",
) -> Path:
    """Write a file in which the narrowest network around an address answers for it; returns `path`.

    IPv6 files hold IPv4 at ::/96, and nowhere else: what they say of ::ffff:0:0/96 and 2002::/16 is up to `networks`.
    """
    records: list[Record] = []
    for record in networks.values():
        if record not in records:
            records.append(record)
    branches = {ip_network(text): leaf(records.index(record)) for text, record in networks.items()}
    trie = Trie()
    ipv4 = _spans({network: branch for network, branch in branches.items() if isinstance(network, IPv4Network)})
    root = trie.grow_ipv4(ipv4)
    if not only_ipv4:
        ipv6 = {network: branch for network, branch in branches.items() if isinstance(network, IPv6Network)}
        ipv6[_IPV4_IN_IPV6] = root
        trie.grow(_spans(ipv6), 128)
    octets = render_file(trie, records, description=description, database_type=database_type, epoch=epoch)
    if only_ipv4:
        octets = octets.replace(_ip_version(6), _ip_version(4))
    path.write_bytes(octets)
    return path


def _ip_version(version: int) -> bytes:
    return encode("ip_version") + encode(Unsigned(16, version))


def _spans(branches: Mapping[_Network, int]) -> list[Span]:
    """Disjoint and sorted, the narrowest network first in each."""
    edges = sorted({edge for network in branches for edge in (int(network[0]), int(network[-1]) + 1)})
    spans: list[Span] = []
    for first, past in pairwise(edges):
        around = [network for network in branches if int(network[0]) <= first <= int(network[-1])]
        if around:
            narrowest = max(around, key=lambda network: network.prefixlen)
            spans.append((first, past - 1, branches[narrowest]))
    return spans


def damage(path: Path, start: float, octets: bytes) -> Path:
    """Overwrite part of a file; `start` is a share of its size."""
    content = bytearray(path.read_bytes())
    position = int(len(content) * start)
    content[position : position + len(octets)] = octets
    path.write_bytes(content)
    return path


def numbered(networks: Iterable[str], countries: Iterable[str]) -> dict[str, Record]:
    """A nested record for each network, by turns of the countries."""
    return {network: {"country": {"iso_code": country}} for network, country in zip(networks, countries, strict=False)}


def changed_copy(source: Path, target: Path, seed: int) -> Path:
    """A database of the same size as `source`, with changes as a month brings them, and more; returns `target`.

    Of a hundred networks, one goes to another country, one is dropped, and one is split with a half to another; all of
    Liechtenstein is Swiss, and what nobody had may be somebody's.
    """
    chance = Random(seed)  # noqa: S311  a fixed sequence is what it is for
    atlas = read_atlas(source)
    countries = sorted({place.country for place in atlas.places.values() if place.country})
    numbers = {country: leaf(number) for number, country in enumerate(countries)}
    spans: tuple[list[Span], list[Span]] = [], []
    for first, length, pointer in atlas.tree.networks(10_000_000):
        if first >= 1 << 32 and ipv4_spaces(first, length):
            continue
        past = first + (1 << (128 - length))
        country = "CH" if (country := atlas.places[pointer].country) == "LI" else country
        lot, other = chance.randrange(100), numbers[chance.choice(countries)]
        same = numbers.get(country or "", EMPTY)
        halves = (same, same)
        if lot < 3 and (country or length > 30):
            halves = ((other, other), (EMPTY, EMPTY), (same, other))[lot]
        middle = (first + past) // 2
        family = spans[first >= 1 << 32]
        for start, end, branch in ((first, middle, halves[0]), (middle, past, halves[1])):
            if branch != EMPTY and start < end:
                family.append((start, end - 1, branch))
    trie = Trie()
    trie.grow_both(*spans)
    records: list[Record] = [{"country": {"iso_code": country}} for country in countries]
    kind = "GeoLite2-Country"
    target.write_bytes(render_file(trie, records, description="changed", database_type=kind, epoch=EPOCH + 10**7))
    return target
