"""How far apart two points of the Earth are. Knows only coordinates.

On the WGS 84 ellipsoid, to the first order of its flattening, as Andoyer and Lambert have it: the great circle between
the reduced latitudes, and two corrections to it. Where those divide by the square of a sine or cosine that may vanish,
it is written as the sum of what it is made of, so that nothing is lost near the antipode.
"""

from __future__ import annotations

from math import atan2, cos, radians, sin, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from georedirect.place import Coordinates

EQUATORIAL_RADIUS_KM = 6378.137
FLATTENING = 1 / 298.257223563
FARTHEST_KM = 20003.932
"""From pole to pole: no two points are farther apart."""


def distance_km(a: Coordinates, b: Coordinates) -> float:
    """The shortest way over the surface, right to within 0.1 % even near the antipode."""
    latitude_a, latitude_b = _reduced(a.latitude), _reduced(b.latitude)
    middle = sin((latitude_a + latitude_b) / 2) ** 2
    apart = sin((latitude_b - latitude_a) / 2) ** 2
    around = sin(radians(b.longitude - a.longitude) / 2) ** 2
    near = apart * (1 - around) + (1 - middle) * around  # sin² and cos² of half the angle between both
    far = (1 - apart) * (1 - around) + middle * around
    angle = 2 * atan2(sqrt(near), sqrt(far))
    correction = _share(middle * (1 - apart), far) * (angle - sin(angle))
    correction += _share((1 - middle) * apart, near) * (angle + sin(angle))
    return min(EQUATORIAL_RADIUS_KM * (angle - FLATTENING / 2 * correction), FARTHEST_KM)


def _reduced(latitude: float) -> float:
    """The latitude of the same point on the sphere around the ellipsoid, in radians."""
    return atan2((1 - FLATTENING) * sin(radians(latitude)), cos(radians(latitude)))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
