"""What the colours of a map mean, and of how many countries: as items, and drawn in rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from georedirect.atlas.fills import INK, MUTED, Fills
from georedirect.atlas.paint import Manner, Paint
from georedirect.atlas.svg import tag, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from georedirect.atlas.paint import Regions

ROW = 44
"""How high a row of the legend is."""

_SIZE = 26  # of the text
_CHARACTER = 14.5  # how wide a character is at the most, on the whole
_SWATCH = (36, 26)
_LONGEST = 40

_SAID = {
    Manner.SUGGESTED: "only suggested",
    Manner.STAYS: "stay where they are",
    Manner.ELSEWHERE: "sent elsewhere by a rule",
    Manner.REFUSED: "refused",
}


class Item(NamedTuple):
    """What a fill means, and how many countries have it."""

    paint: Paint
    text: str
    countries: int


def legend_of(painted: Mapping[str, Paint], regions: Regions) -> list[Item]:
    """The regions in their order, with all who belong to them; then what else there is to be seen."""
    paints = list(painted.values())
    return [*_of_regions(paints, regions), *_of_manners(paints)]


def _of_regions(paints: Sequence[Paint], regions: Regions) -> Iterator[Item]:
    for name in regions.names:
        count = sum(paint.regions[:1] == (name,) for paint in paints)
        yield Item(Paint((name,), Manner.SENT, ""), f"{name} (default)" if name == regions.default else name, count)


def _of_manners(paints: Sequence[Paint]) -> Iterator[Item]:
    several = [paint for paint in paints if len(paint.regions) > 1]
    if several:
        yield Item(several[0]._replace(manner=Manner.SENT), "one of several regions", len(several))
    for manner, text in _SAID.items():
        found = [paint for paint in paints if paint.manner is manner]
        if found:
            yield Item(found[0]._replace(regions=found[0].regions[:1]), text, len(found))


def in_rows(items: Sequence[Item], width: float) -> list[Sequence[Item]]:
    """As many beside each other as there is room for."""
    columns = max(1, int(width / _column(items)))
    return [items[at : at + columns] for at in range(0, len(items), columns)]


def _column(items: Sequence[Item]) -> float:
    longest = max((len(_shown(item)) + len(str(item.countries)) for item in items), default=0)
    return _SWATCH[0] + 60 + _CHARACTER * longest


def _shown(item: Item) -> str:
    return item.text if len(item.text) <= _LONGEST else f"{item.text[: _LONGEST - 1]}…"


def draw_legend(items: Sequence[Item], fills: Fills, width: float) -> Iterator[str]:
    """A swatch, its text and the number, for each item."""
    across = _column(items)
    for row, beside in enumerate(in_rows(items, width)):
        for column, item in enumerate(beside):
            yield tag("g", *_draw(item, fills), transform=f"translate({column * across:g} {row * ROW})")


def _draw(item: Item, fills: Fills) -> Iterator[str]:
    wide, high = _SWATCH
    fill = fills.of(item.paint)
    yield tag(
        "rect", width=wide, height=high, rx=5, fill=fill.value, stroke=MUTED.light, class_=f"outline {fill.kind or ''}"
    )
    count = tag("tspan", str(item.countries), dx=12, fill=MUTED.light, class_="muted")
    yield tag("text", words(_shown(item)), count, x=wide + 12, y=21, font_size=_SIZE, fill=INK.light, class_="ink")
