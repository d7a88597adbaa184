"""An answer as octets: status line, headers in their order, body. The one place that writes HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from georedirect.door.clock import http_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.door.answer import Answer, Headers


def head_lines(answered: Answer, *, closes: bool = False, more: Headers = ()) -> Iterator[tuple[str, str]]:
    """All headers of an answer, in the order in which they are sent; `more` are those of all on its connection."""
    yield from answered.headers
    yield from more
    yield "Date", http_date()
    if answered.status != HTTPStatus.NO_CONTENT:  # RFC 9110 8.6
        yield "Content-Length", str(len(answered.body))
    if closes or answered.closes_connection:
        yield "Connection", "close"


def octets(answered: Answer, *, closes: bool = False, is_head: bool = False, more: Headers = ()) -> bytes:
    """The whole answer as it goes out. An answer to HEAD has the same headers and no body (RFC 9110 9.3.2)."""
    status = HTTPStatus(answered.status)
    lines = "".join([f"{name}: {value}\r\n" for name, value in head_lines(answered, closes=closes, more=more)])
    head = f"HTTP/1.1 {status} {status.phrase}\r\n{lines}\r\n".encode("ascii")
    return head if is_head else head + answered.body
