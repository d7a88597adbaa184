"""Reads `[log]`: what is written of each request, and how the server speaks of itself."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from georedirect.policy.files import read_file_name
from georedirect.policy.log_model import AccessFormat, LogSettings, ServerFormat, ShownClient, Stream

if TYPE_CHECKING:
    from georedirect.policy.data_model import NamedFile
    from georedirect.policy.findings import Findings
    from georedirect.policy.table import Table

LOG_KEYS = ("access", "format", "sample", "client", "server")
LEAST_SAMPLE = 0.000001

_DEVICES = {f"/dev/{stream}": stream for stream in (Stream.STDOUT, Stream.STDERR)}
_OF_ACCESS = ("format", "sample", "client")


def read_log(root: Table, findings: Findings) -> LogSettings:
    table = root.table("log")
    default = LogSettings()
    if table is None:
        return default
    table.expect_only(LOG_KEYS)
    access = _read_access(table, findings)
    if access is Stream.OFF:
        _warn_of_what_has_no_use(table, findings)
    return LogSettings(
        access=access,
        format=table.one_of("format", AccessFormat, "format") or default.format,
        sample=_read_sample(table, default.sample),
        client=table.one_of("client", ShownClient, "way to show a client") or default.client,
        server=table.one_of("server", ServerFormat, "format") or default.server,
    )


def stream_of(text: str) -> Stream | None:
    """The stream that a text stands for; None for one that names a file."""
    return Stream(text) if text in list(Stream) else _DEVICES.get(text)


def _read_access(table: Table, findings: Findings) -> Stream | NamedFile:
    text = table.text("access")
    if text is None:
        return Stream.OFF
    stream = stream_of(text.value)
    if stream is not None:
        return stream
    if not text.value.isprintable():
        table.mistake("access", "is no name of a file: it has characters that nobody can see")
        return Stream.OFF
    if near := get_close_matches(text.value.lower(), list(Stream), n=1, cutoff=0.8):
        findings.warning(text.path, f'"{text.value}" is a file\'s name; was "{near[0]}" meant?')
    if text.value.endswith("/"):
        table.mistake("access", f'"{text.value}" is a folder; name a file in it, such as "{text.value}access.log"')
    return read_file_name(table, "access", findings) or Stream.OFF


def _read_sample(table: Table, default: float) -> float:
    sample = table.number("sample", at_least=0, at_most=1)
    if sample is None or sample >= LEAST_SAMPLE:
        return default if sample is None else sample
    table.mistake("sample", f'must be at least {LEAST_SAMPLE:f}; for none at all write access = "off"')
    return default


def _warn_of_what_has_no_use(table: Table, findings: Findings) -> None:
    for key in _OF_ACCESS:
        if key in table:
            findings.warning((*table.path, key), "only counts where serve --access-log names a file: access is off")
