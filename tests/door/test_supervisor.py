"""Processes that die, hang, or will not end; each case is a service of its own, run by a small program."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from textwrap import dedent

import pytest

from georedirect.door.board import Board
from georedirect.door.misfortune import Misfortune

_PROGRAM = """\
import logging, os, signal, sys, time
from georedirect.door import supervisor
from georedirect.door.child import Role
from georedirect.door.supervisor import Supervisor
from georedirect.errors import GeoredirectError

logging.basicConfig(format="%(message)s", level=logging.WARNING)

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())  # at once, as several processes say things

def serve(life):
    \"\"\"A well-behaved child, told to end by SIGTERM.\"\"\"
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    life.ready()
    while not ended:
        life.beat()
        time.sleep(0.02)

{program}

try:
    Supervisor(roles, watchdog_seconds=1).run(lambda: say("all serve"))
except GeoredirectError as error:
    sys.exit(f"error: {{error}}")
say("ended")
"""


def started(program: str) -> subprocess.Popen[str]:
    source = _PROGRAM.format(program=dedent(program))
    return subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def outcome(process: subprocess.Popen[str]) -> tuple[int, list[str], str]:
    """Exit code, printed lines, and what was logged."""
    printed, logged = process.communicate(timeout=30)
    return process.returncode, printed.splitlines(), logged


def read_until(process: subprocess.Popen[str], line: str) -> list[str]:
    assert process.stdout is not None
    lines = []
    for read in process.stdout:
        lines.append(read.strip())
        if lines[-1] == line:
            break
    return lines


def test_it_ends_with_the_children_that_it_told_to() -> None:
    process = started('roles = [Role("a", serve), Role("b", serve)]')
    read_until(process, "all serve")
    process.send_signal(signal.SIGTERM)
    assert outcome(process) == (0, ["ended"], "")


@pytest.mark.parametrize("how", ["raise OSError('no')", "sys.exit(3)", "os.kill(os.getpid(), 9)", "pass"])
def test_a_child_that_cannot_start_ends_the_service(how: str) -> None:
    program = f"""
        def die(life):
            {how}
        roles = [Role("a", serve), Role("b", die)]
    """
    code, printed, logged = outcome(started(program))
    assert (code, printed) == (1, [])
    assert "error: b could not start; the log says why" in logged


def test_a_child_that_never_gets_ready_ends_the_service() -> None:
    program = """
        supervisor._START_SECONDS = 0.3
        roles = [Role("a", serve), Role("b", lambda life: time.sleep(60))]
    """
    code, printed, logged = outcome(started(program))
    assert (code, printed) == (1, [])
    assert "error: b was not ready within 0 s" in logged


def test_a_child_that_hangs_is_killed_and_replaced() -> None:
    program = """
        def hang(life):
            life.ready()
            time.sleep(1.6)
            os._exit(0)
        roles = [Role("a", hang)]
    """
    process = started(program)
    read_until(process, "all serve")
    time.sleep(2.5)
    process.send_signal(signal.SIGTERM)
    code, _, logged = outcome(process)
    assert code == 0
    assert "a has not moved for 1." in logged
    assert "another takes its place" in logged


def test_a_second_signal_ends_at_once_what_will_not_end() -> None:
    program = """
        def stay(life):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            life.ready()
            while True:
                life.beat()
                time.sleep(0.02)
        roles = [Role("a", stay)]
    """
    process = started(program)
    read_until(process, "all serve")
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert outcome(process) == (0, ["ended"], "")


def test_a_witness_sees_the_others_off() -> None:
    program = """
        def late(life):
            serve(life)
            time.sleep(0.3)
            say("worker ends")
        def witness(life):
            life.ready()
            while not life.is_draining():
                life.beat()
                time.sleep(0.02)
            say("witness sees the end begin")
            serve(life)
            say("witness ends")
        roles = [Role("witness", witness, is_witness=True), Role("worker", late)]
    """
    process = started(program)
    read_until(process, "all serve")
    process.send_signal(signal.SIGTERM)
    code, printed, _ = outcome(process)
    assert code == 0
    assert printed == ["witness sees the end begin", "worker ends", "witness ends", "ended"]


@pytest.mark.parametrize("kind", ["is_witness", "is_dispensable"])
def test_a_role_that_dies_at_each_start_ends_the_service_but_one_that_it_can_do_without_does_not(kind: str) -> None:
    program = """
        import pathlib, tempfile
        mark = pathlib.Path(tempfile.mkdtemp(), "started")
        def once(life):
            if mark.exists():
                os._exit(1)
            mark.touch()
            life.ready()
            say("serves")
            time.sleep(0.2)
            os._exit(1)
        roles = [Role("a", once, KIND=VALUE), Role("b", serve)]
    """
    program = program.replace("KIND", kind)
    code, _, logged = outcome(started(program.replace("VALUE", "False")))
    assert code == 1
    assert "error: a has died again and again" in logged
    process = started(program.replace("VALUE", "True"))
    read_until(process, "all serve")
    time.sleep(2)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert outcome(process)[0] == 0


@pytest.mark.parametrize("how", ["sys.exit(1)", "time.sleep(60)", "os.kill(os.getpid(), signal.SIGSTOP)"])
def test_what_the_service_can_do_without_keeps_it_from_nothing_at_its_start(how: str) -> None:
    process = started(f"""
        def dies(life):
            {how}

        roles = [Role("one", serve), Role("spare", dies, is_dispensable=True)]
    """)
    read_until(process, "all serve")
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.2)  # two at once may be heard as one, which would wait for what is stopped
    process.send_signal(signal.SIGTERM)
    code, printed, _ = outcome(process)
    assert (code, printed) == (0, ["ended"])


def test_without_a_process_for_it_the_service_begins_and_tries_again() -> None:
    process = started("""
        real, tried = supervisor.fork, []

        def fork(role, *more):
            if role.name == "spare" and len(tried) < 2:
                tried.append(role)
                raise GeoredirectError("spare cannot be started: no processes left")
            return real(role, *more)

        def spare(life):
            say("spare, too")
            serve(life)

        supervisor.fork = fork
        roles = [Role("one", serve), Role("spare", spare, is_dispensable=True)]
    """)
    assert read_until(process, "spare, too")[-2:] == ["all serve", "spare, too"]
    process.send_signal(signal.SIGTERM)
    code, _, logged = outcome(process)
    assert code == 0
    assert logged.count("no processes left; another try follows") == 2


def test_a_child_has_only_its_own_socket_and_line_and_the_port_closes_when_the_end_begins() -> None:
    program = """
        import socket
        first, second = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
        def look(life):
            say(sorted(os.readlink(f"/proc/self/fd/{fd}").startswith("socket:") for fd in os.listdir("/proc/self/fd")
                if os.path.islink(f"/proc/self/fd/{fd}")).count(True))
            serve(life)
        roles = [Role("a", look, [first]), Role("b", look, [second])]
    """
    process = started(program)
    read = read_until(process, "all serve")
    process.send_signal(signal.SIGTERM)
    assert outcome(process)[0] == 0
    assert sorted(read) == ["2", "2", "all serve"]


def test_a_few_deaths_are_made_good_at_once_and_many_later_and_later() -> None:
    misfortune = Misfortune()
    delays = []
    for _ in range(12):
        misfortune.add(has_served=True)
        delays.append(misfortune.delay_seconds)
    assert delays[:3] == [0.0, 0.0, 0.0]
    assert delays == sorted(delays)
    assert delays[-1] == 0.5
    assert not misfortune.is_hopeless


def test_thirty_deaths_in_a_minute_are_hopeless() -> None:
    misfortune = Misfortune()
    hopeless = []
    for _ in range(31):
        misfortune.add(has_served=True)
        hopeless.append(misfortune.is_hopeless)
    assert hopeless == [False] * 30 + [True]


def test_five_failed_starts_in_a_row_are_hopeless() -> None:
    misfortune = Misfortune()
    hopeless = []
    for has_served in (False, False, False, False, True, False, False, False, False, False):
        misfortune.add(has_served=has_served)
        hopeless.append(misfortune.is_hopeless)
    assert hopeless == [False] * 9 + [True]


def test_the_board_tells_of_each_child_and_of_the_end() -> None:
    board = Board(2)
    board.beat(0)
    assert board.silence(0) < 1
    assert board.silence(1) > 1
    said = [board.is_draining]
    board.begin_to_drain()
    said.append(board.is_draining)
    assert said == [False, True]
