"""How a connection waits and ends: its deadline, clients that do not read, and the last answer. Reads no request."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from georedirect.door.answer import refusal_for
from georedirect.door.state import State
from georedirect.door.tls import SHAKING_HANDS

if TYPE_CHECKING:
    from asyncio import Transport

    from georedirect.door.answer import Answer
    from georedirect.door.service import Service


class Ending:
    """The half of a connection that is about time. `deadline` is in the event loop's seconds."""

    _service: Service
    _out: Transport
    _state: State
    _held: bytes
    _is_complete: bool
    _is_stalled: bool
    _is_begun: bool

    @abstractmethod
    def _refuse(self, refused: Answer, head: bytes = b"") -> None:
        """Say no to what has come, and close."""

    @abstractmethod
    def _advance(self) -> None:
        """Go on with what is held."""

    def _close_gently(self) -> None:
        """Close so that the client reads our answer: octets that we leave unread would reset the connection."""
        has_more = bool(self._held) or not self._is_complete
        self._state = State.LINGER
        self._held = b""
        self.set_deadline(self._service.limits.linger_seconds)
        if has_more and self._out.can_write_eof():
            self._out.write_eof()
        else:
            self._out.close()

    def close_if_idle(self) -> bool:
        """Close unless a request or an answer is on its way, or a handshake, with the end of which a request comes."""
        is_idle = self._state is State.HEAD and not self._held.strip() and not self._out.get_extra_info(SHAKING_HANDS)
        if is_idle:
            self._out.close()
        return is_idle

    def expire(self) -> None:
        """The deadline is over: say so to a request that is on its way, and close."""
        if self._state is State.LINGER or self._is_stalled:
            self._out.abort()
        elif self._held.strip() or self._state is State.UPLOAD:
            self._refuse(refusal_for(408), self._held)
        else:
            self._close_gently()

    def stall(self) -> None:
        """The client does not read its answers: take no more requests, and do not wait for ever."""
        self._is_stalled = True
        self._out.pause_reading()
        self.set_deadline(self._service.limits.write_seconds)

    def flow(self) -> None:
        self._is_stalled = self._is_begun = False
        self._out.resume_reading()
        if self._state is State.ELSEWHERE:
            self.deadline = float("inf")
        elif self._state is not State.LINGER:
            self.set_deadline(self._service.limits.keep_alive_seconds)
        self._advance()

    def set_deadline(self, seconds: float) -> None:
        self.deadline = self._service.now + seconds
