"""Garbage is collected by beats, and never in a thread that just happens to make an object."""

from __future__ import annotations

import gc
import weakref
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from georedirect.door import garbage

if TYPE_CHECKING:
    from collections.abc import Iterator


class Knot:
    """Something that only a collection takes away."""

    def __init__(self) -> None:
        self.knot = self


@pytest.fixture(autouse=True)
def _held_on() -> Iterator[None]:
    garbage.hold_on()
    yield
    gc.enable()
    gc.unfreeze()


def test_no_thread_collects_by_itself() -> None:
    known = weakref.ref(Knot())
    thread = Thread(target=lambda: [Knot() for _ in range(5000)])
    thread.start()
    thread.join()
    assert known() is not None
    garbage.collect(1)
    assert known() is None


def test_what_has_outlived_some_collections_goes_within_a_minute() -> None:
    knot = Knot()
    known = weakref.ref(knot)
    for beat in range(1, 25):
        garbage.collect(beat)
    del knot
    for beat in range(25, 240):
        garbage.collect(beat)
    garbage.collect(240)
    assert known() is None


def test_what_was_there_before_stays() -> None:
    gc.unfreeze()
    known = weakref.ref(Knot())
    garbage.hold_on()
    for beat in range(1, 241):
        garbage.collect(beat)
    assert known() is not None
