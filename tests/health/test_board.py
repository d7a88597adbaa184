"""The board, also while its writer is killed in the middle of writing."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.health.board import HealthBoard, names_of
from georedirect.health.verdict import Outcome, Verdict
from georedirect.policy.mirror_model import MOST_CHECKS, Check, CheckMethod

if TYPE_CHECKING:
    from collections.abc import Callable

CHECK = Check("http://mirror.example/health")
OTHER = Check("http://other.example/health")
SICK = Verdict(is_well=False, wrongs=3, wrong=3, changes=1, changed=12.5, word="503", seconds=0.25)


def test_a_new_board_knows_nothing_and_all_are_well() -> None:
    board = HealthBoard()
    assert len(board.read()) == 0
    assert board.read().of(CHECK) == Verdict()
    assert board.down_of([CHECK]) == frozenset()


def test_what_is_written_is_read_and_the_next_replaces_all_of_it() -> None:
    board = HealthBoard()
    board.write({CHECK: SICK, OTHER: Verdict()})
    assert (board.read().of(CHECK), board.down_of([CHECK, OTHER])) == (SICK, frozenset({CHECK}))
    board.write({OTHER: Verdict(right=1)})
    assert [verdict for _, verdict in board.read()] == [Verdict(right=1)]
    assert board.down_of([CHECK, OTHER]) == frozenset()


@given(
    st.builds(
        Verdict,
        st.booleans(),
        *[st.integers(min_value=0, max_value=1 << 40)] * 5,
        st.none() | st.floats(min_value=0, max_value=1e9).map(lambda seconds: round(seconds, 6)),
        st.integers(min_value=0, max_value=1 << 40),
        st.integers(min_value=1, max_value=32),
        st.none() | st.text(max_size=24),
        st.none() | st.floats(min_value=0, max_value=1e9).map(lambda seconds: round(seconds, 6)),
    )
)
def test_every_verdict_comes_back_as_it_was(verdict: Verdict) -> None:
    board = HealthBoard()
    board.write({CHECK: verdict})
    assert board.read().of(CHECK) == verdict


def test_the_version_changes_when_a_mirror_does_and_not_with_the_figures() -> None:
    board = HealthBoard()
    versions = [board.version]
    for verdicts in ({CHECK: Verdict()}, {CHECK: SICK}, {CHECK: SICK, OTHER: Verdict()}, {}):
        board.write(verdicts)
        versions.append(board.version)
    assert versions == sorted(set(versions))
    board.write({CHECK: SICK})
    version = board.version
    board.write({CHECK: SICK.after(Outcome(is_right=True, word="200", seconds=0.1), CHECK, 1.0)})
    assert board.version == version


@pytest.mark.parametrize(
    ("check", "is_carried_over"),
    [
        (Check(CHECK.url, interval_seconds=1, fall=9, text="ok", statuses=(204,)), True),
        (Check(CHECK.url, method=CheckMethod.HEAD), False),
        (Check(CHECK.url + "y"), False),
    ],
)
def test_who_asks_the_same_in_another_way_finds_what_is_known(check: Check, is_carried_over: bool) -> None:
    board = HealthBoard()
    board.write({CHECK: SICK})
    assert (board.read().of(check) == SICK) is is_carried_over


def test_of_two_that_ask_the_same_each_has_its_own_verdict_and_a_third_the_first_one() -> None:
    second, third = Check(CHECK.url, text="a"), Check(CHECK.url, text="b")
    board = HealthBoard()
    board.write({CHECK: SICK, second: Verdict(right=7)})
    assert board.read().of(second) == Verdict(right=7)
    assert board.read().of(third) == SICK


def test_names_tell_checks_apart_by_all_that_they_say() -> None:
    checks = [
        CHECK,
        OTHER,
        Check(CHECK.url, CheckMethod.HEAD),
        *(Check(CHECK.url, text=text) for text in ("", "a", "\udc80", "\x00")),
        *(Check(CHECK.url, statuses=statuses) for statuses in ((), (200,), (200, 204))),
        *(replace(CHECK, **{name: 99}) for name in ("interval_seconds", "timeout_seconds", "fall", "rise")),  # type: ignore[arg-type]
    ]
    assert {field.name for field in fields(Check)} == {
        *("url", "method", "interval_seconds", "timeout_seconds", "fall", "rise", "statuses", "text")
    }
    assert len({names_of(check).whole for check in checks}) == len(checks)
    assert names_of(Check(CHECK.url)) == names_of(CHECK)


def test_there_is_room_for_all_whatever_they_say_and_more_than_that_are_left_out() -> None:
    many, long = 1 << 200, 1.2345678901234567e300
    huge = Verdict(False, many, many, many, many, many, long, many, many, "\U0001f480" * 99, long)
    checks = [Check(f"http://{number}.example/{'x' * 8000}", text="\x00" * 4000) for number in range(MOST_CHECKS + 5)]
    board = HealthBoard()
    for _ in range(2):  # in each half
        board.write(dict.fromkeys(checks, huge))
        assert len(board.read()) == MOST_CHECKS
        assert board.down_of(checks) == frozenset(checks[:MOST_CHECKS])


# Several processes


def forked(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def test_a_writer_that_is_killed_at_any_moment_leaves_a_whole_state_for_readers_and_the_next_writer() -> None:
    """Each state has one number in all its entries."""
    checks = [Check(f"http://{number}.example/") for number in range(200)]
    board = HealthBoard()
    board.write(dict.fromkeys(checks, Verdict(right=0)))

    def write() -> None:
        number = next(iter(board.read()))[1].right
        while True:
            number += 1
            board.write(dict.fromkeys(checks, Verdict(right=number, is_well=number % 2 == 0)))

    seen: list[int] = []
    for round_ in range(12):
        writer = forked(write)
        try:
            until = time.monotonic() + 0.03 + 0.007 * round_
            while time.monotonic() < until:
                seen.append(_only_number(board))
        finally:
            os.kill(writer, signal.SIGKILL)
            os.waitpid(writer, 0)
        seen.append(_only_number(board))
    assert seen == sorted(seen)
    assert len(set(seen)) > 12


def _only_number(board: HealthBoard) -> int:
    verdicts = board.read()
    assert len(verdicts) == 200
    (number,) = {verdict.right for _, verdict in verdicts}
    return number
