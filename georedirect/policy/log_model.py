"""What a policy says of the logs, read and checked: frozen values. Knows no file format, and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePath

    from georedirect.policy.data_model import NamedFile


class Stream(StrEnum):
    """Where the access log goes that goes to no file, as written in `[log] access`."""

    OFF = "off"
    """Nowhere: there is none."""
    STDOUT = "stdout"
    STDERR = "stderr"


class AccessFormat(StrEnum):
    """How a line of the access log is written, as written in `[log] format`."""

    JSON = "json"
    """One object a line."""
    COMBINED = "combined"
    """What web servers have always written, for tools that read it."""


class ShownClient(StrEnum):
    """What the access log says of a client's address, as written in `[log] client`."""

    ABSENT = "absent"
    """Nothing."""
    TRUNCATED = "truncated"
    """The network around it: /24 of IPv4, /48 of IPv6."""
    WHOLE = "whole"
    """All of it."""


class ServerFormat(StrEnum):
    """How a line of the server log is written, as written in `[log] server`."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`[log]`: `access` is where one line a request goes, `sample` the share of requests that get one, above 0."""

    access: Stream | NamedFile = Stream.OFF
    format: AccessFormat = AccessFormat.JSON
    sample: float = 1.0
    client: ShownClient = ShownClient.TRUNCATED
    server: ServerFormat = ServerFormat.TEXT

    @property
    def where(self) -> PurePath | Stream:
        """The access log's file or stream, whoever has named it."""
        return self.access if isinstance(self.access, Stream) else self.access.path
