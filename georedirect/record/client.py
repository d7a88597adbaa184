"""How much of a client's address is shown. Knows no requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.policy.log_model import ShownClient
from georedirect.visitor.address import SIX_TO_FOUR, Address, format_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAT64 = b"\x00\x64\xff\x9b" + bytes(8)
"""How the 16 octets of an address behind NAT64 begin (RFC 6052 2.1); four of IPv4 follow."""


def show_client(address: Address | None, shown: ShownClient) -> str | None:
    """The text of an address, or of the first one of its network; None where nothing is shown, or it is not known."""
    return None if address is None else _SHOWN[shown](address)


def _truncated(address: Address) -> str:
    """Of IPv4 the /24, of IPv6 the /48, and less where an address of IPv4 stands in that."""
    if len(address) == 4:
        return f"{address[0]}.{address[1]}.{address[2]}.0"
    kept = 5 if address.startswith(SIX_TO_FOUR) else 6
    head = address[:15] if address.startswith(_NAT64) else address[:kept]
    return format_address(Address(head + bytes(16 - len(head))))


def _absent(_address: Address) -> None:
    return None


_SHOWN: Mapping[ShownClient, Callable[[Address], str | None]] = {
    ShownClient.ABSENT: _absent,
    ShownClient.TRUNCATED: _truncated,
    ShownClient.WHOLE: format_address,
}
