"""The committed shapes: that they are what their papers say, that every country is there, and that neighbours touch."""

from __future__ import annotations

import hashlib
import json
from itertools import combinations, pairwise
from math import dist
from pathlib import Path
from typing import Any

import pytest

from georedirect.atlas.world import World, read_world
from georedirect.geo.bundled import bundled_world
from georedirect.policy.centres import CENTRES
from georedirect.policy.countries import COUNTRIES
from scripts.world_drawing import MIDDLE, project
from tests.atlas.reading import Spot, rings

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def world() -> World:
    return read_world(bundled_world().read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def provenance() -> dict[str, Any]:
    return dict(json.loads((DATA / "world-provenance.json").read_text(encoding="utf-8")))


def test_the_map_is_the_one_that_its_provenance_describes(provenance: dict[str, Any]) -> None:
    content = bundled_world().read_bytes()
    assert hashlib.sha256(content).hexdigest() == provenance["world"]["sha256"]
    assert len(content) == provenance["world"]["bytes"]
    assert len(content) < 120_000


def test_the_notice_names_the_source_its_version_and_both_licences(provenance: dict[str, Any]) -> None:
    notice = (DATA / "NOTICE.md").read_text(encoding="utf-8").partition("# The bundled world map")[2]
    assert provenance["package"]["name"] in notice
    assert provenance["command"] in notice
    assert all(words in notice for words in ("Natural Earth", "4.1.0", "public domain", "ISC", "Michael Bostock"))


def test_every_country_is_a_shape_or_a_dot_and_nothing_else_is(world: World) -> None:
    assert not world.shapes.keys() & world.dots.keys()
    assert world.shapes.keys() | world.dots.keys() == COUNTRIES.keys()
    assert world.dots.keys() >= {"SG", "MT", "MC", "HK", "VA", "LI", "TV", "BV", "UM"}
    assert world.shapes.keys() >= {"DE", "XK", "PS", "TW", "EH", "GF", "SJ", "CY", "LB", "FJ", "AQ"}


def test_every_path_is_made_of_rings_within_the_box(world: World) -> None:
    for path in (*world.shapes.values(), world.land, world.globe):
        assert path
        for ring in rings(path):
            assert len(set(ring)) >= 3
            assert all(0 <= x <= world.width and 0 <= y <= world.height for x, y in ring)


def test_the_globe_and_its_graticule_fill_the_box(world: World) -> None:
    (globe,) = rings(world.globe)
    assert (min(x for x, _ in globe), max(x for x, _ in globe)) == (0, world.width)
    assert (min(y for _, y in globe), max(y for _, y in globe)) == (0, world.height)
    lines = list(rings(world.graticule))
    assert len(lines) == 12 + 5
    assert all(0 <= x <= world.width and 0 <= y <= world.height for line in lines for x, y in line)


def edges(path: str) -> set[frozenset[Spot]]:
    return {frozenset(edge) for ring in rings(path) for edge in pairwise([*ring, ring[0]]) if edge[0] != edge[1]}


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        ("DE", "FR", 5),
        ("DE", "PL", 5),
        ("US", "CA", 40),
        ("RU", "KZ", 30),
        ("UA", "RU", 10),
        ("RS", "XK", 2),
        ("IL", "PS", 3),
        ("MA", "EH", 1),
        ("ID", "PG", 2),
        ("LS", "ZA", 5),
    ],
)
def test_neighbours_have_the_very_same_border(world: World, one: str, other: str, least: int) -> None:
    assert len(edges(world.shapes[one]) & edges(world.shapes[other])) >= least


def test_no_border_runs_through_a_country_and_nothing_is_drawn_twice(world: World) -> None:
    """But for a few points that rounding has laid upon each other."""
    for code, path in world.shapes.items():
        drawn = [frozenset(edge) for ring in rings(path) for edge in pairwise([*ring, ring[0]])]
        twice = len([edge for edge in drawn if len(edge) == 2]) - len(edges(path))
        assert twice <= (0 if code == "UA" else max(2, len(drawn) / 50)), code


def test_crimea_is_drawn_as_part_of_the_country_that_iso_3166_2_has_it_in(world: World) -> None:
    simferopol = project((34.1, 44.95))
    assert is_inside(world.shapes["UA"], simferopol)
    assert not is_inside(world.shapes["RU"], simferopol)


def test_land_without_a_code_belongs_to_nobody(world: World) -> None:
    for name, place in {"Hargeisa": (44.06, 9.56), "Kyrenia": (33.4, 35.28)}.items():
        assert is_inside(world.land, project(place)), name
        assert not [code for code, path in world.shapes.items() if is_inside(path, project(place))]


@pytest.mark.parametrize(
    ("code", "place"),
    [
        *(("DE", (10.0, 51.0)), ("BR", (-52.0, -10.0)), ("RU", (100.0, 65.0)), ("RU", (178.0, 67.5))),
        *(("US", (-100.0, 40.0)), ("US", (-153.0, 65.0)), ("AQ", (0.0, -85.0)), ("AQ", (180.0, -85.0))),
        *(("AU", (134.0, -25.0)), ("GL", (-42.0, 72.0)), ("GF", (-53.0, 4.0)), ("SJ", (16.5, 78.5))),
        *(("NZ", (170.5, -44.5)), ("ZA", (24.0, -31.0)), ("LS", (28.3, -29.6)), ("JP", (138.0, 36.2))),
    ],
)
def test_a_place_is_in_the_shape_of_its_country_and_in_no_other(world: World, code: str, place: Spot) -> None:
    assert [found for found, path in world.shapes.items() if is_inside(path, project(place))] == [code]


def is_inside(path: str, spot: tuple[float, float]) -> bool:
    """By how often a ray to the right crosses an edge."""
    x, y = spot
    crossings = 0
    for ring in rings(path):
        for (a, b), (c, d) in pairwise([*ring, ring[0]]):
            if (b > y) != (d > y) and x < a + (y - b) * (c - a) / (d - b):
                crossings += 1
    return crossings % 2 == 1


def test_dots_do_not_cover_each_other_and_stand_near_where_they_belong(world: World) -> None:
    assert min(dist(one, other) for one, other in combinations(world.dots.values(), 2)) > 2 * world.radius
    for code, dot in world.dots.items():
        latitude, longitude = CENTRES[code]
        place = project(((longitude - MIDDLE + 180) % 360 + MIDDLE - 180, latitude))
        assert dist(dot, place) < 4 * world.radius, code
