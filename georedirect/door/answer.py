"""What the door answers to a request: status, headers, body and why. Knows no server; `explain` asks the same code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from georedirect.decide import Action, decide
from georedirect.door.forward import is_question, original_of, told_to_proxy
from georedirect.visitor.request import Malformed, Visitor, recognise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.decide import Decision
    from georedirect.door.snapshot import Snapshot
    from georedirect.place import Place
    from georedirect.policy.model import Policy, Region
    from georedirect.visitor.request import Request

Headers = tuple[tuple[str, str], ...]

_ALLOW = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_NEVER_REDIRECTED = frozenset({"TRACE", "CONNECT"})
_METHODS = frozenset(
    (
        *("ACL", "BIND", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LINK", "LOCK", "M-SEARCH", "MERGE"),
        *("MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE", "NOTIFY", "OPTIONS", "PATCH", "POST", "PROPFIND", "PROPPATCH"),
        *("PURGE", "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "TRACE", "UNBIND", "UNLINK"),
        *("UNLOCK", "UNSUBSCRIBE"),
    )
)
"""Those that llhttp knows: the registered ones and a few in wide use."""

_REFUSALS = {
    400: ("bad-request", "the request is not valid HTTP"),
    408: ("too-slow", "the request did not arrive in time"),
    413: ("too-large", "the request body is too large"),
    414: ("too-long", "the request target is too long"),
    417: ("bad-request", "the expectation cannot be met"),
    431: ("too-large", "the request headers are too large"),
    501: ("unknown-method", "the method is not one of HTTP's"),
    503: ("unavailable", "the server is busy"),
}
_NO_STORE = ("Cache-Control", "private, no-store")
_TEXT = ("Content-Type", "text/plain; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, without what only the connection knows (`Date`, `Content-Length`, `Connection`).

    `decision` is None for a request that got no further than the door; then `reason` and `why` say what was wrong.
    """

    status: int
    headers: Headers
    body: bytes
    action: Action
    reason: str
    why: str
    visitor: Visitor | None = None
    place: Place | None = None
    policy: Policy | None = None
    decision: Decision | None = None

    @property
    def closes_connection(self) -> bool:
        """Whether what follows on the connection cannot be trusted."""
        return self.status in {400, 501}


def answer(snapshot: Snapshot, request: Request) -> Answer:
    """Answer one request with one snapshot; total, whatever the request holds."""
    server = snapshot.configuration.server
    if not is_question(server, request):
        return _answer(snapshot, request)
    original = original_of(server, request)
    if isinstance(original, Malformed):
        return refusal(400, "bad-request", original.why)
    return told_to_proxy(server, _answer(snapshot, original))


def _answer(snapshot: Snapshot, request: Request) -> Answer:
    if early := _without_a_target(request):
        return early
    server = snapshot.configuration.server
    visitor = recognise(request, server.client_address, server.trusted_proxies)
    if isinstance(visitor, Malformed):
        return refusal(400, "bad-request", visitor.why)
    policy = snapshot.configuration.policy_for(visitor.host.name if visitor.host else None)
    if policy is None:
        return replace(refusal(421, "unknown-host", "no policy answers for this host"), visitor=visitor)
    place = snapshot.place_of(visitor.client.address)
    decision = decide(policy, visitor, place)
    is_moved = decision.location is not None
    return Answer(
        status=307 if is_moved else 200,
        headers=tuple(_headers(decision, _vary(snapshot, policy, request))),
        body=b"" if is_moved else _you_are_there(decision.region),
        action=decision.action,
        reason=decision.reason,
        why=decision.steps[-1].why,
        visitor=visitor,
        place=place,
        policy=policy,
        decision=decision,
    )


def _headers(decision: Decision, vary: str) -> Iterator[tuple[str, str]]:
    if decision.location is None:
        yield _TEXT
    else:
        yield "Location", decision.location
    yield _NO_STORE
    if vary:
        yield "Vary", vary


def _you_are_there(region: Region) -> bytes:
    return f"You are already where this leads: {region.title or region.name}.\n".encode()


def refusal_for(status: int) -> Answer:
    """What is said with this status when there is no more to say than what the status means."""
    return refusal(status, *_REFUSALS.get(status, ("error", "the request could not be answered")))


def refusal(status: int, reason: str, why: str, *extra: tuple[str, str]) -> Answer:
    """An answer that says what is wrong in our own words, never in the request's."""
    headers = (_NO_STORE, _TEXT, *extra)
    return Answer(status, headers, f"{why}\n".encode(), Action.REFUSE, reason, why)


def _without_a_target(request: Request) -> Answer | None:
    """What is answered by its method alone: never a redirect."""
    if request.method not in _METHODS:
        return refusal_for(501)
    if request.method in _NEVER_REDIRECTED:
        return refusal(405, "method-not-allowed", "TRACE and CONNECT are not redirected", ("Allow", _ALLOW))
    if request.method == "OPTIONS" and (request.target == b"*" or _is_preflight(request)):
        why = "asks what is allowed; a browser would fail a preflight that is redirected"
        return Answer(204, (_NO_STORE, ("Allow", _ALLOW)), b"", Action.STAY, "options", why)
    return None


def _is_preflight(request: Request) -> bool:
    return bool(request.lines("origin") and request.lines("access-control-request-method"))


def _vary(snapshot: Snapshot, policy: Policy, request: Request) -> str:
    """The request headers on which this decision could depend: the same for every visitor of the URL and peer."""
    server = snapshot.configuration.server
    names = ["Accept-Language"] if policy.depends_on_language else []
    if server.client_address != "peer" and request.peer in server.trusted_proxies:
        names.append("-".join(part.capitalize() for part in server.client_address.split("-")))
    return ", ".join(names)
