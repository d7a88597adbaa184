"""The map as programs and readers see it: every country with what it gets, nothing from elsewhere, text escaped."""

from __future__ import annotations

import re
from itertools import cycle
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from georedirect.atlas.colours import NEUTRAL, PALETTE, SEA
from georedirect.atlas.draw import Caption, draw, draw_embedded
from georedirect.atlas.fills import INK, stylesheet
from georedirect.atlas.paint import Manner, Paint, Regions
from georedirect.atlas.world import World, read_world
from georedirect.geo.bundled import bundled_world
from tests.atlas.reading import SVG, colours_of, countries, legend

WORLD = read_world(bundled_world().read_text(encoding="utf-8"))
SMALL = World(
    **{
        **{name: getattr(WORLD, name) for name in ("width", "height", "radius", "globe", "graticule", "land")},
        "shapes": {"DE": WORLD.shapes["DE"], "FR": WORLD.shapes["FR"]},
        "dots": {"SG": (1516, 476)},
    }
)
REGIONS = Regions(("global", "germany", "france"), "global")
CAPTION = Caption("Where visitors go", "Whoever they are")
SENT = Paint(("germany",), Manner.SENT, "Germany: germany")
BLUE, ORANGE = PALETTE[0].light, PALETTE[1].light


def drawn(**paints: Paint) -> str:
    return draw(SMALL, {"DE": SENT, "FR": SENT, "SG": SENT, **paints}, REGIONS, CAPTION)


def test_every_country_is_a_path_that_says_where_its_visitors_go() -> None:
    found = countries(drawn(SG=Paint(("global",), Manner.SENT, "Singapore: global")))
    assert found.keys() == {"DE", "FR", "SG"}
    germany, singapore = found["DE"], found["SG"]
    assert germany.attrib.items() >= {"id": "country-DE", "data-region": "germany", "fill": BLUE}.items()
    assert germany.findtext(f"{SVG}title") == "Germany: germany"
    assert germany.attrib["d"] == WORLD.shapes["DE"]
    assert singapore.attrib["fill"] == NEUTRAL.light
    assert singapore.attrib["d"].startswith("M1511 476a5 5 ")


@pytest.mark.parametrize(
    ("paint", "colours"),
    [
        (SENT, [BLUE]),
        (Paint(("france", "germany"), Manner.SENT, ""), [ORANGE, BLUE]),
        (Paint(("france",), Manner.SUGGESTED, ""), [ORANGE, SEA.light]),
        (Paint(("france", "germany"), Manner.SUGGESTED, ""), [ORANGE, BLUE, SEA.light]),
        (Paint(("france",), Manner.STAYS, ""), [SEA.light, ORANGE]),
        (Paint((), Manner.ELSEWHERE, ""), [INK.light]),
        (Paint((), Manner.REFUSED, ""), [SEA.light, INK.light, INK.light]),
    ],
)
def test_a_country_is_filled_by_its_regions_and_by_what_happens(paint: Paint, colours: list[str]) -> None:
    svg = drawn(FR=paint)
    france = countries(svg)["FR"]
    assert colours_of(svg, "FR") == colours
    assert france.attrib["data-manner"] == paint.manner
    assert france.get("data-region") == (paint.regions[0] if paint.regions else None)
    assert france.get("data-regions") == (" ".join(paint.regions) if len(paint.regions) > 1 else None)
    assert ("stroke" in france.attrib) is (paint.manner in {Manner.STAYS, Manner.REFUSED})


def test_the_legend_names_all_regions_with_their_countries_and_what_else_is_to_be_seen_with_the_same_fill() -> None:
    both = Paint(("germany", "france"), Manner.SENT, "")
    svg = drawn(FR=both, SG=Paint(("france",), Manner.STAYS, ""))
    said = legend(svg)
    assert {text: number for text, (_, number) in said.items()} == {
        "global (default)": 0,
        "germany": 2,
        "france": 1,
        "one of several regions": 1,
        "stay where they are": 1,
    }
    assert said["germany"][0] == countries(svg)["DE"].attrib["fill"]
    assert said["one of several regions"][0] == countries(svg)["FR"].attrib["fill"]
    assert said["stay where they are"][0] == countries(svg)["SG"].attrib["fill"]


def test_a_legend_of_many_regions_takes_several_rows_and_the_map_is_as_much_higher() -> None:
    few, many = (Regions(tuple(f"region-{number}" for number in range(count))) for count in (3, 40))
    heights = []
    for regions in (few, many):
        svg = draw(SMALL, {"DE": Paint(("region-1",), Manner.SENT, "")}, regions, CAPTION)
        box = list(map(int, ET.fromstring(svg).attrib["viewBox"].split()))  # noqa: S314
        heights.append(box[3])
        assert len(legend(svg)) == len(regions.names)
        ends = [float(x) for x in re.findall(r'translate\((\S+) \S+\)"><rect width="36"', svg)]
        assert max(ends) < box[2]
    assert heights[1] > heights[0]


def test_a_long_name_is_cut_in_the_legend_and_whole_in_the_title() -> None:
    name = "n" * 64
    svg = draw(SMALL, {"DE": Paint((name,), Manner.SENT, name)}, Regions((name,)), CAPTION)
    assert next(iter(legend(svg))) == "n" * 39 + "…"
    assert countries(svg)["DE"].findtext(f"{SVG}title") == name


def test_a_map_without_regions_and_countries_is_a_map() -> None:
    svg = draw(SMALL, {}, Regions(()), CAPTION)
    assert countries(svg) == {}
    assert legend(svg) == {}


def test_all_of_it_is_read_aloud_as_one_picture_with_title_and_description() -> None:
    for svg in (drawn(), draw_embedded(SMALL, {"DE": SENT}, REGIONS, CAPTION)):
        root = ET.fromstring(svg)  # noqa: S314
        assert root.attrib["role"] == "img"
        titles = {
            element.attrib["id"]: element.text for element in root if element.tag in {f"{SVG}title", f"{SVG}desc"}
        }
        assert [titles[name] for name in root.attrib["aria-labelledby"].split()] == list(CAPTION)


def test_a_file_has_a_dark_colour_for_every_class_that_it_uses() -> None:
    svg = drawn(FR=Paint(("france", "germany"), Manner.SUGGESTED, ""), SG=Paint((), Manner.REFUSED, ""))
    style = ET.fromstring(svg).findtext(f"{SVG}style") or ""  # noqa: S314
    used = {kind for element in ET.fromstring(svg).iter() for kind in element.get("class", "").split()}  # noqa: S314
    styled = set(re.findall(r"\.georedirect-map \.(\w+)\{(?:fill|stroke):#[0-9a-f]{6}\}", style))
    assert used - {"georedirect-map"} <= styled
    assert used >= {"r0", "r1", "r2", "page", "ink", "muted", "sea", "land", "line", "border", "outline"}
    assert f".r0{{fill:{PALETTE[0].dark}}}" in style


def test_a_map_for_a_page_brings_no_style_ground_heading_or_legend_of_its_own() -> None:
    svg = draw_embedded(SMALL, {"DE": SENT, "FR": SENT._replace(manner=Manner.STAYS)}, REGIONS, CAPTION)
    root = ET.fromstring(svg)  # noqa: S314
    assert not [element for name in ("style", "text") for element in root.iter(f"{SVG}{name}")]
    assert 'class="page"' not in svg
    assert root.attrib["viewBox"] == f"0 0 {WORLD.width} {WORLD.height}"
    assert countries(svg)["DE"].attrib["class"] == "r0"
    assert ".georedirect-map .r0{" in stylesheet(REGIONS)


def test_two_maps_of_one_page_share_no_id() -> None:
    both = {"DE": Paint(("france", "germany"), Manner.SENT, "")}
    found = []
    for prefix in ("", "second-"):
        svg = draw_embedded(SMALL, both, REGIONS, CAPTION, prefix)
        found += [element.attrib["id"] for element in ET.fromstring(svg).iter() if "id" in element.attrib]  # noqa: S314
        assert colours_of(svg, "DE") == [ORANGE, BLUE]
    assert len(found) == len(set(found)) == 2 * 4


def test_a_map_is_as_wide_as_it_is_told_and_keeps_its_shape() -> None:
    root = ET.fromstring(draw(SMALL, {}, REGIONS, CAPTION, 800))  # noqa: S314
    _, _, width, height = map(int, root.attrib["viewBox"].split())
    assert (root.attrib["width"], int(root.attrib["height"])) == ("800", round(800 * height / width))
    assert "width" not in ET.fromstring(drawn()).attrib  # noqa: S314


HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *(
                "</title><script>alert(1)</script>",
                '" onload="alert(1)',
                "&lt;",
                "]]>",
                "<!--",
                "\x00\x1b[2J",
                "\ud800",
            ),
            *("url(https://evil.example/)", "javascript:alert(1)", "</style>", "\u202e", "a b", "&#x0;", "\ufffe"),
        ]
    ),
)
_MANNERS = (Manner.SENT, Manner.SUGGESTED, Manner.STAYS)


@given(st.lists(HOSTILE, min_size=1, max_size=4, unique=True), HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=60, deadline=None)
def test_no_name_and_no_text_becomes_markup(names: list[str], text: str, title: str, note: str) -> None:
    regions = Regions(tuple(names), names[0])
    paints = {
        code: Paint(tuple(names), manner, text)
        for code, manner in zip(("DE", "FR", "SG"), cycle(_MANNERS), strict=False)
    }
    for svg in (
        draw(SMALL, paints, regions, Caption(title, note)),
        draw_embedded(SMALL, paints, regions, Caption(title, note)),
    ):
        root = ET.fromstring(svg)  # noqa: S314
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
            *("svg", "title", "desc", "style", "defs", "pattern", "rect", "circle", "path", "g", "text", "tspan"),
        }
        for element in root.iter():
            assert not [name for name in element.attrib if name.startswith("on") or "href" in name]
            values = [value for name, value in element.attrib.items() if name in {"fill", "stroke", "style", "class"}]
            assert not [value for value in values if "url(" in value and not re.fullmatch(r"url\(#paint-\d+\)", value)]
        assert "@import" not in (root.findtext(f"{SVG}style") or "")


def test_the_whole_world_is_drawn_the_same_each_time() -> None:
    every = dict.fromkeys(sorted(WORLD.shapes.keys() | WORLD.dots.keys()), SENT)
    svg = draw(WORLD, every, REGIONS, CAPTION)
    assert svg == draw(WORLD, every, REGIONS, CAPTION)
    assert countries(svg).keys() == every.keys()
    assert len(svg) < 150_000
