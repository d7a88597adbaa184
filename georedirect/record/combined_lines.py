"""The access log as web servers have always written it: NCSA's combined format, and nothing besides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from georedirect.record.client import show_client
from georedirect.record.entry import MOST_FIELD_OCTETS, MOST_METHOD_OCTETS
from georedirect.record.escape import for_combined
from georedirect.record.shape import Shape

if TYPE_CHECKING:
    from georedirect.policy.log_model import ShownClient
    from georedirect.record.entry import Told, Who

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class CombinedLines(Shape):
    """Lines of `client - - [time] "method target version" status bytes "referer" "user agent"`."""

    begins_with_client = True
    milliseconds_at = -1

    def __init__(self, shown: ShownClient) -> None:
        self._shown = shown
        self._second, self._of_second = -1, b""

    def moment(self, milliseconds: int) -> bytes:
        second = milliseconds // 1000
        if second != self._second:
            self._second = second
            at = datetime.fromtimestamp(self._second, UTC)
            month = _MONTHS[at.month - 1]  # in English, whatever the locale says
            self._of_second = f'[{at:%d}/{month}/{at:%Y:%H:%M:%S} +0000] "'.encode()
        return self._of_second

    def who(self, who: Who) -> bytes:
        return f"{show_client(who.address, self._shown) or '-'} - - ".encode()

    def request(self, method: bytes | None, host: str | None) -> bytes:  # noqa: ARG002  combined has no place for it
        return b"" if method is None else b"%b " % for_combined(method, MOST_METHOD_OCTETS)

    def escape(self, octets: bytes, most: int) -> bytes:
        return for_combined(octets, most)

    def told(self, version: str | None, told: Told) -> bytes:
        protocol = "" if version is None else f" HTTP/{version}"
        return f'{protocol}" {told.status} {told.size} '.encode()

    def referer(self, sent: bytes | None) -> bytes:
        return _quoted(sent)

    def agent(self, sent: bytes | None) -> bytes:
        return b" %b\n" % _quoted(sent)


def _quoted(octets: bytes | None) -> bytes:
    return b'"-"' if octets is None else b'"%b"' % for_combined(octets, MOST_FIELD_OCTETS)
