"""When a try to load is given up for a newer one, by a clock of our own."""

from __future__ import annotations

import signal
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import pytest

from georedirect.door import attempting, changes, reload
from georedirect.door.attempting import PATIENCE_SECONDS
from georedirect.door.changes import sign_all
from georedirect.door.reload import Reloads
from tests.policies import GOOD
from tests.serving import snapshot_for

if TYPE_CHECKING:
    from pathlib import Path

    from georedirect.door.child import Child, Role

TURN_SECONDS = 0.25


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Helper:
    """A process that loads and never says a word, until it is told to end."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.signals: list[int] = []
        self.status = -signal.SIGKILL

    def has_ended(self) -> bool:
        return bool(self.signals)

    def hear(self) -> list[object]:
        return []

    def tell(self, number: int) -> None:
        self.signals.append(number)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (attempting, changes, reload):
        monkeypatch.setattr(module, "monotonic", clock)
    return clock


class Changing:
    """A door whose file changes every second, and nobody has loaded it before it does."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file, self._clock = file, clock
        file.write_text("")
        snapshot = replace(snapshot_for(GOOD), files=sign_all([file]))
        self.reloads = Reloads(snapshot, lambda current, _: current)
        self.helpers: list[Helper] = []

    def start(self, _role: Role) -> Child:
        self.helpers.append(Helper(self._clock.now))
        return cast("Child", self.helpers[-1])

    def go_on(self, seconds: float) -> None:
        for turn in range(int(seconds / TURN_SECONDS)):
            if turn % 4 == 0:
                self._file.write_text(self._file.read_text() + "x")
            self.reloads.turn([], self.start)
            self._clock.now += TURN_SECONDS

    def patiences(self) -> list[float]:
        """How long each helper had but for the last."""
        return [after.began - before.began for before, after in pairwise(self.helpers)]


def test_changes_without_an_end_give_each_helper_twice_as_long_as_the_one_before(tmp_path: Path, clock: Clock) -> None:
    door = Changing(tmp_path / "site.toml", clock)
    door.go_on(120)
    assert [helper.signals for helper in door.helpers[:-1]] == [[signal.SIGKILL]] * 5
    expected = [PATIENCE_SECONDS * 2**number for number in range(5)]
    assert door.patiences() == pytest.approx(expected, abs=5 * TURN_SECONDS)


def test_one_that_comes_to_an_end_gives_the_next_the_usual_time(tmp_path: Path, clock: Clock) -> None:
    door = Changing(tmp_path / "site.toml", clock)
    door.go_on(15)
    door.helpers[-1].tell(signal.SIGSEGV)  # a crash: nobody gave it up
    known = len(door.helpers)
    door.go_on(10)
    assert door.reloads.history.last is not None
    assert door.patiences()[known] == pytest.approx(PATIENCE_SECONDS, abs=5 * TURN_SECONDS)
