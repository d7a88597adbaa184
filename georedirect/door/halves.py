"""Answers cut in two where the target goes, the time written into the second half once for all. Decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.door.clock import http_date
from georedirect.door.response import octets

if TYPE_CHECKING:
    from georedirect.door.answer import Answer, Headers

_DATE_OCTETS = 29  # of an IMF-fixdate (RFC 9110 5.6.7)
_MOST_FIRSTS = 1024  # that are shared; a site for every host may have any number


class Halves:
    """The second halves of all answers, numbered: `open` keep the connection, `closing` say that it closes.

    Both are lists that change in place, so whoever answers may hold on to them.
    """

    def __init__(self) -> None:
        self.open: list[bytes] = []
        self.closing: list[bytes] = []
        self._undated: list[tuple[bytes, bytes]] = []
        self._firsts: dict[bytes, bytes] = {}

    def date(self) -> None:
        """Write the time into them; to be called at least once a second."""
        now = http_date().encode()
        self.open[:] = [before + now + after for before, after in self._undated]
        self.closing[:] = [half[:-2] + b"Connection: close\r\n\r\n" for half in self.open]

    def cut(self, answered: Answer, target: bytes = b"", more: Headers = ()) -> tuple[bytes, int]:
        """The half of a redirect that ends before the target, which ends its location, and the number of the other.

        `more` are headers as in `octets`.
        """
        whole = octets(answered, more=more)
        end = whole.index(b"\r\n", whole.index(b"\r\nLocation: ") + 2)
        date = whole.index(b"\r\nDate: ", end) + len(b"\r\nDate: ")
        second = (whole[end:date], whole[date + _DATE_OCTETS :])
        if second not in self._undated:
            self._undated.append(second)
            self.date()
        return self._share(whole[: end - len(target)]), self._undated.index(second)

    def _share(self, first: bytes) -> bytes:
        """The same octets for all who get them: what is small stays near the processor."""
        if len(self._firsts) >= _MOST_FIRSTS:
            self._firsts.clear()
        return self._firsts.setdefault(first, first)
