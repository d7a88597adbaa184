"""The least that a browser needs of a door: who chose goes there, others are asked by the language that they read."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from georedirect.chooser.banner import BANNER
from georedirect.chooser.page import Chooser, Entry, Question

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "/.georedirect/"
REGIONS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "global": (("en",), ()),
    "germany": (("de",), ("DE", "AT", "LI")),
    "israel": (("he",), ("IL",)),
    "egypt": (("ar",), ("EG",)),
    "japan": (("ja",), ("JP",)),
    "romandie": (("fr", "de"), ("CH",)),
}
CHOOSER = Chooser()


class SmallDoor(BaseHTTPRequestHandler):
    """One server of two origins: the door is 127.0.0.1, the sites of all regions are localhost."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        wanted = parse_qs(url.query).get("url", ["/"])[0]
        if self._host == "localhost":
            self._site()
        elif url.path == f"{PREFIX}banner.js":
            self._answer(200, BANNER, {"Content-Type": "text/javascript; charset=utf-8"})
        elif url.path == f"{PREFIX}suggest":
            self._suggest(wanted)
        elif url.path == PREFIX:
            self._ask(wanted)
        elif self._chosen:
            self._answer(307, b"", {"Location": f"{self._sites}/{self._chosen}{self.path}"})
        else:
            self._ask(self.path)

    def do_POST(self) -> None:
        fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        region, url = fields["region"][0], fields["url"][0]
        if region in REGIONS:
            cookie = f"georedirect={region}; Path=/; Max-Age=1000; HttpOnly; SameSite=Lax"
            self._answer(303, b"", {"Location": f"{self._sites}/{region}{url}", "Set-Cookie": cookie})
        else:
            cookie = "georedirect=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
            self._answer(303, b"", {"Location": PREFIX, "Set-Cookie": cookie})

    @property
    def _port(self) -> int:
        return int(self.connection.getsockname()[1])

    @property
    def _host(self) -> str:
        return str(self.headers["Host"]).partition(":")[0]

    @property
    def _sites(self) -> str:
        return f"http://localhost:{self._port}"

    @property
    def _chosen(self) -> str | None:
        cookie = SimpleCookie(self.headers["Cookie"] or "").get("georedirect")
        return cookie.value if cookie and cookie.value in REGIONS else None

    def _question(self, url: str) -> Question:
        languages = tuple(part.partition(";")[0] for part in self.headers["Accept-Language"].lower().split(","))
        reads = {tag.partition("-")[0] for tag in languages}
        found = (name for name, (offered, _) in REGIONS.items() if name != "global" and reads & set(offered))
        suggested = self._chosen or next(found, "global")
        reason = "choice" if self._chosen else "default" if suggested == "global" else "language"
        entries = tuple(
            Entry(name, None, offered, countries, f"{self._sites}/{name}{url}")
            for name, (offered, countries) in REGIONS.items()
        )
        return Question(entries, suggested, reason, None, languages, url, PREFIX, self._chosen, "global")

    def _ask(self, url: str) -> None:
        page = CHOOSER.page(self._question(url))
        self._answer(200, page.body, dict(page.headers))

    def _suggest(self, url: str) -> None:
        body = json.dumps(CHOOSER.suggestion(self._question(url))).encode()
        cors = {"Access-Control-Allow-Origin": self._sites, "Access-Control-Allow-Credentials": "true"}
        self._answer(200, body, {"Content-Type": "application/json", **cors})

    def _site(self) -> None:
        """A page of a region's site, under a strict policy of its own, that includes the banner."""
        door = f"http://127.0.0.1:{self._port}"
        body = f"""<!doctype html><html lang="en"><head><title>site</title><link rel="icon" href="data:,">
            <script src="{door}{PREFIX}banner.js" defer data-url="/shoes?size=9"></script></head>
            <body><main><h1>The site</h1><p id="path"></p><a href="#path">a link</a></main></body></html>"""
        policy = f"default-src 'none'; script-src {door}; connect-src {door}; img-src data:"
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
        self._answer(200, body.encode(), headers)

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body)), "Cache-Control": "no-store"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def small_door() -> Iterator[str]:
    """The base URL of a small door that serves until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SmallDoor) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
