"""Disks that are full or read-only. Root may write anywhere, so they are mounted; where that is not allowed, another
honest limit is set: on the size of files, or on who we are.
"""

from __future__ import annotations

import os
import resource
import shutil
import stat
import subprocess
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 65_534


@contextmanager
def small_disk(folder: Path, octets: int) -> Iterator[bool]:
    """Mount a disk of that size there; whether that was allowed."""
    is_mounted = _mount("-t", "tmpfs", "-o", f"size={octets}", "none", str(folder))
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def limited_files(octets: int) -> Iterator[None]:
    """No file may become larger than that; Python ignores the signal and gets EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing may be written in the folder: by a mount of it on itself, or else because we are nobody for a while."""
    with ExitStack() as stack:
        if _mount("--bind", str(folder), str(folder)):
            stack.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
            subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        else:
            folder.chmod(0o555)
            stack.callback(folder.chmod, 0o755)
            stack.enter_context(not_as_root(folder))
        yield


@contextmanager
def not_as_root(folder: Path) -> Iterator[None]:
    """If we are root, be nobody for a while, to whom the way to the folder is open."""
    with ExitStack() as stack:
        if os.geteuid() == 0:
            for parent in folder.parents:  # pytest's own are for root only
                mode = stat.S_IMODE(parent.stat().st_mode)
                if mode & 0o001 == 0:
                    stack.callback(parent.chmod, mode)
                    parent.chmod(0o755)
            os.seteuid(NOBODY)
            stack.callback(os.seteuid, 0)
        yield


def _mount(*options: str) -> bool:
    command = ["mount", *options]
    return bool(shutil.which("mount")) and subprocess.run(command, check=False, capture_output=True).returncode == 0
