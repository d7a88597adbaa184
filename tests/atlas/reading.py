"""Reads a map as a program would: as XML, country by country, and each path as the points that it goes through."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

SVG = "{http://www.w3.org/2000/svg}"

Spot = tuple[int, int]


def countries(svg: str) -> dict[str, ET.Element]:
    """The country's element, by its code."""
    found = ET.fromstring(svg).iter(f"{SVG}path")  # noqa: S314  our own
    return {element.attrib["data-country"]: element for element in found if "data-country" in element.attrib}


def colours_of(svg: str, country: str) -> list[str]:
    """The colours that a country is painted in: one, or those of its pattern from left to right."""
    fill = countries(svg)[country].attrib["fill"]
    pattern = re.fullmatch(r"url\(#(.+)\)", fill)
    if pattern is None:
        return [fill]
    found = ET.fromstring(svg).find(f".//{SVG}pattern[@id='{pattern[1]}']")  # noqa: S314
    assert found is not None
    return [part.attrib["fill"] for part in found]


def legend(svg: str) -> dict[str, tuple[str, int]]:
    """The fill and the number of countries, by what the legend says."""
    found = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):  # noqa: S314
        swatch, text = group.find(f"{SVG}rect"), group.find(f"{SVG}text")
        if swatch is not None and text is not None:
            found[str(text.text)] = (swatch.attrib["fill"], int(str(text[0].text)))
    return found


def rings(path: str) -> Iterator[list[Spot]]:
    """The points of each subpath; a path of ours has whole numbers, `M` and `l`, and ends each ring with `z`."""
    assert re.fullmatch(r"(M\d+ \d+l-?\d+(?:(?: |(?=-))-?\d+)*z?)*", path), path
    for ring in re.findall(r"M([^M]+)", path):
        start, _, rest = ring.rstrip("z").partition("l")
        x, y = map(int, start.split())
        points = [(x, y)]
        numbers = list(map(int, re.findall(r"-?\d+", rest)))
        for right, down in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + right, y + down
            points.append((x, y))
        yield points
