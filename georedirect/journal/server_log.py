"""How the server speaks of itself: one line a record, whatever it says, and not the same thing again and again."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from georedirect.policy.findings import one_line
from georedirect.policy.log_model import ServerFormat

if TYPE_CHECKING:
    from collections.abc import Callable

BURST = 10
"""Lines of one kind that come at once, before there is one in REST_SECONDS."""
REST_SECONDS = 60.0
_MOST_KINDS = 512
_LEFT_OUT = "left_out"


def configure(written: ServerFormat) -> None:
    """Have all loggers of this process, and of those that it forks, write to standard error so."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines() if written is ServerFormat.JSON else _TextLines())
    handler.addFilter(Repeats().lets_through)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("georedirect").setLevel(logging.INFO)


class Repeats:
    """Lets the first lines of a kind through, and then one now and then that says how many were left out.

    A kind is what stands in the program: logger, level, and the message before anything is put into it.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._kinds: dict[tuple[str, int, str], _Kind] = {}

    def lets_through(self, record: logging.LogRecord) -> bool:
        key = (record.name, record.levelno, str(record.msg))
        if key not in self._kinds and len(self._kinds) >= _MOST_KINDS:
            self._kinds.clear()
        left_out = self._kinds.setdefault(key, _Kind(self._clock())).take(self._clock())
        if left_out is None:
            return False
        if left_out:
            setattr(record, _LEFT_OUT, left_out)
        return True


class _Kind:
    """A bucket that holds BURST lines, and gets one more every REST_SECONDS."""

    def __init__(self, now: float) -> None:
        self._room, self._filled = float(BURST), now
        self._left_out = 0

    def take(self, now: float) -> int | None:
        """How many lines were left out before this one; None for a line that is left out itself."""
        self._room = min(self._room + (now - self._filled) / REST_SECONDS, BURST)
        self._filled = now
        if self._room < 1:
            self._left_out += 1
            return None
        self._room -= 1
        left_out, self._left_out = self._left_out, 0
        return left_out


class _TextLines(logging.Formatter):
    """`DATE TIME LEVEL LOGGER: MESSAGE`; a traceback follows in lines of its own that begin with a blank."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.message = record.getMessage()
        record.asctime = self.formatTime(record)
        line = one_line(self.formatMessage(record))
        left_out = getattr(record, _LEFT_OUT, 0)
        told = f"{line} ({left_out} more such lines were left out)" if left_out else line
        return "\n    ".join([told, *map(one_line, _traceback(self, record).splitlines())])


class _JsonLines(logging.Formatter):
    """One object a line, a traceback in it."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        told: dict[str, object] = {
            "time": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if left_out := getattr(record, _LEFT_OUT, 0):
            told["left_out"] = left_out
        if traceback := _traceback(self, record):
            told["traceback"] = traceback
        return json.dumps(told)


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    told = formatter.formatException(record.exc_info) if record.exc_info else ""
    return f"{told}\n{record.stack_info}" if record.stack_info else told
