"""What fills a country: one colour, or a pattern of its regions' colours. Knows no shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from georedirect.atlas.colours import SEA, Colour, colours
from georedirect.atlas.paint import Manner
from georedirect.atlas.svg import tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from georedirect.atlas.paint import Paint, Regions

PAGE = Colour("#ffffff", "#0a101b")
INK = Colour("#1f2937", "#e5e9f0")
MUTED = Colour("#5b6472", "#9aa5b5")
LINE = Colour("#dbe2ea", "#1f2c40")
LAND = Colour("#c3cad3", "#39455a")
"""Of land that no country's visitors come from."""

_BAND = 6  # how wide a stripe is that something lies upon, and how far that is from the next of it
_PLAIN_BAND, _PLAIN_LENGTH = 4, 60  # of stripes alone: small countries show two of them
_OPEN = frozenset({Manner.STAYS, Manner.REFUSED})


class Fill(NamedTuple):
    """The value of `fill`, and the `class` by which a stylesheet may replace it."""

    value: str
    kind: str | None


class Fills:
    """The fills of a map. Patterns that are asked for are kept, each once, to be put among its definitions.

    `prefix` begins all ids of a map, so that those of several on one page differ.
    """

    def __init__(self, regions: Regions, prefix: str = "") -> None:
        self.prefix = prefix
        self._colours = colours(regions)
        self._kinds = {region: f"r{at}" for at, region in enumerate(self._colours)}
        self._patterns: dict[tuple[tuple[str, ...], Manner], str] = {}

    def of(self, paint: Paint) -> Fill:
        """Solid for who is sent to one region, or elsewhere; all else is a pattern."""
        if paint.manner is Manner.ELSEWHERE:
            return Fill(INK.light, "ink")
        if paint.manner is Manner.SENT and len(paint.regions) == 1:
            return self._solid(paint.regions[0])
        return Fill(f"url(#{self._pattern(paint)})", None)

    def _solid(self, region: str) -> Fill:
        return Fill(self._colours[region].light, self._kinds[region])

    def _pattern(self, paint: Paint) -> str:
        key = (() if paint.manner is Manner.REFUSED else paint.regions, paint.manner)
        return self._patterns.setdefault(key, f"{self.prefix}paint-{len(self._patterns) + 1}")

    def definitions(self) -> Iterator[str]:
        """All patterns that have been asked for."""
        if self._patterns:
            yield tag("defs", *(self._definition(*key, name) for key, name in self._patterns.items()))

    def _definition(self, regions: tuple[str, ...], manner: Manner, name: str) -> str:
        band, high = (_PLAIN_BAND, _PLAIN_LENGTH) if manner is Manner.SENT else (_BAND, _BAND)
        wide = band * max(len(regions), 1)
        fills = [(at * band, self._solid(region)) for at, region in enumerate(regions)]
        stripes = (_rectangle(fill, x=x, width=band, height=high) for x, fill in fills)
        return tag(
            "pattern",
            *(stripes if manner is Manner.SENT else _marked(manner, wide, fills)),
            id=name,
            width=wide,
            height=high,
            patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)",
        )


def _marked(manner: Manner, wide: int, fills: Iterable[tuple[float, Fill]]) -> Iterator[str]:
    """Lines across the regions' stripes, dots of their colours on the sea, or crossed lines."""
    sea, ink = Fill(SEA.light, "sea"), Fill(INK.light, "ink")
    if manner is Manner.SUGGESTED:
        yield from (_rectangle(fill, x=x, width=_BAND, height=_BAND) for x, fill in fills)
        yield _rectangle(sea, width=wide, height=2)
        return
    yield _rectangle(sea, width=wide, height=_BAND)
    yield from (_dot(fill, x + _BAND / 2) for x, fill in fills)
    if manner is Manner.REFUSED:
        yield _rectangle(ink, width=wide, height=1.2)
        yield _rectangle(ink, width=1.2, height=_BAND)


_KINDS = {"page": PAGE, "ink": INK, "muted": MUTED, "sea": SEA, "land": LAND}


def _rectangle(fill: Fill, **attributes: float) -> str:
    return tag("rect", fill=fill.value, class_=fill.kind, **attributes)


def _dot(fill: Fill, x: float) -> str:
    return tag("circle", fill=fill.value, class_=fill.kind, cx=x, cy=_BAND / 2, r=2)


def is_open(paint: Paint) -> bool:
    """Whether the sea shows through, so that it takes an outline to tell land from it."""
    return paint.manner in _OPEN


def stylesheet(regions: Regions) -> str:
    """What makes a map dark on a dark page; without it, it is light."""
    kinds = {f"r{at}": colour for at, colour in enumerate(colours(regions).values())} | _KINDS
    fills = "".join(f".georedirect-map .{kind}{{fill:{colour.dark}}}" for kind, colour in kinds.items())
    strokes = "".join(f".georedirect-map .{kind}{{stroke:{colour.dark}}}" for kind, colour in _STROKES.items())
    return f"@media (prefers-color-scheme:dark){{{fills}{strokes}}}"


_STROKES = {"line": LINE, "border": SEA, "outline": MUTED}
