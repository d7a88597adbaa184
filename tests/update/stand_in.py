"""A real HTTP server that plays MaxMind, DB-IP, IPinfo and anybody else, on two hosts, with the faults a test wants."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import ssl
import tarfile
import threading
import time
from base64 import b64encode
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from georedirect.update.dbip import months

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
ACCOUNT, KEY, TOKEN = 4711, "Secret_Licence_Key_0123", "secrettoken98765"
SIGNATURE = "signature=presigned-secret"
EDITION = "GeoLite2-Country"


@dataclass(frozen=True)
class Reply:
    """One answer. `fault` is `cut` (half of it), `slow` (drop by drop), `silent`, `endless`, `hang-up` or nothing."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    seconds: float = 0.02
    """Between two drops of a slow one."""


@dataclass(frozen=True)
class Asked:
    """What was asked of the server, and which of its hosts."""

    host: str
    target: str
    headers: Mapping[str, str]


class StandIn:
    """Answers by path: each reply once, the last one for ever."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.ports: dict[str, int] = {}
        self.scheme = "http"
        self._replies: dict[tuple[str, str], list[Reply]] = defaultdict(list)

    def url(self, path: str, host: str = HERE) -> str:
        return f"{self.scheme}://{host}:{self.ports[host]}{path}"

    def on(self, path: str, *replies: Reply, host: str = HERE) -> None:
        self._replies[host, path] = list(replies)

    def first(self, path: str, *replies: Reply, host: str = HERE) -> None:
        """Before what is there already."""
        self._replies[host, path][:0] = replies

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        replies = self._replies.get((asked.host, urlsplit(asked.target).path), [Reply(status=404)])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return self._conditional(asked, reply)

    @staticmethod
    def _conditional(asked: Asked, reply: Reply) -> Reply:
        etag = reply.headers.get("ETag")
        return Reply(status=304) if etag and asked.headers.get("If-None-Match") == etag else reply

    def paths(self, host: str | None = None) -> list[str]:
        return [urlsplit(asked.target).path for asked in self.asked if host in {None, asked.host}]

    # What the providers do

    def maxmind(self, database: bytes, *, md5: str | None = None, archive: bytes | None = None) -> None:
        """Metadata for who has the key, and a redirect to a presigned URL on another host."""
        md5 = md5 or hashlib.md5(database, usedforsecurity=False).hexdigest()
        found = {"databases": [{"edition_id": EDITION, "date": "2026-11-24", "md5": md5}]}
        self.on("/geoip/updates/metadata", Reply(json.dumps(found).encode()))
        location = self.url(f"/bucket/{EDITION}.tar.gz?{SIGNATURE}", ELSEWHERE)
        self.on(self.maxmind_download, Reply(status=302, headers={"Location": location}))
        self.on(f"/bucket/{EDITION}.tar.gz", Reply(archive or tar_gz(database)), host=ELSEWHERE)

    maxmind_metadata = "/geoip/updates/metadata"
    maxmind_download = f"/geoip/databases/{EDITION}/download"
    maxmind_bucket = f"/bucket/{EDITION}.tar.gz"

    def dbip(self, database: bytes, month: int = 0) -> None:
        """`month` is 0 for this one's, 1 for last month's."""
        path = f"/free/dbip-country-lite-{months(datetime.now(UTC).date())[month]}.mmdb.gz"
        self.on(path, Reply(gzip.compress(database), headers={"ETag": f'"{hashlib.sha256(database).hexdigest()}"'}))

    def ipinfo(self, database: bytes) -> None:
        digests = {"md5": "0" * 32, "sha256": hashlib.sha256(database).hexdigest()}
        self.on("/data/ipinfo_lite.mmdb/checksums", Reply(json.dumps({"checksums": digests}).encode()))
        location = self.url(f"/lite.mmdb?{SIGNATURE}", ELSEWHERE)
        self.on("/data/ipinfo_lite.mmdb", Reply(status=302, headers={"Location": location}))
        self.on("/lite.mmdb", Reply(database), host=ELSEWHERE)


BASIC = "Basic " + b64encode(f"{ACCOUNT}:{KEY}".encode()).decode()
BEARER = f"Bearer {TOKEN}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in: StandIn
    is_over: threading.Event

    def do_GET(self) -> None:
        host = self.connection.getsockname()[0]
        reply = self.stand_in.answer(Asked(host, self.path, dict(self.headers.items())))
        self.close_connection = True
        with suppress(OSError):  # whoever asked has gone away, as it may
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        if reply.fault == "hang-up":
            return
        if reply.fault == "silent":
            self.is_over.wait(20)
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.fault != "endless" and "Content-Length" not in reply.headers:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self._send_body(reply)

    def _send_body(self, reply: Reply) -> None:
        if reply.fault == "cut":
            self.wfile.write(reply.body[: len(reply.body) // 2])
        elif reply.fault == "endless":
            while not self.is_over.is_set():
                self.wfile.write(b"x" * 65536)
        elif reply.fault == "slow":
            step = max(1, len(reply.body) // 40)
            for position in range(0, len(reply.body), step):
                if self.is_over.is_set():
                    return
                self.wfile.write(reply.body[position : position + step])
                time.sleep(reply.seconds)
        else:
            self.wfile.write(reply.body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """A client that breaks off is what some tests are about."""


@contextmanager
def standing_in(certificate: Path | None = None) -> Iterator[StandIn]:
    """Serve until the block ends; over TLS with a certificate (PEM, key included)."""
    stand_in, is_over = StandIn(), threading.Event()
    handler = type("Handler", (_Handler,), {"stand_in": stand_in, "is_over": is_over})
    servers = [_Server((host, 0), handler) for host in (HERE, ELSEWHERE)]
    if certificate is not None:
        stand_in.scheme = "https"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        servers[0].socket = context.wrap_socket(servers[0].socket, server_side=True)
    threads = [threading.Thread(target=server.serve_forever, args=(0.02,)) for server in servers]
    for server, thread in zip(servers, threads, strict=True):
        stand_in.ports[str(server.server_address[0])] = server.server_address[1]
        thread.start()
    try:
        yield stand_in
    finally:
        is_over.set()
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


def tar_gz(database: bytes, name: str = f"{EDITION}_20261124/{EDITION}.mmdb") -> bytes:
    """As MaxMind packs it: a folder with texts and the database."""
    folder = tarfile.TarInfo(f"{EDITION}_20261124")
    folder.type = tarfile.DIRTYPE
    return gzip.compress(
        tar([(folder, b""), member(f"{EDITION}_20261124/COPYRIGHT.txt", b"C"), member(name, database)])
    )


def member(name: str, octets: bytes) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(octets)
    return info, octets


def tar(members: Sequence[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.GNU_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for info, octets in members:
            archive.addfile(info, io.BytesIO(octets))
    return file.getvalue()
