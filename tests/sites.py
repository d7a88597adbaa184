"""Sites on this machine, for visitors to arrive at and for checks to ask. Each notes what it gets, and can be gone."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

HEALTH = "/health"


class Arrived(NamedTuple):
    """One request, octet for octet what was sent, and when it came (monotonic)."""

    method: str
    target: str
    body: bytes
    at: float


class Site:
    """`origin` is where it is as long as it `is_open`. Unless it `is_well`, checks get 503."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_well = True
        self.visits: list[Arrived] = []
        self.checks: list[Arrived] = []
        self._port = 0
        self._running: tuple[ThreadingHTTPServer, threading.Thread] | None = None
        self.open()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Listen, on the same port as before."""
        server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self))
        self._port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self._running = server, thread

    def close(self) -> None:
        """Be gone: whoever comes is refused by the system."""
        if self._running is not None:
            server, thread = self._running
            self._running = None
            server.shutdown()
            thread.join()
            server.server_close()


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Says the site's name."""

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            arrived = Arrived(self.command, self.path, body, time.monotonic())
            is_check = self.path == HEALTH
            (site.checks if is_check else site.visits).append(arrived)
            self.send_response(503 if is_check and not site.is_well else 200)
            answer = site.name.encode()
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = _take  # noqa: N815  http.server looks for these names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
            """Say nothing."""

    return Handler


@contextmanager
def sites(*hosts: str) -> Iterator[dict[str, Site]]:
    """A site for each host, by the host, until the block ends."""
    with ExitStack() as stack:
        found: dict[str, Site] = {}
        for host in hosts:
            found[host] = Site(host)
            stack.callback(found[host].close)
        yield found


def origins(found: dict[str, Site]) -> dict[str, str]:
    """Where each is."""
    return {host: site.origin for host, site in found.items()}
