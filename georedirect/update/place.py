"""The database and what stands beside it: locked, tidied, replaced whole or not at all. Knows no network.

Whoever is killed here, at whatever moment, leaves the old file or the new one under its name, and at most files of our
own temporary names, which the next who takes the lock removes.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import stat
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from georedirect.errors import UpdateCause, UpdateError
from georedirect.update.state import State, read_state, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.update.steps import Tell

NEW_FILE_MODE = 0o644
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS, errno.EXDEV})

_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.EOPNOTSUPP})
"""What file systems say that cannot do it, some of networks for instance."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """`target` is the file itself: where the policy names a symbolic link, what that leads to."""

    target: Path

    @property
    def folder(self) -> Path:
        return self.target.parent

    @property
    def lock_file(self) -> Path:
        return self.folder / f".{self.target.name}.lock"

    @property
    def state_file(self) -> Path:
        return self.folder / f".{self.target.name}.update.json"

    @property
    def withdrawn(self) -> Path:
        return self.folder / f"{self.target.name}.withdrawn"

    def previous(self, number: int) -> Path:
        """The database that was in place before; 1 is the last one."""
        return self.folder / f"{self.target.name}.previous-{number}"

    def all_previous(self) -> list[tuple[int, Path]]:
        """Those that are there, the last one first."""
        pattern = re.compile(re.escape(f"{self.target.name}.previous-") + r"([1-9][0-9]{0,5})")
        found = ((pattern.fullmatch(path.name), path) for path in self.folder.iterdir())
        return sorted((int(match[1]), path) for match, path in found if match)


def shelf_of(named: Path) -> Shelf:
    try:
        target = named.resolve()
    except (OSError, RuntimeError) as error:  # a link to itself
        raise UpdateError(UpdateCause.INPUT, f"{named} leads nowhere: {error}") from error
    if target.is_dir():
        raise UpdateError(UpdateCause.INPUT, f"{named} is a folder; name the file in it that is to be replaced")
    if not target.parent.is_dir():
        raise UpdateError(UpdateCause.INPUT, f"{target.parent} is no folder; make it, and {target.name} is put there")
    return Shelf(target)


@contextmanager
def told_of_disk(shelf: Shelf) -> Iterator[None]:
    """What the disk refuses, in plain words. For what comes before the new file has the target's name."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        text = f"{shelf.folder} takes nothing new: {why}; {shelf.target.name} is as it was"
        raise UpdateError(UpdateCause.DISK, text) from error


@contextmanager
def noting_failures(tell: Tell) -> Iterator[None]:
    """For what comes after: the new file is in place, so that nothing may say that it came to nothing."""
    try:
        yield
    except OSError as error:
        tell.step("note", "failed", why=error.strerror or str(error))


@contextmanager
def locked(shelf: Shelf) -> Iterator[None]:
    """Nobody else updates this file meanwhile. The lock file stays: removing it would let two in."""
    with told_of_disk(shelf):
        descriptor = _open_lock(shelf.lock_file)
    try:
        with told_of_disk(shelf):
            _take_lock(descriptor, shelf)
        yield
    finally:
        os.close(descriptor)


def _take_lock(descriptor: int, shelf: Shelf) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        text = f"another update or rollback of {shelf.target} is running; try again when it has ended"
        raise UpdateError(UpdateCause.BUSY, text) from error


def _open_lock(path: Path) -> int:
    """One that root has made may be locked by whoever may read it."""
    flags = os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags | os.O_RDWR | os.O_CREAT, NEW_FILE_MODE)
    except PermissionError:
        return os.open(path, flags | os.O_RDONLY)


def remove_strays(shelf: Shelf) -> int:
    """Remove what killed runs have left behind; the lock is held, so none of it is in use. Returns how many."""
    ours = re.compile(re.escape(f".{shelf.target.name}.") + r"[a-z0-9_]{8}\.part")
    strays = [path for path in shelf.folder.iterdir() if ours.fullmatch(path.name) and not path.is_dir()]
    for path in strays:
        path.unlink()
    return len(strays)


@contextmanager
def stray(shelf: Shelf) -> Iterator[Path]:
    """A new empty file beside the target, of a name that remove_strays knows; gone at the end, unless renamed."""
    descriptor, name = tempfile.mkstemp(prefix=f".{shelf.target.name}.", suffix=".part", dir=shelf.folder)
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        with suppress(OSError):
            Path(name).unlink()


def replace_target(shelf: Shelf, staged: Path) -> None:
    """Put `staged` in the target's place, with its mode and owner; whether a crash undoes it is for sync_folder."""
    with staged.open("rb") as file:
        _dress(file.fileno(), shelf.target)
        os.fsync(file.fileno())
    staged.replace(shelf.target)


def keep_previous(shelf: Shelf, keep: int) -> bool:
    """Give the target a second name, previous-1, and older ones theirs, as far as `keep` goes; whether there is one."""
    if keep < 1 or not shelf.target.exists():
        return False
    if not _is_same(shelf.previous(1), shelf.target):  # it is after a run that was killed right here
        free = next((number for number in range(1, keep) if not shelf.previous(number).exists()), keep)
        for number in range(free, 1, -1):
            shelf.previous(number - 1).replace(shelf.previous(number))
        name_again(shelf, shelf.target, shelf.previous(1))
    return True


def forget_older(shelf: Shelf, keep: int) -> None:
    """Remove the previous databases beyond the newest `keep`."""
    for _, path in shelf.all_previous()[keep:]:
        path.unlink()


def name_again(shelf: Shelf, present: Path, name: Path) -> None:
    """A further name for the same octets, in place of whatever has it; `present` is never absent."""
    if _is_same(present, name):
        return  # a rename between two names of one file does nothing, and would leave the third
    with stray(shelf) as link:
        link.unlink()
        try:
            os.link(present, link)
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            shutil.copy2(present, link)
        link.replace(name)


def write_state(shelf: Shelf, state: State) -> None:
    with stray(shelf) as staged:
        with staged.open("wb") as file:
            file.write(text_of(state))
            file.flush()
            os.fchmod(file.fileno(), NEW_FILE_MODE)  # others may ask whether there is anything newer
            os.fsync(file.fileno())
        staged.replace(shelf.state_file)


def state_of(shelf: Shelf) -> State:
    return read_state(shelf.state_file)


def _dress(descriptor: int, present: Path) -> None:
    """The mode of the file that is replaced; its owner too, where we may give files away."""
    try:
        old = present.stat()
    except FileNotFoundError:
        os.fchmod(descriptor, NEW_FILE_MODE)
        return
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
    with suppress(PermissionError):
        os.fchown(descriptor, old.st_uid, old.st_gid)


def sync_folder(shelf: Shelf) -> None:
    descriptor = os.open(shelf.folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except FileNotFoundError:
        return False
