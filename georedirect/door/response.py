"""An answer as octets: status line, headers in their order, body. The one place that writes HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from georedirect.door.clock import http_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.door.answer import Answer


def head_lines(answered: Answer, *, closes: bool = False) -> Iterator[tuple[str, str]]:
    """All headers of an answer, in the order in which they are sent."""
    yield from answered.headers
    yield "Date", http_date()
    if answered.status != HTTPStatus.NO_CONTENT:  # RFC 9110 8.6
        yield "Content-Length", str(len(answered.body))
    if closes or answered.closes_connection:
        yield "Connection", "close"
