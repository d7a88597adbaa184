"""A place that cannot be had is told at once, and why; several are had together, or none."""

from __future__ import annotations

import os
import re
import socket
import stat
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from georedirect.door.activation import Activation
from georedirect.door.listen import endpoint_of, listen, open_all, where_of
from georedirect.errors import ListenError
from georedirect.policy.endpoint import Endpoint, UnixSocket, parse_where
from georedirect.policy.server_model import Listener

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0", "::"])
def test_any_free_port_is_found(host: str) -> None:
    with listen(Endpoint(host, 0)) as sock:
        assert endpoint_of(sock).host == host
        assert endpoint_of(sock).port > 0


def test_a_port_in_use_is_told_by_its_number() -> None:
    with listen(Endpoint("127.0.0.1", 0)) as sock:
        taken = endpoint_of(sock)
        with pytest.raises(ListenError, match=re.escape(f"cannot listen on {taken}: another program listens there")):
            listen(taken)


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(ListenError, match=r"cannot listen on 192\.0\.2\.1:80: this machine has no such address"):
        listen(Endpoint("192.0.2.1", 80))


def opened(until: ExitStack, *places: str) -> list[socket.socket]:
    listeners = [Listener(parse_where(place)) for place in places]
    return [each.sock for each in open_all(listeners, Activation({}), until)]


def reaches(sock: socket.socket, host: str) -> bool:
    try:
        socket.create_connection((host, endpoint_of(sock).port), 1).close()
    except ConnectionRefusedError:
        return False
    return True


def test_two_colons_take_ipv4_too_unless_another_listener_has_that_port() -> None:
    with ExitStack() as until:
        (both,) = opened(until, "[::]:0")
        assert reaches(both, "127.0.0.1")
        assert reaches(both, "::1")
    with ExitStack() as until:
        port = endpoint_of(opened(until, "127.0.0.1:0")[0]).port
    with ExitStack() as until:
        six, four = opened(until, f"[::]:{port}", f"0.0.0.0:{port}")
        four.close()
        assert reaches(six, "::1")
        assert not reaches(six, "127.0.0.1")


def test_a_unix_socket_is_its_groups_and_gone_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    with ExitStack() as until:
        (sock,) = opened(until, f"unix:{path}")
        assert where_of(sock) == UnixSocket(str(path))
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
    assert not path.exists()
    assert os.umask(0o022) == 0o022


def test_a_socket_that_nobody_listens_on_any_more_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    with ExitStack() as until:
        opened(until, f"unix:{path}")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))


def test_what_somebody_listens_on_or_is_no_socket_stays(tmp_path: Path) -> None:
    path, file = tmp_path / "door.sock", tmp_path / "file"
    file.write_text("kept")
    with ExitStack() as until, ExitStack() as others:
        opened(until, f"unix:{path}")
        for taken in (path, file):
            with pytest.raises(ListenError, match=re.escape(f"cannot listen on unix:{taken}: there is something")):
                opened(others, f"unix:{taken}")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
    assert file.read_text() == "kept"


def test_a_socket_that_has_taken_our_place_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    with ExitStack() as ours, ExitStack() as theirs:
        opened(ours, f"unix:{path}")[0].close()
        opened(theirs, f"unix:{path}")
        ours.close()
        assert path.exists()
    assert not path.exists()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with ExitStack() as until, pytest.raises(ListenError, match="its folder is not there"):
        opened(until, f"unix:{tmp_path / 'nowhere' / 'door.sock'}")


def test_when_one_cannot_be_had_none_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "door.sock"
    with pytest.raises(ListenError), ExitStack() as until:
        opened(until, f"unix:{path}", "192.0.2.1:80")
    assert not path.exists()
