"""Gets the one database out of what was fetched, by what it is and not by its name. Extracts nothing else anywhere."""

from __future__ import annotations

import gzip
import re
import zlib
from contextlib import ExitStack, contextmanager
from tarfile import GNUTYPE_LONGNAME, REGULAR_TYPES, XHDTYPE, TarError, TarInfo
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from georedirect.errors import UpdateCause, UpdateError
from georedirect.update.offer import CHUNK_OCTETS, Digester

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from georedirect.update.offer import Digests

_BLOCK_OCTETS = 512
_MOST_NAME_OCTETS = 1 << 16
_GZIP, _ZIP, _TAR = b"\x1f\x8b", b"PK\x03\x04", b"ustar"
_METADATA_MARK = b"\xab\xcd\xefMaxMind.com"
_METADATA_OCTETS = 128 * 1024
"""The mark stands within so many octets of the end, says the format."""


def unpack(
    fetched: Path, staged: Path, most_octets: int, name: str, if_unreadable: UpdateCause = UpdateCause.DISK
) -> Digests:
    """Write the database in `fetched` (MMDB, gzip or tar of it) to `staged`; `name` is what errors call it.

    That `fetched` cannot be read is an UpdateError of the cause given; that `staged` cannot be written, an OSError.
    """
    try:
        with ExitStack() as stack:
            with _told_of_reading(name, if_unreadable):
                file = stack.enter_context(fetched.open("rb"))
                begin = file.read(4)
                file.seek(0)
            out = stack.enter_context(staged.open("wb"))
            source = gzip.GzipFile(fileobj=file) if begin.startswith(_GZIP) else file
            digests = _write_database(_Capped(source, most_octets, name, if_unreadable), out, begin, name)
    except (EOFError, gzip.BadGzipFile, zlib.error, TarError) as error:
        _refuse(f"{name} is damaged: it cannot be unpacked ({error})", error)
    _expect_mark(staged, name)
    return digests


@contextmanager
def _told_of_reading(name: str, cause: UpdateCause) -> Iterator[None]:
    try:
        yield
    except gzip.BadGzipFile:  # which is of what was read
        raise
    except OSError as error:
        raise UpdateError(cause, f"{name} cannot be read: {error.strerror or error}") from error


class _Capped:
    """Reads whole pieces of a stream, up to a number of octets in all: a small archive may unpack to anything."""

    def __init__(self, file: BinaryIO | gzip.GzipFile, most_octets: int, name: str, if_unreadable: UpdateCause) -> None:
        self._file, self._most, self._left = file, most_octets, most_octets
        self._name, self._if_unreadable = name, if_unreadable

    def read(self, octets: int) -> bytes:
        with _told_of_reading(self._name, self._if_unreadable):
            piece = self._file.read(octets)
        self._left -= len(piece)
        if self._left < 0:
            _refuse(f"{self._name} unpacks to more than {self._most} octets: that is no country database")
        return piece

    def read_all_of(self, octets: int) -> bytes:
        piece = self.read(octets)
        if len(piece) < octets:
            raise EOFError("it ends too early")
        return piece

    def skip(self, octets: int) -> None:
        while octets > 0:
            octets -= len(self.read_all_of(min(octets, CHUNK_OCTETS)))


def _write_database(stream: _Capped, out: BinaryIO, begin: bytes, name: str) -> Digests:
    first = stream.read(_BLOCK_OCTETS)
    digester = Digester()
    if not first:
        _refuse(f"{name} is empty")
    if begin.startswith(_ZIP):
        _refuse(f"{name} is a zip archive; name one that is .mmdb, .mmdb.gz or .tar.gz")
    if first[257:262] == _TAR:
        left = _find_database(first, stream, name)
        while left > 0:
            piece = stream.read_all_of(min(left, CHUNK_OCTETS))
            left -= len(piece)
            _write(piece, out, digester)
    else:
        _write(first, out, digester)
        while piece := stream.read(CHUNK_OCTETS):
            _write(piece, out, digester)
    while stream.read(CHUNK_OCTETS):
        pass  # to its end, where gzip keeps its check sum
    return digester.digests()


def _write(piece: bytes, out: BinaryIO, digester: Digester) -> None:
    digester.add(piece)
    out.write(piece)


def _find_database(block: bytes, stream: _Capped, name: str) -> int:
    """The size of the first regular member called *.mmdb, whose octets come next. Its folder and name are not used.

    tarfile itself is not asked to read on: it takes the sizes of its extension headers at their word, into memory.
    """
    long_name = ""
    while True:
        if not block.strip(b"\0"):
            _refuse(f"{name} has no .mmdb file in it")
        member = TarInfo.frombuf(block, "utf-8", "surrogateescape")
        if member.size < 0:
            raise EOFError("a member has no size")
        if member.type in {GNUTYPE_LONGNAME, XHDTYPE}:
            long_name = _read_long_name(member, stream)
        elif member.type in REGULAR_TYPES and _is_database(long_name or member.name):
            return member.size
        else:
            long_name = ""
            stream.skip(_padded(member.size))
        block = stream.read(_BLOCK_OCTETS)


def _is_database(name: str) -> bool:
    """Before a file NAME, macOS puts another, `._NAME`, with what it knows of it."""
    return name.endswith(".mmdb") and not name.rpartition("/")[2].startswith("._")


def _read_long_name(member: TarInfo, stream: _Capped) -> str:
    """What the member after this one is called: of GNU's headers all, of POSIX's the path in it."""
    if member.size > _MOST_NAME_OCTETS:
        raise EOFError("a name in it is too long")
    text = stream.read_all_of(_padded(member.size))[: member.size].decode("utf-8", "surrogateescape")
    if member.type == GNUTYPE_LONGNAME:
        return text.rstrip("\0")
    path = re.search(r"^\d+ path=(.*)$", text, re.MULTILINE)
    return path[1] if path else ""


def _padded(octets: int) -> int:
    return -(-octets // _BLOCK_OCTETS) * _BLOCK_OCTETS


def _expect_mark(staged: Path, name: str) -> None:
    with staged.open("rb") as file:
        file.seek(max(0, staged.stat().st_size - _METADATA_OCTETS))
        if _METADATA_MARK not in file.read():
            _refuse(f"{name} is no MMDB file, nor a .mmdb.gz or .tar.gz with one in it")


def _refuse(text: str, error: Exception | None = None) -> NoReturn:
    raise UpdateError(UpdateCause.DAMAGED, text) from error
