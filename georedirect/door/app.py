"""The door as a Sanic application: one route for everything, which is the reference for any faster way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import sanic
from sanic import HTTPResponse, Sanic
from sanic.exceptions import BadURL, MethodNotAllowed, NotFound, SanicException
from sanic.handlers import ErrorHandler
from sanic.helpers import STATUS_CODES

from georedirect.door.answer import Answer, answer, refusal
from georedirect.door.response import head_lines
from georedirect.visitor.address import parse_address
from georedirect.visitor.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sanic.http import Http

    from georedirect.door.snapshot import Snapshot

DoorApp = Sanic[Any, Any]

_ROUTED = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_REFUSALS = {
    400: ("bad-request", "the request is not valid HTTP"),
    408: ("too-slow", "the request did not arrive in time"),
    413: ("too-large", "the request is too large"),
    414: ("too-long", "the request target is too long"),
    417: ("bad-request", "the expectation cannot be met"),
    431: ("too-large", "the request headers are too large"),
    503: ("unavailable", "the request took too long"),
}


STATUS_CODES.setdefault(421, b"Misdirected Request")  # Sanic would call it UNKNOWN


class _Response(HTTPResponse):
    """A response with just our headers: Sanic would add its own, such as `content-type: None` without a body."""

    def __init__(self, answered: Answer, *, closes: bool) -> None:
        super().__init__(answered.body, answered.status)
        self._lines = tuple(head_lines(answered, closes=closes))

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


def create_door(snapshot: Snapshot, name: str = "georedirect") -> DoorApp:
    """The door's application. `app.ctx.snapshot` is what requests read; swap the reference to change it."""
    app: DoorApp = Sanic(name, configure_logging=False, error_handler=_Refusals(), request_class=_Request)
    app.ctx.snapshot = snapshot
    app.ctx.is_draining = False
    app.add_route(_redirect, "/<path:path>", methods=_ROUTED, ignore_body=True)  # answered before any body is read
    return app


async def _redirect(request: sanic.Request, path: str = "") -> HTTPResponse:  # noqa: ARG001  we read the raw target
    return _respond(request, answer(request.app.ctx.snapshot, _read(request)))


def _read(request: sanic.Request) -> Request:
    return Request(
        method=request.method,
        target=request.raw_url,
        headers=tuple(request.headers.items()),
        peer=parse_address(request.ip),
        version=request.version,
    )


def _respond(request: sanic.Request, answered: Answer) -> HTTPResponse:
    http = cast("Http", request.stream)
    is_last = answered.closes_connection or request.app.ctx.is_draining or request.version == "1.0"
    http.keep_alive = http.keep_alive and not is_last
    return _Response(answered, closes=not http.keep_alive)


class _Refusals(ErrorHandler):
    """Answers what Sanic raises before or instead of our route, in the words that the rest of the door uses."""

    def response(self, request: sanic.Request, exception: Exception) -> HTTPResponse:
        if isinstance(exception, (NotFound, MethodNotAllowed)):  # Sanic's router knows seven methods; we know more
            return _respond(request, answer(request.app.ctx.snapshot, _read(request)))
        status = exception.status_code if isinstance(exception, SanicException) else 500
        reason, why = _REFUSALS.get(status, ("error", "the request could not be answered"))
        if status == 500:
            self.log(request, exception)
        return _respond(request, refusal(status, reason, why))
