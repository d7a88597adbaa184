"""Rules that never come to anything are told of: those that nobody meets, and those that come too late."""

from __future__ import annotations

from time import process_time

import pytest

from georedirect.policy import useless
from tests.policies import load, policy, warnings_of


def told(*rules: str) -> list[str]:
    """Warnings of rules: each has three lines, `[[rules]]`, its outcome and its `when`; the first begins on line 5."""
    texts = [f"[[rules]]\n{outcome}\n{when}" for outcome, _, when in (rule.partition("; ") for rule in rules)]
    return [line for line in warnings_of(policy(rest="\n".join(texts))) if ": rules: " in line]


NEVER = [
    ('country = "DE", not_country = ["DE", "AT"]', "not_country leaves nothing of country"),
    ('country = "NO", group = "EU"', "no country meets what it says of country, group and subdivision"),
    ('country = ["DE", "FR"], not_group = "EU"', "not_group leaves nothing of country"),
    ('group = "EEA", not_group = "EU", not_country = ["IS", "LI", "NO"]', "no country meets"),
    ('subdivision = "DE-BY", country = "AT"', "no country meets"),
    ('subdivision = "DE-BY", not_country = "DE"', "not_country leaves nothing of subdivision"),
    ("asn = 1, not_asn = [1, 2]", "not_asn leaves nothing of asn"),
    ('continent = "EU", not_continent = "EU"', "not_continent leaves nothing of continent"),
    ("share = 0", "share is 0 %"),
    ("not_share = 100", "not_share is 100 %"),
    ("share = 10, not_share = 10", "not_share leaves nothing of share"),
    ('method = "HEAD", not_method = "GET"', "not_method leaves nothing of method"),
    ('path = "/a/b", not_path = "/a/*"', "not_path leaves nothing of path"),
    ('path = ["/a/*", "/b"], prefix = ["/c", "/aa"]', "none of its paths is below its prefix"),
    ('path = "/a", prefix = "/a/b"', "none of its paths is below its prefix"),
    ('query = { a = "1" }, not_query = { a = true }', "not_query leaves nothing of query"),
    ('host = "a.example", not_host = "*.example"', "not_host leaves nothing of host"),
    ('anonymous = "tor", not_anonymous = true', "not_anonymous leaves nothing of anonymous"),
    ('network = "10.1.0.0/16", not_network = "10.0.0.0/8"', "not_network leaves nothing of network"),
    ("from = 2026-12-01T00:00:00Z, not_from = 2026-11-01T00:00:00Z", "not_from leaves nothing of from"),
]


@pytest.mark.parametrize(("when", "why"), NEVER)
def test_a_rule_that_can_never_hold_is_told_with_the_reason(when: str, why: str) -> None:
    (line,) = told(f"stay = true; when = {{ {when} }}")
    assert line.startswith(f'5: warning: rules: "rule 1" never holds: {why}')


@pytest.mark.parametrize(
    "when",
    [
        'country = ["DE", "AT"], not_country = "DE"',
        'group = "EU", country = "DE"',
        'country = ["DE", "JP"], continent = "AS"',
        'country = "CY", continent = "AS"',  # where some databases have it, and others do not
        'group = "EU", not_continent = "EU"',
        'subdivision = "CY-01", continent = "EU"',
        'country = "DE", not_continent = "AS"',
        'not_country = "DE", continent = "EU"',
        'continent = "EU", not_continent = "AS"',
        'subdivision = ["DE-BY", "AT-1"], country = "AT"',
        'method = "GET", not_method = "HEAD"',
        'path = "/a*", prefix = "/a/b"',
        'path = "/a/b/*", prefix = "/a"',
        'path = "/*", prefix = "/a", not_prefix = "/a/b"',
        'query = { a = true }, not_query = { a = "1" }',
        "share = 20, not_share = 10",
        "share = 100",
        "not_share = 0",
    ],
)
def test_a_rule_that_may_hold_is_not_told_of(when: str) -> None:
    assert told(f"stay = true; when = {{ {when} }}") == []


def test_a_rule_behind_one_that_always_decides_is_told_with_both_lines() -> None:
    (line,) = told('stay = true; when = { prefix = "/a" }', 'region = "a"; when = { path = "/a/b*", country = "DE" }')
    assert line == (
        '8: warning: rules: "rule 2" in line 8 never decides: "rule 1" in line 5 holds wherever it does, and comes '
        "first"
    )


def test_everything_behind_a_rule_for_everybody_is_told_of() -> None:
    lines = told("stay = true; ", 'stay = true; when = { path = "/a" }', "status = 404; ", 'continue = "x"; ')
    assert [line.partition(":")[0] for line in lines] == ["8", "11", "14"]
    assert all('"rule 1" in line 5' in line for line in lines)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('continue = "x"; ', "stay = true; "),
        ('stay = true; when = { path = "/a/b" }', 'stay = true; when = { path = "/a/*" }'),
        ('stay = true; when = { country = "DE" }', "stay = true; "),
        ('stay = true; when = { country = "DE" }', 'stay = true; when = { not_country = "DE" }'),
        ('stay = true; when = { country = "DE", not_country = "DE" }', 'stay = true; when = { country = "DE" }'),
    ],
)
def test_a_rule_that_may_still_decide_is_not_told_of(first: str, second: str) -> None:
    assert not any("rule 2" in line for line in told(first, second))


def test_only_so_many_rules_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(useless, "MOST_COMPARED", 0)
    assert told("stay = true; ", "stay = true; ") == []


@pytest.mark.untraced  # or it takes several times as long
@pytest.mark.parametrize(
    "rule",
    [
        'when = {{ path = "/shop{0}/*", country = "DE" }}\nuri = "https://x.example/{0}/{{+1}}{{+query}}"',
        'when = {{ not_network = "10.{1}.{2}.0/24", method = "GET" }}\nstay = true',
        'when = {{ prefix = "/old{0}" }}\nuri = "https://www.example.com/new{0}{{+rest}}"',
    ],
)
def test_five_thousand_rules_are_read_in_a_few_seconds(rule: str) -> None:
    """About one each; the bound leaves room for a slower processor."""
    rules = "\n".join(f"[[rules]]\n{rule.format(n, n // 250, n % 250)}" for n in range(5000))
    begun = process_time()
    assert len(load(policy('hosts = ["www.example.com"]', rest=rules)).policies[0].rules.rules) == 5000
    assert process_time() - begun < 10
