"""Which mirror a visitor is sent to: fairly, nearest or first, but never to one that is sick while another is well."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest
from geographiclib.geodesic import Geodesic  # type: ignore[import-untyped]  # it annotates nothing

from georedirect.mirrors import Taken, take, whereabouts
from georedirect.moment import Moment
from georedirect.place import NOWHERE, Coordinates, Place
from georedirect.policy.centres import CENTRES
from georedirect.step import Step
from tests.asking import place
from tests.policies import load_policy

if TYPE_CHECKING:
    from georedirect.policy.model import Policy, Region

REGIONS = """\
[site]
default = "one"
[regions.one]
uri = "https://one.example{+path}"
check = { path = "/" }
fallback = ["drawn", "first"]
[regions.drawn]
[[regions.drawn.mirrors]]
uri = "https://d1.example{+path}"
weight = 50
check = { path = "/" }
[[regions.drawn.mirrors]]
uri = "https://d2.example{+path}"
weight = 30
check = { path = "/" }
[[regions.drawn.mirrors]]
uri = "https://d3.example{+path}"
weight = 20
check = { path = "/" }
[regions.first]
choose = "first"
fallback = ["one"]
[[regions.first.mirrors]]
uri = "https://f1.example{+path}"
check = { path = "/" }
[[regions.first.mirrors]]
uri = "https://f2.example{+path}"
check = { path = "/" }
[regions.idle]
[[regions.idle.mirrors]]
uri = "https://i1.example{+path}"
weight = 1
check = { path = "/" }
[[regions.idle.mirrors]]
uri = "https://i2.example{+path}"
weight = 0
[[regions.idle.mirrors]]
uri = "https://i3.example{+path}"
weight = 0
[regions.nearest]
choose = "nearest"
"""
POLICY = load_policy(
    REGIONS
    + "".join(
        f'[[regions.nearest.mirrors]]\nuri = "https://{name}.example{{+path}}"\nlatitude = {latitude}\n'
        f"longitude = {longitude}\nweight = {weight}\n"
        for name, latitude, longitude, weight in (
            ("frankfurt", 50.1, 8.7, 9),
            ("virginia", 38.9, -77.5, 1),
            ("oregon", 45.8, -119.7, 0),
            ("singapore", 1.35, 103.8, 0),
            ("sydney", -33.9, 151.2, 0),
            ("fiji", -17.8, 178.0, 0),
        )
    )
)
WELL = Moment(0.0)


def sick(*names: str, policy: Policy = POLICY) -> Moment:
    """A moment at which the mirrors with these names are sick."""
    found = {mirror.name: mirror.check for region in policy.regions.values() for mirror in region.mirrors}
    checks = [found[f"https://{name}.example"] for name in names]
    return Moment(0.0, frozenset(check for check in checks if check is not None))


def taken(name: str, moment: Moment = WELL, identity: bytes = b"x", where: Place = NOWHERE) -> Taken:
    return take(POLICY.regions[name], POLICY.regions, identity, where, moment)


def name_of(found: Taken) -> str:
    return found.mirror.uri.origin.host.removesuffix(".example")


def test_each_mirror_gets_its_weights_share_of_visitors_and_each_visitor_keeps_theirs() -> None:
    visitors = [b"%d" % number for number in range(20_000)]
    found = [name_of(taken("drawn", identity=visitor)) for visitor in visitors]
    shares = {name: count / len(visitors) for name, count in Counter(found).items()}
    assert shares == pytest.approx({"d1": 0.5, "d2": 0.3, "d3": 0.2}, abs=0.015)
    assert found == [name_of(taken("drawn", identity=visitor)) for visitor in visitors]


def test_a_sick_mirrors_visitors_go_to_the_others_and_nobody_else_moves() -> None:
    moment, moved = sick("d1"), Counter[str]()
    for identity in (b"%d" % number for number in range(5_000)):
        before, after = name_of(taken("drawn", identity=identity)), name_of(taken("drawn", moment, identity))
        assert before in (after, "d1")
        moved[after] += before == "d1"
    assert moved["d1"] == 0
    assert moved["d2"] / moved.total() == pytest.approx(0.6, abs=0.04)


@pytest.mark.parametrize(
    ("region", "down", "mirror", "of", "is_well"),
    [
        ("one", (), "one", "one", True),
        ("first", (), "f1", "first", True),
        ("first", ("f1",), "f2", "first", True),
        ("first", ("f2",), "f1", "first", True),
        ("first", ("f1", "f2"), "one", "one", True),
        ("first", ("f1", "f2", "one"), "f1", "first", False),  # fallbacks have no fallbacks
        ("one", ("one", "d1", "d2"), "d3", "drawn", True),
        ("one", ("one", "d1", "d2", "d3"), "f1", "first", True),
        ("one", ("one", "d1", "d2", "d3", "f1"), "f2", "first", True),
        ("one", ("one", "d1", "d2", "d3", "f1", "f2"), "one", "one", False),
        ("idle", (), "i1", "idle", True),
        ("idle", ("i1",), "i2", "idle", True),  # nobody is meant to get there, but nothing else is well
    ],
)
def test_whoever_serves_is_well_if_any_is(
    region: str, down: tuple[str, ...], mirror: str, of: str, is_well: bool
) -> None:
    found = taken(region, sick(*down))
    assert (name_of(found), found.region.name, found.is_well) == (mirror, of, is_well)


@pytest.mark.parametrize(
    ("country", "mirror"),
    [
        *(("DE", "frankfurt"), ("ZA", "frankfurt"), ("IN", "singapore"), ("JP", "singapore"), ("WS", "fiji")),
        *(("AU", "sydney"), ("BR", "virginia"), ("CA", "oregon"), ("US", "virginia"), ("IS", "frankfurt")),
        *(("AQ", "sydney"), ("CU", "virginia")),
    ],
)
def test_who_is_known_by_country_is_where_its_centre_is(country: str, mirror: str) -> None:
    assert name_of(taken("nearest", where=place(country))) == mirror


def test_coordinates_count_more_than_the_country() -> None:
    boston = place("US", coordinates=Coordinates(42.4, -71.1))
    assert name_of(taken("nearest", where=boston)) == "virginia"
    assert "from the visitor's place" in taken("nearest", where=boston).steps[1].why
    assert whereabouts(boston) == Coordinates(42.4, -71.1)
    assert whereabouts(place("US")) == CENTRES["US"]
    assert whereabouts(NOWHERE) is None


def test_who_is_nowhere_gets_a_mirror_by_weight() -> None:
    found = Counter(name_of(taken("nearest", identity=b"%d" % number)) for number in range(2_000))
    assert found["frankfurt"] / found.total() == pytest.approx(0.9, abs=0.03)
    assert found.keys() == {"frankfurt", "virginia"}


def test_the_nearest_is_the_nearest_by_brute_force() -> None:
    chance, region = Random(307), POLICY.regions["nearest"]  # noqa: S311  the same places every time
    for _ in range(10_000):
        at = Coordinates(chance.uniform(-90, 90), chance.uniform(-180, 180))
        found = taken("nearest", where=place("DE", coordinates=at))
        assert found.mirror == min(region.mirrors, key=lambda mirror: geodesic_km(at, mirror.coordinates))


def geodesic_km(a: Coordinates, b: Coordinates | None) -> float:
    assert b is not None
    metres: float = Geodesic.WGS84.Inverse(*a, *b, Geodesic.DISTANCE)["s12"]
    return metres / 1000


def test_it_is_told_why_each_mirror_was_taken_or_not() -> None:
    assert taken("one").steps == ()
    assert taken("first", sick("f1")).steps == (
        Step("mirror", "sick", "https://f1.example: its check fails"),
        Step("mirror", "taken", "https://f2.example: it is the first that can be taken"),
    )
    assert taken("one", sick("one", "d1"), b"2").steps == (
        Step("mirror", "sick", "https://one.example: its check fails"),
        Step("fallback", "drawn", "it is the next that serves where no mirror is well"),
        Step("mirror", "sick", "https://d1.example: its check fails"),
        *told_of_the_rest(taken("one", sick("one", "d1"), b"2")),
    )


def told_of_the_rest(found: Taken) -> list[Step]:
    return [
        Step("mirror", "taken", f"https://{name}.example: drawn for this visitor, with a weight of {weight} in 50")
        if name == name_of(found)
        else Step("mirror", "passed over", f"https://{name}.example: another is taken")
        for name, weight in (("d2", 30), ("d3", 20))
    ]


def test_a_region_knows_what_matters_for_its_mirrors() -> None:
    def known(region: Region) -> tuple[bool, bool]:
        return region.draws, region.goes_by_distance

    assert {name: known(region) for name, region in POLICY.regions.items()} == {
        "one": (False, False),
        "drawn": (True, False),
        "first": (False, False),
        "idle": (True, False),
        "nearest": (True, True),
    }
    assert POLICY.wanted == {"path", "coordinates"}
