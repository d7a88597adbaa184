"""A thread may have open files of its own, and takes nobody else's away."""

from __future__ import annotations

import ctypes
import re
import signal
import threading
from pathlib import Path

import pytest

from georedirect.journal.own_files import part_with_files
from georedirect.journal.sink import Sink
from georedirect.journal.writer import Writer
from tests.processes import wait_until


def test_a_thread_that_parts_with_files_keeps_only_the_standard_streams(tmp_path: Path) -> None:
    seen: list[set[int]] = []

    def look() -> None:
        part_with_files()
        seen.append({int(entry.name) for entry in Path("/proc/thread-self/fd").iterdir()})

    with (tmp_path / "file").open("w") as file:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert file.fileno() > 2
        file.write("still open")
    assert (tmp_path / "file").read_text() == "still open"
    ((*streams, listing),) = map(sorted, seen)
    assert streams == [0, 1, 2]
    assert listing == 3  # the folder that was listed


def test_where_there_is_no_such_call_nothing_happens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    with (tmp_path / "file").open("w") as file:
        part_with_files()
        file.write("still open")


@pytest.mark.parametrize("has_own_files", [False, True])
def test_a_writer_may_have_files_of_its_own(has_own_files: bool, tmp_path: Path) -> None:
    before = {thread.native_id for thread in threading.enumerate()}
    writer = Writer(has_own_files=has_own_files)
    writer.aim(Sink(tmp_path / "log"))
    writer.put(b"one\n", 1)
    wait_until(lambda: (tmp_path / "log").exists() and (tmp_path / "log").read_bytes() == b"one\n")
    (ident,) = {thread.native_id for thread in threading.enumerate()} - before
    with (tmp_path / "file").open("w") as file:
        descriptor = Path(f"/proc/self/task/{ident}/fd/{file.fileno()}")
        is_shared = descriptor.is_symlink() and descriptor.readlink() == tmp_path / "file"
    writer.close(10)
    assert is_shared is not has_own_files


def test_no_signal_goes_to_the_thread_that_writes(tmp_path: Path) -> None:
    """The loop's own descriptor, to which each is written, may not be there."""
    before = {thread.native_id for thread in threading.enumerate()}
    writer = Writer(has_own_files=True)
    writer.aim(Sink(tmp_path / "log"))
    writer.put(b"one\n", 1)
    wait_until((tmp_path / "log").exists)
    (ident,) = {thread.native_id for thread in threading.enumerate()} - before
    status = Path(f"/proc/self/task/{ident}/status").read_text(encoding="ascii")
    writer.close(10)
    blocked = int(re.findall(r"^SigBlk:\s+(\w+)$", status, re.MULTILINE)[0], 16)
    assert all(blocked >> number - 1 & 1 for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD))
