"""Writes a file whole, or not at all: whoever reads it finds the old one or the new one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from georedirect.errors import OutputError


def write_whole(path: Path, content: bytes) -> None:
    """Write beside it, and then rename. What is no file, such as a pipe or a terminal, is written into."""
    try:
        target = path.resolve()  # a link stays one
        if target.exists() and not target.is_file():
            target.write_bytes(content)
        else:
            _replace(target, content)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


def _replace(target: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), _mode(target))
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _mode(target: Path) -> int:
    """That of the file which is replaced, or what a new one would have had."""
    if target.exists():
        return target.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
