"""A pipe whose reader has stopped keeps no later line from where it should go."""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING

import pytest

from georedirect.journal import sink as sinks
from georedirect.journal.fates import Fate, Fates
from georedirect.journal.sink import Sink
from georedirect.journal.writer import Writer
from georedirect.policy.log_model import Stream
from tests.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINE = b"x" * 99 + b"\n"


@pytest.fixture
def named_pipe(tmp_path: Path) -> Iterator[Sink]:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield Sink(path)
    os.close(reading)


@pytest.fixture
def standard_output(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """Whose writes wait, as nobody may tell a stream of others not to."""
    reading, writing = os.pipe()
    monkeypatch.setitem(sinks._DESCRIPTORS, Stream.STDOUT, writing)  # noqa: SLF001
    yield Sink(Stream.STDOUT)
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("kind", ["named_pipe", "standard_output"])
def test_who_is_aimed_elsewhere_waits_no_longer_for_a_pipe_that_nobody_reads(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    fates, path = Fates(), tmp_path / "log"
    writer = Writer(fates.of(0))
    writer.aim(request.getfixturevalue(kind))
    for _ in range(3):
        writer.put(LINE * 1000, 1000)  # more than a pipe holds
    writer.aim(Sink(path))
    writer.put(LINE, 1)
    assert wait_until(path.exists, seconds=10)
    writer.close(10)
    assert path.read_bytes() == LINE
    fate = fates.read()
    assert fate == Fate(written=3001 - fate.failed, failed=fate.failed)
    assert 2000 < fate.failed < 3000


def test_what_is_read_in_time_is_not_lost(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    fates = Fates()
    writer = Writer(fates.of(0))
    writer.aim(Sink(pipe))
    writer.put(LINE * 1000, 1000)
    assert select.select([reading], [], [], 10)[0]
    writer.aim(None)
    os.set_blocking(reading, True)
    while os.read(reading, 1 << 16):
        pass
    os.close(reading)
    writer.close(10)
    assert fates.read() == Fate(written=1000)
