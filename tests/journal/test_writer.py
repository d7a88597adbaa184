"""Who hands lines over never waits, and what becomes of each is counted."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from georedirect.journal.access import AccessLog
from georedirect.journal.fates import Fate, Fates
from georedirect.journal.sink import Sink
from georedirect.journal.writer import MOST_OCTETS, Writer
from georedirect.policy.log_model import LogSettings, Stream
from tests.journal.test_sink import LINE, as_stdout
from tests.processes import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    Logged = pytest.LogCaptureFixture


def test_lines_are_written_in_order_and_counted_for_all_workers(tmp_path: Path) -> None:
    fates = Fates(2)
    for worker in (0, 1):
        writer = Writer(fates.of(worker))
        writer.aim(Sink(tmp_path / f"{worker}"))
        for number in range(100):
            writer.put(b"%d\n" % number * 3, 3)
        writer.close(10)
        assert (tmp_path / f"{worker}").read_bytes() == b"".join(b"%d\n" % number * 3 for number in range(100))
    assert fates.read() == Fate(written=600)


def test_lines_go_to_where_it_was_aimed_when_they_came(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    writer = Writer()
    writer.aim(Sink(one))
    writer.put(b"1\n", 1)
    writer.aim(Sink(two))
    writer.put(b"2\n", 1)
    writer.aim(None)
    writer.put(b"3\n", 1)
    writer.close(10)
    assert (one.read_bytes(), two.read_bytes()) == (b"1\n", b"2\n")


def test_it_reopens_its_file_when_told_to(tmp_path: Path) -> None:
    path, old = tmp_path / "log", tmp_path / "old"
    writer = Writer()
    writer.reopen()  # before there is anything to reopen
    writer.aim(Sink(path))
    writer.put(b"1\n", 1)
    wait_until(path.exists)
    wait_until(lambda: path.stat().st_size > 0)
    path.rename(old)
    writer.reopen()
    writer.put(b"2\n", 1)
    writer.close(10)
    assert (old.read_bytes(), path.read_bytes()) == (b"1\n", b"2\n")


def test_a_pipe_that_nobody_reads_delays_nobody_and_what_is_lost_is_counted() -> None:
    fates = Fates()
    reading, writing = os.pipe()
    with as_stdout(writing) as sink:
        writer = Writer(fates.of(0))
        writer.aim(sink)
        started = time.monotonic()
        batch = LINE * 1000
        batches = 2 * MOST_OCTETS // len(batch)
        for _ in range(batches):
            writer.put(batch, 1000)
        lost = fates.read().crowded_out
        assert batches * 1000 - lost <= MOST_OCTETS // len(LINE)
        writer.close(0.1)
        assert time.monotonic() - started < 5
        assert fates.read() == Fate(written=0, crowded_out=batches * 1000, failed=0)
        writer.put(b"", 0)  # nothing more happens to it
        os.set_blocking(reading, False)
        while True:  # so that the thread ends
            try:
                if not os.read(reading, 1 << 20):
                    break
            except BlockingIOError:
                if fates.read().written:
                    break
                time.sleep(0.01)
    os.close(reading)
    os.close(writing)


def test_what_fails_is_counted_and_told_and_so_is_its_end(tmp_path: Path, caplog: Logged) -> None:
    fates = Fates()
    path = tmp_path / "into" / "log"
    writer = Writer(fates.of(0))
    writer.aim(Sink(path))
    writer.put(LINE * 2, 2)
    wait_until(lambda: fates.read().failed > 0)
    path.parent.mkdir()
    with caplog.at_level(logging.INFO):
        writer.put(LINE, 1)
        writer.close(10)
    assert fates.read() == Fate(written=1, failed=2)
    assert [record.getMessage() for record in caplog.records] == [
        "the access log cannot be written, lines are lost: No such file or directory",
        "the access log is written again",
    ]


def test_a_writer_that_was_never_used_has_no_thread_and_closes_at_once() -> None:
    log = AccessLog()
    log.aim(LogSettings())
    log.reopen()
    log.close()
    assert log.sheet.take() == (b"", 0)


def test_an_access_log_writes_what_was_noted_where_the_settings_say() -> None:
    writer = Writer()
    log = AccessLog(writer)
    reading, writing = os.pipe()
    with as_stdout(writing):
        log.aim(LogSettings(Stream.STDOUT))
    log.note(b"one\n")
    log.aim(LogSettings(Stream.STDOUT))
    log.note(b"two\n")
    log.close()
    assert os.read(reading, 1000) == b"one\ntwo\n"
    os.close(reading)
    os.close(writing)
