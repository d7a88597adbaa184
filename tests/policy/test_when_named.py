"""Parameters and headers that a rule names: how they are to be written, and which it may not name."""

from __future__ import annotations

import pytest

from georedirect.policy.conditions import InHeader, InQuery
from georedirect.policy.data import COUNTRY_HEADERS
from georedirect.policy.settings import KNOWN_ADDRESSES
from georedirect.visitor.client import WITHOUT_HEADER
from tests.policies import load_policy, mistakes_of, policy, warnings_of


def rule(when: str) -> str:
    return policy(rest=f"[[rules]]\nstay = true\nwhen = {{ {when} }}")


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ('query = "debug=1"', 'query: must be a table; write query = { debug = "1" }'),
        ('query = "debug=1&x"', 'query: must be a table; write query = { debug = "1", x = true }'),
        ('not_query = "debug"', "not_query: must be a table; write not_query = { debug = true }"),
        ('header = "X-Beta: on"', 'header: must be a table; write header = { X-Beta = "on" }'),
        ('header = "X-Beta"', "header: must be a table; write header = { X-Beta = true }"),
        ('header = "X Beta: on"', 'header: must be a table, [rules.when.header], not "X Beta: on"'),
        ("header = 'X-Beta: \"on\"'", 'header: must be a table, [rules.when.header], not "X-Beta: "on""'),
        ("query = 'a=\\b'", 'query: must be a table, [rules.when.query], not "a=\\b"'),
        ('query = ["a"]', "query: must be a table, [rules.when.query], not an array"),
        (
            "query = { a = 1 }",
            "query.a: must be a string in quotes, a list of them, or true alone for any value, not 1",
        ),
        (
            'query = { a = ["1", true] }',
            "query.a: must be a string in quotes, a list of them, or true alone for any value, not true",
        ),
        ('query = { a = ["1", "1"] }', 'query.a: "1" is listed twice'),
        (
            'header = { X-A = ["1", "€"] }',
            (
                'header.X-A: "€" is no header\'s value: no blanks around it, no control '
                "characters, nothing beyond Latin-1"
            ),
        ),
    ],
)
def test_what_is_wrong_is_told_with_what_would_be_right(when: str, told: str) -> None:
    assert mistakes_of(rule(when)) == [f"1.toml:7: rules.when.{told}"]


def test_one_of_several_values_will_do() -> None:
    query, header = load_policy(rule('query = { a = ["1", "2"] }, header = { X-A = ["1", "2"] }')).rules.rules[0].when
    assert (query.test, query.wanted) == (InQuery("a", frozenset({"1", "2"})), "a=1 or 2")
    assert (header.test, header.wanted) == (InHeader("x-a", frozenset({"1", "2"})), "X-A=1 or 2")


@pytest.mark.parametrize(
    ("value", "is_told"),
    [("on*", True), ("*on", True), ("*", True), ("a*b", False), ("*/*", False), ("on", False)],
)
def test_a_star_that_stands_for_itself_is_told_of(value: str, is_told: bool) -> None:
    for key, name in (("header", "X-A"), ("query", "a")):
        told = f'7: warning: rules.when.{key}.{name}: "{value}" is compared as it stands: a * in it stands for itself; '
        text = rule(f'{key} = {{ {name} = ["x", "{value}"] }}')
        assert [line for line in warnings_of(text) if "rules" in line] == (
            [f"{told}for any value write true"] if is_told else []
        )


@pytest.mark.parametrize(
    ("headers", "right"),
    [
        ([header for header in KNOWN_ADDRESSES if header not in WITHOUT_HEADER], 'write network = "192.0.2.0/24"'),
        ([*COUNTRY_HEADERS.values()], 'write country = "DE"'),
    ],
)
def test_headers_that_say_who_and_where_clients_are_are_no_conditions(headers: list[str], right: str) -> None:
    assert len(headers) >= 5
    for header in headers:
        assert mistakes_of(rule(f"header = {{ {header.title()} = true }}")) == [
            (
                f"1.toml:7: rules.when.header.{header.title()}: is what anybody may write; {right}, "
                "which trusts your proxies only"
            )
        ]
