"""A request's head as llhttp has found it right, taken apart. Judges nothing that llhttp has judged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from georedirect.visitor.request import Request

if TYPE_CHECKING:
    from georedirect.policy.server_model import LimitSettings
    from georedirect.visitor.address import Address

_IN_NO_HEAD = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|\0")
_BEGINS_NO_REQUEST = re.compile(rb"(?!\r\Z)(?:\r\n)?+[^!#$%&'*+.^_`|~0-9A-Za-z-]")
REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP/1\.[01]\r\n")
_ABOVE_ASCII = re.compile(rb"[\x80-\xff]")
_UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
_METHOD_AND_VERSION_OCTETS = 64
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "expect", "upgrade", "keep-alive"})


class Head(NamedTuple):
    """The request, and how its body is framed: `content_length` is 0 where there is no such header."""

    request: Request
    content_length: int
    is_chunked: bool
    expects_continue: bool
    keeps_alive: bool

    @property
    def is_plainly_framed(self) -> bool:
        """Whether the body's end is certain, and the body certain to come."""
        return not self.is_chunked and not self.expects_continue

    @property
    def is_coded(self) -> bool:
        """Whether the body is not only chunked but encoded too, say by gzip."""
        return self.is_chunked and [value.lower() for value in self.request.lines("transfer-encoding")] != ["chunked"]

    @property
    def has_folded_lines(self) -> bool:
        """Whether a header goes on over several lines, which RFC 9112 5.2 has us refuse."""
        return any(name.startswith((" ", "\t")) for name, _ in self.request.headers)

    def plainly_framed(self, body: bytes, *, closes: bool) -> bytes:
        """The whole request as octets again, framed in the one way that every parser understands alike."""
        request = self.request
        lines = [f"{name}: {value}\r\n" for name, value in request.headers if name not in _FRAMING]
        lines.append(f"content-length: {len(body)}\r\n")
        if closes:
            lines.append("connection: close\r\n")
        request_line = b"%b %b HTTP/%b\r\n" % (request.method.encode(), request.target, request.version.encode())
        return request_line + "".join(lines).encode("latin-1") + b"\r\n" + body


def judge_beginning(held: bytes, limits: LimitSettings) -> int | None:
    """The status with which to refuse what can become no request any more; None while it may."""
    if _IN_NO_HEAD.search(held) or _BEGINS_NO_REQUEST.match(held):
        return 400
    if held.find(b"\r\n", 1) < 0 and len(held) > limits.target_octets + _METHOD_AND_VERSION_OCTETS:
        return 414
    return 431 if len(held) > limits.head_octets else None


def judge(head: Head, octets: int, limits: LimitSettings) -> int | None:
    """The status with which to refuse a whole head of so many octets; None if there is nothing wrong with it."""
    if head.has_folded_lines:
        return 400
    if len(head.request.target) > limits.target_octets:
        return 414
    return 431 if octets > limits.head_octets or len(head.request.headers) > limits.headers else None


def may_name_a_method(head: bytes) -> bool:
    """Whether a head that llhttp refuses for its method is otherwise in order: it knows those in use, not all names."""
    return REQUEST_LINE.match(head) is not None and not _IN_NO_HEAD.search(head)


def with_ascii_target(head: bytes) -> bytes:
    """The same head, octets above 0x7F in its target percent-encoded: llhttp takes none, but some clients send them."""
    start = 2 if head.startswith(b"\r\n") else 0
    end = head.find(b"\r\n", start)
    parts = head[start:end].split(b" ")
    if len(parts) != 3:
        return head
    parts[1] = _ABOVE_ASCII.sub(lambda octet: b"%%%02X" % octet[0][0], parts[1])
    return head[:start] + b" ".join(parts) + head[end:]


def without_upgrade(head: bytes) -> bytes:
    """The same head, asking for no other protocol."""
    return _UPGRADE.sub(b"\r\nno-upgrade:", head)


def read_head(octets: bytes, peer: Address | None, *, is_tls: bool = False) -> Head:
    """Take apart the octets up to and including the empty line."""
    request_line, *lines = octets[:-4].split(b"\r\n")
    method, target, version = request_line.split(b" ", 2)
    pairs = (line.decode("latin-1").partition(":") for line in lines)
    headers = [(name.lower(), value.strip(" \t")) for name, _, value in pairs]
    number = version.decode("ascii").removeprefix("HTTP/")
    request = Request(method.decode("ascii"), target, headers, peer, number, is_tls)
    lengths = request.lines("content-length")
    has_next = request.version == "1.1" and method != b"CONNECT"
    options = _members(request, "connection") | _members(request, "proxy-connection")  # llhttp heeds both
    return Head(
        request=request,
        content_length=int(lengths[0]) if lengths else 0,
        is_chunked=bool(request.lines("transfer-encoding")),
        expects_continue="100-continue" in _members(request, "expect"),
        keeps_alive=has_next and "close" not in options,
    )


def _members(request: Request, name: str) -> set[str]:
    """What a list header names (RFC 9110 5.6.1), in lower case."""
    return {member.strip(" \t").lower() for line in request.lines(name) for member in line.split(",")}
