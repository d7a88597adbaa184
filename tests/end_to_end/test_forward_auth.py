"""Real Caddy and real nginx, configured as the docs say, ask the door about a browser's requests to their site."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest

from georedirect.policy.endpoint import Endpoint
from tests.processes import ROOT, running, wait_until
from tests.wire import ask, request

if TYPE_CHECKING:
    from collections.abc import Iterator

FORM = b"name=J%C3%BCrgen&amount=12"
POLICY = """\
[site]
hosts = ["www.example.com"]
default = "global"
[regions.global]
uri = "https://www.example.com{+path}{+query}"
[regions.germany]
uri = "https://www.example.com/de{+path}{+query}"
countries = ["DE"]
languages = ["de"]
[regions.france]
uri = "https://fr.example.com{+path}{+query}"
languages = ["fr"]
[server]
trusted_proxies = ["127.0.0.1", "::1"]
answer = "forward-auth"
"""


class Site(BaseHTTPRequestHandler):
    """The site in front of which the door stands: says what arrived, and 401 on a page of its own."""

    protocol_version = "HTTP/1.1"

    def _echo(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        said = f"site: {self.command} {self.path} {body.decode()}".encode()
        self.send_response(401 if self.path == "/members" else 200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else said)

    do_GET = do_HEAD = do_POST = do_OPTIONS = _echo  # noqa: N815  http.server looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
        """Say nothing."""


class Proxy(NamedTuple):
    """How a proxy is started, and in which way it asks."""

    name: str
    language: str
    convention: str


PROXIES = [Proxy("caddy", "caddyfile", "x-forwarded"), Proxy("nginx", "nginx", "auth-request")]


def documented(language: str) -> str:
    """The configuration that docs/forward-auth.md shows."""
    page = (ROOT / "docs" / "forward-auth.md").read_text(encoding="utf-8")
    (text,) = re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return str(text)


def caddy(configuration: str, port: int, folder: Path) -> list[str | Path]:
    options = "{\n\tadmin off\n\tauto_https off\n\tpersist_config off\n}\n"
    listening = f"http://:{port} {{\n\tbind 127.0.0.1 [::1]"
    file = folder / "Caddyfile"
    file.write_text(options + configuration.replace("www.example.com {", listening))
    program = shutil.which("caddy", path=str(Path(sys.executable).parent)) or "caddy"
    return [program, "run", "--config", file, "--adapter", "caddyfile"]


def nginx(configuration: str, port: int, folder: Path) -> list[str | Path]:
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in _NGINX_WRITES)
    listening = f"listen 127.0.0.1:{port}; listen [::1]:{port};"
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log error; events {{}}\n"
        f"http {{ access_log off;\n{temporary}{configuration.replace('listen 80;', listening)} }}\n"
    )
    return ["nginx", "-p", folder, "-c", file, "-e", folder / "error.log"]


_NGINX_WRITES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def started(command: list[str | Path], port: int, log: Path) -> Iterator[None]:
    """A program that listens on this port, until the block ends."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={"HOME": str(log.parent), "PATH": _PATH})
    try:
        assert wait_until(lambda: process.poll() is not None or _is_open(port)), log.read_text()
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(30)


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _is_open(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def in_front_of_a_site(proxy: Proxy, folder: Path, *, quiet: bool = True) -> Iterator[int]:
    """The port of a proxy in front of a site, that asks a door."""
    policy = folder / "site.toml"
    policy.write_text(f'{POLICY}forward_auth = "{proxy.convention}"\n')
    with running(policy, quiet=quiet) as service, site() as origin:
        text = documented(proxy.language).replace("127.0.0.1:8307", str(service.door))
        port = _free_port()
        command = {"caddy": caddy, "nginx": nginx}[proxy.name](text.replace("127.0.0.1:8080", origin), port, folder)
        with started(command, port, folder / "log"):
            yield port


@pytest.fixture(params=PROXIES, ids=lambda proxy: proxy.name, scope="module")
def proxy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with in_front_of_a_site(request.param, tmp_path_factory.mktemp(request.param.name)) as port:
        yield port


def browse(port: int, path: str, method: str = "GET", host: str = "127.0.0.1", **headers: str) -> httpx.Response:
    """What a browser gets that asks www.example.com, which is this proxy."""
    named = {"Host": "www.example.com", **{name.replace("_", "-"): value for name, value in headers.items()}}
    content = FORM if method == "POST" else None
    return httpx.request(method, f"http://{host}:{port}{path}", headers=named, content=content, trust_env=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_who_is_to_be_moved_is_redirected(proxy: int, host: str) -> None:
    reply = browse(proxy, "/shop?a=b&c=%2F", host=host, Accept_Language="de")
    assert (reply.status_code, reply.headers["location"]) == (307, "https://www.example.com/de/shop?a=b&c=%2F")
    assert reply.headers.get_list("cache-control") == ["private, no-store"]
    assert {"Accept-Language", "X-Forwarded-For"} <= set(reply.headers["vary"].split(", "))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
@pytest.mark.parametrize(
    ("path", "language"), [("/shop?a=b", "en"), ("/de/shop", "de"), ("/de/shop", "fr"), ("/de", "de")]
)
def test_where_nothing_is_to_be_done_the_site_answers(proxy: int, path: str, language: str, host: str) -> None:
    reply = browse(proxy, path, host=host, Accept_Language=language)
    assert (reply.status_code, reply.text) == (200, f"site: GET {path} ")


def test_a_form_arrives_at_the_site_with_its_body_or_is_sent_on_with_its_method(proxy: int) -> None:
    stayed = browse(proxy, "/form", "POST", Accept_Language="en")
    moved = browse(proxy, "/form", "POST", Accept_Language="fr")
    assert (stayed.status_code, stayed.text) == (200, f"site: POST /form {FORM.decode()}")
    assert (moved.status_code, moved.headers["location"]) == (307, "https://fr.example.com/form")


@pytest.mark.parametrize(("language", "status"), [("en", 200), ("fr", 307)])
def test_an_upload_that_says_no_length_arrives_at_the_site_or_is_sent_on(
    proxy: int, language: str, status: int
) -> None:
    headers = {"Host": "www.example.com", "Accept-Language": language}
    chunks = iter([b"x" * 50_000] * 4)
    reply = httpx.post(f"http://127.0.0.1:{proxy}/up", headers=headers, content=chunks, trust_env=False)
    assert reply.status_code == status
    assert reply.headers.get("location") == ("https://fr.example.com/up" if status == 307 else None)


def test_head_and_a_preflight_are_asked_about_as_what_they_are(proxy: int) -> None:
    head = browse(proxy, "/x", "HEAD", Accept_Language="fr")
    assert (head.status_code, head.headers["location"]) == (307, "https://fr.example.com/x")
    preflight = {"Origin": "https://a.example", "Access_Control_Request_Method": "PUT"}
    reply = browse(proxy, "/x", "OPTIONS", Accept_Language="fr", **preflight)
    assert (reply.status_code, reply.text) == (200, "site: OPTIONS /x ")


SPOOFED = {
    "X_Forwarded_For": "85.214.132.117",  # in Germany
    "X_Forwarded_Uri": "/de/spoofed",
    "X_Forwarded_Host": "evil.example",
    "X_Forwarded_Method": "TRACE",
    "X_Forwarded_Proto": "gopher",
    "X_Original_URI": "/de/spoofed",
    "X_Original_Method": "TRACE",
}


@pytest.mark.parametrize("spoofed", [SPOOFED, *({name: value} for name, value in SPOOFED.items())])
def test_what_a_visitor_says_in_a_proxys_headers_changes_nothing(proxy: int, spoofed: dict[str, str]) -> None:
    moved = browse(proxy, "/shop", Accept_Language="fr", **spoofed)
    stayed = browse(proxy, "/shop", Accept_Language="en", **spoofed)
    assert (moved.status_code, moved.headers["location"]) == (307, "https://fr.example.com/shop")
    assert (stayed.status_code, stayed.text) == (200, "site: GET /shop ")


async def test_two_lines_of_a_proxys_header_change_nothing_either(proxy: int) -> None:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in SPOOFED.items()] * 2
    reply = await ask(Endpoint("127.0.0.1", proxy), request("/shop", *lines, "Accept-Language: fr"))
    assert (reply.status, reply["location"]) == (307, "https://fr.example.com/shop")


@pytest.mark.parametrize(
    "target", ["//evil.example/x", "/%2f%2fevil.example", "/%0d%0aSet-Cookie:a", "/a?u=http://evil.example/&v=%0A"]
)
async def test_no_target_leads_elsewhere(proxy: int, target: str) -> None:
    reply = await ask(Endpoint("127.0.0.1", proxy), request(target, "Accept-Language: fr"))
    assert reply.status == 307
    assert reply["location"] == f"https://fr.example.com{target}"
    assert reply.all("set-cookie") == []


@pytest.mark.parametrize("host", ["evil.example", "www.example.com.evil.example"])
async def test_a_host_that_no_policy_answers_for_gets_no_redirect(proxy: int, host: str) -> None:
    reply = await ask(Endpoint("127.0.0.1", proxy), request("/", "Accept-Language: fr", host=host))
    assert reply.status in {421, 500}  # nginx knows no other
    assert reply.all("location") == []


def test_a_401_of_the_site_is_its_own(proxy: int) -> None:
    reply = browse(proxy, "/members", Accept_Language="en")
    assert (reply.status_code, reply.text) == (401, "site: GET /members ")
    assert "location" not in reply.headers


def test_nginx_can_serve_the_site_while_the_door_is_down(tmp_path: Path) -> None:
    port, nobody = _free_port(), _free_port()
    with site() as origin:
        text = documented("nginx").replace("127.0.0.1:8307", f"127.0.0.1:{nobody}").replace("127.0.0.1:8080", origin)
        fallback = f"location @site {{ proxy_pass http://{origin}; }} location / {{ error_page 500 = @site;"
        with started(nginx(text.replace("location / {", fallback), port, tmp_path), port, tmp_path / "log"):
            reply = browse(port, "/form", "POST", Accept_Language="fr")
    assert (reply.status_code, reply.text) == (200, f"site: POST /form {FORM.decode()}")


@pytest.mark.parametrize("proxy", PROXIES, ids=lambda proxy: proxy.name)
def test_the_doors_own_pages_are_passed_on_to_it(proxy: Proxy, tmp_path: Path) -> None:
    with in_front_of_a_site(proxy, tmp_path, quiet=False) as port:
        reply = browse(port, "/.georedirect/", Accept_Language="en")
    assert not reply.text.startswith("site: ")
    assert reply.status_code < 400
