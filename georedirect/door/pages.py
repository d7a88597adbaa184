"""Our own pages below the chooser's prefix, and any other request: what is answered, body and all. Knows no server."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, quote

from georedirect.chooser.banner import BANNER
from georedirect.decide import decide_without_rules, location_of
from georedirect.decision import Action
from georedirect.door.answer import (
    NO_STORE,
    SCRIPT,
    SUGGESTION,
    Answer,
    Met,
    answer_met,
    meet,
    refusal,
    set_cookie,
    vary_of,
)
from georedirect.door.asking import Asked
from georedirect.visitor.choice import take_parameter
from georedirect.visitor.host import parse_host
from georedirect.visitor.target import parse_target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from georedirect.door.answer import Headers
    from georedirect.door.snapshot import Snapshot
    from georedirect.visitor.request import Request, Visitor

FORGET = "forget"
"""What `region` says to have the choice forgotten; no region may be called so."""

_MOST_FIELDS = 16
_JSON = ("Content-Type", "application/json")
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
    """Answer a request for one of our own pages: the chooser, the choice that somebody makes there, and for scripts."""
    show = _SHOWN.get(met.page or "")
    is_chooser = show is _show_chooser
    vary = vary_of(snapshot, met)
    if show is None:
        answered = refusal(404, "not-found", "there is no such page", *vary)
    elif met.request.method in {"GET", "HEAD"}:
        answered = show(snapshot, met)
    elif met.request.method == "POST" and is_chooser:
        answered = _choose(snapshot, met, read_form(body))
    else:
        why = "this page is read by GET, and a choice made by POST" if is_chooser else "this is read by GET"
        allow = ("Allow", "GET, HEAD, POST" if is_chooser else "GET, HEAD")
        answered = refusal(405, "method-not-allowed", why, allow, *vary)
    return replace(answered, visitor=met.visitor, policy=met.policy)


def _show_chooser(snapshot: Snapshot, met: Met) -> Answer:
    """The chooser, for the `url` that the visitor wanted. It suggests what they would get by a guess."""
    asked = _asked(snapshot, met, chosen=None)
    if asked is None:
        return refusal(400, "bad-url", "url is not a path on this site", *vary_of(snapshot, met))
    shown = snapshot.choosers[met.policy.file].page(asked)
    headers = (*shown.headers, NO_STORE, *vary_of(snapshot, met))
    why = "the chooser is shown to whoever asks for it"
    return Answer(200, headers, shown.body, Action.SUGGEST, "page", why, place=asked.place, decision=asked.decision)


def _show_suggestion(snapshot: Snapshot, met: Met) -> Answer:
    """Where we would have the visitor go, choices included, as JSON for the site's own scripts."""
    vary = vary_of(snapshot, met)
    asked = _asked(snapshot, met, chosen=met.visitor.chosen)
    if asked is None:
        return refusal(400, "bad-url", "url is not a path on this site", *vary)
    is_any = asked.decision.action is not Action.STAY
    suggestion = snapshot.choosers[met.policy.file].suggestion(asked, is_any=is_any)
    headers = (_JSON, NO_STORE, *vary, *_shared_with(met), ("X-Content-Type-Options", "nosniff"))
    body = json.dumps(suggestion, ensure_ascii=False).encode()
    why = "a script asks what we would suggest"
    return Answer(200, headers, body, Action.SUGGEST, "suggestion", why, place=asked.place, decision=asked.decision)


def _show_banner(snapshot: Snapshot, met: Met) -> Answer:  # noqa: ARG001  one signature for all pages
    """The script for the site's own pages: the same for everyone."""
    headers = (
        ("Content-Type", "text/javascript; charset=utf-8"),
        ("Cache-Control", "public, max-age=3600"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return Answer(200, headers, BANNER, Action.STAY, "banner", "the script is the same for everyone")


_SHOWN: Mapping[str, Callable[[Snapshot, Met], Answer]] = {
    "": _show_chooser,
    SUGGESTION: _show_suggestion,
    SCRIPT: _show_banner,
}
"""Our own pages, by what stands behind the prefix."""


def _asked(snapshot: Snapshot, met: Met, *, chosen: str | None) -> Asked | None:
    """The visitor as one who wants `?url=`, and what would be done about the site's root for one who has `chosen`.

    None for a url of no use. Of one inside a region's own path it would only be said that they are there already.
    """
    url = first_value(met.visitor.query, "url")
    visitor = visitor_of_url(snapshot, met, url)
    if visitor is None:
        return None
    place = snapshot.place_of(met.visitor.client.address, met.visitor.said_country)
    asker = replace(met.visitor, path="/", query=None, asked=None, destination=None, chosen=chosen)
    decision = replace(decide_without_rules(met.policy, asker, place, snapshot.moment), location=None)
    return Asked(replace(visitor, asked=None), place, decision, snapshot.moment)


def _shared_with(met: Met) -> Headers:
    """CORS for the site's own origins, cookies included, and for nobody else's."""
    origins = met.request.lines("origin")
    if len(origins) != 1 or not _is_own_origin(met, origins[0]):
        return ()
    return ("Access-Control-Allow-Origin", origins[0]), ("Access-Control-Allow-Credentials", "true")


def first_value(query: str | None, name: str) -> str:
    """The first value of a field in a query; empty where there is none."""
    return _first_values((query or "").removeprefix("?")).get(name, "")


def read_form(body: bytes) -> Form:
    """Read `application/x-www-form-urlencoded`."""
    first = _first_values(body.decode("latin-1"))
    return Form(first.get("region", ""), first.get("url", ""))


def _first_values(text: str) -> dict[str, str]:
    """Fields of a form, octets as latin-1 text; of several of one name the first counts."""
    try:
        fields = parse_qsl(text, True, encoding="latin-1", max_num_fields=_MOST_FIELDS)  # noqa: FBT003
    except ValueError:  # more fields than any form of ours has
        return {}
    return dict(reversed(fields))


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
    place = snapshot.place_of(met.visitor.client.address, met.visitor.said_country)
    location = location_of(met.policy, region, visitor, place, snapshot.moment)
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
    sites = {value.lower() for value in met.request.lines("sec-fetch-site")}
    if _OWN & sites:
        return True
    origins = met.request.lines("origin")
    return bool(origins or not sites) and all(_is_own_origin(met, origin) for origin in origins)


def _is_own_origin(met: Met, origin: str) -> bool:
    scheme, mark, authority = origin.partition("://")
    host = parse_host(authority)
    if scheme not in {"http", "https"} or not mark or host is None:
        return False
    own = {*met.policy.hosts, *(host for region in met.policy.regions.values() for host in region.hosts)}
    asked = met.visitor.host
    return host.name in own or (asked is not None and host.name == asked.name)
