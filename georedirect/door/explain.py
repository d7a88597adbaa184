"""What would happen to a visitor, and why each step went as it did: as an object for machines, as text for people."""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import ip_network
from typing import TYPE_CHECKING, TypedDict

from georedirect.decide import Step
from georedirect.door.pages import reply
from georedirect.door.response import head_lines
from georedirect.visitor.address import format_address
from georedirect.visitor.client import ClientReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.door.answer import Answer
    from georedirect.door.snapshot import Snapshot
    from georedirect.visitor.request import Request, Visitor

_WHY_CLIENT = {
    ClientReason.PEER: "the policy takes the peer for the client",
    ClientReason.UNTRUSTED_PEER: "the peer is no trusted proxy, so no header counts",
    ClientReason.NO_HEADER: "the peer is a trusted proxy, but sent no {header} header",
    ClientReason.HEADER: "the {header} header of a trusted proxy says so",
    ClientReason.UNREADABLE: "a trusted proxy's {header} header cannot be read as far as it counts",
}


class Client(TypedDict):
    """Who is asking, as far as it is known. `network` is where all of it holds; `languages` are in order of liking."""

    address: str | None
    country: str | None
    continent: str | None
    network: str | None
    languages: list[str]


class StepTaken(TypedDict):
    """One step of the way to the answer."""

    step: str
    outcome: str
    why: str


class Explanation(TypedDict):
    """The object that `explain --json` prints and the admin's `/explain` answers."""

    action: str
    status: int
    location: str | None
    region: str | None
    reason: str
    client: Client
    headers: dict[str, str]
    steps: list[StepTaken]


def explain(snapshot: Snapshot, request: Request) -> Explanation:
    """Answer a request as the door would, and tell the whole way to the answer."""
    answered = reply(snapshot, request)
    decision = answered.decision
    return {
        "action": answered.action,
        "status": answered.status,
        "location": decision.location if decision else None,
        "region": decision.region.name if decision else None,
        "reason": answered.reason,
        "client": _client(answered),
        "headers": dict(head_lines(answered)),
        "steps": [{"step": step, "outcome": outcome, "why": why} for step, outcome, why in _steps(snapshot, answered)],
    }


def _client(answered: Answer) -> Client:
    visitor, place = answered.visitor, answered.place
    return {
        "address": _address(visitor),
        "country": place.country if place else None,
        "continent": place.continent if place else None,
        "network": _network(answered),
        "languages": [language.tag for language in visitor.languages if language.q] if visitor else [],
    }


def _address(visitor: Visitor | None) -> str | None:
    if visitor is None or visitor.client.address is None:
        return None
    return format_address(visitor.client.address)


def _network(answered: Answer) -> str | None:
    address, place = _address(answered.visitor), answered.place
    return str(ip_network((address, place.prefix_length), strict=False)) if address and place else None


def _steps(snapshot: Snapshot, answered: Answer) -> Iterator[Step]:
    """What the door found out about the request, and then the decision's own steps."""
    if answered.visitor is not None:
        yield _client_step(snapshot, answered.visitor)
    if answered.policy is not None and answered.visitor is not None:
        host = answered.visitor.host
        yield Step("site", answered.policy.file, f"answers for {host.name if host else 'requests without a host'}")
    if answered.place is not None:
        yield _place_step(snapshot, answered)
    if answered.decision is not None:
        yield from answered.decision.steps
    else:
        yield Step("request", answered.action, answered.why)


def _client_step(snapshot: Snapshot, visitor: Visitor) -> Step:
    header = snapshot.configuration.server.client_address
    return Step("client", _address(visitor) or "unknown", _WHY_CLIENT[visitor.client.reason].format(header=header))


def _place_step(snapshot: Snapshot, answered: Answer) -> Step:
    place, network, database = answered.place, _network(answered), snapshot.database.path.name
    if place is None or network is None:
        return Step("place", "unknown", "no address, no place")
    if not place.is_known:
        return Step("place", "unknown", f"{database} has no country for {network}")
    return Step("place", place.country or f"continent {place.continent}", f"{database} says so of {network}")


def explanation_for_people(explanation: Explanation) -> str:
    """The same, to read: the answer, who was asking, the steps, the headers."""
    client = explanation["client"]
    status = explanation["status"]
    rows = [[f"  {step['step']}", step["outcome"], step["why"]] for step in explanation["steps"]]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    known = [
        client["address"] or "an unknown address",
        f"country {client['country'] or 'unknown'}",
        f"continent {client['continent'] or 'unknown'}",
        f"reads {', '.join(client['languages']) or 'no stated language'}",
    ]
    return "\n".join(
        [
            f"{status} {HTTPStatus(status).phrase}"
            + (f" -> {explanation['location']}" if explanation["location"] else ""),
            f"region {explanation['region'] or 'none'}, reason {explanation['reason']}",
            "",
            "Who: " + ", ".join(known),
            "",
            "Why:",
            *(f"{row[0]:<{widths[0]}}  {row[1]:<{min(widths[1], 24)}}  {row[2]}" for row in rows),
            "",
            "Headers:",
            *(f"  {name}: {value}" for name, value in explanation["headers"].items()),
        ]
    )
