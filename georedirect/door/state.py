"""What a connection waits for. Knows none."""

from __future__ import annotations

from enum import Enum, auto


class State(Enum):
    """What the next octets are."""

    HEAD = auto()
    BODY = auto()  # of a request that has been answered: to be passed over
    UPLOAD = auto()  # of a request for another: to be collected
    ELSEWHERE = auto()  # for later: another is answering
    LINGER = auto()  # nothing any more: read on until the client has read our last answer
