"""Which source a policy, or the command line, means. Asks none of them anything."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from georedirect.errors import UpdateCause, UpdateError
from georedirect.update.dbip import DbIp
from georedirect.update.ipinfo import IpInfo, read_token
from georedirect.update.maxmind import read_maxmind
from georedirect.update.web import Web

if TYPE_CHECKING:
    from pathlib import Path

    from georedirect.policy.data_model import UpdateSettings
    from georedirect.update.offer import Source
    from georedirect.update.world import World


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file that somebody else brings up to date: it is unpacked and checked as if it had been fetched."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def expect_readable(self) -> None:
        try:
            kind = self.path.stat().st_mode
            if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
                self._refuse("is a pipe or a device, which cannot be read twice; save what comes out of it in a file")
            self.path.open("rb").close()
        except OSError as error:
            self._refuse(f"cannot be read: {error.strerror}; name a .mmdb, .mmdb.gz or .tar.gz file", error)

    def _refuse(self, why: str, error: OSError | None = None) -> NoReturn:
        raise UpdateError(UpdateCause.INPUT, f"the source {self.path} {why}") from error


def choose_source(text: str, folder: Path, update: UpdateSettings, named: Path, world: World) -> Source | LocalFile:
    """The source called `text`; a file is relative to `folder`, and `named` is the file that is to be replaced."""
    if text == "maxmind":
        return read_maxmind(update, named)
    if text == "dbip":
        return DbIp(world.dbip)
    if text == "ipinfo":
        return IpInfo(world.ipinfo, read_token(update))
    if "://" in text:
        return Web(text, update.checksum)
    return LocalFile(folder / text)
