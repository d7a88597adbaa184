"""However many series there could be: so many are shown, the sums are right, and nothing that was shown ever falls."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from georedirect.door.tally import Tally
from georedirect.watch.series.shown import OTHER, Labels, Shown, Step


def _first_only(labels: Labels) -> Labels:
    return labels[0], OTHER


STEPS = (Step(3), Step(2, _first_only))


def shown() -> Shown:
    return Shown(Tally().admin())


def test_what_there_is_room_for_is_shown_as_it_is() -> None:
    counts: dict[Labels, int] = {("a", "x"): 1, ("a", "y"): 2, ("b", "x"): 0}
    assert shown().fold("m", counts, *STEPS) == counts


def test_of_what_comes_at_once_the_largest_is_shown_and_the_rest_added_up_in_less_and_less_detail() -> None:
    counts: dict[Labels, int] = {
        (first, second): 10 * (first == "c") + number for number, second in enumerate("xyz") for first in "abc"
    }
    assert shown().fold("m", counts, *STEPS) == {
        ("c", "x"): 10,
        ("c", "y"): 11,
        ("c", "z"): 12,
        ("a", OTHER): 3,
        ("b", OTHER): 3,
    }
    counts["d", "x"] = 7
    assert shown().fold("m", counts, Step(1)) == {("c", "z"): 12, (OTHER, OTHER): 34}


def test_what_is_shown_first_goes_on_being_shown_however_small_it_is() -> None:
    row = Tally().admin()
    before = Shown(row)
    before.fold("m", {("a", "x"): 1}, Step(1))
    for after in (before, Shown(row)):
        assert after.fold("m", {("a", "x"): 1, ("b", "x"): 99}, Step(1)) == {("a", "x"): 1, (OTHER, OTHER): 99}


def test_each_metric_has_its_own_part() -> None:
    one = shown()
    for metric in "mn":
        assert one.fold(metric, {("a",): 1}, Step(1)) == {("a",): 1}


labels = st.tuples(st.sampled_from("abcd"), st.sampled_from(["x", "y", "z", OTHER]))
growths = st.lists(st.dictionaries(labels, st.integers(1, 5), max_size=6), max_size=8)


@given(growths=growths, replaced=st.integers(0, 7))
def test_no_series_ever_falls_or_goes_and_the_sum_is_right(growths: list[dict[Labels, int]], replaced: int) -> None:
    row = Tally().admin()
    one, total = Shown(row), dict[Labels, int]()
    before: dict[Labels, int] = {}
    for number, growth in enumerate(growths):
        total = {key: total.get(key, 0) + growth.get(key, 0) for key in total.keys() | growth.keys()}
        if number == replaced:
            one = Shown(row)
        found = one.fold("m", total, *STEPS)
        assert sum(found.values()) == sum(total.values())
        assert all(found.get(key, -1) >= count for key, count in before.items())
        assert len(found) <= 6
        before = found
