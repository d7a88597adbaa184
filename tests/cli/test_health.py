"""`georedirect health`: an exit code for whoever watches over a door and can only run programs."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from georedirect.cli import main
from tests.processes import running

if TYPE_CHECKING:
    import pytest


def test_a_door_that_is_ready_is_healthy(capsys: pytest.CaptureFixture[str]) -> None:
    with running() as service:
        assert main(["health", str(service.admin)]) == 0
        assert main(["health", f":{service.admin.port}"]) == 0  # every address is this machine's too
        assert capsys.readouterr() == ("ready\nready\n", "")
        assert main(["health", str(service.door)]) == 1
        assert capsys.readouterr().err == f"georedirect: {service.door} is not ready: /readyz answers 307\n"


def test_where_nobody_listens_or_answers_nothing_is_healthy(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    assert main(["health", f"127.0.0.1:{port}"]) == 1
    says = f"georedirect: 127.0.0.1:{port} does not say whether it is ready: Connection refused\n"
    assert capsys.readouterr().err == says
