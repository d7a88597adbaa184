"""Distances are those of Karney's geodesics to a tenth of a percent, wherever the points are."""

from __future__ import annotations

import math
import random

import pytest
from geographiclib.geodesic import Geodesic  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from georedirect.distance import FARTHEST_KM, distance_km
from georedirect.place import Coordinates

WRONG_BY = 0.001

points = st.builds(Coordinates, st.floats(-90, 90), st.floats(-180, 180))


def geodesic_km(a: Coordinates, b: Coordinates) -> float:
    return float(Geodesic.WGS84.Inverse(*a, *b, Geodesic.DISTANCE)["s12"]) / 1000


def anywhere(chance: random.Random) -> Coordinates:
    """Every square kilometre is as likely as any other."""
    return Coordinates(math.degrees(math.asin(chance.uniform(-1, 1))), chance.uniform(-180, 180))


def across_from(point: Coordinates, chance: random.Random, degrees: float) -> Coordinates:
    """Near the antipode."""
    latitude = -point.latitude + chance.uniform(-degrees, degrees)
    return Coordinates(max(-90, min(90, latitude)), point.longitude - 180 + chance.uniform(-degrees, degrees))


def test_ten_thousand_pairs_are_as_far_apart_as_their_geodesics() -> None:
    chance = random.Random(1)  # noqa: S311  the same pairs every time
    for _ in range(10_000):
        a, b = anywhere(chance), anywhere(chance)
        assert distance_km(a, b) == pytest.approx(geodesic_km(a, b), rel=WRONG_BY)


@pytest.mark.parametrize("degrees", [1e-6, 0.001, 0.1, 1, 10])
def test_near_the_antipode_nothing_is_lost(degrees: float) -> None:
    chance = random.Random(2)  # noqa: S311  the same pairs every time
    for _ in range(200):
        a = anywhere(chance)
        b = across_from(a, chance, degrees)
        assert distance_km(a, b) == pytest.approx(geodesic_km(a, b), rel=WRONG_BY)


@pytest.mark.parametrize(
    ("a", "b", "kilometres"),
    [
        ((0, 0), (0, 0), 0),
        ((48.1, 11.6), (48.1, 11.6), 0),
        ((0, -180), (0, 180), 0),
        ((90, 0), (90, 77), 0),
        ((-90, -180), (-90, 180), 0),
        ((0, 0), (0, 90), 10018.754),
        ((0, 0), (90, 0), 10001.966),
        ((90, 3), (-90, 170), 20003.931),
        ((0, 0), (0, 180), 20003.931),
        ((0, 0), (0, 179.5), 19980.862),
        ((45, 0), (-45, 180), 20003.931),
        ((-0.25, 0), (0.25, 179.7), 19995.625),
        ((0, 179.9), (0, -179.9), 22.264),
        ((89.9, 0), (89.9, 180), 22.339),
        ((51.5, 0), (51.5, 1e-9), 6.944e-8),
        ((51.4778, -0.0015), (48.8362, 2.3365), 337.969),
        ((35.6762, 139.6503), (-34.6037, -58.3816), 18380.850),
        ((-33.8688, 151.2093), (1.3521, 103.8198), 6300.859),
    ],
)
def test_hard_pairs_and_known_ones_are_this_far_apart(
    a: tuple[float, float], b: tuple[float, float], kilometres: float
) -> None:
    assert distance_km(Coordinates(*a), Coordinates(*b)) == pytest.approx(kilometres, rel=WRONG_BY, abs=1e-9)
    assert geodesic_km(Coordinates(*a), Coordinates(*b)) == pytest.approx(kilometres, rel=WRONG_BY, abs=1e-9)


@given(points, points)
def test_there_is_as_far_as_back_and_never_farther_than_from_pole_to_pole(a: Coordinates, b: Coordinates) -> None:
    assert distance_km(a, b) == distance_km(b, a)
    assert 0 <= distance_km(a, b) <= FARTHEST_KM < 20_004


@given(points)
def test_nothing_is_far_from_itself(point: Coordinates) -> None:
    assert distance_km(point, point) == 0


@given(points, points, points)
def test_a_detour_is_no_shorter(a: Coordinates, b: Coordinates, c: Coordinates) -> None:
    assert distance_km(a, c) <= (distance_km(a, b) + distance_km(b, c)) * (1 + WRONG_BY) + 1e-9
