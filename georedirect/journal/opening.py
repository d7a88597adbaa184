"""Sees before anything is served whether there can be an access log. Writes nothing to it."""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import TYPE_CHECKING

from georedirect.errors import LogError
from georedirect.journal.sink import Sink
from georedirect.policy.log_model import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePath

_WHY: Mapping[int, str] = {
    errno.ELOOP: "it is a symbolic link; name what it leads to",
    errno.EISDIR: "it is a folder; name a file in it",
}


def check_access(where: PurePath | Stream) -> None:
    """Open it, and close it again; LogError says why that cannot be. A file that is not there is made."""
    if isinstance(where, Stream):
        _check_stream(where)
    elif not _is_pipe(where):  # whose reader would take that for its end
        sink = Sink(where)
        try:
            sink.open()
        except OSError as error:
            why = _WHY.get(error.errno or 0, error.strerror or str(error))
            raise LogError(f"{where} cannot be opened for the access log: {why}") from error
        sink.close()


def _check_stream(stream: Stream) -> None:
    """A stream that was closed when we were started: its number is soon another file's, so nobody may write to it."""
    if {Stream.STDOUT: sys.__stdout__, Stream.STDERR: sys.__stderr__}.get(stream, sys) is None:
        raise LogError(f"{stream} is closed, and cannot take the access log")


def _is_pipe(path: PurePath) -> bool:
    try:
        return stat.S_ISFIFO(os.lstat(path).st_mode)
    except OSError:
        return False
