"""The picture says what the door does: a country's fill is that of the region in `explain`, and its title says why."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from georedirect.door.explain import explain
from georedirect.door.question import imagine_request, read_time
from georedirect.door.world import world_of
from georedirect.policy.countries import COUNTRIES
from georedirect.watch.world_map import Asked, embedded_map_of, map_of, regions_of, the_world
from tests.atlas.reading import SVG, colours_of, countries, legend
from tests.policies import GOOD
from tests.serving import snapshot_for

NOW = read_time("2026-06-01T12:00Z")
TEXT = (
    GOOD
    + """
[modes]
AT = "suggest"
SE = "stay"
[[rules]]
name = "closed <for> now"
when = { country = "US" }
status = 451
[[rules]]
name = "elsewhere"
when = { country = "BR" }
uri = "https://brasil.example.net/?a=1&b=2"
[[rules]]
name = "trial"
when = { country = "JP" }
split = { north = 1, europe = 1 }
[server]
trusted_proxies = ["10.0.0.0/8"]
[database]
country_header = "preset:cloudflare"
"""
)
SNAPSHOT = snapshot_for(TEXT)
(POLICY,) = SNAPSHOT.configuration.policies


@pytest.fixture(scope="module")
def drawn() -> str:
    return map_of(SNAPSHOT, POLICY, Asked(NOW))


def test_each_country_has_the_colour_of_the_region_that_explain_names(drawn: str) -> None:
    swatches = {text.removesuffix(" (default)"): fill for text, (fill, _) in legend(drawn).items()}
    found = countries(drawn)
    assert found.keys() == COUNTRIES.keys()
    for country in COUNTRIES.keys() - {"AT", "SE", "US", "BR", "JP", "CH"}:
        headers = (f"CF-IPCountry: {country}",)
        said = explain(SNAPSHOT.at(NOW), imagine_request(SNAPSHOT.configuration, "10.0.0.1", headers=headers))
        assert found[country].attrib["data-region"] == said["region"], country
        assert found[country].attrib["fill"] == swatches[str(said["region"])], country


def test_what_is_no_plain_redirect_is_marked(drawn: str) -> None:
    swatches = {text: fill for text, (fill, _) in legend(drawn).items()}
    assert colours_of(drawn, "CH") == [swatches["romandie"], swatches["schweiz"]]
    assert set(colours_of(drawn, "JP")) == {swatches["north"], swatches["europe"]}
    assert colours_of(drawn, "AT")[0] == swatches["germany"]
    assert colours_of(drawn, "SE")[1] == swatches["north"]
    manners = {code: countries(drawn)[code].attrib["data-manner"] for code in ("CH", "JP", "AT", "SE", "US", "BR")}
    assert manners == {
        **dict.fromkeys(("CH", "JP"), "sent"),
        "AT": "suggested",
        "SE": "stays",
        "US": "refused",
        "BR": "elsewhere",
    }
    assert "data-region" not in countries(drawn)["US"].attrib


@pytest.mark.parametrize(
    ("country", "title"),
    [
        ("DE", "Germany: germany"),
        ("CH", "Switzerland: romandie, schweiz for de-CH"),
        ("AT", "Austria: germany is suggested"),
        ("SE", "Sweden: north, but nobody is moved"),
        ("US", 'United States: refused with 451, by the rule "closed <for> now"'),
        ("BR", 'Brazil: to https://brasil.example.net/?a=1&b=2, by the rule "elsewhere"'),
        ("HK", "Hong Kong SAR China: global"),
    ],
)
def test_pointing_at_a_country_tells_its_name_and_what_it_gets(drawn: str, country: str, title: str) -> None:
    assert countries(drawn)[country].findtext(f"{SVG}title") == title


def test_pointing_at_a_country_of_a_split_tells_all_its_regions(drawn: str) -> None:
    title = countries(drawn)["JP"].findtext(f"{SVG}title") or ""
    assert title.endswith(' by lot, by the rule "trial"')
    assert {"north", "europe"} == {name for name in ("north", "europe", "germany") if name in title}


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        (Asked(NOW), "Who asks for /, states no language and has chosen nothing, on 2026-06-01 12:00 UTC"),
        (Asked(0, "/x", ("de", "fr")), "Who asks for /x, reads de, fr and has chosen nothing, on 1970-01-01 00:00 UTC"),
    ],
)
def test_the_picture_says_of_whom_it_speaks(asked: Asked, note: str) -> None:
    root = ET.fromstring(map_of(SNAPSHOT, POLICY, asked))  # noqa: S314  our own
    assert root.findtext(f"{SVG}title") == "Where visitors of www.example.com go"
    assert root.findtext(f"{SVG}desc") == note


def test_a_site_for_every_host_says_so() -> None:
    anywhere = snapshot_for(GOOD.replace('hosts = ["www.example.com"]\n', ""))
    root = ET.fromstring(map_of(anywhere, anywhere.configuration.policies[0], Asked(NOW)))  # noqa: S314
    assert root.findtext(f"{SVG}title") == "Where visitors of all hosts go"


def test_the_map_in_a_page_has_the_same_fills(drawn: str) -> None:
    inside = embedded_map_of(world_of(SNAPSHOT, POLICY, NOW), POLICY)
    shown, alone = countries(inside), countries(drawn)
    assert {code: shown[code].attrib for code in shown} == {code: alone[code].attrib for code in alone}
    assert legend(inside) == {}


def test_regions_are_in_the_order_of_the_file_and_the_world_is_read_once() -> None:
    assert regions_of(POLICY).names == tuple(POLICY.regions)
    assert regions_of(POLICY).default == "global"
    assert the_world() is the_world()
