"""Runs a function in a process of its own, with limits, as reading a damaged file may end one. Knows no file format."""

from __future__ import annotations

import faulthandler
import os
import pickle
import resource
import select
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar, cast

from georedirect.errors import DatabaseError, GeoredirectError

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

_GRACE_SECONDS = 2.0  # after which a process whose own timer did not end it is ended by us
_HANDLED = (
    signal.SIGALRM,
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGCHLD,
)
_OUT_OF_TIME = frozenset({signal.SIGALRM, signal.SIGXCPU})
_RESULT, _ERROR, _FAILURE, _OUT_OF_MEMORY = b"r", b"e", b"f", b"m"


def confine(function: Callable[[], _T], path: Path, *, seconds: float, octets: int) -> _T:
    """Call a function that reads `path` in a forked process, and return what it returns.

    A GeoredirectError that it raises is raised here; whatever else becomes of the process is a DatabaseError. `seconds`
    limit its time, by the clock and of the processor; `octets`, what it may map on top of what is mapped already. The
    process has none of our descriptors but the standard three, and runs none of our exit handlers.
    """
    reading, writing = os.pipe()
    try:
        child = os.fork()
    except OSError as error:
        os.close(reading)
        os.close(writing)
        raise DatabaseError(f"{path}: there is no process to read it in: {error.strerror or error}") from error
    if child == 0:
        _answer_and_exit(function, writing, seconds=seconds, octets=octets)
    os.close(writing)
    said_all, answer = False, b""
    try:
        answer, said_all = _listen(reading, time.monotonic() + seconds + _GRACE_SECONDS)
    finally:
        os.close(reading)
        status = _end(child, is_at_its_end=said_all)
    if not said_all:
        status = -signal.SIGALRM
    result = _judge(answer, status, path, f"took longer than {seconds:g} s", f"needs more memory than {_size(octets)}")
    return cast("_T", result)


def limit_this_process(*, octets: int, seconds: float) -> None:
    """Let this process map no more than `octets` on top of what it has mapped, run for `seconds`, and leave no core.

    When its time is over, a signal ends it: SIGALRM by the clock, SIGXCPU by the processor's time.
    """
    mapped = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    _lower(resource.RLIMIT_AS, mapped + octets)
    _lower(resource.RLIMIT_CPU, int(time.process_time() + seconds) + 1)
    _lower(resource.RLIMIT_CORE, 0)
    for one in (signal.SIGALRM, signal.SIGXCPU):
        signal.signal(one, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM, signal.SIGXCPU})
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _lower(which: int, limit: int) -> None:
    """Set a limit, unless a lower one holds already; the one that no process may raise stays."""
    soft, hard = resource.getrlimit(which)
    lowest = min([limit, *(old for old in (soft, hard) if old != resource.RLIM_INFINITY)])
    resource.setrlimit(which, (lowest, hard))


def _answer_and_exit(function: Callable[[], object], writing: int, *, seconds: float, octets: int) -> NoReturn:
    """Be the child. Nothing may get out of here but by the exit: what called us is the parent's to go on with."""
    try:
        _forget_the_parent(writing)
        limit_this_process(octets=octets, seconds=seconds)
        answer = _call(function)
        while answer:
            answer = answer[os.write(writing, answer) :]
    finally:
        os._exit(0)


def _call(function: Callable[[], object]) -> bytes:
    """Make the answer: its first octet says what the rest is."""
    try:
        return _RESULT + pickle.dumps(function())
    except GeoredirectError as error:
        return _ERROR + pickle.dumps((type(error), error.args, vars(error)))
    except MemoryError:
        return _OUT_OF_MEMORY
    except BaseException as error:  # noqa: BLE001  damaged files raise what nobody thought of
        return _FAILURE + f"{type(error).__name__}: {error}".encode(errors="replace")


def _forget_the_parent(kept: int) -> None:
    """Leave the parent's signal handlers, locks and connections to it."""
    faulthandler.disable()  # the parent tells of a crash, in words
    signal.set_wakeup_fd(-1)
    for one in _HANDLED:
        signal.signal(one, signal.SIG_DFL)
    os.closerange(3, kept)
    os.closerange(max(3, kept + 1), os.sysconf("SC_OPEN_MAX"))


def _listen(reading: int, until: float) -> tuple[bytes, bool]:
    """What the child says, and whether it has said all."""
    answer = bytearray()
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    while poll.poll(max(0.0, until - time.monotonic()) * 1000):
        block = os.read(reading, 1 << 16)
        if not block:
            return bytes(answer), True
        answer += block
    return bytes(answer), False


def _end(child: int, *, is_at_its_end: bool) -> int:
    """See the child off: its exit status, or the number of the signal that ended it, negative."""
    try:
        if not is_at_its_end:
            os.kill(child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except (ChildProcessError, ProcessLookupError):  # a program that ignores SIGCHLD has no children to ask for
        return 0


def _judge(answer: bytes, status: int, path: Path, too_long: str, too_much: str) -> object:
    """The result, or the error that says what became of the child."""
    kind, content = answer[:1], answer[1:]
    if status < 0:
        raise DatabaseError(f"{path}: reading it {too_long if -status in _OUT_OF_TIME else _ended_by(-status)}")
    if kind == _OUT_OF_MEMORY:
        raise DatabaseError(f"{path}: reading it {too_much}")
    if kind == _RESULT:
        return pickle.loads(content)  # noqa: S301  the child is this very program
    if kind == _ERROR:
        raise _revive(content)
    raise DatabaseError(f"{path}: reading it failed ({content.decode(errors='replace') or 'without a word'})")


def _ended_by(number: int) -> str:
    if number == signal.SIGKILL:
        return "was ended from outside (SIGKILL), as by a machine that runs out of memory"
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    return f"crashed ({name})"


def _revive(content: bytes) -> GeoredirectError:
    """The error as it was, without its initialiser: that takes other arguments than those that an error keeps."""
    kind, arguments, variables = pickle.loads(content)  # noqa: S301  the child is this very program
    error: GeoredirectError = kind.__new__(kind, *arguments)
    vars(error).update(variables)
    return error


def _size(octets: int) -> str:
    return f"{octets >> 20} MiB" if octets >= 1 << 20 else f"{octets} octets"
