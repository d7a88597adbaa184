"""A rule whose URI leads back to itself is a mistake, with the URLs that prove it; none is accused without one."""

from __future__ import annotations

import pytest

from tests.policies import load, mistakes_of, policy

HOSTS = 'hosts = ["www.example.com", "m.example.com"]'


def text(*rules: str) -> str:
    return policy(HOSTS, rest="\n".join(f"[[rules]]\n{rule}" for rule in rules))


@pytest.mark.parametrize(
    ("rule", "proof"),
    [
        (
            'uri = "https://www.example.com/x/a/{+1}"\nwhen = { path = "/x/*" }',
            "from www.example.com/x/x to www.example.com/x/a/x and on to www.example.com/x/a/a/x",
        ),
        (
            'uri = "https://www.example.com/a{+path}{+query}"',
            "from www.example.com/ to www.example.com/a/ and on to www.example.com/a/a/",
        ),
        (
            'uri = "https://m.example.com/a/b{+rest}{+query}"\nwhen = { prefix = "/a", query = { a = "1", b = true } }',
            "from www.example.com/a?a=1&b= to m.example.com/a/b?a=1&b=",
        ),
        (
            'uri = "https://m.example.com/{country}/x{+path}"\nwhen = { country = ["DE", "AT"] }',
            "to m.example.com/AT/x/",
        ),
        ('uri = "https://www.example.com?a={+path}{query}"', "to www.example.com/?a=/"),
        ('uri = "https://www.example.com/{variant}{+path}"\nsplit = { v = 1, w = 0 }', "to www.example.com/v/"),
    ],
)
def test_a_rule_that_leads_back_to_itself_is_told_with_a_proof(rule: str, proof: str) -> None:
    (line,) = mistakes_of(text(rule))
    assert line.startswith("1.toml:7: rules.uri: leads back to this rule: from ")
    assert proof in line


@pytest.mark.parametrize(
    "rules",
    [
        # the very URL that was asked for: the visitor stays
        ('uri = "https://www.example.com{+path}{+query}"',),
        ('uri = "https://www.example.com/x/a"\nwhen = { path = "/x/*" }',),
        ('uri = "https://www.example.com?a=b{+1}"\nwhen = { path = "/*" }',),
        # elsewhere
        ('uri = "https://other.example.com/a{+path}"',),
        ('uri = "https://www.example.com:8443/a{+path}"',),
        ('uri = "https://www.example.com/y{+path}"\nwhen = { path = "/x/*" }',),
        ('uri = "https://www.example.com/y{+path}"\nwhen = { not_prefix = "/y" }',),
        ('uri = "https://m.example.com/y{+path}"\nwhen = { host = "www.example.com" }',),
        ('uri = "https://m.example.com/y{+path}"\nwhen = { query = { a = true } }',),
        # our own pages
        ('uri = "https://www.example.com/.georedirect/{+path}"',),
        # an earlier rule takes them
        ('stay = true\nwhen = { prefix = "/y" }', 'uri = "https://www.example.com/y{+path}"'),
        (
            'stay = true\nwhen = { prefix = "/y", country = ["DE", "AT"] }',
            'uri = "https://www.example.com/y{+path}"\nwhen = { country = "DE" }',
        ),
    ],
)
def test_a_rule_without_a_proof_is_not_accused(rules: tuple[str, ...]) -> None:
    assert load(text(*rules)).policies


@pytest.mark.parametrize(
    "first",
    [
        'continue = "x"\nwhen = { prefix = "/y" }',
        'stay = true\nwhen = { prefix = "/y", country = "DE" }',
        'stay = true\nwhen = { prefix = "/z" }',
    ],
)
def test_an_earlier_rule_that_does_not_take_everybody_breaks_no_loop(first: str) -> None:
    (line,) = mistakes_of(text(first, 'uri = "https://www.example.com/y{+path}"'))
    assert line.startswith("1.toml:10: rules.uri: leads back to this rule")
