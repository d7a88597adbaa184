"""What would happen to a visitor, and why each step went as it did: as an object for machines, as text for people."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from ipaddress import ip_network
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from georedirect.door.answer import secure_headers
from georedirect.door.pages import reply
from georedirect.door.response import head_lines
from georedirect.geo.age import days_ago
from georedirect.place import NOWHERE
from georedirect.ruling import RULE, asker_of, rule_on, told
from georedirect.step import Step
from georedirect.visitor.address import format_address
from georedirect.visitor.client import ClientReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.door.answer import Answer
    from georedirect.door.snapshot import Snapshot
    from georedirect.place import Place
    from georedirect.visitor.request import Request, Visitor

_WHY_CLIENT = {
    ClientReason.PEER: "the policy takes the peer for the client",
    ClientReason.ANNOUNCED: "the client is whom the proxy's PROXY header names",
    ClientReason.UNTRUSTED_PEER: "the peer is no trusted proxy, so no header counts",
    ClientReason.NO_HEADER: "the peer is a trusted proxy, but sent no {header} header",
    ClientReason.HEADER: "the {header} header of a trusted proxy says so",
    ClientReason.UNREADABLE: "a trusted proxy's {header} header cannot be read as far as it counts",
}


class Client(TypedDict):
    """Who is asking, as far as it is known. `network` is where all of it holds; `languages` are in order of liking.

    The other keys are those of a `Place`.
    """

    address: str | None
    country: str | None
    continent: str | None
    subdivision: str | None
    city: str | None
    latitude: float | None
    longitude: float | None
    asn: int | None
    organization: str | None
    anonymous: list[str]
    network: str | None
    languages: list[str]


class DatabaseSeen(TypedDict):
    """The country database: its type, and when it was built (ISO 8601)."""

    type: str
    built: str
    age_days: int
    is_old: bool


class StepTaken(TypedDict):
    """One step of the way to the answer."""

    step: str
    outcome: str
    why: str


class Explanation(TypedDict):
    """The object that `explain --json` prints and the admin's `/explain` answers. `at` is when (UTC)."""

    action: str
    status: int
    location: str | None
    region: str | None
    reason: str
    rule: str | None
    variant: str | None
    tags: list[str]
    mirror: str | None
    at: str
    client: Client
    database: DatabaseSeen
    headers: dict[str, str]
    steps: list[StepTaken]


class _Known(NamedTuple):
    """An answer, and all that is known of where its visitor is; None where nobody asked."""

    answered: Answer
    place: Place | None

    @property
    def address(self) -> str | None:
        visitor = self.answered.visitor
        if visitor is None or visitor.client.address is None:
            return None
        return format_address(visitor.client.address)

    @property
    def network(self) -> str | None:
        if self.address is None or self.place is None:
            return None
        return str(ip_network((self.address, self.place.prefix_length), strict=False))


def explain(snapshot: Snapshot, request: Request) -> Explanation:
    """Answer a request as the door would, and tell the whole way to the answer."""
    answered = reply(snapshot, request)
    more = secure_headers(snapshot.configuration) if request.is_tls else ()
    known = _Known(answered, _all_of_place(snapshot, answered))
    decision = answered.decision
    return {
        "action": answered.action,
        "status": answered.status,
        "location": decision.location if decision else None,
        "region": decision.region_name if decision else None,
        "reason": answered.reason,
        "rule": decision.rule if decision else None,
        "variant": decision.variant if decision else None,
        "tags": list(decision.tags) if decision else [],
        "mirror": decision.mirror if decision else None,
        "at": datetime.fromtimestamp(snapshot.moment.time, UTC).isoformat(timespec="seconds"),
        "client": _client(known),
        "database": see_database(snapshot, snapshot.moment.time),
        "headers": dict(head_lines(answered, more=more)),
        "steps": [{"step": step, "outcome": outcome, "why": why} for step, outcome, why in _steps(snapshot, known)],
    }


def see_database(snapshot: Snapshot, now: float) -> DatabaseSeen:
    """How old the database is at a time, and whether that is older than the policy lets it become."""
    age = snapshot.age
    return {
        "type": snapshot.database.type,
        "built": datetime.fromtimestamp(age.built, UTC).isoformat(),
        "age_days": age.days(now),
        "is_old": age.is_old(now),
    }


def _all_of_place(snapshot: Snapshot, answered: Answer) -> Place | None:
    visitor = answered.visitor
    if visitor is None or answered.place is None:
        return None
    return snapshot.all_of_place(visitor.client.address, visitor.said_country)


def _client(known: _Known) -> Client:
    visitor, place = known.answered.visitor, known.place or NOWHERE
    return {
        "address": known.address,
        "country": place.country,
        "continent": place.continent,
        "subdivision": place.subdivision,
        "city": place.city,
        "latitude": place.coordinates.latitude if place.coordinates else None,
        "longitude": place.coordinates.longitude if place.coordinates else None,
        "asn": place.asn,
        "organization": place.organization,
        "anonymous": sorted(place.anonymous),
        "network": known.network,
        "languages": [language.tag for language in visitor.languages if language.q] if visitor else [],
    }


def _steps(snapshot: Snapshot, known: _Known) -> Iterator[Step]:
    """What the door found out about the request, and then the decision's own steps."""
    answered, visitor = known.answered, known.answered.visitor
    if visitor is not None:
        yield _client_step(snapshot, visitor, known.address)
    if answered.policy is not None and visitor is not None:
        host = visitor.host
        yield Step("site", answered.policy.file, f"answers for {host.name if host else 'requests without a host'}")
    if known.place is not None and visitor is not None:
        outcome = known.place.country or (f"continent {known.place.continent}" if known.place.is_known else "unknown")
        yield Step("place", outcome, _why_there(snapshot, visitor, known))
    if answered.decision is not None:
        yield from _rule_steps(snapshot, answered)
        yield from (step for step in answered.decision.steps if step.step != RULE)
    else:
        yield Step("request", answered.action, answered.why)


def _rule_steps(snapshot: Snapshot, answered: Answer) -> Iterator[Step]:
    """Each rule that was asked, by the very conditions that decided; of our own pages none is."""
    policy, visitor = answered.policy, answered.visitor
    is_asked = answered.decision is not None and answered.reason == answered.decision.reason  # not for our own pages
    if is_asked and policy is not None and visitor is not None and answered.place is not None:
        asker = asker_of(policy, visitor, answered.place, snapshot.moment)
        yield from told(policy, asker, rule_on(policy, asker))


def _client_step(snapshot: Snapshot, visitor: Visitor, address: str | None) -> Step:
    header = snapshot.configuration.server.client_address
    return Step("client", address or "unknown", _WHY_CLIENT[visitor.client.reason].format(header=header))


def _why_there(snapshot: Snapshot, visitor: Visitor, known: _Known) -> str:
    """Who says so, by the order in which they count: overrides, a header, the database."""
    address, is_known = visitor.client.address, known.place is not None and known.place.is_known
    source = None if address is None else snapshot.locator.overrides.source_of(address)
    if source is not None:
        source = source or "[database] private"
        return f"{source} says so of {known.network}" if is_known else f"{source} leaves {known.network} unplaced"
    if visitor.said_country is not None:
        header = f"the {snapshot.configuration.database.country_header} header of a trusted proxy"
        return f"{header} says so" if is_known else f"{header} names no country"
    database = snapshot.database.path.name
    if address is None:
        return "no address, no place"
    if snapshot.database.is_silent:
        return f"{database} is older than max_age_days, and when_old has it say nothing"
    return f"{database} says so of {known.network}" if is_known else f"{database} has no country for {known.network}"


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
        *_details(client),
        f"reads {', '.join(client['languages']) or 'no stated language'}",
    ]
    return "\n".join(
        [
            f"{status} {HTTPStatus(status).phrase}"
            + (f" -> {explanation['location']}" if explanation["location"] else ""),
            f"region {explanation['region'] or 'none'}, reason {explanation['reason']}{_by_rules(explanation)}",
            "",
            "Who: " + ", ".join(known),
            _of_the_database(explanation["database"]),
            "",
            "Why:",
            *(f"{row[0]:<{widths[0]}}  {row[1]:<{min(widths[1], 24)}}  {row[2]}" for row in rows),
            "",
            "Headers:",
            *(f"  {name}: {value}" for name, value in explanation["headers"].items()),
        ]
    )


def _by_rules(explanation: Explanation) -> str:
    """What rules and mirrors had to do with it."""
    said = {key: explanation[key] for key in ("rule", "variant", "mirror")}
    told = [f", {key} {value}" for key, value in said.items() if value is not None]
    return "".join([*told, *(f", tagged {tag}" for tag in explanation["tags"])])


def _of_the_database(seen: DatabaseSeen) -> str:
    age = f"{days_ago(seen['age_days'])}{', which is too old' if seen['is_old'] else ''}"
    return f"By: a database of type {seen['type']}, built {seen['built'][:10]}, {age}"


def _details(client: Client) -> Iterator[str]:
    """What only databases of cities, operators and anonymisers know, as far as they do."""
    for key in ("subdivision", "city", "asn", "organization"):
        if client[key] is not None:
            yield f"{key} {client[key]}"
    if client["latitude"] is not None:
        yield f"at {client['latitude']}, {client['longitude']}"
    yield from client["anonymous"]
