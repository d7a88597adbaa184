"""Collects garbage in the event loop's thread, between requests, and nowhere else. Most of it goes without that.

Left to itself the interpreter collects in whatever thread makes the next object. But a thread may have open files of
its own (see journal/own_files.py), and then must close nobody else's.
"""

from __future__ import annotations

import gc

_MIDDLE, _ALL = 10, 240  # beats from one collection of what has outlived some, and of all, to the next


def hold_on() -> None:
    """Let what is loaded stay, so that no collection looks at it again; and leave the others to `collect`."""
    gc.freeze()
    gc.disable()


def collect(beat: int) -> None:
    """Collect what is new; now and then what is older, too. To be called several times a second."""
    gc.collect(0 if beat % _MIDDLE else 1 if beat % _ALL else 2)
