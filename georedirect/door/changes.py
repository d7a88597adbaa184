"""Whether files are not any more what they were when they were read last. Reads none of them.

It looks at them again and again, and asks the system for no notice: so a rename, a link that leads elsewhere (as
Kubernetes swaps them), a file rewritten in place, deleted and made again, or on a file system over the network are all
the same to it. A few files cost some microseconds each time; on a file system that hangs, whoever looks hangs too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import PurePath


class Signature(NamedTuple):
    """What tells one state of a file from another. Times are in nanoseconds since 1970."""

    device: int
    inode: int
    octets: int
    modified: int
    changed: int


Signatures = Mapping["PurePath", Signature | None]


def sign_all(files: Iterable[PurePath]) -> Signatures:
    return {file: sign(file) for file in files}


def sign(file: PurePath) -> Signature | None:
    """The file's signature as it is now; None if it is not there."""
    try:
        found = os.stat(file)  # noqa: PTH116  a PurePath has no stat
    except (OSError, ValueError):
        return None
    return Signature(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class Changes:
    """Tells when files have changed and then stayed so from one look to the next, as whoever writes may not be done.

    A look comes at least `rest_seconds` after the one before; asked sooner, it says no.
    """

    def __init__(self, known: Signatures, rest_seconds: float = 0.2) -> None:
        self._rest_seconds = rest_seconds
        self._looked = 0.0
        self.know(known)

    def know(self, known: Signatures) -> None:
        """What these files were when they were read; from now on it is they that are looked at."""
        self.known = self._seen = known

    def look(self) -> bool:
        """Whether they are worth being read again."""
        now = monotonic()
        if now - self._looked < self._rest_seconds:
            return False
        self._looked = now
        before, self._seen = self._seen, sign_all(self.known)
        return self._seen == before != self.known
