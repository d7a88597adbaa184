"""Signals as something to wait for beside sockets and pipes. Does not know what they mean."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


class Signals:
    """The signals that this process has received, in order. To be used in the main thread, one at a time.

    A byte in a pipe stands for each (`signal.set_wakeup_fd`); a thousand in a second fill the pipe and no more.
    """

    def __init__(self, numbers: Collection[signal.Signals]) -> None:
        self._numbers = numbers
        self._before = {number: signal.getsignal(number) for number in numbers}
        self._end, self._wakeup = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._wakeup_before = signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)
        for number in numbers:
            signal.signal(number, _leave_it_to_the_pipe)

    def fileno(self) -> int:
        return self._end

    def take(self) -> list[signal.Signals]:
        """Those that have come since, perhaps none."""
        try:
            received = os.read(self._end, 65536)
        except BlockingIOError:
            return []
        return [signal.Signals(number) for number in received if number in self._numbers]

    def close(self) -> None:
        """Let them mean again what they meant before."""
        signal.set_wakeup_fd(self._wakeup_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._end)
        os.close(self._wakeup)

    def let_go(self) -> None:
        """The same in a child that was forked meanwhile, for which they mean what the system says."""
        signal.set_wakeup_fd(-1)
        for number in self._numbers:
            signal.signal(number, signal.SIG_DFL)
        os.close(self._end)
        os.close(self._wakeup)

    @contextmanager
    def held(self) -> Iterator[None]:
        """None is delivered meanwhile: a child must not answer for its parent between fork and `let_go`."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, self._numbers)
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave_it_to_the_pipe(*_: object) -> None:
    pass
