"""What the door answers to a request: status, headers, body and why. Knows no server; `explain` asks the same code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from georedirect.chooser.notice import notice
from georedirect.decide import decide
from georedirect.decision import Action
from georedirect.door.asking import Asked
from georedirect.door.clock import date_of
from georedirect.door.forward import original_of, told_to_proxy
from georedirect.guess import Reason
from georedirect.policy.server_model import Answering
from georedirect.visitor.choice import write_cookie
from georedirect.visitor.client import WITHOUT_HEADER
from georedirect.visitor.methods import METHODS, NEVER_REDIRECTED
from georedirect.visitor.request import Malformed, Request, Visitor, recognise, with_choice, with_said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.decision import Decision, Refusal
    from georedirect.door.snapshot import Snapshot
    from georedirect.place import Place
    from georedirect.policy.model import Configuration, Policy

Headers = tuple[tuple[str, str], ...]

_ALLOW = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_SHARED_METHODS = frozenset({"GET", "HEAD"})
_OF_A_SITE = frozenset({204, 405})
"""With which a request is answered by its method, and for a URL of a site with that site's Vary."""

_REFUSALS = {
    400: ("bad-request", "the request is not valid HTTP"),
    408: ("too-slow", "the request did not arrive in time"),
    404: ("not-found", "there is no such page"),
    413: ("too-large", "the request body is too large"),
    414: ("too-long", "the request target is too long"),
    417: ("bad-request", "the expectation cannot be met"),
    431: ("too-large", "the request headers are too large"),
    501: ("unknown-method", "the method is not one of HTTP's"),
    503: ("unavailable", "the server is busy"),
}
NO_STORE = ("Cache-Control", "private, no-store")
SUGGESTION, SCRIPT = "suggest", "banner.js"
"""Our own pages whose answers depend on something else than the site's: what stands behind the prefix."""

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


class Met(NamedTuple):
    """A request that is for one of our sites: which, and by whom; `is_asked` where a proxy only asks about it."""

    request: Request
    visitor: Visitor
    policy: Policy
    is_asked: bool = False

    @property
    def is_for_page(self) -> bool:
        """Whether it is for one of our own pages."""
        return not self.is_asked and self.visitor.path.startswith(self.policy.chooser.prefix)

    @property
    def page(self) -> str | None:
        """Which of our own pages it is for, there or not."""
        return self.visitor.path.removeprefix(self.policy.chooser.prefix) if self.is_for_page else None


def meet(snapshot: Snapshot, request: Request) -> Met | Answer:
    """Find out whose request this is, for which site; an answer if it gets no further. Total, whatever it holds."""
    met = meet_visitor(snapshot, request)
    server = snapshot.configuration.server
    if server.answer is Answering.DOOR or (isinstance(met, Met) and met.is_for_page):
        return met
    original = original_of(server, request)
    if isinstance(original, Malformed):
        return refusal(400, "bad-request", original.why)
    met = meet_visitor(snapshot, original)
    return met._replace(is_asked=True) if isinstance(met, Met) else told_to_proxy(server, met)


def meet_visitor(snapshot: Snapshot, request: Request) -> Met | Answer:
    """The same of a request that a visitor has sent, and no proxy that asks about one."""
    said = _without_a_target(request)
    met = _recognised(snapshot, request) if said is None or said.status in _OF_A_SITE else said
    if said is None or not isinstance(met, Met):
        return said or met
    return replace(said, headers=(*said.headers, *vary_of(snapshot, met)))


def _recognised(snapshot: Snapshot, request: Request) -> Met | Answer:
    server = snapshot.configuration.server
    country_header = snapshot.configuration.database.country_header
    visitor = recognise(request, server.client_address, server.trusted_proxies, country_header)
    if isinstance(visitor, Malformed):
        return refusal(400, "bad-request", visitor.why)
    policy = snapshot.configuration.policy_for(visitor.host.name if visitor.host else None)
    if policy is None:
        return replace(refusal(421, "unknown-host", "no policy answers for this host"), visitor=visitor)
    if policy.reads_choice:
        visitor = with_choice(visitor, request, policy.choice.parameter, policy.choice.cookie)
    if policy.rules or policy.sticky.cookie is not None:
        visitor = with_said(visitor, request, policy.rules.headers, policy.sticky.cookie)
    return Met(request, visitor, policy)


def answer(snapshot: Snapshot, request: Request) -> Answer:
    """Answer one request that is for none of our own pages, with one snapshot; total, whatever the request holds."""
    return answer_met(snapshot, meet(snapshot, request))


def answer_met(snapshot: Snapshot, met: Met | Answer) -> Answer:
    """Decide, and answer so, unless there is an answer already.

    All answers of a site name the same headers in Vary, also those that say no.
    """
    if isinstance(met, Answer):
        return met
    visitor, policy, server = met.visitor, met.policy, snapshot.configuration.server
    place = snapshot.place_of(visitor.client.address, visitor.said_country)
    decision = decide(policy, visitor, place, snapshot.moment)
    vary = vary_of(snapshot, met)
    if decision.reason is Reason.EXEMPT and decision.refusal is not None:
        answered = refusal(decision.refusal.status, decision.reason, "there is nothing here", *vary)
    elif decision.refusal is not None:
        answered = _told_no(decision, decision.refusal, visitor, vary)
    else:
        body, headers = _content(snapshot, met, Asked(visitor, place, decision, snapshot.moment))
        headers = (*headers, *_cache_headers(met, decision), *vary)
        status = 200 if decision.location is None else 307
        answered = Answer(status, headers, body, decision.action, decision.reason, decision.steps[-1].why)
    answered = replace(answered, visitor=visitor, place=place, policy=policy, decision=decision)
    return told_to_proxy(server, answered) if met.is_asked else answered


def _told_no(decision: Decision, refused: Refusal, visitor: Visitor, vary: Headers) -> Answer:
    """A small page for people, and Retry-After for everybody else, where there is a time to come back."""
    shown = notice(refused.status, tuple(language.tag for language in visitor.languages if language.q), refused.until)
    headers = (NO_STORE, *shown.headers, *_retry_after(refused), *vary)
    return Answer(refused.status, headers, shown.body, Action.REFUSE, decision.reason, decision.steps[-1].why)


def _retry_after(refused: Refusal) -> Headers:
    """RFC 9110 10.2.3: in so many seconds, or at a date, which stays the same for as long as it is told."""
    if refused.retry_after is not None:
        return (("Retry-After", str(refused.retry_after)),)
    when = None if refused.until is None else date_of(refused.until)
    return () if when is None else (("Retry-After", when),)


def _content(snapshot: Snapshot, met: Met, asked: Asked) -> tuple[bytes, Headers]:
    """Where to, or for a visitor whom nothing moves the chooser; a proxy that only asks shows nobody a page of ours."""
    location = asked.decision.location
    if location is not None or met.is_asked:
        return b"", (("Location", location),) if location is not None else ()
    page = snapshot.choosers[met.policy.file].page(asked)
    return page.body, page.headers


def _cache_headers(met: Met, decision: Decision) -> Headers:
    """Whether others may be given this answer, and what the visitor is to keep."""
    if decision.reason is Reason.PARAMETER and met.policy.choice.parameter_stores:
        return (NO_STORE, set_cookie(met, decision.region_name or "", met.policy.choice.days))
    cache = met.policy.cache
    is_for_no_page = met.visitor.destination is not None and met.policy.exempt.paths is not None
    if cache is None or is_for_no_page or met.request.method not in _SHARED_METHODS:
        return (NO_STORE,)
    return (("Cache-Control", f"public, max-age=0, s-maxage={cache.shared_seconds}"),)


def set_cookie(met: Met, value: str, days: int) -> tuple[str, str]:
    """The header that stores a choice, or forgets it: 0 days."""
    return "Set-Cookie", write_cookie(met.policy.choice.cookie, met.visitor.scheme, value, days)


def secure_headers(configuration: Configuration) -> Headers:
    """What every answer over our own TLS says besides, and no other (RFC 6797 7.2)."""
    hsts = configuration.tls.hsts
    return () if hsts is None else (("Strict-Transport-Security", hsts),)


def refusal_for(status: int) -> Answer:
    """What is said with this status when there is no more to say than what the status means."""
    return refusal(status, *_REFUSALS.get(status, ("error", "the request could not be answered")))


def refusal(status: int, reason: str, why: str, *extra: tuple[str, str]) -> Answer:
    """An answer that says what is wrong in our own words, never in the request's."""
    headers = (NO_STORE, _TEXT, *extra)
    return Answer(status, headers, f"{why}\n".encode(), Action.REFUSE, reason, why)


def _without_a_target(request: Request) -> Answer | None:
    """What is answered by its method alone: never a redirect."""
    if request.method not in METHODS:
        return refusal_for(501)
    if request.method in NEVER_REDIRECTED:
        return refusal(405, "method-not-allowed", "TRACE and CONNECT are not redirected", ("Allow", _ALLOW))
    if request.method == "OPTIONS" and (request.target == b"*" or _is_preflight(request)):
        why = "asks what is allowed; a browser would fail a preflight that is redirected"
        return Answer(204, (NO_STORE, ("Allow", _ALLOW)), b"", Action.STAY, "options", why)
    return None


def _is_preflight(request: Request) -> bool:
    return bool(request.lines("origin") and request.lines("access-control-request-method"))


def vary_of(snapshot: Snapshot, met: Met) -> Headers:
    """Vary for an answer of the site's; none where nothing in a request counts."""
    names = ", ".join(dict.fromkeys(_varying(snapshot, met))) if met.page != SCRIPT else ""
    return (("Vary", names),) if names else ()


def _varying(snapshot: Snapshot, met: Met) -> Iterator[str]:
    """The request headers on which answers can depend: the same for every visitor of a URL and peer."""
    server, policy = snapshot.configuration.server, met.policy
    is_trusted = server.trusted_proxies.has_peer(met.request.peer)
    if policy.depends_on_language or policy.shows_pages or met.is_for_page:
        yield "Accept-Language"
    if policy.reads_choice or (policy.sticky.cookie is not None and policy.draws):
        yield "Cookie"
    if policy.exempt.paths is not None:
        yield from ("Sec-Fetch-Dest", "Sec-Purpose", "Purpose")
    if is_trusted and policy.cache is None:  # else its key carries all of it
        yield from _of_clients(snapshot.configuration)
    if policy.reads_choice and is_trusted:
        yield "X-Forwarded-Proto"
    yield from map(_as_written, sorted(policy.rules.headers))
    if met.page == SUGGESTION:
        yield "Origin"


def _of_clients(configuration: Configuration) -> Iterator[str]:
    """The headers in which a trusted proxy says who its clients are, and where."""
    for name in (configuration.server.client_address, configuration.database.country_header):
        if name is not None and name not in WITHOUT_HEADER:
            yield _as_written(name)


def _as_written(header: str) -> str:
    return "-".join(part.capitalize() for part in header.split("-"))
