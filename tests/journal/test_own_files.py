"""A thread may have open files of its own, and takes nobody else's away."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from threading import Thread

import pytest

from georedirect.journal.own_files import part_with_files
from georedirect.journal.sink import Sink
from georedirect.journal.writer import Writer


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such call")
def test_a_thread_that_parts_with_files_keeps_only_the_standard_streams(tmp_path: Path) -> None:
    seen: list[set[int]] = []

    def look() -> None:
        part_with_files()
        seen.append({int(entry.name) for entry in Path("/proc/thread-self/fd").iterdir()})

    with (tmp_path / "file").open("w") as file:
        thread = Thread(target=look)
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


def test_a_writer_with_files_of_its_own_writes(tmp_path: Path) -> None:
    writer = Writer(has_own_files=True)
    writer.aim(Sink(tmp_path / "log"))
    writer.put(b"one\n", 1)
    writer.close(10)
    assert (tmp_path / "log").read_bytes() == b"one\n"
