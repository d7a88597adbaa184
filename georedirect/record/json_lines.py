"""The access log as JSON, one object a line: the keys, their order, and what may stand under them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from georedirect.record.client import show_client
from georedirect.record.entry import MOST_FIELD_OCTETS, MOST_METHOD_OCTETS
from georedirect.record.escape import for_json
from georedirect.record.shape import Shape

if TYPE_CHECKING:
    from georedirect.policy.log_model import ShownClient
    from georedirect.record.entry import Told, Who

KEYS = (
    *("time", "worker", "client", "country", "host", "method", "target", "version", "status", "bytes", "site"),
    *("action", "reason", "region", "mirror", "rule", "variant", "tags", "referer", "user_agent"),
)
"""All of them stand in each line, in this order."""

_MOST_NAME_OCTETS = 192  # of what a policy gives names to
_MOST_TAGS_OCTETS = 384


class JsonLines(Shape):
    """One worker's lines."""

    begins_with_client = False
    milliseconds_at = len('{"time":"2026-01-31T12:00:00.')

    def __init__(self, shown: ShownClient, worker: int) -> None:
        self._shown = shown
        self._worker = worker
        self._second, self._of_second = -1, b""

    def moment(self, milliseconds: int) -> bytes:
        second, milliseconds = divmod(milliseconds, 1000)
        if second != self._second:
            text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            self._second = second
            self._of_second = b'{"time":"%b.%%03dZ","worker":%d,' % (text.encode(), self._worker)
        return self._of_second % milliseconds

    def who(self, who: Who) -> bytes:
        client, country = show_client(who.address, self._shown), who.country
        return f'"client":{_plain(client)},"country":{_plain(country)},"host":'.encode()

    def request(self, method: bytes | None, host: str | None) -> bytes:
        said = _quoted(method, MOST_METHOD_OCTETS)
        return b'%b,"method":%b,"target":"' % (_plain(host).encode(), said)

    def escape(self, octets: bytes, most: int) -> bytes:
        return for_json(octets, most)

    def told(self, version: str | None, told: Told) -> bytes:
        return (
            f'","version":{_plain(version)},"status":{told.status},"bytes":{told.size},"site":{_name(told.site)},'
            f'"action":"{told.action}","reason":"{told.reason}","region":{_name(told.region)},'
            f'"mirror":{_name(told.mirror)},"rule":{_name(told.rule)},"variant":{_name(told.variant)},'
            f'"tags":{_tags(told.tags)},"referer":'
        ).encode()

    def referer(self, sent: bytes | None) -> bytes:
        return _quoted(sent, MOST_FIELD_OCTETS)

    def agent(self, sent: bytes | None) -> bytes:
        return b',"user_agent":%b}\n' % _quoted(sent, MOST_FIELD_OCTETS)


def _plain(text: str | None) -> str:
    """What is known to hold nothing that JSON would escape."""
    return "null" if text is None else f'"{text}"'


def _quoted(octets: bytes | None, most: int) -> bytes:
    return b"null" if octets is None else b'"%b"' % for_json(octets, most)


def _name(text: str | None) -> str:
    """A policy's own word, cut so that what is written of it is not too long."""
    if text is None:
        return "null"
    while len(written := json.dumps(text)) > _MOST_NAME_OCTETS:
        text = text[: max(len(text) - (len(written) - _MOST_NAME_OCTETS + 11) // 12, 0)]
    return written


def _tags(tags: tuple[str, ...]) -> str:
    """As many as there is room for."""
    while len(written := json.dumps(tags, separators=(",", ":"))) > _MOST_TAGS_OCTETS:
        tags = tags[:-1]
    return written
