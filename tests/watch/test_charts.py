"""The map of the dashboard: coloured by what is decided, with a legend that means it, drawn again when that changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from georedirect.door.explain import explain
from georedirect.door.question import imagine_request
from georedirect.door.snapshot import load_snapshot
from georedirect.geo.example import address_in
from georedirect.visitor.address import format_address
from georedirect.watch.charts import Charts, draw
from tests.serving import snapshot_for

if TYPE_CHECKING:
    from georedirect.door.snapshot import Snapshot
    from georedirect.watch.charts import Chart

POLICY = """\
[site]
default = "global"
[regions.global]
uri = "https://global.test{+path}{+query}"
[regions.germany]
uri = "https://de.test{+path}{+query}"
countries = ["DE", "CH"]
languages = ["de"]
[regions.france]
uri = "https://fr.test{+path}{+query}"
countries = ["FR", "CH"]
languages = ["fr"]
[modes]
JP = "stay"
US = "suggest"
[[rules]]
name = "strike"
when = { country = "IT", from = 2026-12-01T00:00:00Z, until = 2026-12-02T00:00:00Z }
status = 451
[[rules]]
when = { country = "ES" }
uri = "https://elsewhere.test/"
"""
BEFORE, DURING, AFTER = 1_796_000_000.0, 1_796_100_000.0, 1_796_200_000.0


def at(moment: float) -> Snapshot:
    return snapshot_for(POLICY).at(moment)


def chart(moment: float = DURING) -> Chart:
    snapshot = at(moment)
    return draw(snapshot, snapshot.configuration.policies[0])


def fill_of(shown: Chart, code: str) -> str:
    found = re.search(rf'id="country-{code}"[^>]*? fill="([^"]*)"', shown.svg)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("code", ["DE", "FR", "SE", "BR", "VA"])
def test_a_country_has_the_colour_of_the_region_that_explain_names(code: str) -> None:
    snapshot, shown = at(DURING), chart()
    address = address_in(code, snapshot.locator.find)
    assert address is not None
    told = explain(snapshot, imagine_request(snapshot.configuration, format_address(address)))
    assert fill_of(shown, code) == shown.regions[str(told["region"])].value


def test_the_legend_means_what_the_map_shows() -> None:
    shown = chart()
    legend = {item.text: item for item in shown.legend}
    assert legend["germany"].fill == shown.regions["germany"]
    assert legend["global (default)"].countries > 200
    for code, text in {
        "CH": "one of several regions",
        "JP": "stay where they are",
        "US": "only suggested",
        "ES": "sent elsewhere by a rule",
        "IT": "refused",
    }.items():
        assert (legend[text].fill.value, legend[text].countries) == (fill_of(shown, code), 1), text
    assert len({item.fill.value for item in shown.legend}) == len(shown.legend)


def test_the_table_says_of_each_country_where_its_visitors_go() -> None:
    rows = {row.code: row for row in chart().rows}
    assert len(rows) == 250
    assert (rows["DE"].name, rows["DE"].goes, rows["DE"].fill.value[:1]) == ("Germany", "germany", "#")
    assert (rows["CH"].name, rows["CH"].fill.value) == ("Switzerland", "")
    assert rows["CH"].goes.startswith("germany, france for fr")
    assert rows["IT"].goes.startswith("refused with 451")
    names = [row.name for row in chart().rows]
    assert names == sorted(names)


def test_a_map_is_drawn_once_until_something_else_is_decided() -> None:
    charts, policy = Charts(), at(BEFORE).configuration.policies[0]
    before = charts.of(at(BEFORE), policy)
    assert charts.of(at(BEFORE + 60), policy) is before
    during = charts.of(at(DURING), policy)
    assert fill_of(during, "IT") != fill_of(before, "IT")
    assert charts.of(at(DURING + 60), policy) is during
    assert fill_of(charts.of(at(AFTER), policy), "IT") == fill_of(before, "IT")


def test_another_policy_has_another_map() -> None:
    charts, snapshot, other = Charts(), at(BEFORE), load_snapshot([])
    first = charts.of(snapshot, snapshot.configuration.policies[0])
    assert charts.of(other, other.configuration.policies[0]).regions.keys() != first.regions.keys()
    assert charts.of(snapshot, snapshot.configuration.policies[0]) is not first
