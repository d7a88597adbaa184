"""The dashboard and the alerts in deploy/ can be read by what they are for, and name only metrics that exist."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import promql_parser as promql
import pytest
import yaml

from georedirect.watch.metrics import Metrics
from tests.test_docs import anchors, first_column, section
from tests.watch.desks import full_desk

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text(encoding="utf-8"))
ALERTS: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
OF_PROMETHEUS = frozenset({"job", "instance"})
"""Labels that it adds itself, and `up` is a metric of its own."""


@cache
def metrics() -> dict[str, frozenset[str]]:
    """The labels of each metric that there is."""
    found = {"up": OF_PROMETHEUS}
    for family in Metrics(full_desk()).collect():
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, OF_PROMETHEUS) | sample.labels.keys()
    return found


def selectors(expression: promql.Expr) -> list[promql.VectorSelector]:
    found: list[promql.VectorSelector] = []

    def visit(node: promql.Expr) -> None:
        if isinstance(node, promql.VectorSelector):
            found.append(node)

    promql.walk(expression, visit)
    return found


def named_in_modifiers(expression: promql.Expr) -> set[str]:
    """The labels by which an expression sums up, or joins."""
    found: set[str] = set()

    def visit(node: promql.Expr) -> None:
        modifier = getattr(node, "modifier", None)
        for one in (modifier, getattr(modifier, "matching", None), getattr(modifier, "group_labels", None)):
            found.update(getattr(one, "labels", ()))

    promql.walk(expression, visit)
    return found


def wrong_in(expression: str) -> list[str]:
    """What an expression names that there is not."""
    parsed = promql.parse(expression)
    wrong, known = [], set(OF_PROMETHEUS)
    for selector in selectors(parsed):
        labels = metrics().get(selector.name or "", frozenset())
        known |= labels
        wrong += [] if selector.name in metrics() else [f"metric {selector.name}"]
        wrong += [f"{selector.name}: label {m.name}" for m in selector.matchers.matchers if m.name not in labels]
    return wrong + [f"label {name}" for name in named_in_modifiers(parsed) - known]


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("rate(georedirect_requests_total[5m])", []),
        ('sum by (site) (georedirect_mirrors{state="sick"}) > on (site) georedirect_mirrors', []),
        ("georedirect_request_total", ["metric georedirect_request_total"]),
        ('rate(georedirect_requests_total{country="DE"}[5m])', ["georedirect_requests_total: label country"]),
        ("sum by (mirror) (georedirect_requests_total)", ["label mirror"]),
        ("georedirect_mirrors and ignoring (outcome) georedirect_mirrors", ["label outcome"]),
    ],
)
def test_what_does_not_exist_is_found(expression: str, wrong: list[str]) -> None:
    assert wrong_in(expression) == wrong


# Alerts


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_names_what_exists_and_says_what_to_do(rule: dict[str, Any]) -> None:
    assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
    assert wrong_in(rule["expr"]) == []
    assert re.fullmatch(r"\d+[mh]", rule["for"])
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"].keys() == {"summary", "runbook_url"}
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert anchor in anchors(ROOT / page)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_summary_shows_labels_that_its_expression_has(rule: dict[str, Any]) -> None:
    shown = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    expression = promql.parse(rule["expr"])
    has = set(OF_PROMETHEUS).union(*(metrics()[selector.name or ""] for selector in selectors(expression)))
    assert shown <= has
    assert named_in_modifiers(expression) >= shown or "sum by" not in rule["expr"]


def test_alerts_are_told_apart_and_documented_and_no_others_are() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names)
    assert names == first_column(section(OPERATING, "Alerts"))
    assert ALERTS.keys() == {"groups"}
    assert all(group.keys() == {"name", "rules"} for group in ALERTS["groups"])


# The dashboard


def expressions() -> Iterator[str]:
    """All that it asks Prometheus for, with Grafana's variables as what they may stand for."""
    panels = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    asked += [note["expr"] for note in DASHBOARD["annotations"]["list"]]
    for expression in asked:
        yield re.sub(r"\$__(rate_)?interval", "5m", expression).replace("$", "a")


def queries() -> Iterator[tuple[str, str]]:
    """What the variables are filled with: a selector, and a label of it."""
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
            assert found
            yield found[1].replace("$", "a"), found[2]


def test_the_dashboard_names_what_exists() -> None:
    asked = [*expressions()]
    assert len(asked) > 25
    assert {expression: wrong_in(expression) for expression in asked if wrong_in(expression)} == {}
    for selector, label in queries():
        assert wrong_in(f"sum by ({label}) ({selector})") == []


def test_nearly_all_metrics_are_on_the_dashboard_or_in_an_alert() -> None:
    asked = " ".join([*expressions(), *(rule["expr"] for rule in RULES), *(selector for selector, _ in queries())])
    missing = {
        name for name in metrics() if name not in asked and not name.endswith(("_seconds_count", "_seconds_sum"))
    }
    assert missing == {
        "georedirect_database_build_timestamp_seconds",
        "georedirect_last_reload_timestamp_seconds",
        "georedirect_last_reload_duration_seconds",
        "georedirect_mirror_changes_total",
    }


def test_the_dashboard_can_be_imported() -> None:
    assert DASHBOARD["uid"] == "georedirect"
    assert "id" not in DASHBOARD
    assert DASHBOARD["templating"]["list"][0]["type"] == "datasource"
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in DASHBOARD["panels"]:
        assert panel["title"]
        if panel["type"] != "row":
            assert {panel["datasource"]["uid"], *(each["datasource"]["uid"] for each in panel["targets"])} == {
                "${datasource}"
            }
            assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_no_panel_lies_over_another_or_over_the_edge() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + dx, place["y"] + dy) for dx in range(place["w"]) for dy in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
