"""What is spoken on each listening socket of the door: from a listener to the protocol of its connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.door.protocol import DoorProtocol
from georedirect.door.server import Door
from georedirect.errors import ListenError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from georedirect.door.listen import Opened
    from georedirect.door.server import Speaks
    from georedirect.policy.server_model import Listener


def doors_of(opened: Iterable[Opened]) -> list[Door]:
    return [Door(each.sock, protocol_for(each.listener)) for each in opened]


def protocol_for(listener: Listener) -> Speaks:
    """What makes the protocol of a connection to this listener."""
    spoken = {"tls": listener.tls, "to_https": listener.to_https, "proxy_protocol": listener.proxy_protocol}
    for key in (key for key, is_wanted in spoken.items() if is_wanted):
        raise ListenError(f"cannot listen on {listener.address}: {key} is not spoken by this version")
    return DoorProtocol
