"""Reads files for a door that serves: a database is walked from end to end before anything depends on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from georedirect.door.changes import sign
from georedirect.door.snapshot import Reading
from georedirect.errors import UpdateError
from georedirect.geo.bundled import bundled_database
from georedirect.geo.mmdb import Mmdb, copy_of
from georedirect.geo.survey import prove
from georedirect.update.offer import digests_of
from georedirect.update.place import shelf_of, state_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import PurePath

    from georedirect.door.snapshot import Snapshot


class CheckedReading(Reading):
    """Takes a database over from `current` if its file is what it was then; else sees that all of it can be read."""

    reads_keys = True

    def __init__(self, see: Callable[[PurePath], None] = lambda _: None, current: Snapshot | None = None) -> None:
        super().__init__(see)
        self._current = current

    def open(self, path: Path) -> Mmdb:
        known = self._still_open(path)
        if known is not None or path == bundled_database():
            return known or super().open(path)
        self.see(path)
        descriptor = copy_of(path)
        return Mmdb(path, descriptor) if _is_vouched_for(path, descriptor) else prove(path, descriptor)

    def _still_open(self, path: Path) -> Mmdb | None:
        """What has been read of this file before, if it is still the same."""
        signature = sign(path)
        current = self._current
        if current is None or path not in current.databases or signature is None:
            return None
        if signature != current.files.get(path, signature):
            return None
        if path in current.files:
            self.files[path] = signature
        return current.databases[path]


def _is_vouched_for(path: Path, descriptor: int) -> bool:
    """Whether these very octets are what an update has walked whole and put there."""
    try:
        checked = state_of(shelf_of(path)).checked
    except UpdateError:
        return False
    return checked is not None and checked == digests_of(Path(f"/proc/self/fd/{descriptor}"))
