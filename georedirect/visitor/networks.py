"""A set of IP networks that is quick to ask. Knows nothing of what membership means to those who ask."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    get_mixed_type_key,
    ip_address,
    ip_network,
)
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from georedirect.visitor.address import Address

UNIX = "unix"
"""What stands for the peers on Unix sockets, who have no address."""

_Edges = tuple[bytes, ...]
"""Where networks begin and end, by turns: an address with an odd number of edges at or below it is inside."""


@dataclass(frozen=True, slots=True)
class Networks:
    """Networks in canonical text, sorted, each once; equal when they list the same.

    With `has_unix` peers on Unix sockets count, too: for `has_peer`, as no address is theirs.
    """

    texts: tuple[str, ...]
    _edges4: _Edges = field(compare=False, repr=False)
    _edges6: _Edges = field(compare=False, repr=False)
    has_unix: bool = False

    @classmethod
    def parse(cls, texts: Iterable[str], *, has_unix: bool = False) -> Networks:
        """Read CIDR networks and bare addresses; ValueError names the bad one and what would be right."""
        networks = {parse_network(text) for text in texts}
        return cls(
            tuple(str(network) for network in sorted(networks, key=get_mixed_type_key)),
            _edges(collapse_addresses(network for network in networks if isinstance(network, IPv4Network))),
            _edges(collapse_addresses(network for network in networks if isinstance(network, IPv6Network))),
            has_unix,
        )

    def __contains__(self, address: Address | None) -> bool:
        if address is None:
            return False
        return bisect_right(self._edges4 if len(address) == 4 else self._edges6, address) & 1 == 1

    def has_peer(self, peer: Address | None) -> bool:
        """Whether a socket's other end is among them; None is that of a Unix socket."""
        return self.has_unix if peer is None else peer in self

    def __bool__(self) -> bool:
        return bool(self.texts) or self.has_unix

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __str__(self) -> str:
        return ", ".join((*self.texts, UNIX) if self.has_unix else self.texts)


def _edges(disjoint: Iterable[IPv4Network | IPv6Network]) -> _Edges:
    """List both edges of each network; one octet more makes the last address its own upper bound."""
    edges = ((net.network_address.packed, net.broadcast_address.packed + b"\0") for net in disjoint)
    return tuple(edge for pair in sorted(edges) for edge in pair)


def parse_network(text: str) -> IPv4Network | IPv6Network:
    address_text, slash, length_text = text.partition("/")
    try:
        address = ip_address(address_text)
    except ValueError:
        address = None
    if address is None or "%" in text:
        raise ValueError(f'"{text}" is not a network; write one such as "10.0.0.0/8", "2001:db8::/32" or "192.0.2.1"')
    length = _parse_length(text, length_text, address.max_prefixlen) if slash else address.max_prefixlen
    network = ip_network((address, length), strict=False)
    if network.network_address != address:
        raise ValueError(f'"{text}" has bits set beyond /{length}; did you mean "{network}" or "{address}"?')
    return _unmapped(network)


def _parse_length(text: str, length: str, most: int) -> int:
    """Netmasks are refused: ipaddress reads some of them as host masks."""
    if length.isascii() and length.isdigit() and len(length) <= 3 and int(length) <= most:
        return int(length)
    raise ValueError(f'"{text}" ends in "/{length}", which is no prefix length; write a number from 0 to {most}')


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Turn IPv4-mapped networks into IPv4 ones; no `Address` is IPv4-mapped, so they would match nothing."""
    address = network.network_address
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None and network.prefixlen >= 96:
        return IPv4Network((address.ipv4_mapped, network.prefixlen - 96))
    return network
