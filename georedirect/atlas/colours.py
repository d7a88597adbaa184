"""A colour for each region, told apart also by those who see few colours, against a light sea and a dark one.

Each of the twelve has a contrast of 3:1 to the sea (WCAG 2.2, 1.4.11) and to the borders, which are as the sea is; any
two of them are as far apart as that allows, as seen with and without each of the cones (the tests measure both).
"""

from __future__ import annotations

from colorsys import hls_to_rgb
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from georedirect.atlas.paint import Regions


class Colour(NamedTuple):
    """One for a light page, and one for a dark one, as `#rrggbb`."""

    light: str
    dark: str


SEA = Colour("#f3f6fa", "#0e1726")
NEUTRAL = Colour("#868d97", "#717b8c")
"""Of the default region."""

PALETTE = (
    Colour("#0072b2", "#4087fd"),
    Colour("#d55e00", "#e28d4e"),
    Colour("#bd3061", "#b83c54"),
    Colour("#4a3191", "#505dda"),
    Colour("#0fa05c", "#a5e692"),
    Colour("#7b5518", "#e5b816"),
    Colour("#a97cc9", "#a489cc"),
    Colour("#7c2524", "#df5102"),
    Colour("#356e71", "#70b3a9"),
    Colour("#8267e2", "#705b9b"),
    Colour("#603562", "#f2c0de"),
    Colour("#4a538a", "#aeaff6"),
)

_GOLDEN = 0.618034  # of a turn: hues that many such steps reach are spread evenly, however many there are
_LEAST_CONTRAST = 3.05
_STEP = 0.02


def colours(regions: Regions) -> Mapping[str, Colour]:
    """By the order of the regions, so that one that is added at the end changes none of the others."""
    others = [name for name in regions.names if name != regions.default]
    found = {name: PALETTE[at] if at < len(PALETTE) else _further(at) for at, name in enumerate(others)}
    return found if regions.default is None else {**found, regions.default: NEUTRAL}


def _further(at: int) -> Colour:
    """One that is not in the palette: the next hue, one time lighter, one time darker."""
    hue, is_even = at * _GOLDEN % 1.0, at % 2 == 0
    return Colour(
        _readable(hue, 0.36 if is_even else 0.5, SEA.light, -_STEP),
        _readable(hue, 0.78 if is_even else 0.6, SEA.dark, _STEP),
    )


def _readable(hue: float, lightness: float, sea: str, step: float) -> str:
    """The colour of a hue, as light or dark as its contrast to the sea asks for."""
    while contrast(found := _written(hls_to_rgb(hue, lightness, 0.55)), sea) < _LEAST_CONTRAST:
        lightness += step
    return found


def _written(channels: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)


def contrast(one: str, other: str) -> float:
    """The ratio that WCAG 2.2 defines: from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)
