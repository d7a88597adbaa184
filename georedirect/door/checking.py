"""Reads files for a door that is serving: a database is looked through before anything depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.door.changes import sign
from georedirect.door.snapshot import Reading
from georedirect.geo.bundled import bundled_database
from georedirect.geo.survey import prove

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path, PurePath

    from georedirect.door.snapshot import Snapshot
    from georedirect.geo.mmdb import Mmdb


class CheckedReading(Reading):
    """Takes a database over from `current` if its file is still what it was; else walks it whole."""

    def __init__(self, see: Callable[[PurePath], None], current: Snapshot) -> None:
        super().__init__(see)
        self._current = current

    def open(self, path: Path) -> Mmdb:
        signature = sign(path)
        has_changed = signature is None or signature != self._current.files.get(path, signature)
        if path not in self._current.databases or has_changed:
            return self._open_anew(path)
        if path in self._current.files:
            self.files[path] = signature
        return self._current.databases[path]

    def _open_anew(self, path: Path) -> Mmdb:
        file = super().open(path)
        if path != bundled_database():
            prove(file)
        return file
