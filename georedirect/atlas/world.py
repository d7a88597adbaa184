"""The shapes of the countries, as the bundled file has them. A value; `scripts/build_world_map.py` makes that file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class World:
    """Paths of SVG in a box of `width` and `height`: the globe's outline, its meridians and parallels, and land.

    `shapes` are of the countries by their code, `dots` the middles of those that are too small for a shape, each of
    which is a circle of `radius`. `land` is what stands under no code of ISO 3166-1.
    """

    width: int
    height: int
    radius: int
    globe: str
    graticule: str
    land: str
    shapes: Mapping[str, str]
    dots: Mapping[str, tuple[int, int]]


def read_world(text: str) -> World:
    """What the file's text says."""
    told = json.loads(text)
    return World(**{**told, "dots": {code: (x, y) for code, (x, y) in told["dots"].items()}})
