"""Tells the service manager how this process fares, by datagrams as sd_notify(3) has them. Knows no child.

Where there is no manager, nobody is told. That one cannot be told is never a reason not to serve.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from time import monotonic, monotonic_ns
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
_MOST_CHARACTERS = 1000  # of a status: whoever asks for it sees one line


class Notifier:
    """`address` is None where nobody listens; `watchdog_seconds` is None where nobody waits for a sign of life."""

    def __init__(self, address: str | None, watchdog_seconds: float | None = None) -> None:
        self._address = address
        self._pause_seconds = None if watchdog_seconds is None else watchdog_seconds / 2
        self._beats_at = 0.0
        self._status: str | None = None
        self._is_loading = False

    @classmethod
    def taken_from(cls, environment: MutableMapping[str, str]) -> Notifier:
        """As the manager wants it. The variables are taken out: they are meant for this process, and no child's."""
        socket_name, usec, pid = (environment.pop(name, "") for name in _VARIABLES)
        is_for_us = pid in ("", str(os.getpid()))
        is_number = usec.isascii() and usec.isdecimal() and int(usec) > 0
        watchdog_seconds = int(usec) / 1_000_000 if is_for_us and is_number else None
        return cls(socket_name if socket_name.startswith(("/", "@")) else None, watchdog_seconds)

    def ready(self, status: str) -> None:
        """All serve."""
        self._status = status
        self._say("READY=1", f"STATUS={_in_one_line(status)}")

    def turn(self, status: str, *, is_loading: bool = False) -> None:
        """All children have been looked after: the sign of life, when it is due, and what has changed since."""
        if is_loading and not self._is_loading:
            self._say("RELOADING=1", f"MONOTONIC_USEC={monotonic_ns() // 1000}")
        elif self._is_loading and not is_loading:
            self._say("READY=1")
        self._is_loading = is_loading
        if status != self._status:
            self._status = status
            self._say(f"STATUS={_in_one_line(status)}")
        self.beat()

    def beat(self) -> None:
        """The sign of life alone, twice as often as it is waited for."""
        if self._pause_seconds is not None and monotonic() >= self._beats_at:
            self._beats_at = monotonic() + self._pause_seconds
            self._say("WATCHDOG=1")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    def _say(self, *lines: str) -> None:
        if self._address is None:
            return
        name = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)  # noqa: FBT003  its own signature
            sock.sendto("\n".join(lines).encode(errors="replace"), name)


def _in_one_line(text: str) -> str:
    return "; ".join(text.splitlines())[:_MOST_CHARACTERS]
