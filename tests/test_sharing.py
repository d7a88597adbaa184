"""Lots are fair, the same each time, and move nobody who need not move."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.sharing import Lot, key_of, position

VISITORS = [b"%d/32" % number for number in range(20_000)]
FOUR_SIGMA = 4
SAID = "aaaaaaaaaaaabaaaabaaaaaaaaaaaaaaaaabaaaa"


def drawn(lot: Lot) -> list[str]:
    return [lot.options[number].name for visitor in VISITORS if (number := lot.draw(visitor)) is not None]


@pytest.mark.parametrize(
    "weights",
    [
        {"a": 90, "b": 10},
        {"a": 80, "b": 20},
        {"one": 50, "two": 30, "three": 20},
        {"a": 1, "b": 1},
        {"a": 999_999, "b": 1_000},
        {str(number): number for number in range(1, 21)},
    ],
)
def test_each_option_gets_its_weights_share(weights: dict[str, int]) -> None:
    found, total = Counter(drawn(Lot.of(weights.items(), "fair"))), sum(weights.values())
    for name, weight in weights.items():
        share = weight / total
        assert abs(found[name] / len(VISITORS) - share) < FOUR_SIGMA * sqrt(share * (1 - share) / len(VISITORS))


def moves(before: dict[str, int], after: dict[str, int]) -> Counter[tuple[str, str]]:
    """How many go from what to what when weights change."""
    both = zip(drawn(Lot.of(before.items(), "moves")), drawn(Lot.of(after.items(), "moves")), strict=True)
    return Counter((old, new) for old, new in both if old != new)


@pytest.mark.parametrize(
    ("before", "after", "allowed", "share"),
    [
        ({"a": 90, "b": 10}, {"a": 80, "b": 20}, {("a", "b")}, 0.10),
        ({"a": 50, "b": 50}, {"a": 50, "b": 0}, {("b", "a")}, 0.50),
        ({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1}, {("c", "a"), ("c", "b")}, 1 / 3),
        ({"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 2}, {("a", "c"), ("b", "c")}, 0.50),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, set(), 0.0),
        ({"a": 1, "b": 2}, {"a": 1000, "b": 2000}, set(), 0.0),
    ],
)
def test_a_change_of_weights_moves_only_whom_it_must(
    before: dict[str, int], after: dict[str, int], allowed: set[tuple[str, str]], share: float
) -> None:
    moved = moves(before, after)
    assert moved.keys() <= allowed
    assert abs(moved.total() / len(VISITORS) - share) < 0.015


def test_two_lots_with_other_keys_are_independent() -> None:
    first, second = (drawn(Lot.of({"a": 50, "b": 50}.items(), name)) for name in ("first", "second"))
    both = Counter(zip(first, second, strict=True))
    assert all(abs(count / len(VISITORS) - 0.25) < 0.015 for count in both.values())


def test_an_option_that_is_out_leaves_all_others_where_they_are() -> None:
    lot = Lot.of({"a": 5, "b": 3, "c": 2}.items(), "mirrors")
    after: Counter[int | None] = Counter()
    for visitor in VISITORS:
        usual, without = lot.draw(visitor), lot.draw(visitor, {1, 2})
        assert usual in (0, without)
        if usual == 0:
            after[without] += 1
    assert abs(after[1] / after.total() - 0.6) < 0.02


def test_where_nothing_has_a_weight_nothing_is_drawn() -> None:
    assert Lot.of([("a", 0), ("b", 0)]).draw(b"x") is None
    assert Lot.of([("a", 1), ("b", 1)]).draw(b"x", ()) is None
    assert Lot().draw(b"x") is None


@given(st.binary(max_size=40), st.lists(st.integers(0, 1_000_000), max_size=6))
def test_what_is_drawn_has_a_weight_and_is_drawn_again(identity: bytes, weights: list[int]) -> None:
    lot = Lot.of((str(number), weight) for number, weight in enumerate(weights))
    number = lot.draw(identity)
    assert lot.draw(identity) == number
    assert any(weights) is (number is not None)
    assert number is None or weights[number] > 0


@given(st.binary(max_size=40), st.text(), st.lists(st.floats(0, 1), min_size=2))
def test_who_is_in_a_share_is_in_every_larger_one(identity: bytes, text: str, shares: list[float]) -> None:
    stands = position(key_of(text), identity)
    assert 0 < stands < 1
    assert all(stands >= small or stands < large for small, large in pairwise(sorted(shares)))


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_a_key_is_of_its_texts_alone(first: list[str], second: list[str]) -> None:
    assert (key_of(*first) == key_of(*second)) is (first == second)


def test_the_same_visitor_draws_the_same_on_every_machine_and_in_every_release() -> None:
    lot = Lot.of({"a": 90, "b": 10}.items(), "split", "", "landing")
    assert "".join(lot.options[lot.draw(visitor) or 0].name for visitor in VISITORS[:40]) == SAID
