"""Signing in to the admin pages by the token, and out again. Knows no other page."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from sanic.response import redirect

from georedirect.watch.entry import COOKIE, is_from_our_page, session_name, token_of
from georedirect.watch.pages import show
from georedirect.watch.sessions import Judgement

if TYPE_CHECKING:
    import sanic
    from sanic import HTTPResponse, Sanic

    from georedirect.watch.sessions import Sessions

_WHY = {
    Judgement.WRONG: (403, "That is not the token."),
    Judgement.TOO_OFTEN: (429, "Too many wrong tokens; nobody's counts for a while."),
}
_FOREIGN = (403, "A page of another site has asked for this; here is ours.")


def add_signing(app: Sanic[Any, Any]) -> None:
    app.add_route(_login_form, "/login", methods=["GET", "HEAD"])
    app.add_route(_login, "/login", methods=["POST"], name="login")
    app.add_route(_logout, "/logout", methods=["POST"])


async def _login_form(request: sanic.Request) -> HTTPResponse:
    return show(request, "login.html", error="")


async def _login(request: sanic.Request) -> HTTPResponse:
    """A session for who says the token on our own page."""
    token, sessions = token_of(request), _sessions(request)
    if not is_from_our_page(request):
        return _refused(request, *_FOREIGN)
    if token is None:
        return show(request, "login.html", 403, error="")
    judgement = sessions.judge(token, _field(request, "token"))
    if judgement is not Judgement.RIGHT:
        return _refused(request, *_WHY[judgement])
    return _moved_in(request, sessions.open(token))


async def _logout(request: sanic.Request) -> HTTPResponse:
    if not is_from_our_page(request):
        return _refused(request, *_FOREIGN)
    _sessions(request).close(session_name(request))
    return _moved_in(request, "", lasts_seconds=0)


def _moved_in(request: sanic.Request, name: str, lasts_seconds: int | None = None) -> HTTPResponse:
    """To the dashboard with this session: for as long as the browser is open, or as that says."""
    is_secure = request.headers.get("origin", "").startswith("https:")  # on http, a browser would not send it back
    response = redirect("/", status=303)
    response.add_cookie(
        COOKIE, name, path="/", httponly=True, samesite="Strict", secure=is_secure, max_age=lasts_seconds
    )
    return response


def _refused(request: sanic.Request, status: int, error: str) -> HTTPResponse:
    response = show(request, "login.html", status, error=error)
    if status == 429:
        response.headers["Retry-After"] = str(ceil(_sessions(request).wait_seconds))
    return response


def _sessions(request: sanic.Request) -> Sessions:
    sessions: Sessions = request.app.ctx.sessions
    return sessions


def _field(request: sanic.Request, name: str) -> str:
    given = parse_qs(request.body.decode("utf-8", "replace"), errors="replace", max_num_fields=8)
    return given.get(name, [""])[0].strip()
