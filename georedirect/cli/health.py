"""`georedirect health`: whether a running door is ready, in an exit code, for whoever can only run programs."""

from __future__ import annotations

import socket
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

from georedirect.cli.arguments import listening
from georedirect.errors import AskError
from georedirect.policy.endpoint import ANY_ADDRESS, UnixSocket
from georedirect.policy.server_model import ServerSettings

if TYPE_CHECKING:
    import argparse

    from georedirect.policy.endpoint import Endpoint

_SECONDS = 5


def add_parser(commands: Any) -> None:  # noqa: ANN401  argparse keeps the type to itself
    parser = commands.add_parser("health", help="ask the admin listener whether the door is ready: exit code 0 if so")
    parser.add_argument(
        "admin",
        metavar="HOST:PORT",
        type=listening,
        nargs="?",
        default=ServerSettings().admin,
        help="the admin listener, or unix:PATH; 127.0.0.1:8308 if left out",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    admin: Endpoint | UnixSocket = arguments.admin
    connection = _to(admin)
    try:
        connection.request("GET", "/readyz", headers={"Connection": "close"})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else f"{error}" or type(error).__name__
        raise AskError(f"{admin} does not say whether it is ready: {why}") from error
    finally:
        connection.close()
    if status != 200:
        raise AskError(f"{admin} is not ready: /readyz answers {status}")
    print("ready")


def _to(admin: Endpoint | UnixSocket) -> HTTPConnection:
    if isinstance(admin, UnixSocket):
        return _OverUnixSocket(admin.path)
    host = dict(zip(ANY_ADDRESS, ("127.0.0.1", "::1"), strict=True)).get(admin.host, admin.host)
    return HTTPConnection(host, admin.port, timeout=_SECONDS)


class _OverUnixSocket(HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(self._path)
