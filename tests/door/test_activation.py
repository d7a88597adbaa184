"""Sockets that are handed over as systemd does it: each to whoever names it, and what is no good is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from georedirect.door.activation import Activation
from georedirect.errors import ListenError
from georedirect.policy.endpoint import Activated


def launched(handed: str, names: str, program: str, pid: str = "os.getpid()") -> str:
    """What a program prints that was started with the sockets of the list `handed` as its descriptors from 3 on."""
    launcher = f"""
        import os, socket, sys
        made = {handed}
        for number, sock in enumerate(made):
            os.dup2(sock.fileno(), 50 + number)
        for number in range(len(made)):
            os.dup2(50 + number, 3 + number)
        os.environ.update(LISTEN_PID=str({pid}), LISTEN_FDS=str(len(made)), LISTEN_FDNAMES={names!r})
        os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
    """
    beginning = """
        import os
        from georedirect.door.activation import Activation
        from georedirect.errors import ListenError
        from georedirect.policy.endpoint import Activated
        def take(activation, name):
            try:
                return [sock.getsockname()[1] for sock in activation.take(Activated(name))]
            except ListenError as error:
                return str(error)
    """
    code = textwrap.dedent(beginning) + textwrap.dedent(program)
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(launcher), code], capture_output=True, text=True, check=True, timeout=30
    ).stdout


LISTENING = 'socket.create_server(("127.0.0.1", 0))'


def test_each_takes_the_sockets_of_its_name_and_one_the_rest() -> None:
    printed = launched(
        f"[{LISTENING}, {LISTENING}, {LISTENING}, {LISTENING}]",
        "web:admin:web:other",
        """
        activation = Activation(os.environ, [Activated(""), Activated("web"), Activated("admin")])
        print([name for name in os.environ if name.startswith("LISTEN_")], os.get_inheritable(3))
        print(len(take(activation, "")), len(take(activation, "web")), activation.names_left)
        print(len(take(activation, "admin")), activation.names_left, take(activation, "web"))
        """,
    )
    assert printed.splitlines() == [
        "[] False",
        "1 2 ['admin']",
        "1 [] cannot listen on systemd:web: systemd has handed over none for it; left are, by FileDescriptorName: none",
    ]


@pytest.mark.parametrize(
    ("handed", "why"),
    [
        ("socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "is no stream socket; write ListenStream= in its unit"),
        ("socket.socketpair()[0]", "is one connection, not a listening socket; leave out Accept=yes in its unit"),
        ('open("/dev/null")', "is no socket"),
    ],
)
def test_what_is_no_listening_stream_socket_is_refused(handed: str, why: str) -> None:
    printed = launched(f"[{handed}]", "web", 'print(take(Activation(os.environ), "web"))')
    assert printed == f"cannot listen on systemd:web: descriptor 3 (web) {why}\n"


def test_what_was_meant_for_another_process_is_not_taken_but_forgotten() -> None:
    program = 'print(take(Activation(os.environ), ""), os.environ.get("LISTEN_FDS"))'
    printed = launched(f"[{LISTENING}]", "web", program, pid="os.getppid()")
    assert printed.startswith("cannot listen on systemd: systemd has handed this process no sockets; ")
    assert printed.endswith(" None\n")


@pytest.mark.parametrize("count", ["", "-1", "1e3", "٣", "0"])
def test_a_count_that_is_none_is_nothing(count: str) -> None:
    activation = Activation({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": count})
    assert activation.names_left == []
    with pytest.raises(ListenError, match="cannot listen on systemd:web: systemd has handed over none for it"):
        activation.take(Activated("web"))
