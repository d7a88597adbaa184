"""The door as a Sanic application: one route for everything, which is the reference for any faster way."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import sanic
from sanic import HTTPResponse, Sanic
from sanic.exceptions import BadURL, MethodNotAllowed, NotFound, SanicException
from sanic.handlers import ErrorHandler
from sanic.headers import _HTTP1_STATUSLINES

from georedirect.door.answer import Met, answer_met, meet, refusal_for, secure_headers
from georedirect.door.pages import page, reply
from georedirect.door.response import head_lines
from georedirect.door.service import Service
from georedirect.visitor.address import parse_address
from georedirect.visitor.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sanic.http import Http

    from georedirect.door.answer import Answer, Headers
    from georedirect.door.contexts import Contexts
    from georedirect.door.snapshot import Snapshot
    from georedirect.door.tally import Row
    from georedirect.health.board import HealthBoard
    from georedirect.journal.access import AccessLog

log = logging.getLogger("georedirect")

DoorApp = Sanic[Any, Any]

_MOST_HEAD_OCTETS = 16_384  # Sanic knows no more
_ROUTED = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

for _status in HTTPStatus:  # Sanic prepares its status lines at import, and calls some of them UNKNOWN
    _HTTP1_STATUSLINES[_status] = b"HTTP/1.1 %d %b\r\n" % (_status, _status.phrase.encode())


class _Response(HTTPResponse):
    """A response with just our headers: Sanic would add its own, such as `content-type: None` without a body."""

    def __init__(self, answered: Answer, *, closes: bool, more: Headers) -> None:
        super().__init__(answered.body, answered.status)
        self._lines = tuple(head_lines(answered, closes=closes, more=more))

    @property
    def processed_headers(self) -> Iterator[tuple[bytes, bytes]]:
        return ((name.encode(), value.encode()) for name, value in self._lines)


class _Request(sanic.Request[Any, Any]):
    """A request whose target nobody has judged yet: Sanic fails on some that are malformed, and on one that is not."""

    def __init__(self, url_bytes: bytes, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Sanic's own signature
        try:
            super().__init__(url_bytes, *args, **kwargs)
        except BadURL:
            super().__init__(b"/", *args, **kwargs)
            self.raw_url = url_bytes

    @property
    def path(self) -> str:
        return super().path if self._parsed_url.path else "/"  # `http://host` has none (RFC 9112 3.2.2)


def create_door(  # noqa: PLR0913  one for each thing that it is given
    snapshot: Snapshot,
    name: str = "georedirect",
    *,
    health: HealthBoard | None = None,
    row: Row | None = None,
    contexts: Contexts | None = None,
    log: AccessLog | None = None,
) -> DoorApp:
    """The door's application. What it serves is `app.ctx.service.lane`.

    `health` says which mirrors are sick, `row` is where decisions are counted, `contexts` are what TLS is spoken with,
    `log` is where requests are noted.
    """
    app: DoorApp = Sanic(name, configure_logging=False, error_handler=_Refusals(), request_class=_Request)
    service = app.ctx.service = Service(snapshot, health, row, contexts, log)
    app.before_server_start(service.open)
    app.before_server_stop(service.close)
    app.config.REQUEST_MAX_HEADER_SIZE = _MOST_HEAD_OCTETS
    _set_limits(app)
    app.add_route(_redirect, "/<path:path>", methods=_ROUTED, ignore_body=True)  # but by our own pages
    return app


def renew_door(app: DoorApp, snapshot: Snapshot) -> Callable[[], None]:
    """Make ready to serve another snapshot, which takes its time; what is returned swaps it in at once."""
    service: Service = app.ctx.service
    lane, contexts = service.lane_of(snapshot), service.contexts.after(snapshot)

    def swap() -> None:
        service.contexts = contexts
        service.swap(lane)
        _set_limits(app)

    return swap


def _set_limits(app: DoorApp) -> None:
    app.config.REQUEST_MAX_SIZE = app.ctx.service.limits.body_octets


async def _redirect(request: sanic.Request, path: str = "") -> HTTPResponse:  # noqa: ARG001  we read the raw target
    return await _reply(request)


async def _reply(request: sanic.Request) -> HTTPResponse:
    """Answer at once; only our own pages wait for a body."""
    snapshot = request.app.ctx.service.lane.snapshot
    asked = _read(request)
    met = meet(snapshot, asked)
    if isinstance(met, Met) and met.is_for_page:
        await request.receive_body()  # type: ignore[no-untyped-call]
        return _respond(request, page(snapshot, met, request.body), asked)
    return _respond(request, answer_met(snapshot, met), met.request if isinstance(met, Met) else asked)


def _read(request: sanic.Request) -> Request:
    told = _of_connection(request)
    return Request(
        method=request.method,
        target=request.raw_url,
        headers=tuple((name, _as_latin1(value)) for name, value in request.headers.items()),
        peer=told.get("peer", parse_address(request.ip)),
        version=request.version,
        is_tls=told.get("is_tls", False),
    )


def _of_connection(request: sanic.Request) -> Mapping[str, Any]:
    """What the door's connection says of itself, if there is one: it knows better than Sanic who is there, and how."""
    return vars(request.conn_info.ctx) if request.conn_info is not None else {}


def _as_latin1(value: str) -> str:
    """A header's octets one by one, as `Request` promises them: Sanic decodes them as UTF-8."""
    return value.encode("utf-8", "surrogateescape").decode("latin-1")


def _respond(request: sanic.Request, answered: Answer, asked: Request) -> HTTPResponse:
    """`asked` is what is answered: not the request itself where a proxy asks about another's."""
    service: Service = request.app.ctx.service
    service.add(answered, asked, _of_connection(request).get("peer", parse_address(request.ip)))
    http = cast("Http", request.stream)
    is_last = answered.closes_connection or service.is_draining or request.version == "1.0"
    http.keep_alive = http.keep_alive and not is_last
    more = secure_headers(service.lane.snapshot.configuration) if _of_connection(request).get("is_tls") else ()
    return _Response(answered, closes=not http.keep_alive, more=more)


class _Refusals(ErrorHandler):
    """Answers what Sanic raises before or instead of our route, in the words that the rest of the door uses."""

    def response(self, request: sanic.Request, exception: Exception) -> HTTPResponse:
        asked = _read(request)
        if isinstance(exception, (NotFound, MethodNotAllowed)):  # Sanic's router knows seven methods; we know more
            return _respond(request, reply(request.app.ctx.service.lane.snapshot, asked), asked)
        status = exception.status_code if isinstance(exception, SanicException) else 500
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("the door could not answer %s", request.path, exc_info=exception)
        return _respond(request, refusal_for(status), asked)
