"""Colours can be told apart by everybody, and from the sea, on a light page and on a dark one."""

from __future__ import annotations

from itertools import combinations
from math import dist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.atlas.colours import NEUTRAL, PALETTE, SEA, Colour, colours, contrast
from georedirect.atlas.fills import INK, MUTED, PAGE
from georedirect.atlas.paint import Regions

Light = tuple[float, ...]

_EYES = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no L cones": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no M cones": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no S cones": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""What is seen of red, green and blue light (Machado, Oliveira and Fernandes 2009, severity 1.0)."""


def light(colour: str) -> Light:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return tuple(each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)


def seen(colour: str, eyes: str) -> Light:
    """In Oklab, in which equal distances look equally far apart (Ottosson 2020)."""
    shown = light(colour)
    red, green, blue = (min(1, max(0, sum(x * y for x, y in zip(row, shown, strict=True)))) for row in _EYES[eyes])
    l, m, s = (  # noqa: E741  as the cones are called
        (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3),
        (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3),
        (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3),
    )
    return (
        0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    )


@pytest.mark.parametrize("eyes", _EYES)
@pytest.mark.parametrize("page", Colour._fields)
def test_any_two_colours_of_the_palette_are_told_apart(page: str, eyes: str) -> None:
    shown = [getattr(colour, page) for colour in (NEUTRAL, *PALETTE)]
    apart = {pair: dist(seen(pair[0], eyes), seen(pair[1], eyes)) for pair in combinations(shown, 2)}
    closest = min(apart, key=lambda pair: apart[pair])
    assert apart[closest] > 0.055, closest


@given(st.integers(0, 60))
def test_every_colour_stands_out_from_the_sea_on_either_page(count: int) -> None:
    found = colours(Regions(tuple(f"r{number}" for number in range(count + 1)), "r0"))
    assert len(set(found.values())) == count + 1
    assert min(contrast(colour.light, SEA.light) for colour in found.values()) >= 3
    assert min(contrast(colour.dark, SEA.dark) for colour in found.values()) >= 3


def test_letters_can_be_read_on_the_page() -> None:
    for ink in (INK, MUTED):
        assert contrast(ink.light, PAGE.light) >= 4.5
        assert contrast(ink.dark, PAGE.dark) >= 4.5


def test_the_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_a_region_that_comes_last_changes_no_other_colour_and_the_default_is_neutral_wherever_it_stands() -> None:
    names = ("a", "b", "c")
    found = colours(Regions(names, "b"))
    assert found == {"a": PALETTE[0], "b": NEUTRAL, "c": PALETTE[1]}
    assert colours(Regions((*names, "d"), "b")).items() >= found.items()
    assert colours(Regions(names)) == dict(zip(names, PALETTE, strict=False))
