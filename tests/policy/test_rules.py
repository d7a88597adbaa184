"""A rule is read as it is written: its name, the one thing that it does, and what its draws depend on."""

from __future__ import annotations

import pytest

from georedirect.policy.conditions import Drawn
from georedirect.policy.rule_model import Deed, Rule
from georedirect.sharing import Lot, key_of
from tests.policies import load_policy, mistakes_of, policy, warnings_of

_B = '[regions.b]\nuri = "https://b.example{+path}"\n'


def rules(text: str) -> tuple[Rule, ...]:
    return load_policy(policy(rest=f"{_B}{text}")).rules.rules


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('region = "b"', Rule(1, "rule 1", (), Deed.REGION, region="b")),
        ("stay = true", Rule(1, "rule 1", (), Deed.STAY)),
        ("suggest = true", Rule(1, "rule 1", (), Deed.SUGGEST)),
        ('suggest = true\nregion = "b"', Rule(1, "rule 1", (), Deed.SUGGEST, region="b")),
        ("status = 503", Rule(1, "rule 1", (), Deed.STATUS, status=503)),
        ("status = 503\nretry_after_seconds = 600", Rule(1, "rule 1", (), Deed.STATUS, status=503, retry_after=600)),
        ("status = 404", Rule(1, "rule 1", (), Deed.STATUS, status=404)),
        ('name = "Wartung, früh"\nstatus = 451', Rule(1, "Wartung, früh", (), Deed.STATUS, status=451)),
        ('continue = "t-1"', Rule(1, "rule 1", (), Deed.CONTINUE, tag="t-1")),
        (
            "split = { a = 90, b = 10 }",
            Rule(1, "rule 1", (), Deed.SPLIT, lot=Lot.of([("a", 90), ("b", 10)], "split", "", "rule 1")),
        ),
        (
            'name = "n"\nregion = "a"\nsplit = { x = 0, y = 1 }',
            Rule(1, "n", (), Deed.REGION, region="a", lot=Lot.of([("x", 0), ("y", 1)], "split", "", "n")),
        ),
        (
            'continue = "t"\nexperiment = "e"\nsplit = { x = 1, y = 1 }',
            Rule(1, "rule 1", (), Deed.CONTINUE, tag="t", lot=Lot.of([("x", 1), ("y", 1)], "split", "", "e")),
        ),
    ],
)
def test_a_rule_does_what_is_written(text: str, rule: Rule) -> None:
    assert rules(f"[[rules]]\n{text}") == (rule,)


def test_a_uri_is_a_template_with_what_the_path_has() -> None:
    (rule,) = rules('[[rules]]\nuri = "https://x.example/{+1}{+2}"\nwhen = { path = ["/a/*/*", "/*/*/*"] }')
    assert rule.deed is Deed.URI
    assert rule.uri is not None
    assert rule.uri.variables == {"1", "2"}


def test_rules_are_numbered_and_named_in_their_order() -> None:
    found = rules('[[rules]]\nstay = true\n[[rules]]\nname = "x"\nstatus = 404\n[[rules]]\nregion = "a"')
    assert [(rule.number, rule.name) for rule in found] == [(1, "rule 1"), (2, "x"), (3, "rule 3")]


def test_shares_of_one_experiment_and_one_key_are_drawn_alike() -> None:
    text = (
        '[sticky]\nkey = "k"\n'
        '[[rules]]\nstay = true\nexperiment = "e"\nwhen = { share = 10 }\n'
        '[[rules]]\nstay = true\nexperiment = "e"\nwhen = { not_share = 12.5 }\n'
        '[[rules]]\nname = "e"\nstay = true\nwhen = { share = 0.5 }\n'
    )
    key = key_of("share", "k", "e")
    assert [rule.when[0].test for rule in rules(text)] == [Drawn(key, 0.1), Drawn(key, 0.125), Drawn(key, 0.005)]


def test_a_rule_whose_path_is_wrong_is_not_blamed_for_what_its_uri_takes_of_it() -> None:
    text = policy(rest='[[rules]]\nuri = "https://x.example/{+1}"\nwhen = { path = "shop/*" }')
    assert [line.split(": ")[:2] for line in mistakes_of(text)] == [["1.toml:7", "rules.when.path"]]


@pytest.mark.parametrize(
    ("uri", "warning"),
    [
        ("https://x.example/{1}", "{1} percent-encodes what it should carry over; did you mean {+1}?"),
        ("https://x.example/{rest}", "{rest} percent-encodes what it should carry over; did you mean {+rest}?"),
        ("https://x.example/{+rest}", 'yields "//", as what is below a prefix begins with a slash'),
        ("https://x.example/?a={1}", None),
        ("https://x.example/a{+rest}{+query}", None),
    ],
)
def test_what_is_seldom_meant_in_a_uri_is_warned_of(uri: str, warning: str | None) -> None:
    text = policy(rest=f'[[rules]]\nuri = "{uri}"\nwhen = {{ path = "/a/*", prefix = "/a" }}')
    told = [line for line in warnings_of(text) if "rules.uri" in line]
    assert len(told) == (warning is not None)
    assert all(line.startswith("6: warning: rules.uri: ") and str(warning) in line for line in told)


def test_a_group_that_only_a_rule_asks_for_is_used() -> None:
    groups = '[groups]\nalps = ["CH"]\nnorth = ["NO"]\nsouth = ["IT"]\n'
    asking = '[[rules]]\nstay = true\nwhen = { group = "alps", not_group = ["north"] }\n'
    text = policy(rest=f"{groups}{asking}[[rules]]\nstay = true")
    assert [line.split(": ")[2] for line in warnings_of(text) if "groups" in line] == ["groups.south"]


@pytest.mark.parametrize("rule", ['region = "b"', "split = { a = 1, b = 1 }", 'suggest = true\nregion = "b"'])
def test_a_region_that_only_a_rule_leads_to_is_led_to(rule: str) -> None:
    text = policy('order = ["country"]', rest=f"{_B}[[rules]]\n{rule}")
    assert not any("nothing leads here" in line for line in warnings_of(text))
    assert any("nothing leads here" in line for line in warnings_of(policy('order = ["country"]', rest=_B)))


def test_a_region_that_is_only_a_fallback_is_led_to() -> None:
    text = policy('order = ["country"]', 'check = { path = "/" }\nfallback = ["b"]', _B)
    assert not any("nothing leads here" in line for line in warnings_of(text))


def test_where_nothing_is_drawn_sticky_is_of_no_use() -> None:
    useless = "5: warning: sticky: is of no use: nothing is drawn"
    assert any(line.startswith(useless) for line in warnings_of(policy(rest='[sticky]\nkey = "k"')))
    drawing = policy(rest='[sticky]\nkey = "k"\n[[rules]]\nstay = true\nwhen = { share = 1 }')
    assert not any("sticky" in line for line in warnings_of(drawing))
