"""What a rule asks of paths is checked against what paths are, and what any rule gets to see."""

from __future__ import annotations

import pytest

from tests.policies import load_policy, mistakes_of, policy, warnings_of


def rule(when: str) -> str:
    return policy(rest=f"[[rules]]\nstay = true\nwhen = {{ {when} }}")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/a?x=1", 'write "/a", and query = { x = "1" } beside it'),
        ("/a?x=1&y", 'write "/a", and query = { x = "1", y = true } beside it'),
        ("/a?x%20y=1", 'write "/a", and query = { name = "value" } beside it'),
        ("/a?", 'write "/a", and query = { name = "value" } beside it'),
    ],
)
def test_a_path_with_a_query_is_told_how_to_ask_for_both(path: str, told: str) -> None:
    for key in ("path", "not_path", "prefix"):
        assert mistakes_of(rule(f'{key} = "{path}"')) == [
            f'1.toml:7: rules.when.{key}: "{path}" has a query in it; {told}'
        ]


@pytest.mark.parametrize(
    ("key", "path"),
    [("not_path", "/.georedirect/*"), ("not_path", "/.georedirect"), ("not_prefix", "/.georedirect")],
)
def test_who_leaves_our_own_pages_out_is_told_that_they_are(key: str, path: str) -> None:
    text = rule(f'{key} = "{path}"')
    assert [line for line in warnings_of(text) if "rules" in line] == [
        (
            f'7: warning: rules.when.{key}: "{path}" is one of our own pages (see [chooser] prefix), '
            "for which no rule is ever asked; it can be left out"
        )
    ]
    assert load_policy(text).rules.rules[0].when[0].wanted == path
