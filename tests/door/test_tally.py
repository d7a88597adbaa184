"""What is counted is told to the number, whoever counts, and whatever becomes of them."""

from __future__ import annotations

import os
import signal

from georedirect.door.tally import MOST_CELLS, OTHERS, Key, Tally
from tests.processes import wait_until

ONE: Key = ("site", "rule one", "ä")
TWO: Key = ("site", "rule two", "")


def count(tally: Tally, worker: int, key: Key, times: int) -> None:
    row = tally.row(worker)
    for _ in range(times):
        row.cells[row.cell_of(key)] += 1


def test_workers_count_together() -> None:
    tally = Tally(3)
    count(tally, 0, ONE, 5)
    count(tally, 1, ONE, 7)
    count(tally, 2, TWO, 1)
    assert tally.read() == {OTHERS: 0, ONE: 12, TWO: 1}
    assert Tally().read() == {}


def test_who_takes_a_workers_place_goes_on_counting() -> None:
    tally = Tally()
    count(tally, 0, TWO, 2)
    count(tally, 0, ONE, 3)
    count(tally, 0, TWO, 4)
    assert tally.read() == {OTHERS: 0, TWO: 6, ONE: 3}


def test_a_worker_that_is_killed_has_counted_to_the_number() -> None:
    tally = Tally(2)
    pid = os.fork()
    if not pid:
        while True:
            count(tally, 1, ONE, 1)
    try:
        assert wait_until(lambda: tally.read().get(ONE, 0) > 1000)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    counted = tally.read()[ONE]
    count(tally, 1, ONE, 10)
    assert tally.read()[ONE] == counted + 10


def test_what_there_is_no_room_for_is_counted_among_the_others() -> None:
    tally = Tally()
    row = tally.row(0)
    for number in range(MOST_CELLS + 100):
        row.cells[row.cell_of((str(number),))] += 1
    counted = tally.read()
    assert len(counted) == MOST_CELLS
    assert counted[OTHERS] == 101
    assert sum(counted.values()) == MOST_CELLS + 100


def test_long_names_fill_no_more_than_their_part() -> None:
    tally = Tally(2)
    row = tally.row(0)
    for number in range(600):
        row.cells[row.cell_of((f"{number}" + "x" * 10_000,))] += 1
    counted = tally.read()
    assert counted[OTHERS] > 100
    assert sum(counted.values()) == 600
    count(tally, 1, ONE, 1)
    assert tally.read()[ONE] == 1


def test_where_room_grows_short_things_are_counted_in_less_detail() -> None:
    row = Tally().row(0)
    for number in range(MOST_CELLS):
        row.cells[row.cell_of(("fine", str(number)), ("coarse", str(number % 7)))] += 1
    counted = row.read()
    coarse = {key: count for key, count in counted.items() if key[:1] == ("coarse",)}
    assert len(coarse) == 7
    assert sum(counted.values()) == MOST_CELLS
    assert MOST_CELLS // 2 < len(counted) < MOST_CELLS
    assert counted[OTHERS] == 0
    assert row.cell_of(("new",))


def test_whoever_reads_sees_what_has_been_added_since() -> None:
    tally = Tally(2)
    writer = tally.row(1)
    for number in range(3):
        writer.cells[writer.cell_of((f"{number}",))] += number
        expected: dict[Key, int] = {(f"{each}",): each for each in range(number + 1)}
        assert tally.read() == {OTHERS: 0} | expected
    writer.cells[writer.cell_of(("late",))] += 7
    assert (tally.count(("late",)), tally.count(("2",)), tally.count(("never",))) == (7, 2, 0)


def test_supervisor_and_admin_have_rows_of_their_own() -> None:
    tally = Tally(2)
    for row in (tally.supervisor(), tally.admin()):
        row.cells[row.cell_of(ONE)] += 1
    assert tally.read() == {}
    assert tally.supervisor().read() == tally.admin().read() == {OTHERS: 0, ONE: 1}
