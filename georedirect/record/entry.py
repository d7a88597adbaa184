"""One request and what was answered, as the access log tells of it: values. Knows no way to write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from georedirect.visitor.address import Address

MOST_LINE_OCTETS = 4096
"""Of a whole line: as much as POSIX promises to write to a pipe in one piece on Linux (PIPE_BUF)."""
MOST_TARGET_OCTETS = 1024
MOST_FIELD_OCTETS = 512
"""Of Referer and User-Agent."""
MOST_METHOD_OCTETS = 32


class Told(NamedTuple):
    """What was answered; None for what there is none of. `size` is the body's, in octets."""

    status: int
    size: int
    site: str | None
    action: str
    reason: str
    region: str | None = None
    mirror: str | None = None
    rule: str | None = None
    variant: str | None = None
    tags: tuple[str, ...] = ()


class Who(NamedTuple):
    """The client's address and country, as far as they are known."""

    address: Address | None
    country: str | None


class Entry(NamedTuple):
    """A request as it was sent; None for what it did not say, or what nobody read any more.

    `version` is that of HTTP, such as 1.1. Where `method` and `version` are None, `target` is all that was sent of the
    request's first line.
    """

    who: Who
    host: str | None
    method: bytes | None
    target: bytes | None
    version: str | None
    told: Told
    referer: bytes | None
    agent: bytes | None
