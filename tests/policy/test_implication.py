"""Whether one condition holds wherever another does: a table, and that it is never said wrongly of anybody."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from georedirect.policy.anchors import ANYWHERE, filed_under, places_to_look
from georedirect.policy.implication import all_implied, implies
from tests.askers import some_rule, somebody
from tests.policies import load_policy, policy

if TYPE_CHECKING:
    from georedirect.policy.conditions import Test
    from georedirect.policy.rule_model import Rule


def rules_of(*whens: str) -> tuple[Rule, ...]:
    rules = [
        f'[[rules]]\nstay = true\nexperiment = "x"\nwhen = {{ {when} }}'
        if "share" in when
        else f"[[rules]]\nstay = true\n{f'when = {{ {when} }}' if when else ''}"
        for when in whens
    ]
    groups = '[groups]\nalps = ["CH", "AT"]\n'
    return load_policy(policy(rest=groups + "\n".join(rules))).rules.rules


def a_test(when: str) -> Test:
    return rules_of(when)[0].when[0].test


IMPLIED = [
    ('country = "DE"', 'country = ["DE", "AT"]'),
    ('country = "AT"', 'group = "alps"'),
    ('subdivision = ["DE-BY", "AT-1"]', 'country = ["DE", "AT"]'),
    ('subdivision = "DE-BY"', 'subdivision = ["DE-BY", "DE-BE"]'),
    ('continent = "EU"', 'continent = ["EU", "AS"]'),
    ("asn = 1", "asn = [1, 2]"),
    ('anonymous = "tor"', "anonymous = true"),
    ("anonymous = true", "anonymous = true"),
    ('anonymous = "tor"', 'anonymous = ["tor", "vpn"]'),
    ('method = "HEAD"', 'method = "GET"'),
    ('method = "GET"', 'method = ["GET", "POST"]'),
    ('query = { a = "1" }', "query = { a = true }"),
    ('header = { a = "1" }', "header = { A = true }"),
    ('header = { a = "1" }', 'header = { A = ["2", "1"] }'),
    ('query = { a = ["1", "2"] }', 'query = { a = ["2", "1", "3"] }'),
    ('query = { a = ["1", "2"] }', "query = { a = true }"),
    ("from = 2026-12-01T00:00:00Z", "from = 2026-11-01T00:00:00Z"),
    ("from = 2026-12-01T00:00:00Z, until = 2026-12-02T00:00:00Z", "until = 2026-12-02T00:00:00Z"),
    ("share = 10", "share = 20"),
    ('network = "10.1.0.0/16"', 'network = ["::/0", "10.0.0.0/8"]'),
    ('network = "2001:db8::1"', 'network = "2001:db8::/32"'),
    ('host = "www.example.com"', 'host = "*.example.com"'),
    ('host = "*.a.example.com"', 'host = "*.example.com"'),
    ('host = "a.example"', 'host = ["a.example", "b.example"]'),
    ('path = "/a/b"', 'path = "/a/*"'),
    ('path = "/a/b*c"', 'path = "/a/*"'),
    ('path = ["/a*x", "/b"]', 'path = ["/b", "/a*x", "/c"]'),
    ('path = "/a/b"', 'prefix = "/a"'),
    ('path = "/a"', 'prefix = "/a"'),
    ('path = "/a/*"', 'prefix = ["/b", "/a"]'),
    ('prefix = "/a/b"', 'prefix = "/a"'),
    ('prefix = "/a"', 'path = "/a*"'),
    ('prefix = "/a/b"', 'path = "/a/*"'),
    ('language = "de"', 'language = "de"'),
    ('daily = { from = 01:00:00, until = 02:00:00 }, zone = "UTC"',) * 2,
]

NOT_IMPLIED = [
    ('country = ["DE", "FR"]', 'country = ["DE", "AT"]'),
    ('country = "DE"', 'subdivision = "DE-BY"'),
    ('country = "DE"', 'continent = "EU"'),
    ('subdivision = "DE-BY"', 'country = "AT"'),
    ('continent = "EU"', 'country = "DE"'),
    ("anonymous = true", 'anonymous = "tor"'),
    ('anonymous = ["tor", "vpn"]', 'anonymous = "tor"'),
    ("asn = [1, 2]", "asn = 1"),
    ('method = "GET"', 'method = "HEAD"'),
    ('method = "GET"', 'path = "/a"'),
    ('path = "/a"', 'method = "GET"'),
    ('query = { a = "1" }', 'query = { a = "2" }'),
    ("query = { a = true }", 'query = { a = "1" }'),
    ('query = { a = ["1", "2"] }', 'query = { a = "1" }'),
    ('header = { a = "1" }', 'header = { b = "1" }'),
    ("query = { a = true }", "query = { b = true }"),
    ("query = { a = true }", "header = { a = true }"),
    ("header = { a = true }", "query = { a = true }"),
    ("from = 2026-11-01T00:00:00Z", "from = 2026-12-01T00:00:00Z"),
    ("from = 2026-11-01T00:00:00Z", "until = 2026-12-01T00:00:00Z"),
    ("from = 2026-11-01T00:00:00Z", 'daily = { from = 01:00:00, until = 02:00:00 }, zone = "UTC"'),
    ('country = "DE"', "from = 2026-11-01T00:00:00Z"),
    ("share = 20", "share = 10"),
    ('country = "DE"', "share = 10"),
    ('network = "10.0.0.0/8"', 'network = "10.1.0.0/16"'),
    ('network = "10.0.0.0/8"', 'network = "::/0"'),
    ('network = "2001:db8::/32"', 'network = "0.0.0.0/0"'),
    ('country = "DE"', 'network = "::/0"'),
    ('host = "example.com"', 'host = "*.example.com"'),
    ('host = "*.example.com"', 'host = "www.example.com"'),
    ('country = "DE"', 'host = "www.example.com"'),
    ('path = "/a/*"', 'path = "/a/b"'),
    ('path = "/a*"', 'path = "/a/*"'),
    ('path = "/a*"', 'path = "/*a*"'),
    ('path = "/a*"', 'prefix = "/a"'),
    ('path = "/ab"', 'prefix = "/a"'),
    ('country = "DE"', 'prefix = "/a"'),
    ('prefix = "/a"', 'path = "/a/*"'),
    ('prefix = "/a"', 'path = "/a"'),
    ('prefix = "/ab"', 'prefix = "/a"'),
    ('language = "de"', 'language = "en"'),
    ('continent = "EU"', 'continent = "AS"'),
    ('country = "DE"', "asn = 1"),
    ('country = "DE"', "anonymous = true"),
]


@pytest.mark.parametrize(("given", "other"), IMPLIED)
def test_what_takes_in_the_other_holds_wherever_that_does_and_is_found_there(given: str, other: str) -> None:
    assert implies(a_test(given), a_test(other))
    first, second = rules_of(given, other)
    assert all_implied(second.when, first.when)
    assert filed_under(second) & {*places_to_look(first)}


@pytest.mark.parametrize(("given", "other"), NOT_IMPLIED)
def test_what_may_hold_without_the_other_is_not_said_to_be_in_it(given: str, other: str) -> None:
    assert not implies(a_test(given), a_test(other))


@pytest.mark.parametrize(
    ("wanted", "given", "is_implied"),
    [
        ("", 'path = "/a"', True),
        ("", "", True),
        ('path = "/a"', "", False),
        ('not_country = "DE"', 'not_country = ["DE", "AT"]', True),
        ('not_country = ["DE", "AT"]', 'not_country = "DE"', False),
        ('not_country = "DE"', 'country = "DE"', False),
        ('country = "DE", path = "/a/*"', 'path = "/a/b", country = "DE", asn = 1', True),
        ('country = "DE", path = "/a/*"', 'path = "/a/b", asn = 1', False),
    ],
)
def test_all_conditions_have_to_be_implied(wanted: str, given: str, is_implied: bool) -> None:
    one, other = rules_of(wanted, given)
    assert all_implied(one.when, other.when) is is_implied


def test_rules_with_nothing_to_be_found_by_are_where_all_look() -> None:
    for when in (
        "",
        'not_country = "DE"',
        'method = "GET"',
        'path = "/*"',
        'host = "*.example.com"',
        'language = "de"',
    ):
        assert filed_under(rules_of(when)[0]) == {ANYWHERE}
    assert ANYWHERE in places_to_look(rules_of('path = "/a"')[0])


def test_a_rule_is_filed_under_whichever_condition_says_most() -> None:
    assert filed_under(rules_of('country = ["DE", "AT"], query = { a = "1" }')[0]) == {("query", "a")}


@pytest.mark.parametrize("seed", range(10))
def test_whoever_meets_a_rule_meets_each_that_it_implies_which_is_found_where_it_looks(seed: int) -> None:
    random = Random(seed)  # noqa: S311  the same each time is what is wanted
    rules = rules_of(*(some_rule(random) for _ in range(40)))
    people = [somebody(random) for _ in range(60)]
    for rule in rules:
        for other in rules:
            if all_implied(other.when, rule.when):
                assert all(other.failing(who) is None for who in people if rule.failing(who) is None)
                assert filed_under(other) & {*places_to_look(rule)}
