"""How a line of the access log is put together out of parts, each of which many requests share. Knows no format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from georedirect.record.entry import MOST_TARGET_OCTETS

if TYPE_CHECKING:
    from georedirect.record.entry import Entry, Told, Who


class Shape(ABC):
    """A format, and the parts of its lines.

    A line is `moment` and `who` (in this order, or the other), `request`, the target, `told`, `referer` and `agent`.
    Nothing in any of them ends a line, or what is quoted, but where the format wants it.
    """

    begins_with_client: bool
    milliseconds_at: int
    """Where in `moment` three digits are the milliseconds; below 0 where none are."""

    @abstractmethod
    def moment(self, milliseconds: int) -> bytes:
        """When, since 1970."""

    @abstractmethod
    def who(self, who: Who) -> bytes: ...

    @abstractmethod
    def request(self, method: bytes | None, host: str | None) -> bytes:
        """What stands before the target."""

    @abstractmethod
    def escape(self, octets: bytes, most: int) -> bytes:
        """Octets of a request as they stand in a line, at most so many."""

    @abstractmethod
    def told(self, version: str | None, told: Told) -> bytes:
        """What stands behind the target: the answer."""

    @abstractmethod
    def referer(self, sent: bytes | None) -> bytes: ...

    @abstractmethod
    def agent(self, sent: bytes | None) -> bytes:
        """With what ends the line."""

    def unreferred(self, version: str, told: Told) -> bytes:
        """`told` and `referer` as one part, for whom no page refers."""
        return self.told(version, told) + self.referer(None)

    def referred(self, unreferred: bytes, referer: bytes) -> bytes:
        """The same part for whom a page does; `referer` is as it stands in the line."""
        return unreferred.removesuffix(self.referer(None)) + referer

    def line(self, moment: bytes, entry: Entry) -> bytes:
        """A whole line, line feed and all."""
        first = (self.who(entry.who), moment) if self.begins_with_client else (moment, self.who(entry.who))
        return b"".join(
            (
                *first,
                self.request(entry.method, entry.host),
                self.escape(entry.target or b"", MOST_TARGET_OCTETS),
                self.told(entry.version, entry.told),
                self.referer(entry.referer),
                self.agent(entry.agent),
            )
        )
