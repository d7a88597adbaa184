from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.health.verdict import CALM_ANSWERS, MOST_RELUCTANCE, Outcome, Verdict
from georedirect.policy.mirror_model import Check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHECK = Check("http://mirror.example/health", fall=3, rise=2)
RIGHT, WRONG = Outcome(is_right=True, word="200", seconds=0.01), Outcome(is_right=False, word="timeout", seconds=2.0)
answers = st.lists(st.booleans(), max_size=200)
checks = st.builds(
    Check, st.just("http://mirror.example/"), fall=st.integers(min_value=1, max_value=5), rise=st.integers(1, 5)
)


def after(said: Iterable[bool], check: Check = CHECK) -> Iterator[Verdict]:
    """The verdict after each of the answers; a second passes between two of them."""
    verdict = Verdict()
    for second, is_right in enumerate(said):
        verdict = verdict.after(RIGHT if is_right else WRONG, check, float(second))
        yield verdict


def spelled(text: str) -> list[bool]:
    return [letter == "r" for letter in text]


def states(text: str, check: Check = CHECK) -> str:
    """`w` for well, `s` for sick, after each answer."""
    return "".join("w" if verdict.is_well else "s" for verdict in after(spelled(text), check))


def last(text: str, check: Check = CHECK) -> Verdict:
    return list(after(spelled(text), check))[-1]


def test_a_mirror_is_well_before_anything_is_known() -> None:
    assert Verdict().is_well


@pytest.mark.parametrize(
    ("said", "states_after"),
    [
        ("rrr", "www"),
        ("xxx", "wws"),
        ("xxrxx", "wwwww"),
        ("xxxrr", "wwssw"),
        ("xxxrxrr", "wwssssw"),
        ("rxxxxr", "wwwsss"),
    ],
)
def test_so_many_wrong_answers_in_a_row_make_it_sick_and_right_ones_well(said: str, states_after: str) -> None:
    assert states(said) == states_after


def test_one_answer_is_enough_where_the_check_says_so() -> None:
    assert states("xrxr", Check("http://mirror.example/", fall=1, rise=1)) == "swss"


def test_a_verdict_counts_and_says_when_and_why() -> None:
    verdict = last("rrxxx")
    assert (verdict.right, verdict.wrong, verdict.rights, verdict.wrongs) == (2, 3, 0, 3)
    assert (verdict.changes, verdict.changed, verdict.since_change) == (1, 4.0, 0)
    assert (verdict.word, verdict.seconds) == ("timeout", 2.0)
    assert last("xxxrrr").since_change == 1


def test_each_fall_soon_after_a_rise_doubles_what_it_takes_to_rise() -> None:
    taken = []
    said: list[bool] = []
    for _ in range(8):
        said += [False] * CHECK.fall
        *_, verdict = after(said)
        taken.append(verdict.rises_after(CHECK))
        said += [True] * taken[-1]
        *_, verdict = after(said)
        assert verdict.is_well
    assert taken == [2, 4, 8, 16, 32, 64, 64, 64]
    assert taken[-1] == CHECK.rise * MOST_RELUCTANCE


@pytest.mark.parametrize(("calm", "rises_after"), [(CALM_ANSWERS - 4, 4), (CALM_ANSWERS - 3, 2), (CALM_ANSWERS, 2)])
def test_it_rises_as_at_first_once_it_has_stayed_well(calm: int, rises_after: int) -> None:
    """The three wrong answers that make it fall are answers, too."""
    assert last("xxxrr" + "r" * calm + "xxx").rises_after(CHECK) == rises_after


def test_reluctance_goes_while_it_is_well_and_not_while_it_is_sick() -> None:
    assert last("xxxrrxxx" + "xr" * CALM_ANSWERS).reluctance == 2
    assert last("xxxrrxxxrrrr").reluctance == 2
    assert last("xxxrrxxxrrrr" + "r" * CALM_ANSWERS).reluctance == 1


@given(answers, checks)
def test_nothing_changes_without_as_many_answers_in_a_row_as_the_check_says(said: list[bool], check: Check) -> None:
    before = Verdict()
    for number, verdict in enumerate(after(said, check), start=1):
        if verdict.is_well != before.is_well:
            count = check.rise if verdict.is_well else check.fall
            assert said[number - count : number] == [verdict.is_well] * count
        before = verdict


@given(st.integers(min_value=0, max_value=300), st.booleans())
def test_alternating_answers_change_nothing(count: int, first: bool) -> None:
    said = [first ^ bool(number % 2) for number in range(count)]
    assert all(verdict.is_well for verdict in after(said))
    sick = [False] * 3 + [True, False] * count
    assert [verdict.changes for verdict in after(sick)][2:] == [1] * (2 * count + 1)


@given(answers, checks)
def test_counts_add_up_and_only_a_change_is_a_change(said: list[bool], check: Check) -> None:
    seen = [Verdict(), *after(said, check)]
    changes = sum(1 for _ in groupby(verdict.is_well for verdict in seen)) - 1
    assert (seen[-1].right, seen[-1].wrong, seen[-1].changes) == (sum(said), len(said) - sum(said), changes)
    assert (seen[-1].changed is None) is (changes == 0)
    assert all(1 <= verdict.reluctance <= MOST_RELUCTANCE for verdict in seen)


@given(answers, checks)
def test_enough_answers_of_one_kind_always_settle_it(said: list[bool], check: Check) -> None:
    assert list(after([*said, *[True] * check.rise * MOST_RELUCTANCE], check))[-1].is_well
    assert not list(after([*said, *[False] * check.fall], check))[-1].is_well
