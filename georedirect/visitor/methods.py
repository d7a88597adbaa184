"""The methods of HTTP, as far as anybody asks with them. Knows no request."""

from __future__ import annotations

METHODS = frozenset(
    (
        *("ACL", "BIND", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LINK", "LOCK", "M-SEARCH", "MERGE"),
        *("MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE", "NOTIFY", "OPTIONS", "PATCH", "POST", "PROPFIND", "PROPPATCH"),
        *("PURGE", "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "TRACE", "UNBIND", "UNLINK"),
        *("UNLOCK", "UNSUBSCRIBE"),
    )
)
"""Those that llhttp knows: the registered ones and a few in wide use."""

NEVER_REDIRECTED = frozenset({"TRACE", "CONNECT"})
"""Those that are answered without a decision."""
