"""Our own pages below the chooser's prefix, and any other request: what is answered, body and all. Knows no server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, quote

from georedirect.decide import Action, decide, location_of
from georedirect.door.answer import NO_STORE, Answer, Met, answer_met, body_of_page, meet, refusal, set_cookie, vary_of
from georedirect.visitor.choice import take_parameter
from georedirect.visitor.host import parse_host
from georedirect.visitor.target import parse_target

if TYPE_CHECKING:
    from georedirect.door.answer import Headers
    from georedirect.door.snapshot import Snapshot
    from georedirect.visitor.request import Request, Visitor

FORGET = "forget"
"""What `region` says to have the choice forgotten; no region may be called so."""

_MOST_FIELDS = 16
_ALLOW = "GET, HEAD, POST"
_OWN = frozenset({"same-origin", "none"})


class Form(NamedTuple):
    """What the fields of a form say, octets as latin-1 text; empty where there is none."""

    region: str
    url: str


def reply(snapshot: Snapshot, request: Request, body: bytes = b"") -> Answer:
    """Answer any request, given its whole body if it is for one of our own pages; total, whatever they hold."""
    met = meet(snapshot, request)
    return page(snapshot, met, body) if isinstance(met, Met) and met.is_for_page else answer_met(snapshot, met)


def page(snapshot: Snapshot, met: Met, body: bytes) -> Answer:
    """Answer a request for one of our own pages: the chooser, or the choice that somebody makes there."""
    if met.visitor.path != met.policy.chooser.prefix:
        answered = refusal(404, "not-found", "there is no such page", *vary_of(snapshot, met))
    elif met.request.method == "POST":
        answered = _choose(snapshot, met, read_form(body))
    elif met.request.method in {"GET", "HEAD"}:
        return _show(snapshot, met)
    else:
        why = "this page is read by GET, and a choice made by POST"
        answered = refusal(405, "method-not-allowed", why, ("Allow", _ALLOW), *vary_of(snapshot, met))
    return replace(answered, visitor=met.visitor, policy=met.policy)


def _show(snapshot: Snapshot, met: Met) -> Answer:
    """The chooser. It suggests what the visitor would get who asked for the site's root, choices aside."""
    place = snapshot.place_of(met.visitor.client.address)
    asker = replace(met.visitor, path="/", query=None, asked=None, chosen=None, destination=None)
    decision = decide(met.policy, asker, place)
    decision = replace(decision, action=Action.SUGGEST, location=None)
    body, headers = body_of_page(met, decision)
    headers = (*headers, NO_STORE, *vary_of(snapshot, met))
    why = "the chooser is shown to whoever asks for it"
    return Answer(200, headers, body, Action.SUGGEST, "page", why, met.visitor, place, met.policy, decision)


def read_form(body: bytes) -> Form:
    """Read `application/x-www-form-urlencoded`; of several fields of one name the first counts."""
    try:
        fields = parse_qsl(body.decode("latin-1"), True, encoding="latin-1", max_num_fields=_MOST_FIELDS)  # noqa: FBT003
    except ValueError:  # more fields than any form of ours has
        fields = []
    first = dict(reversed(fields))
    return Form(first.get("region", ""), first.get("url", ""))


def _choose(snapshot: Snapshot, met: Met, form: Form) -> Answer:
    """Store or forget a choice, and go on; nothing of the form is ever repeated but a path and query, made safe."""
    vary = vary_of(snapshot, met)
    visitor = visitor_of_url(snapshot, met, form.url)
    region = met.policy.regions.get(form.region)
    if not _is_from_own_page(met):
        return refusal(403, "foreign-origin", "a choice is made on the site's own pages", *vary)
    if visitor is None:
        return refusal(400, "bad-url", "url is not a path on this site", *vary)
    if form.region == FORGET:
        return _moved(met, _chooser_for(met, visitor), "forgotten", set_cookie(met, "", 0), vary)
    if region is None:
        return refusal(400, "unknown-region", "there is no such region", *vary)
    place = snapshot.place_of(met.visitor.client.address)
    location = location_of(met.policy, region, visitor, place)
    return _moved(met, location, "chosen", set_cookie(met, region.name, met.policy.choice.days), vary)


def _moved(met: Met, location: str, reason: str, cookie: tuple[str, str], vary: Headers) -> Answer:
    cookies = (cookie,) if met.policy.reads_choice else ()  # what nobody reads is not stored
    headers = (("Location", location), NO_STORE, *vary, *cookies)
    return Answer(303, headers, b"", Action.REDIRECT, reason, "the visitor says so by a form")


def visitor_of_url(snapshot: Snapshot, met: Met, url: str) -> Visitor | None:
    """The visitor as one who asks for `url`: a path on this site, or its whole URL. None for anything else."""
    target = parse_target((url or "/").encode("latin-1"))
    if target is None:
        return None
    host = target.authority
    if host is not None and snapshot.configuration.policy_for(host.name) is not met.policy:
        return None
    _, query = take_parameter(target.query, met.policy.choice.parameter)
    return replace(met.visitor, path=target.path, query=query, host=host or met.visitor.host)


def _chooser_for(met: Met, visitor: Visitor) -> str:
    """The chooser, which keeps where the visitor wanted to go: a path of our own, not to be taken for a host."""
    return f"{met.policy.chooser.prefix}?url={quote(visitor.path + (visitor.query or ''), safe='/')}"


def _is_from_own_page(met: Met) -> bool:
    """Whether the form was on a page of the site's: no other site may choose for its visitors.

    Browsers say so; who says nothing is no browser, or one so old that it is let be.
    """
    if _OWN & {value.lower() for value in met.request.lines("sec-fetch-site")}:
        return True
    origins = met.request.lines("origin")
    return all(_is_own_origin(met, origin) for origin in origins)


def _is_own_origin(met: Met, origin: str) -> bool:
    scheme, mark, authority = origin.partition("://")
    host = parse_host(authority)
    if scheme not in {"http", "https"} or not mark or host is None:
        return False
    own = {region.uri.origin.host for region in met.policy.regions.values()}
    asked = met.visitor.host
    return host.name in own or (asked is not None and host.name == asked.name)
