"""The blast radius of a new database: how many addresses would go elsewhere, and which. Reads no file but by `geo`.

Of each policy it asks where a visitor goes who states no language and has chosen nothing. Shares are of the addresses
in use, which are those that either database places in a country. IPv6 is counted in /48s, which is what a site gets: a
wider network is many of them, a narrower one a part. IPv6 addresses that hold an IPv4 one count with that one, once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NamedTuple

from georedirect.errors import DatabaseError
from georedirect.geo.survey import read_atlas
from georedirect.guess import choose
from georedirect.place import Place
from georedirect.update.difference import find_differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from georedirect.geo.survey import Atlas
    from georedirect.policy.model import Policy
    from georedirect.update.difference import Where

_ADDRESSES_IN_48 = 1 << 80
_MOST_MOVES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Move:
    """Addresses that go from one region to another, and why.

    A place is a country's code, `continent:EU` and the like where a database knows no more, or None where it knows
    nothing. `site` is the policy's file.
    """

    site: str
    place_before: str | None
    place_after: str | None
    region_before: str
    region_after: str
    addresses4: int
    networks48: float


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """How much is in use, how much of that goes elsewhere under any policy, and what goes where, largest first.

    An address that moves under two policies is in a move of each, and once in `moved4` or `moved48`.
    """

    in_use4: int
    in_use48: float
    moved4: int
    moved48: float
    moves: tuple[Move, ...]

    @property
    def percent4(self) -> float:
        """Of the IPv4 addresses in use, how many move."""
        return _percent(self.moved4, self.in_use4)

    @property
    def percent48(self) -> float:
        """Of the IPv6 /48s in use, how many move."""
        return _percent(self.moved48, self.in_use48)

    def lines(self) -> Iterator[str]:
        """Tell it to people: the shares, and the largest moves."""
        yield f"IPv4: {_share(self.percent4)} of {self.in_use4:,} addresses in use would go to another region"
        yield f"IPv6: {_share(self.percent48)} of {self.in_use48:,.0f} /48s in use would go to another region"
        if self.moves:
            sites = {move.site for move in self.moves}
            yield "the largest moves:" if len(self.moves) > _MOST_MOVES_SHOWN else "the moves:"
            for move in self.moves[:_MOST_MOVES_SHOWN]:
                yield f"  {self._line(move)}{f' ({move.site})' if len(sites) > 1 else ''}"
        if len(self.moves) > _MOST_MOVES_SHOWN:
            yield f"  and {len(self.moves) - _MOST_MOVES_SHOWN:,} smaller ones"

    def as_dict(self) -> dict[str, object]:
        """Tell it to programs: JSON's own types only."""
        return {
            "ipv4": {"in_use": self.in_use4, "moved": self.moved4, "percent": round(self.percent4, 4)},
            "ipv6": {"in_use": self.in_use48, "moved": self.moved48, "percent": round(self.percent48, 4)},
            "moves": [asdict(move) for move in self.moves],
        }

    def _line(self, move: Move) -> str:
        return (
            f"{move.region_before} -> {move.region_after}: "
            f"{move.place_before or 'unknown'} -> {move.place_after or 'unknown'}, "
            f"IPv4 {_share(_percent(move.addresses4, self.in_use4))} ({move.addresses4:,} addresses), "
            f"IPv6 {_share(_percent(move.networks48, self.in_use48))} ({move.networks48:,.0f} /48s)"
        )


def blast_radius(
    before: Path, after: Path, policies: Sequence[Policy], *, use_registered_country: bool = False
) -> BlastRadius:
    """Compare two database files under these policies; `DatabaseError` if one is damaged, or there is no end to it."""
    return compare(
        read_atlas(before, use_registered_country=use_registered_country),
        read_atlas(after, use_registered_country=use_registered_country),
        policies,
    )


def compare(before: Atlas, after: Atlas, policies: Sequence[Policy]) -> BlastRadius:
    """Compare two databases that have been read; the same errors."""
    try:
        ipv4, ipv6 = find_differences(before, after)
    except DatabaseError as error:
        raise DatabaseError(f"{after.path} cannot be compared with {before.path}: {error}") from error
    region_of = _regions(policies)
    count4, count6 = (_Count.of(difference.moved, region_of, len(policies)) for difference in (ipv4, ipv6))

    def size(way: _Way) -> tuple[float, int, int]:
        addresses4, addresses6 = count4.ways[way], count6.ways[way]
        shares = _percent(addresses4, ipv4.in_use), _percent(addresses6, ipv6.in_use)
        return max(shares), addresses4, addresses6

    ways = sorted(count4.ways | count6.ways, key=size, reverse=True)
    return BlastRadius(
        in_use4=ipv4.in_use,
        in_use48=ipv6.in_use / _ADDRESSES_IN_48,
        moved4=count4.moved,
        moved48=count6.moved / _ADDRESSES_IN_48,
        moves=tuple(
            Move(policies[way.policy].file, *way[1:], count4.ways[way], count6.ways[way] / _ADDRESSES_IN_48)
            for way in ways
        ),
    )


class _Way(NamedTuple):
    """From where to where; `policy` is its index."""

    policy: int
    place_before: str | None
    place_after: str | None
    region_before: str
    region_after: str


class _Count(NamedTuple):
    """Addresses of a family that move: at all, and which way."""

    moved: int
    ways: Counter[_Way]

    @classmethod
    def of(
        cls, differences: Mapping[tuple[Where, Where], int], region_of: Callable[[int, Where], str], policies: int
    ) -> _Count:
        moved, ways = 0, Counter[_Way]()
        for (before, after), addresses in differences.items():
            found = [
                _Way(policy, _name(before), _name(after), region_of(policy, before), region_of(policy, after))
                for policy in range(policies)
            ]
            leaving = [way for way in found if way.region_before != way.region_after]
            moved += addresses if leaving else 0
            for way in leaving:
                ways[way] += addresses
        return cls(moved, ways)


def _regions(policies: Sequence[Policy]) -> Callable[[int, Where], str]:
    """What says, for a policy's index and a place, the region; each is asked once."""
    known: dict[tuple[int, Where], str] = {}

    def region_of(policy: int, where: Where) -> str:
        if (policy, where) not in known:
            known[policy, where] = choose(policies[policy], (), Place(*where, 0)).region.name
        return known[policy, where]

    return region_of


def _name(where: Where) -> str | None:
    country, continent = where
    return country or (f"continent:{continent}" if continent else None)


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0


def _share(percent: float) -> str:
    """A share that is not nothing does not look like nothing."""
    return f"{percent:.2f} %" if percent >= 0.005 or percent == 0 else "less than 0.01 %"
