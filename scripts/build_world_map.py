#!/usr/bin/env python3
"""Builds the bundled world map from Natural Earth's shapes in the npm package world-atlas. Knows no policy.

    scripts/build_world_map.py [--source WORLD-ATLAS.tgz] [--output data/world.json]

Without --source the package is downloaded, never installed. The new file takes the old one's place only after every
country has been found in it. Equal sources give equal bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from itertools import combinations
from math import dist
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs from a plain checkout too

from georedirect.policy.centres import CENTRES
from georedirect.policy.countries import COUNTRIES
from scripts.world_drawing import (
    HEIGHT,
    MIDDLE,
    WIDTH,
    area_of,
    globe,
    graticule,
    line,
    on_the_globe,
    project,
    round_edges,
    simplified,
    spot,
)
from scripts.world_source import MEMBER, SourceError, joined, read_atlas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from scripts.world_drawing import Spot
    from scripts.world_source import Atlas, Point, Ring

OUTPUT = Path(__file__).resolve().parents[1] / "data" / "world.json"
PACKAGE, VERSION = "world-atlas", "2.0.2"
RADIUS = 5
"""Of the dot that stands for a country too small to be drawn; in units, as all below, of which WIDTH are the map's."""

_LEAST_BEND = 0.7  # what a point spans that is kept, in square units
_LEAST_PIECE = 4.0  # how large a piece of land is that is kept, in square units
_LEAST_INLAND, _LEAST_ISLAND = 16.0, 40.0  # how large a country is that is no dot: one with neighbours, one without
_APART = 2 * RADIUS + 1.8  # how far the middles of dots are from each other, before they are rounded
_CLEAR = 0.2  # how much further those are pushed that are not, so that there is an end to it
_MOST_ROUNDS = 500


class CheckError(Exception):
    """The file that we built lacks something; it is a fault of ours."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the bundled world map.")
    parser.add_argument("--source", type=Path, help=f"the package {PACKAGE}, as npm packs it (.tgz)")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            build(options.source or download(Path(scratch)), options.output)
    except (SourceError, CheckError, OSError) as error:
        print(f"build_world_map: {error}", file=sys.stderr)
        return 1
    return 0


def download(scratch: Path) -> Path:
    command = ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"]
    finished = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise SourceError(f"npm pack {PACKAGE}@{VERSION}: {finished.stderr.strip() or finished.returncode}")
    return scratch / f"{PACKAGE}-{VERSION}.tgz"


def build(package: Path, output: Path) -> None:
    world = draw(read_atlas(package))
    check(world)
    content = render(world)
    put_in_place(content, output)
    provenance = json.dumps(describe_origin(package, content), indent=2) + "\n"
    put_in_place(provenance.encode(), output.with_name("world-provenance.json"))
    print(f"written  {output}, {len(content):,} bytes: {len(world.shapes)} shapes, {len(world.dots)} dots")


class World(NamedTuple):
    """What the file holds: paths, and the middles of dots, by code."""

    globe: str
    graticule: str
    land: str
    shapes: dict[str, str]
    dots: dict[str, Spot]


def draw(atlas: Atlas) -> World:
    """Simplify each arc once, for both its neighbours, and draw every country, as a dot if nothing is left of it."""
    arcs = [simplified(arc, _LEAST_BEND) for arc in atlas.arcs]
    shapes = dict(_shapes(atlas, arcs))
    dots = {code: project(_middle(code)) for code in sorted(COUNTRIES.keys() - shapes.keys())}
    land = _path(_pieces(arcs, atlas.uncoded))
    return World(globe(), graticule(), land, shapes, pushed_apart(dots))


def _shapes(atlas: Atlas, arcs: list[list[Point]]) -> Iterator[tuple[str, str]]:
    """The countries that are large enough, by code."""
    everywhere = {number for rings in (*atlas.countries.values(), atlas.uncoded) for ring in rings for number in ring}
    for code, rings in atlas.countries.items():
        has_neighbours = any(~number in everywhere for ring in rings for number in ring)
        pieces = _pieces(arcs, rings)
        if sum(_size(piece) for piece in pieces) >= (_LEAST_INLAND if has_neighbours else _LEAST_ISLAND):
            yield code, _path(pieces)


def _middle(code: str) -> Point:
    """Where a country is, on this side of the edge."""
    latitude, longitude = CENTRES[code]
    return (longitude - MIDDLE + 180) % 360 + MIDDLE - 180, latitude


def _pieces(arcs: list[list[Point]], rings: Iterable[Ring]) -> list[list[Point]]:
    pieces = (piece for ring in rings for piece in on_the_globe(joined(arcs, ring)))
    return [piece for piece in pieces if _size(piece) >= _LEAST_PIECE]


def _size(piece: Iterable[Point]) -> float:
    return abs(area_of([project(point) for point in piece]))


def _path(pieces: Iterable[list[Point]]) -> str:
    return "".join(line(map(spot, round_edges(piece)), closed=True) for piece in pieces)


def pushed_apart(places: dict[str, Point]) -> dict[str, Spot]:
    """Dots so far from each other that each can be seen, and as near to their places as that allows."""
    moved = dict(places)
    for _ in range(_MOST_ROUNDS):
        close = [pair for pair in combinations(moved, 2) if dist(moved[pair[0]], moved[pair[1]]) < _APART]
        if not close:
            break
        for one, other in close:
            moved[one], moved[other] = _pushed(moved[one], moved[other])
    return {code: (round(x), round(y)) for code, (x, y) in moved.items()}


def _pushed(one: Point, other: Point) -> tuple[Point, Point]:
    """Both as far away from the other's side as it takes; to the left and right, if they are at one place."""
    (x, y), (u, v) = one, other
    distance = dist(one, other)
    push = max(0.0, _APART + _CLEAR - distance) / 2
    across, down = ((u - x) / distance * push, (v - y) / distance * push) if distance else (push, 0.0)
    return (x - across, y - down), (u + across, v + down)


def check(world: World) -> None:
    """Every country must be there, once, and all of it on the map."""
    missing = COUNTRIES.keys() - world.shapes.keys() - world.dots.keys()
    if missing:
        raise CheckError(f"not on the map: {', '.join(sorted(missing))}")
    if outside := [code for code, (x, y) in world.dots.items() if not (0 <= x <= WIDTH and 0 <= y <= HEIGHT)]:
        raise CheckError(f"beyond the edge: {', '.join(outside)}")


def render(world: World) -> bytes:
    """One line for each country, so that a change can be read."""
    told = {"width": WIDTH, "height": HEIGHT, "radius": RADIUS, **world._asdict()}
    lines = [f"{json.dumps(key)}: {_value(value)}" for key, value in told.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _value(value: object) -> str:
    if not isinstance(value, dict):
        return json.dumps(value)
    return "{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(item)}" for key, item in value.items()) + "\n}"


def put_in_place(content: bytes, output: Path) -> None:
    """Write beside the target, and only then rename: a reader sees the old file or the new one."""
    with tempfile.NamedTemporaryFile(dir=output.parent, prefix=f".{output.name}.", delete=False) as file:
        beside = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            beside.chmod(0o644)
            beside.replace(output)
        finally:
            beside.unlink(missing_ok=True)


def describe_origin(package: Path, content: bytes) -> dict[str, object]:
    """Say what the file was made from, so that it can be made again."""
    return {
        "world": {"sha256": sha256(content), "bytes": len(content)},
        "command": "python scripts/build_world_map.py",
        "package": {"name": PACKAGE, "version": VERSION, "sha256": sha256(package.read_bytes())},
        "sources": [{"file": MEMBER, "shapes": "Natural Earth 4.1.0, 1:50m"}],
        "licence": "public domain (the shapes), ISC (the package)",
    }


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
