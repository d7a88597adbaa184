"""Who serves is as it is now; who has died stays counted."""

from __future__ import annotations

from georedirect.door.census import DEATHS, SERVES, Census
from georedirect.door.tally import OTHERS, Tally

NAMES = ["worker 1", "admin"]


def test_who_serves_is_as_it_was_last_seen_and_deaths_add_up() -> None:
    tally = Tally()
    census = Census(tally.supervisor(), NAMES)
    census.see(frozenset(NAMES))
    census.bury("worker 1")
    census.bury("worker 1")
    census.see(frozenset({"admin"}))
    assert tally.supervisor().read() == {
        OTHERS: 0,
        (SERVES, "worker 1"): 0,
        (SERVES, "admin"): 1,
        (DEATHS, "worker 1"): 2,
        (DEATHS, "admin"): 0,
    }


def test_nobody_has_served_or_died_before_the_start() -> None:
    tally = Tally()
    Census(tally.supervisor(), NAMES)
    assert set(tally.supervisor().read().values()) == {0}
