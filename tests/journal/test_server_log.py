"""The server log: one line a record that nobody can forge, and not the same thing again and again."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.journal.server_log import BURST, REST_SECONDS, Repeats, configure
from georedirect.policy.log_model import ServerFormat


def configured(written: ServerFormat) -> io.StringIO:
    """Where the lines go."""
    configure(written)
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(io.StringIO())
    stream: io.StringIO = handler.stream
    return stream


def fail(message: str) -> None:
    raise ValueError(message)


def test_text_is_one_line_and_a_traceback_is_set_in() -> None:
    stream = configured(ServerFormat.TEXT)
    log = logging.getLogger("georedirect")
    log.info("%s is well\r\nagain \x1b[2J", "it")
    try:
        fail("bad\n2026-01-01 00:00:00,000 ERROR georedirect: forged")
    except ValueError:
        log.exception("it failed", stack_info=True)
    logging.getLogger("sanic.error").debug("is not told")
    logging.getLogger("sanic.error").warning("is told")
    lines = stream.getvalue().splitlines()
    assert lines[0].endswith(r" INFO georedirect: it is well\r\nagain \x1b[2J")
    assert lines[1].endswith(" ERROR georedirect: it failed")
    assert all(line.startswith("    ") for line in lines[2:-1])
    assert any("ERROR georedirect: forged" in line for line in lines[2:-1])
    assert lines[-1].endswith(" WARNING sanic.error: is told")


def test_json_is_one_object_a_line_traceback_and_all() -> None:
    stream = configured(ServerFormat.JSON)
    try:
        fail("bad")
    except ValueError:
        logging.getLogger("georedirect").exception("it %s", "failed\n")
    logging.getLogger("asyncio").warning("ä")
    one, two = map(json.loads, stream.getvalue().splitlines())
    assert (one["level"], one["logger"], one["message"]) == ("error", "georedirect", "it failed\n")
    assert one["traceback"].endswith("ValueError: bad")
    assert set(two) == {"time", "level", "logger", "process", "message"}
    assert two["message"] == "ä"


@pytest.mark.parametrize("written", list(ServerFormat))
@given(said=st.text())
def test_whatever_is_said_is_one_line(written: ServerFormat, said: str) -> None:
    handler = _handler(written)
    line = handler.format(logging.LogRecord("georedirect", logging.INFO, "", 0, "%s", (said,), None))
    assert line.isprintable()
    if written is ServerFormat.JSON:
        assert json.loads(line)["message"] == said


def _handler(written: ServerFormat) -> logging.Handler:
    configure(written)
    return logging.getLogger().handlers[0]


def record(message: str = "%s", level: int = logging.INFO, name: str = "georedirect") -> logging.LogRecord:
    return logging.LogRecord(name, level, "", 0, message, ("x",), None)


def test_the_first_lines_of_a_kind_come_at_once_and_then_one_a_minute_that_says_how_many_were_left_out() -> None:
    now = [1000.0]
    repeats = Repeats(lambda: now[0])
    assert [repeats.lets_through(record()) for _ in range(50)] == [True] * BURST + [False] * (50 - BURST)
    for other in (record("other"), record(level=logging.ERROR), record(name="sanic")):
        assert repeats.lets_through(other)
    now[0] += REST_SECONDS
    last: Any = record()
    assert repeats.lets_through(last)
    assert last.left_out == 50 - BURST
    assert not repeats.lets_through(record())
    now[0] += 1000 * REST_SECONDS
    assert [repeats.lets_through(record()) for _ in range(BURST + 1)] == [True] * BURST + [False]


def test_how_many_were_left_out_is_told_in_both_formats() -> None:
    left = record("it happened to %s")
    left.left_out = 40
    assert _handler(ServerFormat.TEXT).format(left).endswith(": it happened to x (40 more such lines were left out)")
    assert json.loads(_handler(ServerFormat.JSON).format(left))["left_out"] == 40


def test_what_is_remembered_of_kinds_is_bounded() -> None:
    repeats = Repeats()
    assert all(repeats.lets_through(record(f"{number} %s")) for number in range(10_000))
    assert len(repeats._kinds) <= 512  # noqa: SLF001
