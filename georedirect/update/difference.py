"""Which addresses two databases place differently, by country and continent. Knows no policy and no region.

Both trees become one forest in which equal subtrees are one, whichever file they are from, so that what did not change
is met once and left at once. The rest is walked in lockstep, all nodes of a depth together, each pair of them once.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from georedirect.errors import DatabaseError
from georedirect.geo.tree import ipv4_spaces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.geo.survey import Atlas
    from georedirect.place import Place

_BITS4, _BITS6 = 32, 128
_WHOLE = 1 << _BITS6  # a share of 1: fine enough for each network to have a whole number
_STEPS_PER_NODE = 16  # real pairs of databases take less than three

Where = tuple[str | None, str | None]
"""A country and a continent, as `Place` has them."""
_Pair = tuple[int, int]


class Difference(NamedTuple):
    """How many addresses of a family are in use, and how many of them differ, by what they say.

    In use are those that either file places in a country. Where both know a continent at most is mostly space that
    nobody uses: in IPv6 a single such block can outweigh all countries.
    """

    in_use: int
    moved: Mapping[tuple[Where, Where], int]


def find_differences(before: Atlas, after: Atlas) -> tuple[Difference, Difference]:
    """Compare all of IPv4, and all of IPv6 that is not looked up as IPv4; `DatabaseError` if that has no end."""
    forest = _Forest()
    roots = forest.plant(before), forest.plant(after)
    most = _STEPS_PER_NODE * (before.tree.nodes + after.tree.nodes)
    ipv4 = forest.walk({0: Counter([(roots[0].ipv4, roots[1].ipv4)])}, _BITS4, most)
    ipv6 = forest.walk(forest.outside_of_ipv4((roots[0].ipv6, roots[1].ipv6)), _BITS6, most)
    return ipv4, ipv6


class _Roots(NamedTuple):
    ipv4: int
    ipv6: int


class _Forest:
    """Nodes are numbered from 0, leaves from -1 downwards; `shares` says which share of its space a node places."""

    def __init__(self) -> None:
        self.lefts: list[int] = []
        self.rights: list[int] = []
        self.shares: list[int] = []
        self._nodes: dict[_Pair, int] = {}
        self._leaves: dict[Where, int] = {}
        self._wheres: list[Where] = []
        self._leaf_shares: list[int] = []
        self._nowhere = self._leaf(None, None)

    def plant(self, atlas: Atlas) -> _Roots:
        """Add a file's tree; where its IPv4 and its IPv6 grow from."""
        tree, numbers = atlas.tree, [0] * atlas.tree.nodes
        leaves = {branch: self._leaf_of(place) for branch, place in atlas.places.items()}
        nodes, branches, join = tree.nodes, tree.branches, self._join
        for node in tree.order:
            left, right = branches[2 * node], branches[2 * node + 1]
            numbers[node] = join(
                numbers[left] if left < nodes else leaves[left], numbers[right] if right < nodes else leaves[right]
            )
        ipv4 = tree.ipv4()
        ipv4_root = numbers[ipv4] if ipv4 < nodes else leaves[ipv4]
        return _Roots(ipv4_root, numbers[0] if tree.bits == _BITS6 else self._nowhere)

    def outside_of_ipv4(self, roots: _Pair) -> dict[int, Counter[_Pair]]:
        """The pairs to begin with, by depth, that together are IPv6 without what is looked up as IPv4."""
        pairs: dict[int, Counter[_Pair]] = {}

        def descend(pair: _Pair, first: int, length: int) -> None:
            spaces = ipv4_spaces(first, length)
            if not spaces:
                pairs.setdefault(length, Counter())[pair] += 1
            elif length < min(spaces):
                left, right = self._halves(pair)
                descend(left, first, length + 1)
                descend(right, first | 1 << (_BITS6 - 1 - length), length + 1)

        descend(roots, 0, 0)
        return pairs

    def walk(self, pairs: Mapping[int, Counter[_Pair]], bits: int, most_steps: int) -> Difference:
        """Walk down from these pairs, by depth, with how often each is there."""
        in_use, moved, level = 0, Counter[_Pair](), Counter[_Pair]()
        for depth in range(bits + 1):
            level.update(pairs.get(depth, {}))
            most_steps -= len(level)
            if most_steps < 0:
                raise DatabaseError("the databases are too intricate to compare")
            size, further = 1 << (bits - depth), Counter[_Pair]()
            for pair, times in level.items():
                before, after = pair
                if before == after:
                    in_use += times * size * self._share(before) // _WHOLE
                elif before < 0 and after < 0:
                    moved[pair] += times * size * (max(self._share(before), self._share(after)) // _WHOLE)
                else:
                    left, right = self._halves(pair)
                    further[left] += times
                    further[right] += times
            level = further
        wheres = self._wheres
        return Difference(
            in_use + moved.total(),
            {(wheres[-1 - before], wheres[-1 - after]): n for (before, after), n in moved.items() if n},
        )

    def _halves(self, pair: _Pair) -> tuple[_Pair, _Pair]:
        """A leaf is held while the other side goes down."""
        before, after = pair
        lefts, rights = self.lefts, self.rights
        return (
            (before if before < 0 else lefts[before], after if after < 0 else lefts[after]),
            (before if before < 0 else rights[before], after if after < 0 else rights[after]),
        )

    def _join(self, left: int, right: int) -> int:
        if left == right and left < 0:
            return left
        number = self._nodes.get((left, right))
        if number is None:
            number = self._nodes[left, right] = len(self.lefts)
            self.lefts.append(left)
            self.rights.append(right)
            self.shares.append((self._share(left) + self._share(right)) >> 1)
        return number

    def _share(self, branch: int) -> int:
        return self.shares[branch] if branch >= 0 else self._leaf_shares[-1 - branch]

    def _leaf_of(self, place: Place) -> int:
        return self._leaf(place.country, place.continent)

    def _leaf(self, country: str | None, continent: str | None) -> int:
        where = (country, continent)
        if where not in self._leaves:
            self._leaves[where] = -1 - len(self._wheres)
            self._wheres.append(where)
            self._leaf_shares.append(_WHOLE if country else 0)
        return self._leaves[where]
