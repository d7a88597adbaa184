"""What a door leads to: the site of every region, whose pages include the door's banner; and a policy that names it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REGIONS: Mapping[str, tuple[list[str], list[str]]] = {
    "global": (["en"], []),
    "germany": (["de"], ["DE", "AT", "LI"]),
    "israel": (["he"], ["IL"]),
    "egypt": (["ar"], ["EG"]),
    "japan": (["ja"], ["JP"]),
    "romandie": (["fr", "de"], ["CH"]),
}
"""Languages and countries by name."""


class RegionalSite(ThreadingHTTPServer):
    """The site of all regions, each below its name: `http://localhost:PORT/japan/...`."""

    door = ""
    """The origin that the banner comes from; a door needs this site's port before it has one of its own."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)

    def url(self, path: str, host: str = "localhost") -> str:
        return f"http://{host}:{self.server_port}{path}"

    def policy(self) -> str:
        """One that suggests by language, and moves nobody who has not chosen."""
        site = '[site]\nhosts = ["127.0.0.1"]\ndefault = "global"\norder = ["choice", "language"]\nmode = "suggest"\n'
        regions = (
            f'[regions.{name}]\nuri = "{self.url("/")}{name}{{+path}}{{+query}}"\n'
            f"languages = {languages}\n{f'countries = {countries}' if countries else ''}\n"
            for name, (languages, countries) in REGIONS.items()
        )
        return "\n".join([site, *regions])


class _Page(BaseHTTPRequestHandler):
    """Any page of the site, under a strict policy of its own."""

    server: RegionalSite
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        door = self.server.door
        body = f"""<!doctype html><html lang="en"><head><title>site</title><link rel="icon" href="data:,">
            <script src="{door}/.georedirect/banner.js" defer data-url="/shoes?size=9"></script></head>
            <body><main><h1>The site</h1><p id="path"></p><a href="#path">a link</a></main></body></html>"""
        self.send_response(200)
        policy = f"default-src 'none'; script-src {door}; connect-src {door}; img-src data:"
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


@contextmanager
def regional_site() -> Iterator[RegionalSite]:
    """A site that serves until the block ends."""
    with RegionalSite() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
