"""The builder of the world map, on a small topology made here: one that has each of the difficult cases."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from itertools import pairwise
from math import dist, radians, sin
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.atlas.world import read_world
from georedirect.policy.countries import COUNTRIES
from scripts import build_world_map as builder
from scripts import world_drawing as drawing
from scripts.world_source import MEMBER, joined, read_atlas
from tests.atlas.reading import rings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Degrees = tuple[float, float]

# Germany and France share the arc 0, Ukraine and the Crimea that the source has in Russia the arc 5.
ARCS: list[list[Degrees]] = [
    [(8, 48), (7.5, 49), (6, 50)],
    [(6, 50), (8, 55), (14, 54), (13, 48), (8, 48)],
    [(6, 50), (-4, 48), (0, 43), (7, 44), (8, 48)],
    [(-54, 2), (-54, 5), (-52, 4), (-54, 2)],
    [(33, 46), (24, 49), (30, 52), (39, 49), (36, 46)],
    [(36, 46), (33, 46)],
    [(36, 46), (34, 44.5), (33, 46)],
    [(-180, -80), (-90, -75), (0, -70), (90, -75), (180, -80)],
    [(20, 42), (21, 45), (24, 42), (20, 42)],
    [(43, 8), (43, 11), (49, 11), (48, 8), (43, 8)],
    [(-172, 60), (-172, 65), (-166, 65), (-166, 60), (-172, 60)],
    [(7, 52), (7.001, 52.001), (7.002, 52), (7, 52)],
]
SHAPES: list[tuple[str | None, str, list[list[list[int]]]]] = [
    ("276", "Germany", [[[0, 1]]]),
    ("250", "France", [[[~0, 2]], [[3]]]),
    ("804", "Ukraine", [[[4, 5]]]),
    ("643", "Russia", [[[~5, 6]], [[10]]]),
    ("010", "Antarctica", [[[7]]]),
    (None, "Kosovo", [[[8]]]),
    (None, "Somaliland", [[[9]]]),
    ("438", "Liechtenstein", [[[11]]]),
]


def topology(shapes: Iterable[tuple[str | None, str, list[list[list[int]]]]] = SHAPES) -> dict[str, Any]:
    """As world-atlas has it: arcs in thousandths of a degree, each point told by its distance from the one before."""
    arcs = []
    for arc in ARCS:
        grid = [(round(1000 * (x + 180)), round(1000 * (y + 90))) for x, y in arc]
        steps = [grid[0], *((u - x, v - y) for (x, y), (u, v) in pairwise(grid))]
        arcs.append([list(step) for step in steps])
    geometries = [
        {
            "type": "Polygon" if len(polygons) == 1 else "MultiPolygon",
            "arcs": polygons[0] if len(polygons) == 1 else polygons,
            "properties": {"name": name},
            **({} if number is None else {"id": number}),
        }
        for number, name, polygons in shapes
    ]
    transform = {"scale": [0.001, 0.001], "translate": [-180, -90]}
    return {"arcs": arcs, "transform": transform, "objects": {"countries": {"geometries": geometries}}}


def pack(path: Path, content: bytes, member: str = MEMBER) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        described = tarfile.TarInfo(member)
        described.size = len(content)
        archive.addfile(described, io.BytesIO(content))
    return path


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack(tmp_path_factory.mktemp("source") / "world-atlas.tgz", json.dumps(topology()).encode())


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory, package: Path) -> Path:
    path = tmp_path_factory.mktemp("built") / "world.json"
    assert builder.main(["--source", str(package), "--output", str(path)]) == 0
    return path


def test_every_country_is_drawn_what_the_source_lacks_as_a_dot(output: Path) -> None:
    world = read_world(output.read_text())
    assert world.shapes.keys() == {"DE", "FR", "GF", "UA", "RU", "AQ", "XK"}
    assert world.dots.keys() == COUNTRIES.keys() - world.shapes.keys()
    assert "LI" in world.dots
    assert world.land


def test_what_the_source_has_as_a_part_of_another_country_is_its_own_or_becomes_one_with_whose_it_is(
    package: Path, output: Path
) -> None:
    atlas = read_atlas(package)
    assert atlas.countries["GF"] == [(3,)]
    (ukraine,) = atlas.countries["UA"]
    assert sorted(ukraine) == [4, 6]
    points = joined(atlas.arcs, ukraine)
    assert points[0] == points[-1]
    assert len(set(points)) == len(points) - 1
    assert len(list(rings(read_world(output.read_text()).shapes["UA"]))) == 1


def test_neighbours_touch_in_every_point(output: Path) -> None:
    shapes = read_world(output.read_text()).shapes
    germany, france = ({spot for ring in rings(shapes[code]) for spot in ring} for code in ("DE", "FR"))
    assert germany & france == {drawing.spot(point) for point in ARCS[0]}


def test_land_across_the_edge_of_the_map_is_in_two_pieces_one_at_either_edge(output: Path) -> None:
    world = read_world(output.read_text())
    east, west = sorted(rings(world.shapes["RU"]), key=lambda ring: -ring[0][0])
    assert min(x for x, _ in east) > world.width / 2 > max(x for x, _ in west)


def test_land_around_a_pole_reaches_it_from_edge_to_edge_once(output: Path) -> None:
    world = read_world(output.read_text())
    (ring,) = rings(world.shapes["AQ"])
    assert max(y for _, y in ring) == world.height
    corners = {drawing.spot((drawing.MIDDLE + side * 180, -90)) for side in (-1, 1)}
    assert corners <= set(ring)


def test_the_provenance_names_what_the_file_was_made_from_and_equal_packages_give_equal_bytes(
    package: Path, output: Path, tmp_path: Path
) -> None:
    said = json.loads(output.with_name("world-provenance.json").read_text())
    assert said["world"] == {"sha256": hashlib.sha256(output.read_bytes()).hexdigest(), "bytes": output.stat().st_size}
    assert said["package"]["sha256"] == hashlib.sha256(package.read_bytes()).hexdigest()
    again = tmp_path / "world.json"
    assert builder.main(["--source", str(package), "--output", str(again)]) == 0
    assert again.read_bytes() == output.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["world-provenance.json", "world.json"]


@pytest.mark.parametrize(
    ("content", "member"),
    [(b"{", MEMBER), (b"{}", MEMBER), (b"[]", MEMBER), (json.dumps(topology()).encode(), "package/other.json")],
)
def test_a_package_that_is_none_is_told_and_the_old_file_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, member: str
) -> None:
    old = tmp_path / "world.json"
    old.write_text("old")
    package = pack(tmp_path / "broken.tgz", content, member)
    assert builder.main(["--source", str(package), "--output", str(old)]) == 1
    assert capsys.readouterr().err.startswith(f"build_world_map: {package}: no TopoJSON of countries: ")
    assert old.read_text() == "old"


def test_a_package_that_is_missing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert builder.main(["--source", str(tmp_path / "none.tgz"), "--output", str(tmp_path / "world.json")]) == 1
    assert "No such file" in capsys.readouterr().err


def test_a_download_that_fails_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho no such package >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert builder.main(["--output", str(tmp_path / "world.json")]) == 1
    assert capsys.readouterr().err == "build_world_map: npm pack world-atlas@2.0.2: no such package\n"


# The drawing

_LONGITUDES = st.floats(drawing.MIDDLE - 180, drawing.MIDDLE + 180)
_LATITUDES = st.floats(-90, 90)


@given(_LONGITUDES, _LATITUDES)
def test_every_place_is_in_the_drawing(longitude: float, latitude: float) -> None:
    x, y = drawing.spot((longitude, latitude))
    assert 0 <= x <= drawing.WIDTH
    assert 0 <= y <= drawing.HEIGHT


@given(_LATITUDES, st.floats(-170, 150))
def test_areas_are_true(latitude: float, longitude: float) -> None:
    """A small square is as large, for its size on the globe, wherever it lies."""
    side = 0.1
    south = max(-89.0, min(88.0, latitude))
    square = [
        (longitude, south),
        (longitude + side, south),
        (longitude + side, south + side),
        (longitude, south + side),
    ]
    at_equator = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)]
    assert size(square) / drawn(square) == pytest.approx(size(at_equator) / drawn(at_equator), rel=0.01)


def drawn(square: list[Degrees]) -> float:
    return abs(drawing.area_of([drawing.project(point) for point in square]))


def size(square: list[Degrees]) -> float:
    (west, south), (east, _), (_, north), _ = square
    return radians(east - west) * (sin(radians(north)) - sin(radians(south)))


@given(st.lists(st.tuples(st.integers(-60, 60), st.integers(-60, 60)), min_size=2, max_size=40), st.floats(0, 500))
def test_what_is_simplified_keeps_its_ends_its_order_and_no_point_that_was_not_there(
    arc: list[Degrees], least: float
) -> None:
    kept = drawing.simplified(arc, least)
    assert kept[0] == arc[0]
    assert kept[-1] == arc[-1]
    rest = iter(arc)
    assert all(point in rest for point in kept)
    assert len(kept) >= min(len(arc), 4 if arc[0] == arc[-1] else 2)


def test_a_point_goes_that_spans_little_and_one_stays_that_spans_much() -> None:
    arc: list[Degrees] = [(0, 0), (5, 0.001), (10, 0), (15, 10), (20, 0)]
    assert drawing.simplified(arc, 1.0) == [(0, 0), (10, 0), (15, 10), (20, 0)]
    assert drawing.simplified(arc, 0.0) == arc
    assert drawing.simplified(arc, 1e9) == [(0, 0), (20, 0)]


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 900)), min_size=2, max_size=30))
def test_a_line_is_read_back_as_the_points_that_it_was_made_of(spots: list[tuple[int, int]]) -> None:
    points = [spot for before, spot in zip([None, *spots], spots, strict=False) if spot != before]
    if len(points) > 1:
        assert list(rings(drawing.line(spots))) == [points]


@given(st.dictionaries(st.sampled_from("abcdefghij"), st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=10))
def test_dots_are_pushed_apart_wherever_they_were(places: dict[str, Degrees]) -> None:
    moved = builder.pushed_apart(places)
    assert moved.keys() == places.keys()
    spots = list(moved.values())
    assert all(dist(one, other) > 2 * builder.RADIUS - 1 for at, one in enumerate(spots) for other in spots[:at])
