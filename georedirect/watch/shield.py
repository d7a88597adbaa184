"""What every answer of the admin listener tells a browser: run only our own files, frame nothing, remember nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sanic
    from sanic import HTTPResponse

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with less of it, a form of ours would not say where it comes from
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


async def shield(request: sanic.Request, response: HTTPResponse) -> None:  # noqa: ARG001  Sanic passes it
    """Add all that the answer does not say otherwise."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
