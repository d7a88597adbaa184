"""Reads the shapes of countries out of world-atlas, a package with Natural Earth's shapes as TopoJSON. Draws nothing.

A topology has each stretch of border or coast once, as an arc; shapes are rings of arcs, by number, and `~number` is
the same arc the other way round. So neighbours stay neighbours, whatever is done to the arcs.
"""

from __future__ import annotations

import json
import tarfile
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from langcodes.data_dicts import TERRITORY_REPLACEMENTS

from georedirect.policy.countries import COUNTRIES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO, Any

MEMBER = "package/countries-50m.json"

Point = tuple[float, float]
Ring = tuple[int, ...]

_BY_NAME = {"Kosovo": "XK", "Indian Ocean Ter.": "CC"}
"""Shapes without a number of ISO 3166-1 that are some country's all the same."""


class Box(NamedTuple):
    """In degrees: from south-west to north-east."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, points: list[Point]) -> bool:
        return all(self.west <= x <= self.east and self.south <= y <= self.north for x, y in points)


_OTHERS = (
    ("FR", "GF", Box(-55, 2, -51, 6)),
    ("FR", "GP", Box(-62, 15.8, -61, 16.7)),
    ("FR", "MQ", Box(-61.4, 14.3, -60.7, 15)),
    ("FR", "RE", Box(55, -21.6, 56, -20.8)),
    ("FR", "YT", Box(44.9, -13.1, 45.4, -12.6)),
    ("NO", "SJ", Box(-10, 70.5, -7, 71.5)),
    ("NO", "SJ", Box(10, 74, 34, 81)),
    ("NL", "BQ", Box(-69, 11.9, -62, 18)),
    ("NZ", "TK", Box(-173, -10, -171, -8)),
    ("CC", "CX", Box(105, -11, 106, -10)),
    ("RU", "UA", Box(32.4, 44.2, 36.8, 46.4)),  # Crimea: UA-43 and UA-40 in ISO 3166-2
)
"""What the source draws as part of one country and ISO 3166 has under the code of another, and where that is."""


class SourceError(Exception):
    """A source that cannot be had, or is not what it should be."""


class Atlas(NamedTuple):
    """`arcs` are in degrees; `countries` are rings by their code, holes among them; `uncoded` is land that has none."""

    arcs: list[list[Point]]
    countries: dict[str, list[Ring]]
    uncoded: list[Ring]


def joined(arcs: list[list[Point]], ring: Ring) -> list[Point]:
    """The points of a ring of arcs, those where two meet once; the last is the first again."""
    found: list[Point] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        found += arc[1:] if found else arc
    return found


def read_atlas(package: Path) -> Atlas:
    """Read the package's file."""
    try:
        with tarfile.open(package) as archive, _member(archive) as file:
            topology = json.load(file)
        atlas = Atlas(list(_arcs(topology)), {}, [])
        for geometry in topology["objects"]["countries"]["geometries"]:
            _sort_in(atlas, geometry)
    except (KeyError, TypeError, ValueError, tarfile.TarError) as error:
        raise SourceError(f"{package}: no TopoJSON of countries: {error!r}") from error
    return atlas._replace(countries={code: merged(atlas, rings) for code, rings in sorted(atlas.countries.items())})


def _member(archive: tarfile.TarFile) -> IO[bytes]:
    file = archive.extractfile(MEMBER)
    if file is None:
        raise SourceError(f"{MEMBER} is no file")
    return file


def _arcs(topology: dict[str, Any]) -> Iterator[list[Point]]:
    """Each point is told by its distance from the one before, in steps of the transform's."""
    (wide, high), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        xs, ys = (accumulate(steps) for steps in zip(*arc, strict=True))
        yield [(west + wide * x, south + high * y) for x, y in zip(xs, ys, strict=True)]


def _sort_in(atlas: Atlas, geometry: dict[str, Any]) -> None:
    polygons = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
    code = _code(geometry)
    for polygon in polygons:
        rings = [tuple(ring) for ring in polygon]
        if code is None:
            atlas.uncoded.extend(rings)
        else:
            atlas.countries.setdefault(_owner(code, joined(atlas.arcs, rings[0])), []).extend(rings)


def _code(geometry: dict[str, Any]) -> str | None:
    code = TERRITORY_REPLACEMENTS.get(geometry.get("id", ""), _BY_NAME.get(geometry["properties"]["name"]))
    return code if code in COUNTRIES else None


def _owner(code: str, points: list[Point]) -> str:
    return next((owner for drawn_as, owner, box in _OTHERS if drawn_as == code and box.holds(points)), code)


def merged(atlas: Atlas, rings: list[Ring]) -> list[Ring]:
    """The same land, without the borders between its pieces: the arcs that two of them share."""
    arcs = {number for ring in rings for number in ring}
    touching = [ring for ring in rings if any(~number in arcs for number in ring)]
    outer = [number for ring in touching for number in ring if ~number not in arcs]
    return [ring for ring in rings if ring not in touching] + list(_stitched(atlas, outer))


def _stitched(atlas: Atlas, loose: list[int]) -> Iterator[Ring]:
    """Rings out of arcs that each begin where another ends."""
    by_start = {joined(atlas.arcs, (number,))[0]: number for number in loose}
    while by_start:
        ring = [by_start.popitem()[1]]
        while (following := by_start.pop(joined(atlas.arcs, (ring[-1],))[-1], None)) is not None:
            ring.append(following)
        yield tuple(ring)
