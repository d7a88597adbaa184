"""`georedirect health`: an exit code for whoever watches over a door and can only run programs."""

from __future__ import annotations

import socket
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from georedirect.cli import main
from tests.processes import running

if TYPE_CHECKING:
    from pathlib import Path


def test_a_door_that_is_ready_is_healthy(capsys: pytest.CaptureFixture[str]) -> None:
    with running() as service:
        assert main(["health", str(service.admin)]) == 0
        assert main(["health", f":{service.admin.port}"]) == 0  # every address is this machine's too
        assert capsys.readouterr() == ("ready\nready\n", "")
        assert main(["health", str(service.door)]) == 1
        assert capsys.readouterr().err == f"georedirect: {service.door} is not ready: /readyz answers 307\n"


def answer_one(sock: socket.socket) -> None:
    connection, _ = sock.accept()
    with connection:
        assert connection.recv(4096).startswith(b"GET /readyz HTTP/1.1\r\n")
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def test_a_door_that_is_asked_over_a_unix_socket_says_so_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "admin"
    assert main(["health", f"unix:{path}"]) == 1
    why = "does not say whether it is ready: No such file or directory"
    assert capsys.readouterr().err == f"georedirect: unix:{path} {why}\n"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
        sock.listen()
        answering = Thread(target=answer_one, args=(sock,))
        answering.start()
        assert main(["health", f"unix:{path}"]) == 0
        answering.join()


def test_what_only_systemd_knows_cannot_be_asked() -> None:
    with pytest.raises(SystemExit):
        main(["health", "systemd:admin"])


def test_where_nobody_listens_or_answers_nothing_is_healthy(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    assert main(["health", f"127.0.0.1:{port}"]) == 1
    says = f"georedirect: 127.0.0.1:{port} does not say whether it is ready: Connection refused\n"
    assert capsys.readouterr().err == says
