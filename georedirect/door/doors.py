"""What is spoken on each listening socket of the door: from a listener to the protocol of its connections."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from georedirect.door.announcing import Announcing
from georedirect.door.protocol import DoorProtocol
from georedirect.door.seldom import Seldom
from georedirect.door.server import Door
from georedirect.errors import ListenError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from georedirect.door.listen import Opened
    from georedirect.door.server import Speaks
    from georedirect.policy.server_model import Listener

log = logging.getLogger("georedirect")


def doors_of(opened: Iterable[Opened]) -> list[Door]:
    return [Door(each.sock, protocol_for(each.listener)) for each in opened]


def protocol_for(listener: Listener) -> Speaks:
    """What makes the protocol of a connection to this listener."""
    spoken = {"tls": listener.tls, "to_https": listener.to_https}
    for key in (key for key, is_wanted in spoken.items() if is_wanted):
        raise ListenError(f"cannot listen on {listener.address}: {key} is not spoken by this version")
    return _announced(listener, DoorProtocol) if listener.proxy_protocol else DoorProtocol


def _announced(listener: Listener, then: Speaks) -> Speaks:
    """The same, once a PROXY header has been read."""
    seldom = Seldom(partial(log.warning, "%s: %s", listener.address))
    return partial(Announcing, then=then, seldom=seldom)
