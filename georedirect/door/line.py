"""What the supervisor and a child say to each other: a word, some octets, open files. Knows no meaning of any word."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_OCTETS = 64 * 1024
_MOST_DESCRIPTORS = 16


class Message(NamedTuple):
    """One message. Who receives `descriptors` owns them. An empty `word` says that the other side is gone."""

    word: str
    body: bytes = b""
    descriptors: tuple[int, ...] = ()


GONE = Message("")


class Line:
    """One end of a line. Nothing here ever waits: who does not listen misses what is said."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        sock.setblocking(False)  # noqa: FBT003  its own signature

    @classmethod
    def pair(cls) -> tuple[Line, Line]:
        first, second = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # which keeps messages apart
        return cls(first), cls(second)

    def fileno(self) -> int:
        return self._sock.fileno()

    def say(self, word: str, body: bytes = b"", descriptors: Sequence[int] = ()) -> bool:
        """Whether it could be said: the other side may be gone, or may not have listened for long."""
        try:
            socket.send_fds(self._sock, [word.encode() + b"\n" + body], descriptors)
        except OSError:  # gone, or too much for the system at the moment
            return False
        return True

    def hear(self) -> Message | None:
        """The next message; GONE when the other side is; None when there is nothing yet."""
        try:
            octets, descriptors, _, _ = socket.recv_fds(self._sock, MOST_OCTETS, _MOST_DESCRIPTORS)
        except BlockingIOError:
            return None
        except OSError:
            return GONE
        word, _, body = octets.partition(b"\n")
        return Message(word.decode("ascii", "replace"), body, tuple(descriptors)) if octets else GONE

    def close(self) -> None:
        self._sock.close()


def close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        with suppress(OSError):
            os.close(descriptor)
