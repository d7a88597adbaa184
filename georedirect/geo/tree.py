"""The search tree of an MMDB file, walked whole and safe on any octets. Knows no country, and what no leaf says.

maxminddb's own iterator overwrites memory on trees that run in a circle, and plain lookups take too long for all of
them. A subtree may hang in several places, as IPv4 does, and so a file of a few nodes may have more networks than can
ever be listed: what counts per node is done once per node, and what follows each path has a bound.
"""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING

from georedirect.errors import DatabaseError
from georedirect.visitor.address import Address, format_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from georedirect.geo.metadata import Parts

_SEPARATOR_OCTETS = 16
_IPV4_DEPTH = 96  # IPv6 files hold IPv4 at ::/96
_HIGH = bytes(octet >> 4 for octet in range(256))
_LOW = bytes(octet & 15 for octet in range(256))
_NEW, _OPEN, _DONE = range(3)

IPV4_WITHIN_IPV6 = ((0, 96), (0xFFFF << 32, 96), (0x2002 << 112, 16))
"""First address and prefix length of ::/96, ::ffff:0:0/96 and 2002::/16: whoever is asked for these looks IPv4 up."""


def ipv4_spaces(first: int, length: int) -> list[int]:
    """The prefix lengths of those of IPV4_WITHIN_IPV6 that a network of IPv6 meets; one up to `length` is around it."""
    return [size for space, size in IPV4_WITHIN_IPV6 if (space ^ first) >> (128 - min(length, size)) == 0]


class Tree:
    """A tree that is sound: it ends within an address's bits on each path, and each leaf points into the data.

    A branch below `nodes` is a node, `empty` is a leaf that says nothing, and what is above points at a value. Node n
    has `branches[2 * n]` for addresses with a 0 next and `branches[2 * n + 1]` for those with a 1; the root is node 0.
    `order` has each node that can be reached, after all that it leads to. `pointers` has each pointer, with the slot in
    `branches` where it was met first.
    """

    def __init__(self, parts: Parts) -> None:
        self.bits = parts.metadata.bits
        self.nodes = self.empty = parts.metadata.nodes
        self.branches = _unpack(parts.tree, parts.metadata.record_size)
        self._slots_above = array("I", bytes(4 * self.nodes))
        self.order = self._put_in_order()
        self._check_depth()
        self.pointers = self._collect_pointers()
        self._check_pointers(len(parts.values))

    def offset(self, pointer: int) -> int:
        """Where in the data section the value is that a leaf points at."""
        return pointer - self.nodes - _SEPARATOR_OCTETS

    def address_below(self, slot: int) -> int:
        """The lowest address on a path through this slot of `branches`."""
        turns = [slot & 1]
        while slot > 1:
            slot = self._slots_above[slot >> 1]
            turns.append(slot & 1)
        address = 0
        for turn in reversed(turns):
            address = address << 1 | turn
        return address << (self.bits - len(turns))

    def ipv4(self) -> int:
        """The branch that holds all of IPv4: a leaf, where a network around all of it has one value."""
        branch = 0
        for _ in range(_IPV4_DEPTH if self.bits == 128 else 0):
            if branch >= self.nodes:
                break
            branch = self.branches[2 * branch]
        return branch

    def networks(self, most: int) -> Iterator[tuple[int, int, int]]:
        """Each network, in order: first address, prefix length, leaf. `DatabaseError` after `most` of them."""
        stack = [(0, 0, 0)]
        while stack:
            first, length, branch = stack.pop()
            if branch >= self.nodes:
                if most == 0:
                    raise DatabaseError("its search tree has too many networks to list")
                most -= 1
                yield first, length, branch
                continue
            half = 1 << (self.bits - length - 1)
            stack.append((first + half, length + 1, self.branches[2 * branch + 1]))
            stack.append((first, length + 1, self.branches[2 * branch]))

    def count(self, weights: Mapping[int, int]) -> list[int]:
        """For each node, the sum of the weights of the leaves below it, each as often as it is there."""
        nodes, branches = self.nodes, self.branches
        below = [0] * nodes
        for node in self.order:
            left, right = branches[2 * node], branches[2 * node + 1]
            below[node] = (below[left] if left < nodes else weights[left]) + (
                below[right] if right < nodes else weights[right]
            )
        return below

    def _put_in_order(self) -> array[int]:
        """Go down each node once, left first; a node is open while what it leads to is not done."""
        nodes, branches, above = self.nodes, self.branches, self._slots_above
        states, order, stack = bytearray(nodes), array("I"), [0]
        while stack:
            node = stack[-1]
            state = states[node]
            if state != _NEW:
                stack.pop()
                if state == _OPEN:
                    states[node] = _DONE
                    order.append(node)
                continue
            states[node] = _OPEN
            for slot in (2 * node + 1, 2 * node):
                branch = branches[slot]
                if branch < nodes and states[branch] != _DONE:
                    if states[branch] == _OPEN:
                        raise DatabaseError(f"its search tree runs in a circle at node {branch}")
                    above[branch] = slot
                    stack.append(branch)
        return order

    def _check_depth(self) -> None:
        nodes, branches, bits = self.nodes, self.branches, self.bits
        heights = bytearray(nodes + 1)  # one more for all leaves
        for node in self.order:
            left, right = branches[2 * node], branches[2 * node + 1]
            height = 1 + max(heights[min(left, nodes)], heights[min(right, nodes)])
            if height > bits:
                raise DatabaseError(f"its search tree is deeper than the {bits} bits of an address")
            heights[node] = height

    def _collect_pointers(self) -> dict[int, int]:
        empty, branches = self.empty, self.branches
        pointers: dict[int, int] = {}
        for node in self.order:
            for slot in (2 * node, 2 * node + 1):
                branch = branches[slot]
                if branch > empty and branch not in pointers:
                    pointers[branch] = slot
        return pointers

    def _check_pointers(self, octets: int) -> None:
        for pointer in self.pointers:
            if not 0 <= self.offset(pointer) < octets:
                address = Address(self.address_below(self.pointers[pointer]).to_bytes(self.bits // 8))
                raise DatabaseError(f"its search tree points outside of its data for {format_address(address)}")


def _unpack(tree: memoryview, record_size: int) -> array[int]:
    """Two numbers a node. All nodes at once, octet by octet: much faster than node by node."""
    octets = record_size // 4
    columns = [bytes(tree[column::octets]) for column in range(octets)]
    if record_size == 24:
        columns = [bytes(len(columns[0])), *columns[:3], bytes(len(columns[0])), *columns[3:]]
    elif record_size == 28:  # the fourth octet holds the highest four bits of both
        middle = columns[3]
        columns = [middle.translate(_HIGH), *columns[:3], middle.translate(_LOW), *columns[4:]]
    numbers = bytearray(8 * len(columns[0]))
    for column, content in enumerate(columns):
        numbers[column::8] = content
    branches = array("I", bytes(numbers))
    if sys.byteorder == "little":
        branches.byteswap()
    return branches
