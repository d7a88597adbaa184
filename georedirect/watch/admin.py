"""The admin listener as a Sanic application: is the door alive and ready, what would this visitor get, load again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from sanic import HTTPResponse, Sanic
from sanic.exceptions import SanicException
from sanic.handlers import ErrorHandler
from sanic.response import json, raw, redirect

from georedirect.door.explain import explain
from georedirect.door.history import Outcome
from georedirect.door.question import imagine_request, read_time
from georedirect.visitor.address import is_loopback, parse_address
from georedirect.visitor.host import parse_host
from georedirect.watch.dashboard import add_dashboard
from georedirect.watch.desk import RELOAD_SECONDS
from georedirect.watch.entry import has_session, is_from_a_page, why_not
from georedirect.watch.metrics import Metrics
from georedirect.watch.mirrors import tell
from georedirect.watch.openapi import document
from georedirect.watch.pages import add_pages
from georedirect.watch.sessions import Sessions
from georedirect.watch.shield import shield
from georedirect.watch.signing import add_signing
from georedirect.watch.told import tell_attempt, tell_ready

if TYPE_CHECKING:
    import sanic

    from georedirect.door.snapshot import Snapshot
    from georedirect.visitor.request import Request
    from georedirect.watch.desk import Desk

log = logging.getLogger("georedirect")

AdminApp = Sanic[Any, Any]

_MOST_OCTETS = 65536  # of a request with its body
_PARAMETERS = ("ip", "url", "method", "header", "at")


def create_admin(desk: Desk, name: str = "georedirect-admin") -> AdminApp:
    """The admin's application; no page of it is reachable through the door."""
    app: AdminApp = Sanic(name, configure_logging=False, error_handler=_Errors())
    app.config.RESPONSE_TIMEOUT = int(RELOAD_SECONDS) + 5
    app.config.REQUEST_MAX_SIZE = _MOST_OCTETS
    app.ctx.desk = desk
    app.ctx.sessions = Sessions()
    app.ctx.metrics = Metrics(desk)
    app.register_middleware(_refuse_foreign_host, "request")
    app.register_middleware(shield, "response")  # type: ignore[arg-type]  # its alias forgets BaseHTTPResponse
    app.add_route(_healthz, "/healthz", methods=["GET", "HEAD"])
    app.add_route(_readyz, "/readyz", methods=["GET", "HEAD"])
    app.add_route(_explain, "/explain", methods=["GET", "HEAD"])
    app.add_route(_mirrors, "/mirrors", methods=["GET", "HEAD"])
    app.add_route(_metrics, "/metrics", methods=["GET", "HEAD"])
    app.add_route(_reload, "/reload", methods=["POST"])
    app.add_route(_openapi, "/openapi.json", methods=["GET", "HEAD"])
    add_dashboard(app)
    add_pages(app)
    add_signing(app)
    return app


async def _healthz(request: sanic.Request) -> HTTPResponse:  # noqa: ARG001  Sanic passes it
    return json({"status": "alive"})


async def _readyz(request: sanic.Request) -> HTTPResponse:
    """200 while there is a policy and a database to answer with; 503 once the door is on its way out."""
    desk: Desk = request.app.ctx.desk
    ready = tell_ready(desk)
    return json(ready, status=200 if ready["status"] == "ready" else 503)


async def _mirrors(request: sanic.Request) -> HTTPResponse:
    """How each mirror is that is checked, as the process says that checks them."""
    desk: Desk = request.app.ctx.desk
    return json({"mirrors": [tell(seen) for seen in desk.mirrors()]})


async def _metrics(request: sanic.Request) -> HTTPResponse:
    metrics: Metrics = request.app.ctx.metrics
    body, content_type = metrics.render(request.headers.get("accept", ""))
    return raw(body, content_type=content_type)


async def _openapi(request: sanic.Request) -> HTTPResponse:  # noqa: ARG001  Sanic passes it
    return json(document())


async def _reload(request: sanic.Request) -> HTTPResponse:
    """Load everything again, and answer when that has come to an end: 422 when it was refused."""
    refusal = why_not(request)
    if refusal is not None:
        return refusal
    desk: Desk = request.app.ctx.desk
    attempt = await desk.reload()
    if has_session(request) and is_from_a_page(request):  # which is shown what became of it
        return redirect("/", status=303)
    if attempt is None:
        return json({"error": "nobody loads anything: the door is being stopped, or does not answer"}, status=503)
    return json(tell_attempt(attempt), status=200 if attempt.outcome is Outcome.SWAPPED else 422)


async def _explain(request: sanic.Request) -> HTTPResponse:
    """`?ip=` and, if wanted, `url=`, `method=`, `at=` and any number of `header=Name: value`."""
    snapshot = _snapshot(request)
    try:
        question, moment = _question(snapshot, request.query_string)
        return json(explain(snapshot if moment is None else snapshot.at(moment), question))
    except ValueError as error:
        return json({"error": str(error)}, status=400)


def _snapshot(request: sanic.Request) -> Snapshot:
    desk: Desk = request.app.ctx.desk
    return desk.snapshot


def _question(snapshot: Snapshot, query: str) -> tuple[Request, float | None]:
    """The request that a query asks about, and when; ValueError says what is wrong with it."""
    given = parse_qs(query, keep_blank_values=True, errors="strict")
    unknown = sorted(given.keys() - set(_PARAMETERS))
    if unknown or "ip" not in given:
        wrong = f'"{unknown[0]}" is not a parameter' if unknown else '"ip" is missing'
        raise ValueError(f"{wrong}; there are {', '.join(_PARAMETERS)}")
    url, method = given.get("url", ["/"])[0], given.get("method", ["GET"])[0]
    ip, headers = given["ip"][0], given.get("header", [])
    moment = read_time(given["at"][0]) if "at" in given else None
    return imagine_request(snapshot.configuration, ip, url or "/", method or "GET", headers), moment


async def _refuse_foreign_host(request: sanic.Request) -> HTTPResponse | None:
    """A page on another site must not read ours by making its name point here (DNS rebinding): 421 for its Host."""
    if not request.head:  # Sanic's stand-in for a request that it could not read; it says so itself
        return None
    lines = request.headers.getall("host", [])
    host = parse_host(lines[0]) if len(lines) == 1 else None
    if host is not None and _is_own(host.name, request):
        return None
    return json({"error": "this is not a host of the admin listener; see admin_hosts"}, status=421)


def _is_own(name: str, request: sanic.Request) -> bool:
    snapshot = _snapshot(request)
    if name in snapshot.configuration.server.admin_hosts:
        return True
    sockname = request.transport.get_extra_info("sockname")
    if isinstance(sockname, str | bytes):  # a Unix socket, where no page of another site can lead a browser
        return True
    own = parse_address(sockname[0])
    return own is not None and (parse_address(name.strip("[]")) == own or (name == "localhost" and is_loopback(own)))


class _Errors(ErrorHandler):
    """Errors as JSON, without a word of the request in them; what is logged of it is its path."""

    def response(self, request: sanic.Request, exception: Exception) -> HTTPResponse:
        status = exception.status_code if isinstance(exception, SanicException) else 500
        if status == 500:
            log.error("the admin listener could not answer %s", request.path, exc_info=exception)
        what = {
            404: "there is no such page; /openapi.json says which there are for programs, and / is for people",
            405: "GET and HEAD for what is read, POST for what changes something",
        }
        return json({"error": what.get(status, "the request could not be answered")}, status=status)
