"""From degrees to a drawing: projected, simplified, cut at its edge, and written as SVG paths. Knows no countries."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import groupby, pairwise
from math import asin, cos, hypot, pi, radians, sin, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scripts.world_source import Point

Spot = tuple[int, int]

WIDTH = 2000
MIDDLE = 11.0
"""The meridian in the middle: so the edge is in the Bering Strait, and cuts through no land but Antarctica."""

_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_WIDEST = 2 * pi * 2 / sqrt(3) / _A1  # of the projection at the equator, for a globe of radius 1
_SCALE = WIDTH / _WIDEST
_LONGEST_EDGE = 3.0  # in degrees, of what must look round


def project(point: Point) -> Point:
    """Equal Earth (Šavrič, Patterson and Jenny 2018): areas are true. Longitudes beyond the edge stay beyond it."""
    longitude, latitude = radians(point[0] - MIDDLE), radians(point[1])
    angle = asin(sqrt(3) / 2 * sin(latitude))
    square = angle * angle
    sixth = square**3
    x = longitude * cos(angle) * 2 / sqrt(3) / (_A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square))
    y = angle * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))
    return WIDTH / 2 + _SCALE * x, HEIGHT / 2 - _SCALE * y


def _height() -> float:
    pole = asin(sqrt(3) / 2)
    return 2 * _SCALE * pole * (_A1 + _A2 * pole**2 + pole**6 * (_A3 + _A4 * pole**2))


HEIGHT = round(_height())


def spot(point: Point) -> Spot:
    x, y = project(point)
    return round(x), round(y)


def unrolled(points: Iterable[Point]) -> list[Point]:
    """The same without jumps from one edge to the other: longitudes go on beyond 180 degrees."""
    found: list[Point] = []
    for longitude, latitude in points:
        turns = round((found[-1][0] - longitude) / 360) if found else 0
        found.append((longitude + 360 * turns, latitude))
    return found


def simplified(arc: list[Point], least: float) -> list[Point]:
    """The points that matter (Visvalingam and Whyatt 1993): none spans less than `least` with its neighbours.

    The ends stay, as other arcs begin there, and of a ring as much as makes a triangle.
    """
    spots = [project(point) for point in unrolled(arc)]
    before, after = list(range(-1, len(arc) - 1)), list(range(1, len(arc) + 1))
    queue = [
        (_area(spots, index - 1, index, index + 1), index, index - 1, index + 1) for index in range(1, len(arc) - 1)
    ]
    heapify(queue)
    kept = set(range(len(arc)))
    fewest = 4 if arc[0] == arc[-1] else 2
    while queue and len(kept) > fewest:
        area, index, left, right = heappop(queue)
        if index not in kept or (before[index], after[index]) != (left, right):
            continue
        if area >= least:
            break
        kept.remove(index)
        after[left], before[right] = right, left
        for other in (left, right):
            if 0 < other < len(arc) - 1:
                span = max(area, _area(spots, before[other], other, after[other]))
                heappush(queue, (span, other, before[other], after[other]))
    return [arc[index] for index in sorted(kept)]


def _area(spots: list[Point], left: int, middle: int, right: int) -> float:
    return abs(area_of([spots[left], spots[middle], spots[right]]))


def area_of(spots: list[Point]) -> float:
    """In square units; negative where it runs the other way round."""
    return sum(x * v - u * y for (x, y), (u, v) in pairwise([*spots, spots[0]])) / 2


def on_the_globe(ring: list[Point]) -> list[list[Point]]:
    """A ring as one or more that lie within the drawing's edges; one around a pole goes there and back along these."""
    ring = unrolled(ring)
    turn = ring[-1][0] - ring[0][0]
    if abs(turn) > 180:
        return _windows(_closed_at_the_pole(ring, turn))[:1]
    return _windows(ring)


def _closed_at_the_pole(ring: list[Point], turn: float) -> list[Point]:
    """Twice around, so that one turn from edge to edge is whole, and back by way of the pole."""
    pole = 90.0 if ring[0][1] > 0 else -90.0
    twice = [*ring, *((x + turn, y) for x, y in ring[1:])]
    return [*twice, (twice[-1][0], pole), (twice[0][0], pole)]


def _windows(ring: list[Point]) -> list[list[Point]]:
    """What of a ring is on each turn of the globe, the fullest first."""
    found = []
    for turns in range(-3, 4):
        cut = _cut(_cut(ring, MIDDLE - 180 + 360 * turns, 1), MIDDLE + 180 + 360 * turns, -1)
        if len(cut) > 2:
            found.append([(x - 360 * turns, y) for x, y in cut])
    return sorted(found, key=lambda cut: min(x for x, _ in cut) - max(x for x, _ in cut))


def _cut(ring: list[Point], meridian: float, side: int) -> list[Point]:
    """What lies east of a meridian (`side` 1) or west of it (-1) (Sutherland and Hodgman 1974)."""
    found: list[Point] = []
    for (x, y), (u, v) in pairwise([*ring, ring[0]] if ring else []):
        if (x - meridian) * (u - meridian) < 0:
            across = (meridian, y + (v - y) * (meridian - x) / (u - x))
            found += [(x, y), across] if (x - meridian) * side > 0 else [across]
        elif (x - meridian) * side >= 0:
            found.append((x, y))
    return found


def round_edges(ring: list[Point]) -> Iterator[Point]:
    """The same, with points between where two are far apart: along a meridian an edge is a curve."""
    for (x, y), (u, v) in pairwise([*ring, ring[0]]):
        steps = max(1, int(hypot(u - x, v - y) / _LONGEST_EDGE)) if x == u else 1
        yield from ((x + (u - x) * step / steps, y + (v - y) * step / steps) for step in range(steps))


def line(spots: Iterable[Spot], *, closed: bool = False) -> str:
    """A path in as few characters as it takes: absolute to where it begins, then from point to point."""
    points = [point for point, _ in groupby(spots)]
    if closed and points[0] == points[-1]:
        points.pop()
    numbers = [number for (x, y), (u, v) in pairwise(points) for number in (u - x, v - y)]
    steps = "".join(f"{number}" if number < 0 or not at else f" {number}" for at, number in enumerate(numbers))
    return f"M{points[0][0]} {points[0][1]}l{steps}{'z' if closed else ''}"


def globe() -> str:
    """The outline of all of it."""
    return line(map(spot, round_edges(_CORNERS)), closed=True)


_CORNERS = [(MIDDLE - 180, -90.0), (MIDDLE - 180, 90.0), (MIDDLE + 180, 90.0), (MIDDLE + 180, -90.0)]


def graticule(step: int = 30) -> str:
    """Meridians and parallels, every so many degrees."""
    meridians: list[list[Point]] = [[(x, y) for y in range(-90, 91, 3)] for x in range(-150, 181, step)]
    parallels: list[list[Point]] = [[(MIDDLE - 180, y), (MIDDLE + 180, y)] for y in range(-90 + step, 90, step)]
    return "".join(line(map(spot, points)) for points in meridians + parallels)
