"""Real caches in front of a real server: nginx and Varnish, each with files of its own, ended with the block."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from georedirect.policy.endpoint import Endpoint
from tests.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Running = Callable[[Endpoint, Path], "Iterator[Endpoint]"]

_SECONDS = 30
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"  # where Debian has servers, and not every user looks


def program(name: str) -> str:
    """Where a server is; that it is missing is a failure, never a reason to skip."""
    found = shutil.which(name, path=_PATH)
    assert found, f"{name} is not installed; scripts/test does that"
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[Endpoint]:
    """A server that listens on this port until the block ends."""
    endpoint = Endpoint("127.0.0.1", port)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            is_up = wait_until(lambda: process.poll() is not None or _listens(endpoint), _SECONDS)
            assert is_up, (folder / "log").read_text()
            assert process.poll() is None, (folder / "log").read_text()
            yield endpoint
        finally:
            process.terminate()
            process.wait(_SECONDS)


def _listens(endpoint: Endpoint) -> bool:
    try:
        socket.create_connection((endpoint.host, endpoint.port), timeout=1).close()
    except OSError:
        return False
    return True


def nginx_configuration(origin: Endpoint, port: int, folder: Path, *directives: str) -> str:
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "fastcgi", "uwsgi", "scgi"))
    return f"""\
{"user root;" if os.geteuid() == 0 else ""}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 64; }}
http {{
    access_log off;
    {temporary}
    proxy_temp_path {folder}/proxy;
    proxy_cache_path {folder}/store keys_zone=answers:1m;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://{origin};
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_cache answers;
            add_header X-Cache-Status $upstream_cache_status always;
            {" ".join(f"{directive};" for directive in directives)}
        }}
    }}
}}
"""


@contextmanager
def nginx(origin: Endpoint, folder: Path, *directives: str) -> Iterator[Endpoint]:
    """`directives` are added to the location that caches."""
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(nginx_configuration(origin, port, folder, *directives))
    command = [program("nginx"), "-p", str(folder), "-c", str(configuration), "-e", "stderr"]
    with running(command, port, folder) as endpoint:
        yield endpoint


@contextmanager
def varnish(origin: Endpoint, folder: Path, *subroutines: str) -> Iterator[Endpoint]:
    """`subroutines` are put before Varnish's own."""
    port = free_port()
    vcl = folder / "site.vcl"
    backend = f'backend door {{ .host = "{origin.host}"; .port = "{origin.port}"; }}'
    vcl.write_text("\n".join(["vcl 4.1;", backend, *subroutines, ""]))
    command = [program("varnishd"), "-F", "-j", "none", "-n", str(folder / "varnish"), "-f", str(vcl)]
    with running([*command, "-a", f"127.0.0.1:{port}", "-s", "malloc,16m"], port, folder) as endpoint:
        yield endpoint
