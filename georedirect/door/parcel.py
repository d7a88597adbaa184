"""A snapshot on its way from one process to another: its octets, and the files that it holds in memory."""

from __future__ import annotations

import io
import os
import pickle
from typing import TYPE_CHECKING, Any

from georedirect.door.line import close_all
from georedirect.geo.mmdb import Mmdb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from georedirect.door.snapshot import Snapshot


def pack(snapshot: Snapshot) -> list[int]:
    """Descriptors: of the octets, which is the caller's to close, and of the databases, which stay the snapshot's."""
    octets, files = io.BytesIO(), list[Mmdb]()
    _Packer(octets, files).dump(snapshot)
    descriptor = os.memfd_create("georedirect-snapshot", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as whole:
        whole.write(octets.getbuffer())
    return [descriptor, *(file.descriptor for file in files)]


def unpack(descriptors: Sequence[int]) -> Snapshot:
    """The snapshot of what `pack` made; its databases own the other descriptors from now on, whatever comes of it."""
    with open(f"/proc/self/fd/{descriptors[0]}", "rb") as whole:  # noqa: PTH123  a place of its own in what others read, too
        unpacker = _Unpacker(whole, descriptors[1:])
        try:
            return unpacker.load()  # type: ignore[no-any-return]
        except BaseException:
            close_all([descriptor for number, descriptor in enumerate(descriptors[1:]) if number not in unpacker.files])
            raise


class _Packer(pickle.Pickler):
    """Leaves each database to be handed over as what it is: a file in memory."""

    def __init__(self, octets: io.BytesIO, files: list[Mmdb]) -> None:
        super().__init__(octets, pickle.HIGHEST_PROTOCOL)
        self._files = files

    def persistent_id(self, obj: object) -> tuple[int, Path] | None:
        if not isinstance(obj, Mmdb):
            return None
        if obj not in self._files:
            self._files.append(obj)
        return self._files.index(obj), obj.path


class _Unpacker(pickle.Unpickler):
    """What it reads was written by this very program, in memory that nobody else can reach."""

    def __init__(self, octets: io.BufferedIOBase, descriptors: Sequence[int]) -> None:
        super().__init__(octets)
        self._descriptors = descriptors
        self.files: dict[int, Mmdb] = {}

    def persistent_load(self, pid: Any) -> Mmdb:  # noqa: ANN401  pickle's own signature
        number, path = pid
        if number not in self.files:
            self.files[number] = Mmdb(path, self._descriptors[number])
        return self.files[number]
