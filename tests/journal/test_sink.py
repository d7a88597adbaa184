"""Lines go whole to where they should, whatever becomes of the file or of who reads the pipe."""

from __future__ import annotations

import errno
import os
import resource
import socket
import threading
from contextlib import contextmanager
from select import PIPE_BUF
from typing import TYPE_CHECKING

import pytest

from georedirect.journal import sink as sinks
from georedirect.journal.sink import Sink, Written
from georedirect.policy.log_model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINE = b"x" * 99 + b"\n"


@contextmanager
def as_stdout(descriptor: int) -> Iterator[Sink]:
    """A sink that writes to this descriptor as if it were standard output."""
    before = dict(sinks._DESCRIPTORS)  # noqa: SLF001
    sinks._DESCRIPTORS[Stream.STDOUT] = descriptor  # noqa: SLF001
    try:
        yield Sink(Stream.STDOUT)
    finally:
        sinks._DESCRIPTORS.update(before)  # noqa: SLF001


@pytest.fixture
def looks_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "_LOOK_SECONDS", -1.0)


def test_a_file_is_made_for_its_owner_and_group_and_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "log"
    assert Sink(path).write(LINE * 3) == Written()
    other = Sink(path)
    assert other.write(LINE * 5000) == Written()
    other.close()
    assert path.read_bytes() == LINE * 5003
    assert path.stat().st_mode & 0o777 & ~0o640 == 0


def test_a_file_that_is_cut_in_its_place_is_written_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "log"
    sink = Sink(path)
    sink.write(LINE * 10)
    os.truncate(path, 0)
    sink.write(LINE)
    assert path.read_bytes() == LINE


def test_what_is_closed_goes_to_the_new_file_of_that_name(tmp_path: Path) -> None:
    path, old = tmp_path / "log", tmp_path / "old"
    sink = Sink(path)
    sink.write(b"one\n")
    path.rename(old)
    sink.write(b"two\n")
    sink.close()
    sink.write(b"three\n")
    assert (old.read_bytes(), path.read_bytes()) == (b"one\ntwo\n", b"three\n")


@pytest.mark.usefixtures("looks_always")
def test_a_name_that_leads_to_another_file_is_noticed_and_one_that_leads_nowhere_at_the_second_look(
    tmp_path: Path,
) -> None:
    path, old = tmp_path / "log", tmp_path / "old"
    sink = Sink(path)
    sink.write(b"one\n")
    path.rename(old)
    path.touch()
    sink.write(b"two\n")
    assert path.read_bytes() == b"two\n"
    path.unlink()
    sink.write(b"three\n")
    assert not path.exists()
    sink.write(b"four\n")
    assert path.read_bytes() == b"four\n"
    path.unlink()
    sink.write(b"five\n")
    path.touch()  # by whoever rotates
    sink.write(b"six\n")
    assert path.read_bytes() == b"six\n"


def test_a_name_is_not_looked_at_for_each_batch(tmp_path: Path) -> None:
    path = tmp_path / "log"
    sink = Sink(path)
    sink.write(LINE)
    path.unlink()
    for _ in range(10):
        sink.write(LINE)
    assert not path.exists()


@pytest.mark.parametrize("kind", ["folder", "link", "nowhere"])
def test_a_file_that_cannot_be_opened_loses_its_lines_and_is_tried_again(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "into" / "log" if kind == "nowhere" else tmp_path / "log"
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(tmp_path / "other")
    sink = Sink(path)
    written = sink.write(LINE * 2)
    assert written.lost == 2
    assert written.error is not None
    assert written.error.errno == {"folder": errno.EISDIR, "link": errno.ELOOP, "nowhere": errno.ENOENT}[kind]
    assert not (tmp_path / "other").exists()
    if kind == "nowhere":
        path.parent.mkdir()
        assert sink.write(LINE) == Written()


def test_a_full_disk_loses_lines_and_no_line_is_left_half(tmp_path: Path) -> None:
    """A limit on the size of files stands in for it."""
    path = tmp_path / "log"
    sink = Sink(path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1050, limits[1]))
    try:
        first, second = sink.write(LINE * 20), sink.write(LINE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (first.lost, second.lost) == (10, 1)
    assert first.error is not None
    assert first.error.errno == errno.EFBIG
    assert path.read_bytes() == LINE * 10 + LINE[:50]
    assert sink.write(b"y\n" * 3) == Written()
    assert path.read_bytes() == LINE * 11 + b"y\n" * 3


def test_what_is_left_of_a_line_does_not_go_to_another_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    sink = Sink(path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, limits[1]))
    try:
        assert sink.write(LINE).lost == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    path.rename(tmp_path / "old")
    sink.close()
    sink.write(b"y\n")
    assert path.read_bytes() == b"y\n"


def test_dev_full_loses_all() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    with as_stdout(descriptor) as sink:
        written = sink.write(LINE * 3)
    os.close(descriptor)
    assert written.lost == 3


@pytest.mark.parametrize("is_blocking", [True, False])
def test_a_pipe_gets_whole_lines_at_a_time_and_is_waited_for(is_blocking: bool) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, is_blocking)
    pieces: list[bytes] = []

    def read() -> None:
        while piece := os.read(reading, 1 << 20):
            pieces.append(piece)

    reader = threading.Thread(target=read)
    lines = b"".join(b"%05d" % number + b"x" * (number % 3000) + b"\n" for number in range(400))
    with as_stdout(writing) as sink:
        bounds = list(sink._parts(lines))  # noqa: SLF001
        threading.Timer(0.2, reader.start).start()
        assert sink.write(lines) == Written()
        sink.close()  # which leaves a stream open
        os.write(writing, b"end\n")
    os.close(writing)
    while not reader.ident:
        pass
    reader.join()
    os.close(reading)
    assert b"".join(pieces) == lines + b"end\n"
    assert all(end - start <= PIPE_BUF and lines[end - 1 : end] == b"\n" for start, end in bounds)
    assert [start for start, _ in bounds[1:]] == [end for _, end in bounds[:-1]]


def test_lines_go_to_a_file_in_pieces_of_whole_lines(tmp_path: Path) -> None:
    """So that those of other workers come between them, and not into them."""
    sink = Sink(tmp_path / "log")
    sink.write(LINE)
    lines = b"".join(b"x" * (number % 3000) + b"\n" for number in range(1000))
    bounds = list(sink._parts(lines))  # noqa: SLF001
    assert len(bounds) > 1
    assert all(lines[end - 1 : end] == b"\n" and end - start <= sinks.MOST_PIECE_OCTETS for start, end in bounds)
    assert b"".join(lines[start:end] for start, end in bounds) == lines


@pytest.mark.usefixtures("looks_always")
def test_a_file_whose_descriptor_somebody_closed_is_opened_again(tmp_path: Path) -> None:
    sink = Sink(tmp_path / "log")
    sink.write(b"one\n")
    os.close(sink._descriptor)  # noqa: SLF001
    assert sink.write(b"two\n") == Written()
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"


@pytest.mark.usefixtures("looks_always")
def test_a_file_whose_name_cannot_be_looked_at_any_more_is_written_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "no")

    sink = Sink(tmp_path / "log")
    sink.write(b"one\n")
    monkeypatch.setattr(os, "lstat", refuse)
    assert sink.write(b"two\n") == Written()
    monkeypatch.undo()
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"


def test_a_pipe_whose_reader_is_gone_loses_lines() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with as_stdout(writing) as sink:
        written = sink.write(LINE * 2)
    os.close(writing)
    assert written.lost == 2
    assert isinstance(written.error, BrokenPipeError)


def test_a_socket_takes_lines() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, as_stdout(ours.fileno()) as sink:
        assert sink.write(LINE * 100) == Written()
        assert theirs.recv(1 << 20, socket.MSG_WAITALL | socket.MSG_DONTWAIT) == LINE * 100


def test_a_named_pipe_that_nobody_reads_loses_lines_until_somebody_does(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    sink = Sink(path)
    assert sink.write(LINE).lost == 1
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    assert sink.write(LINE) == Written()
    assert os.read(reading, 1000) == LINE
    os.close(reading)
    sink.close()
