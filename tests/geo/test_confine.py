"""A function in a process of its own: what it returns or raises comes back, and what ends it does not end us."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, NoReturn

import pytest

from georedirect.errors import CheckError, ChooserError, DatabaseError, GeoredirectError, PolicyError
from georedirect.geo.confine import confine, limit_this_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
FILE = Path("a.mmdb")
MEBI = 1 << 20


def call(function: Callable[[], object], *, seconds: float = 20, octets: int = 256 * MEBI) -> object:
    return confine(function, FILE, seconds=seconds, octets=octets)


def _of_this_process() -> tuple[set[Path], str]:
    """Its descriptors; and its children, alive or dead."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return set(Path("/proc/self/fd").iterdir()), children


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = _of_this_process()
    yield
    assert _of_this_process() == before


@pytest.mark.parametrize("result", [None, 0, "text", b"x" * 3_000_000, {"a": [1.5, (2, frozenset({3}))]}])
def test_what_the_function_returns_comes_back(result: object) -> None:
    assert call(lambda: result) == result


def test_it_runs_elsewhere() -> None:
    mark: dict[str, int] = {}
    assert call(lambda: mark.setdefault("here", os.getpid())) != os.getpid()
    assert mark == {}


ERRORS = [
    DatabaseError("a.mmdb is damaged"),
    PolicyError(["a.toml:1: a", "a.toml:2: b"]),
    CheckError("a.mmdb is older", "older", {"a": 1}),
    ChooserError("template", 3, "what"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_what_we_raise_on_purpose_comes_back_as_it_is(error: GeoredirectError) -> None:
    def fail() -> NoReturn:
        raise error

    with pytest.raises(GeoredirectError) as raised:
        call(fail)
    assert type(raised.value) is type(error)
    assert (str(raised.value), vars(raised.value)) == (str(error), vars(error))


def _raise_something() -> NoReturn:
    raise KeyError("what")


def _spin() -> NoReturn:
    while True:
        pass


def _overflow() -> None:
    ctypes.string_at(0)


def _be_deaf() -> None:
    """Sleep, and hold off the signal that would end it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    time.sleep(60)


ENDS: list[tuple[Callable[[], object], str]] = [
    (_overflow, "crashed (SIGSEGV)"),
    (os.abort, "crashed (SIGABRT)"),
    (
        lambda: os.kill(os.getpid(), signal.SIGKILL),
        "was ended from outside (SIGKILL), as by a machine that runs out of memory",
    ),
    (lambda: os.kill(os.getpid(), signal.SIGRTMIN + 2), f"crashed (signal {signal.SIGRTMIN + 2})"),
    (lambda: os.kill(os.getpid(), signal.SIGBUS), "crashed (SIGBUS)"),
    (lambda: bytes(600 * MEBI), "needs more memory than 256 MiB"),
    (lambda: [object() for _ in range(50_000_000)], "needs more memory than 256 MiB"),
    (_raise_something, "failed (KeyError: 'what')"),
    (lambda: sys.exit("gone"), "failed (SystemExit: gone)"),
    (lambda: os._exit(0), "failed (without a word)"),
    (lambda: iter(i for i in "a"), "failed (TypeError: cannot pickle 'generator' object)"),
]


@pytest.mark.parametrize(("function", "what"), ENDS, ids=[what for _, what in ENDS])
def test_how_it_ended_is_said_in_words(function: Callable[[], object], what: str) -> None:
    with pytest.raises(DatabaseError) as raised:
        call(function)
    assert str(raised.value) == f"a.mmdb: reading it {what}"


@pytest.mark.parametrize("function", [_spin, lambda: time.sleep(60), _be_deaf])
def test_it_ends_when_its_time_is_over(function: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("georedirect.geo.confine._GRACE_SECONDS", 0.3)
    started = time.monotonic()
    with pytest.raises(DatabaseError) as raised:
        call(function, seconds=0.3)
    assert str(raised.value) == "a.mmdb: reading it took longer than 0.3 s"
    assert time.monotonic() - started < 5


def test_it_has_no_descriptor_of_ours_and_no_handler(tmp_path: Path) -> None:
    with (tmp_path / "ours").open("w") as ours:
        number = ours.fileno()
        assert not call(lambda: Path(f"/proc/self/fd/{number}").exists())
    previous = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        assert call(lambda: signal.getsignal(signal.SIGTERM)) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, previous)


def test_it_leaves_no_core() -> None:
    assert call(lambda: resource.getrlimit(resource.RLIMIT_CORE)[0]) == 0


def test_a_limit_that_holds_already_stays() -> None:
    def lowered() -> tuple[int, int]:
        resource.setrlimit(resource.RLIMIT_CPU, (3, 3))
        limit_this_process(octets=MEBI, seconds=50)
        return resource.getrlimit(resource.RLIMIT_CPU)

    assert call(lowered) == (3, 3)


def test_an_interrupt_while_waiting_leaves_nothing_behind() -> None:
    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            call(lambda: time.sleep(60))
    finally:
        signal.signal(signal.SIGALRM, previous)


PROGRAM = """
import atexit, sys
from pathlib import Path
from georedirect.geo.confine import confine
atexit.register(print, "at exit")
sys.stdout.write("once ")  # in the buffer, while the process is forked
for end in (lambda: 7, lambda: sys.exit(1)):
    try:
        print(confine(end, Path("a"), seconds=5, octets=1 << 28))
    except Exception as error:
        print(error)
"""


def test_exit_handlers_and_buffers_are_ours_alone() -> None:
    command = [sys.executable, "-c", dedent(PROGRAM)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=30)
    assert finished.stdout == "once 7\na: reading it failed (SystemExit: 1)\nat exit\n"
    assert finished.stderr == ""


def test_a_program_that_ignores_its_children_gets_its_answer_too() -> None:
    previous = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert call(lambda: 7) == 7
    finally:
        signal.signal(signal.SIGCHLD, previous)
