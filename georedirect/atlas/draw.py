"""The map as one SVG: a file that stands alone, or to be put into a page. All text in it is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from georedirect.atlas.colours import SEA
from georedirect.atlas.fills import INK, LAND, LINE, MUTED, PAGE, Fills, is_open, stylesheet
from georedirect.atlas.legend import ROW, draw_legend, in_rows, legend_of
from georedirect.atlas.svg import tag, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from georedirect.atlas.paint import Paint, Regions
    from georedirect.atlas.world import World

_MARGIN = 40
_TOP = 140  # where the map begins, below the heading
_FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"


class Caption(NamedTuple):
    """What is said of a map: a line that names it, and one in smaller letters."""

    title: str
    note: str = ""


def draw(
    world: World, painted: Mapping[str, Paint], regions: Regions, caption: Caption, wide: int | None = None
) -> str:
    """Paint each country by its code, and say around it what that means: a file that stands alone.

    `wide` is in pixels; without it, it takes the room that it is given.
    """
    fills = Fills(regions)
    items = legend_of(painted, regions)
    bottom = _TOP + world.height + _MARGIN
    width, height = world.width + 2 * _MARGIN, bottom + ROW * len(in_rows(items, world.width)) + _MARGIN // 2
    shown = [
        tag("rect", width=width, height=height, fill=PAGE.light, class_="page"),
        *_heading(caption),
        tag("g", *_chart(world, painted, fills), transform=f"translate({_MARGIN} {_TOP})"),
        tag("g", *draw_legend(items, fills, world.width), transform=f"translate({_MARGIN} {bottom})"),
    ]
    parts = [tag("style", stylesheet(regions)), *fills.definitions(), *shown]
    return _whole((width, height), caption, parts, wide=wide)


def draw_embedded(
    world: World, painted: Mapping[str, Paint], regions: Regions, caption: Caption, prefix: str = ""
) -> str:
    """The map alone, for a page that has the rest itself: heading, legend, and `stylesheet` in its own.

    `prefix` begins all ids, so that a page may have several maps.
    """
    fills = Fills(regions, prefix)
    chart = list(_chart(world, painted, fills))
    return _whole((world.width, world.height), caption, [*fills.definitions(), *chart], prefix=prefix)


def _whole(
    size: tuple[int, int], caption: Caption, parts: Sequence[str], *, wide: int | None = None, prefix: str = ""
) -> str:
    """All of it, with what is read aloud instead of the picture."""
    return tag(
        "svg",
        tag("title", words(caption.title), id=f"{prefix}map-title"),
        tag("desc", words(caption.note), id=f"{prefix}map-note"),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {size[0]} {size[1]}",
        width=wide,
        height=None if wide is None else round(wide * size[1] / size[0]),
        role="img",
        aria_labelledby=f"{prefix}map-title {prefix}map-note",
        class_="georedirect-map",
        font_family=_FONT,
    )


def _heading(caption: Caption) -> Iterator[str]:
    yield tag(
        "text", words(caption.title), x=_MARGIN, y=66, font_size=40, font_weight=600, fill=INK.light, class_="ink"
    )
    yield tag("text", words(caption.note), x=_MARGIN, y=106, font_size=25, fill=MUTED.light, class_="muted")


def _chart(world: World, painted: Mapping[str, Paint], fills: Fills) -> Iterator[str]:
    """The globe, what lies on it, and above all the dots, some of which lie on other countries."""
    yield tag("path", d=world.globe, fill=SEA.light, class_="sea")
    yield tag("path", d=world.graticule, fill="none", stroke=LINE.light, class_="line")
    borders = {"stroke": SEA.light, "class_": "border", "stroke_width": 1, "stroke_linejoin": "round"}
    land = tag("path", tag("title", "no country by ISO 3166-1"), d=world.land, fill=LAND.light, class_="land")
    shapes = (_country(world, code, paint, fills) for code, paint in painted.items() if code in world.shapes)
    dots = (_country(world, code, paint, fills) for code, paint in painted.items() if code in world.dots)
    yield tag("g", land, *shapes, *dots, **borders)


def _country(world: World, code: str, paint: Paint, fills: Fills) -> str:
    """A path, whichever way: whoever reads the picture finds each country the same way."""
    fill, outline = fills.of(paint), MUTED.light if is_open(paint) else None
    return tag(
        "path",
        tag("title", words(paint.text)),
        id=f"{fills.prefix}country-{code}",
        data_country=code,
        data_region=next(iter(paint.regions), None),
        data_regions=" ".join(paint.regions) if len(paint.regions) > 1 else None,
        data_manner=paint.manner,
        d=world.shapes.get(code) or _circle(*world.dots[code], world.radius),
        fill=fill.value,
        stroke=outline,
        class_=" ".join(filter(None, (fill.kind, outline and "outline"))) or None,
    )


def _circle(x: int, y: int, radius: int) -> str:
    return f"M{x - radius} {y}a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0 {-2 * radius} 0z"
