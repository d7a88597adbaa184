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
    UNTRUSTED_PEER = "untrusted-peer"
    """No header counts; the peer is the client."""
    NO_HEADER = "no-header"
    """A trusted peer that says nothing about others is the client."""
    HEADER = "header"
    """A trusted peer's header says so."""
    UNREADABLE = "unreadable"
    """What the walk met in the header names no address, or lies beyond the limits; the client is unknown."""


@dataclass(frozen=True, slots=True)
class Client:
    """The address that counts as the visitor's; None when it is not known."""

    address: Address | None
    reason: ClientReason


def resolve_client(peer: Address | None, header: str, lines: Sequence[str], trusted: Networks) -> Client:
    """Walk outwards from our own socket; the first hop that we do not trust is the client.

    `header` is "peer" or a lower-case header name; `lines` are the values of its field lines, in order
    received. `peer` is None for a Unix socket, which nobody can list among the trusted.
    """
    if header == "peer":
        return Client(peer, ClientReason.PEER)
    if peer is None or peer not in trusted:
        return Client(peer, ClientReason.UNTRUSTED_PEER)
    if not lines:
        return Client(peer, ClientReason.NO_HEADER)
    if header == "x-forwarded-for":
        return _walk(peer, last_members(lines), trusted)
    if header == "forwarded":
        return _walk(peer, last_elements(lines), trusted)
    return _single(lines)


def _walk(peer: Address, hops: Iterable[str | None], trusted: Networks) -> Client:
    """Step left while hops are trusted; left of an unreadable one is what anybody may have written."""
    client, reason = peer, ClientReason.NO_HEADER
    for hop in hops:
        further = None if hop is None else parse_hop(hop)
        if further is None:
            return Client(None, ClientReason.UNREADABLE)
        client, reason = further, ClientReason.HEADER
        if client not in trusted:
            break
    return Client(client, reason)


def _single(lines: Sequence[str]) -> Client:
    address = parse_hop(lines[0]) if len(lines) == 1 else None
    return Client(address, ClientReason.UNREADABLE if address is None else ClientReason.HEADER)
