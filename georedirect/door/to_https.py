"""Sends whoever comes by http to https: the same host, the same target. Decides nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.decision import Action
from georedirect.door.answer import NO_STORE, Answer, Met, meet_visitor, refusal
from georedirect.visitor.target import parse_target

if TYPE_CHECKING:
    from georedirect.door.snapshot import Snapshot
    from georedirect.visitor.request import Request

_HTTPS = 443


def to_https(snapshot: Snapshot, request: Request, port: int) -> Answer | None:
    """308, which keeps method and body, to a host that a policy answers for; what is wrong with a request is told.

    None for a visitor who has come by https, as a trusted proxy says: they would go round and round.
    """
    met = meet_visitor(snapshot, request)
    if not isinstance(met, Met):
        return met
    visitor, target = met.visitor, parse_target(request.target)
    if visitor.scheme == "https":
        return None
    if visitor.host is None or target is None:
        return refusal(400, "bad-request", "there must be exactly one Host header")
    host = visitor.host.name if port == _HTTPS else f"{visitor.host.name}:{port}"
    location = f"https://{host}{target.path}{target.query or ''}"
    why = "this listener sends everyone to https"
    headers = (("Location", location), NO_STORE)
    return Answer(308, headers, b"", Action.REDIRECT, "to-https", why, visitor, policy=met.policy)
