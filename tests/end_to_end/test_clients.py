"""Real clients post a form through the door to a second server, and it arrives whole."""

from __future__ import annotations

import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

METHODS = ["POST", "PUT", "PATCH", "DELETE"]
FORM = "name=J%C3%BCrgen&amount=12"


class Region(BaseHTTPRequestHandler):
    """Answers with what arrived."""

    def _echo(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = f"{self.command} {self.path} {body.decode()}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _echo  # noqa: N815  http.server looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
        """Say nothing."""


@contextmanager
def region() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Region)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def door_to_region(folder: Path) -> Iterator[str]:
    """The URL of a door that sends everyone to a second server on this machine."""
    with region() as uri:
        policy = folder / "site.toml"
        policy.write_text(f'[site]\ndefault = "here"\n[regions.here]\nuri = "{uri}/region{{+path}}{{+query}}"\n')
        with running(policy) as service:
            yield f"http://{service.door}"


@pytest.mark.parametrize("method", METHODS)
def test_curl_arrives_with_method_and_body(tmp_path: Path, method: str) -> None:
    with door_to_region(tmp_path) as door:
        done = subprocess.run(
            ["curl", "-sS", "-L", "-X", method, "--data", FORM, f"{door}/form?step=2"],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
    assert done.stdout == f"{method} /region/form?step=2 {FORM}"


@pytest.mark.parametrize("method", METHODS)
def test_httpx_arrives_with_method_and_body(tmp_path: Path, method: str) -> None:
    with door_to_region(tmp_path) as door, httpx.Client(follow_redirects=True) as client:
        reply = client.request(method, f"{door}/form?step=2", content=FORM)
    assert reply.text == f"{method} /region/form?step=2 {FORM}"
    assert [past.status_code for past in reply.history] == [307]


def test_a_large_upload_arrives_whole(tmp_path: Path) -> None:
    upload = b"x" * 3_000_000
    with door_to_region(tmp_path) as door, httpx.Client(follow_redirects=True) as client:
        reply = client.post(f"{door}/upload", content=upload)
    assert reply.text == f"POST /region/upload {upload.decode()}"
