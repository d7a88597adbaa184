"""What is spoken on each listening socket of the door: from a listener to the protocol of its connections."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from georedirect.door.announcing import Announcing
from georedirect.door.listen import where_of
from georedirect.door.protocol import DoorProtocol
from georedirect.door.seldom import Seldom
from georedirect.door.server import Door
from georedirect.door.spoken import Spoken
from georedirect.door.tls import Tls
from georedirect.policy.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from georedirect.door.listen import Opened
    from georedirect.door.server import Speaks
    from georedirect.policy.server_model import Listener

log = logging.getLogger("georedirect")

_HTTPS = 443


def doors_of(opened: Sequence[Opened]) -> list[Door]:
    https_port = port_of_https(opened)
    return [Door(each.sock, protocol_for(each.listener, https_port)) for each in opened]


def port_of_https(opened: Sequence[Opened]) -> int:
    """Where https is to be found: at its own port if anything speaks TLS there, or else at the first that does."""
    places = [where_of(each.sock) for each in opened if each.listener.tls]
    ports = [place.port for place in places if isinstance(place, Endpoint)]
    return _HTTPS if _HTTPS in ports or not ports else ports[0]


def protocol_for(listener: Listener, https_port: int = _HTTPS) -> Speaks:
    """What makes the protocol of a connection to this listener, given what Sanic gives its own."""
    spoken = Spoken(listener.tls, (listener.https_port or https_port) if listener.to_https else None)
    speaks = partial(_over_tls if listener.tls else DoorProtocol, spoken=spoken)
    return _announced(listener, speaks) if listener.proxy_protocol else speaks


def _over_tls(**of_sanic: Any) -> Tls:  # noqa: ANN401  Sanic's own keywords
    service = of_sanic["app"].ctx.service
    return Tls(DoorProtocol(**of_sanic), lambda: service.contexts.first)


def _announced(listener: Listener, then: Speaks) -> Speaks:
    """The same, once a PROXY header has been read."""
    seldom = Seldom(partial(log.warning, "%s: %s", listener.address))
    return partial(Announcing, then=then, seldom=seldom)
