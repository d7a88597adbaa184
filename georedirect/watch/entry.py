"""Whether a request may change anything: by what it says, and by the page that it comes from."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sanic.response import json

from georedirect.watch.sessions import Judgement

if TYPE_CHECKING:
    import sanic
    from sanic import HTTPResponse

    from georedirect.door.token import Token
    from georedirect.watch.sessions import Sessions

COOKIE = "georedirect-admin"
_BEARER = "bearer "


def token_of(request: sanic.Request) -> Token | None:
    token: Token | None = request.app.ctx.desk.snapshot.token
    return token


def has_session(request: sanic.Request) -> bool:
    sessions: Sessions = request.app.ctx.sessions
    return sessions.is_open(token_of(request), session_name(request))


def session_name(request: sanic.Request) -> str:
    return request.cookies.get(COOKIE) or ""


def is_from_our_page(request: sanic.Request) -> bool:
    """Whether a browser says that it was on one of these pages. A cookie alone is no proof: ports share cookies."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower():
        return False
    return site == "same-origin" or (site is None and origin is not None)


def is_from_a_page(request: sanic.Request) -> bool:
    return any(name in request.headers for name in ("origin", "sec-fetch-site"))


def why_not(request: sanic.Request) -> HTTPResponse | None:
    """None for who may change something.

    Without a token that is any program, but no page that a browser shows: any site could have one that posts here.
    """
    token = token_of(request)
    if token is None:
        return _refusal(403, "a reload is not asked for by a browser") if is_from_a_page(request) else None
    word = _bearer(request)
    if word is not None:
        return judged(request, token, word)
    if not has_session(request):
        return _refusal(401, "say the token: Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"})
    return None if is_from_our_page(request) else _refusal(403, "this is asked for by a page of another site")


def judged(request: sanic.Request, token: Token, word: str) -> HTTPResponse | None:
    """None for the right word."""
    sessions: Sessions = request.app.ctx.sessions
    judgement = sessions.judge(token, word)
    if judgement is Judgement.WRONG:
        return _refusal(401, "that is not the token", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    if judgement is Judgement.TOO_OFTEN:
        seconds = str(ceil(sessions.wait_seconds))
        return _refusal(429, "too many wrong words; wait a minute", {"Retry-After": seconds})
    return None


def _bearer(request: sanic.Request) -> str | None:
    said = request.headers.get("authorization", "")
    return said[len(_BEARER) :].strip(" ") if said[: len(_BEARER)].lower() == _BEARER else None


def _refusal(status: int, why: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    return json({"error": why}, status=status, headers=headers)
