"""Reads files for a door that is serving: a database is looked through before anything depends on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from georedirect.door.changes import sign
from georedirect.door.snapshot import Reading
from georedirect.errors import UpdateError
from georedirect.geo.bundled import bundled_database
from georedirect.geo.survey import prove
from georedirect.update.offer import digests_of
from georedirect.update.place import shelf_of, state_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import PurePath

    from georedirect.door.snapshot import Snapshot
    from georedirect.geo.mmdb import Mmdb


class CheckedReading(Reading):
    """Takes a database over from `current` if its file is what it was then; else sees that all of it can be read."""

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
        if path != bundled_database() and not _is_vouched_for(path, file):
            prove(file)
        return file


def _is_vouched_for(path: Path, file: Mmdb) -> bool:
    """Whether these very octets are what an update has walked whole and put there."""
    try:
        checked = state_of(shelf_of(path)).checked
    except UpdateError:
        return False
    return checked is not None and checked == digests_of(Path(f"/proc/self/fd/{file.descriptor}"))
