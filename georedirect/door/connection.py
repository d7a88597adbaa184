"""One connection to the door: llhttp parses and frames, the lane or `answer` answers, at once. Knows no Sanic.

A request for one of our own pages is collected as a whole and handed over; what follows it on the connection is held
back until the other side is done. Octets are only given to llhttp when a head is whole, so that where one request ends
and the next begins is never in doubt.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from httptools import HttpParserError, HttpParserInvalidMethodError, HttpParserUpgrade, HttpRequestParser

from georedirect.door import head as heads
from georedirect.door.answer import Met, answer_met, meet, refusal_for
from georedirect.door.ending import Ending
from georedirect.door.response import octets
from georedirect.door.spoken import PLAIN
from georedirect.door.state import State
from georedirect.door.to_https import to_https

if TYPE_CHECKING:
    from asyncio import Transport
    from collections.abc import Callable, Mapping

    from georedirect.door.answer import Answer
    from georedirect.door.head import Head
    from georedirect.door.service import Service
    from georedirect.visitor.address import Address
    from georedirect.visitor.request import Request

_END = b"\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(Ending):
    """From octets to answers, and never a task or a timer of its own. `deadline` is in the event loop's seconds.

    Whoever is a Connection says with `hand_over` who else answers a whole request, and then calls `resume`.
    """

    hand_over: Callable[[bytes], None]
    _write: Callable[[bytes], None]
    spoken = PLAIN

    def open(self, service: Service, transport: Transport, peer: Address | None) -> None:
        """Find out once what holds for all requests of this connection, which are `peer`'s."""
        self._service, self._out, self._write, self.peer = service, transport, transport.write, peer
        self._settle()
        self._parser = HttpRequestParser(self)
        self._state = State.HEAD
        self._is_stalled = self._is_begun = False  # begun: a head has, so its deadline runs
        self._is_complete = self._keeps_alive = True
        self._held = b""
        self.deadline = service.now + service.limits.head_seconds

    def _settle(self) -> None:
        """Find our side of what is served now: it may have been swapped since the last request."""
        self._lane = self._service.lane
        self._side = self._lane.side(self.peer, self.spoken)

    def renew(self) -> None:
        """Let go of what is not served any more, unless there is a request that it may have begun to answer."""
        if self._state is State.HEAD and not self._held:
            self._settle()

    def take(self, data: bytes) -> None:
        """Answer what is whole, keep what is not."""
        if self._state is State.HEAD and not self._held:
            service, scan = self._service, self._side.scan  # by a name, as in side.py
            scanned = scan(data)
            if scanned is not None and self._lane is service.lane and not service.is_draining:
                target, said = scanned
                redirect = self._side.redirect(data, target, said, self.peer, False)  # noqa: FBT003  a keyword takes more steps
                if redirect is not None:
                    self.deadline, write = service.idle_until, self._write  # before the write, which may stall
                    write(redirect)
                    return
            if service.is_timing:
                self._take_timed(data)
                return
            fields = self._side.fields(data)
            if fields is not None:  # most often, what arrives is one whole request
                self._take_head(data, fields)
                return
        if self._state is not State.LINGER:
            self._held += data
            self._advance()

    def _take_timed(self, data: bytes) -> None:
        """Take it, and how long it is until there is an answer. One of our own pages is none: others answer it."""
        write, began = self._write, perf_counter()

        def stop(answer: bytes) -> None:
            self._write = write
            self._service.counts.time(perf_counter() - began)
            write(answer)

        self._write = stop
        self._service.time_next(is_timing=False)
        self.take(data)
        self._write = write

    # What llhttp calls

    def on_url(self, url: bytes) -> None:
        self._target = url

    def on_body(self, body: bytes) -> None:
        if self._state is State.UPLOAD and not self._is_complete:  # what follows a chunked body is fed with it
            self._body += body

    def on_message_complete(self) -> None:
        self._is_complete = True
        self._keeps_alive = self._parser.should_keep_alive()  # llhttp forgets it as soon as we return

    # Heads

    def _advance(self) -> None:
        """Take what is whole out of the octets held, one after the other, for as long as the client reads answers."""
        left = -1
        while self._held and not self._is_stalled and len(self._held) != left:
            left = len(self._held)
            if self._state is State.HEAD:
                self._find_head()
            elif self._state is State.BODY:
                self._pass_over()
            elif self._state is State.UPLOAD:
                self._collect()
        if len(self._held) > self._service.limits.head_octets + self._service.limits.body_octets:
            self._out.pause_reading()  # another is answering, and the client sends on

    def _find_head(self) -> None:
        end = self._held.find(_END, 1) + len(_END)  # an empty line may come first (RFC 9112 2.2)
        if end < len(_END):
            if not self._is_begun:
                self._is_begun = True
                self.set_deadline(self._service.limits.head_seconds)
            status = heads.judge_beginning(self._held, self._service.limits)
            if status is not None:
                self._refuse(refusal_for(status), self._held)
        else:
            self._is_begun = False
            head, self._held = self._held[:end], self._held[end:]
            self._take_head(head, self._side.fields(head))

    def _take_head(self, head: bytes, fields: Mapping[bytes, bytes] | None) -> None:
        """Answer the request that this head begins; most requests are no more than a head."""
        self._is_complete = False
        try:
            self._parser.feed_data(head)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._take_odd_head(head, error)
            return
        if self._is_complete and fields is not None:
            closes = self._service.is_draining or not self._keeps_alive
            is_plain = self._side.takes(head, self._target, closes=closes)
            if is_plain and self._redirect(head, self._target, fields, closes=closes):
                return
        self._answer_any(head)

    def _redirect(self, head: bytes, target: bytes, fields: Mapping[bytes, bytes], *, closes: bool) -> bool:
        """Answer the short way, if that can be done."""
        service = self._service
        if self._lane is not service.lane:
            return False
        redirect = self._side.redirect(head, target, fields, self.peer, closes=closes)
        if redirect is None:
            return False
        self.deadline = service.idle_until  # before the write, which may stall
        self._write(redirect)
        if closes:
            self._close_gently()
        return True

    def _take_odd_head(self, head: bytes, error: Exception) -> None:
        """What llhttp stops at may want another protocol, or be right with its target encoded; else it is refused."""
        self._parser = HttpRequestParser(self)
        self._is_complete = False
        if isinstance(error, HttpParserUpgrade) and head.lstrip(b"\r\n").startswith(b"CONNECT "):
            self._answer_any(head)
        elif isinstance(error, HttpParserUpgrade):  # we upgrade to nothing, so we go on as if nobody had asked for it
            plain = heads.without_upgrade(head)
            self._take_head(plain, self._side.fields(plain))
        elif (encoded := heads.with_ascii_target(head)) != head:
            self._take_head(encoded, self._side.fields(encoded))
        else:
            is_method = isinstance(error, HttpParserInvalidMethodError) and heads.may_name_a_method(head)
            self._refuse(refusal_for(501 if is_method else 400), head)

    def _answer_any(self, octets_of_head: bytes) -> None:
        octets_of_head = octets_of_head.removeprefix(b"\r\n")
        if not heads.REQUEST_LINE.match(octets_of_head):  # HTTP/0.9 has no headers, and 2.0 looks otherwise
            self._refuse(refusal_for(400), octets_of_head)
            return
        self._settle()
        head = heads.read_head(octets_of_head, self.peer, is_tls=self.spoken.is_tls)
        status = heads.judge(head, len(octets_of_head), self._service.limits)
        if status is not None:
            self._refuse(refusal_for(status), octets_of_head)
            return
        met = self._meet(head.request)
        is_for_page = isinstance(met, Met) and met.is_for_page
        self._begin_upload(head) if is_for_page else self._answer(head, met)

    def _meet(self, request: Request) -> Met | Answer:
        snapshot, port = self._lane.snapshot, self.spoken.https_port
        moved = None if port is None else to_https(snapshot, request, port)
        return moved or meet(snapshot, request)

    def _answer(self, head: Head, met: Met | Answer) -> None:
        """Answer at once; a body that comes all the same is passed over if it is small, else the connection closes."""
        answered = answer_met(self._lane.snapshot, met)
        self._service.add(answered, met.request if isinstance(met, Met) else head.request, self.peer)
        is_passed_over = head.is_plainly_framed and head.content_length <= self._service.limits.body_octets
        closes = answered.closes_connection or not head.keeps_alive or self._service.is_draining
        closes = closes or not (self._is_complete or is_passed_over)
        if not closes:
            self.await_next(0 if self._is_complete else head.content_length)  # before the write, which may stall
        self._write(octets(answered, closes=closes, is_head=head.request.method == "HEAD", more=self._side.headers))
        if closes:
            self._close_gently()

    def _refuse(self, refused: Answer, head: bytes = b"") -> None:
        self._service.add(refused, self._head.request if self._state is State.UPLOAD else head, self.peer)
        self._is_complete = False
        self._write(octets(refused, closes=True, is_head=head.startswith(b"HEAD "), more=self._side.headers))
        self._close_gently()

    # Bodies

    def await_next(self, body: int = 0) -> None:
        """The next octets are a body of that size, to be passed over, and then the next request."""
        self._left = body
        self._is_complete = not body
        if body or not self._keeps_alive:  # llhttp would wait for the body, or go by Proxy-Connection
            self._parser = HttpRequestParser(self)
        self._state = State.BODY if body else State.HEAD
        self.set_deadline(self._service.limits.keep_alive_seconds)

    def _pass_over(self) -> None:
        passed, self._held = self._held[: self._left], self._held[self._left :]
        self._left -= len(passed)
        if not self._left:
            self.await_next()

    def _begin_upload(self, head: Head) -> None:
        """Collect the body, so that the other gets the request as a whole and in the plainest framing."""
        self._head, self._body, self._state = head, b"", State.UPLOAD
        if head.content_length > self._service.limits.body_octets:
            self._refuse(refusal_for(413))
        elif head.is_coded:
            self._refuse(refusal_for(400))
        elif self._is_complete:
            self._finish_upload()
        else:
            self.set_deadline(self._service.limits.head_seconds)
            if head.expects_continue:
                self._write(_CONTINUE)

    def _collect(self) -> None:
        size = len(self._held) if self._head.is_chunked else self._head.content_length - len(self._body)
        part, self._held = self._held[:size], self._held[size:]
        try:
            self._parser.feed_data(part)
        except (HttpParserError, HttpParserUpgrade):
            if not self._is_complete:  # else it is what follows a chunked body that it fails on
                self._refuse(refusal_for(400))
                return
        if len(self._body) > self._service.limits.body_octets:
            self._refuse(refusal_for(413))
        elif self._is_complete:
            self._finish_upload()

    def _finish_upload(self) -> None:
        """A chunked request is the connection's last: llhttp does not say where in the octets it ended."""
        self._state = State.ELSEWHERE
        self.deadline = float("inf")  # the other keeps its own
        closes = self._head.is_chunked or not self._head.keeps_alive or self._service.is_draining
        self.hand_over(self._head.plainly_framed(self._body, closes=closes))

    def resume(self) -> None:
        """The other has answered: go on with what the client has sent since."""
        self.await_next()
        if not self._is_stalled:
            self._out.resume_reading()
        self._advance()
