"""Which address made this request, given the proxies we trust. Knows nothing of HTTP servers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from georedirect.visitor.address import parse_hop
from georedirect.visitor.forwarded import last_elements, last_members

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from georedirect.visitor.address import Address
    from georedirect.visitor.networks import Networks


class ClientReason(StrEnum):
    """Why this address, or none."""

    PEER = "peer"
    """The policy says that the peer is the client."""
    ANNOUNCED = "announced"
    """The policy says that the client is whom a proxy's PROXY header names: the peer, for all who ask us."""
    UNTRUSTED_PEER = "untrusted-peer"
    """No header counts; the peer is the client."""
    NO_HEADER = "no-header"
    """A trusted peer that says nothing about others is the client; on a Unix socket, nobody knows who is."""
    HEADER = "header"
    """A trusted peer's header says so."""
    UNREADABLE = "unreadable"
    """What the walk met in the header names no address, or lies beyond the limits; the client is unknown."""


WITHOUT_HEADER = {"peer": ClientReason.PEER, "proxy-protocol": ClientReason.ANNOUNCED}
"""What a policy writes where no HTTP header says who the client is, and why the peer then is it."""


@dataclass(frozen=True, slots=True)
class Client:
    """The address that counts as the visitor's; None when it is not known."""

    address: Address | None
    reason: ClientReason


def resolve_client(peer: Address | None, header: str, lines: Sequence[str], trusted: Networks) -> Client:
    """Walk outwards from our own socket; the first hop that we do not trust is the client.

    `header` is a lower-case header name, or one of WITHOUT_HEADER; `lines` are the values of its field lines, in order
    received. `peer` is whom a PROXY header has announced, where there is one (UNKNOWN where that names nobody), and
    None for a Unix socket.
    """
    if header in WITHOUT_HEADER:
        return Client(peer or None, WITHOUT_HEADER[header])
    if not trusted.has_peer(peer):
        return Client(peer or None, ClientReason.UNTRUSTED_PEER)
    client: Address | None = peer
    is_alone = True
    for hop in _hops(header, lines):
        is_alone = False
        client = None if hop is None else parse_hop(hop)
        if client not in trusted:  # left of it stands what anybody may have written
            break
    if client is None and not is_alone:
        return Client(None, ClientReason.UNREADABLE)
    return Client(client, ClientReason.NO_HEADER if is_alone else ClientReason.HEADER)


def _hops(header: str, lines: Sequence[str]) -> Iterable[str | None]:
    """Say what stands in the header, the nearest hop first; None for what cannot be read."""
    if header == "x-forwarded-for":
        return last_members(lines)
    if header == "forwarded":
        return last_elements(lines)
    return lines if len(lines) <= 1 else [None]
