"""Policies of thousands of rules are read in seconds, be they right or wrong."""

from __future__ import annotations

from time import process_time

import pytest

from tests.policies import load, mistakes_of, policy

pytestmark = pytest.mark.untraced  # or it takes several times as long

OWN = "https://www.example.com"
QUERY = f'when = {{{{ path = "/article.php", query = {{{{ id = "{{0}}" }}}} }}}}\nuri = "{OWN}/article/{{0}}"'
SHAPES = {
    "one path and many queries": (5000, QUERY),
    "paths of the own host": (5000, f'when = {{{{ path = "/old/{{0}}" }}}}\nuri = "{OWN}/new/{{0}}"'),
    "globs that begin with a star": (4000, f'when = {{{{ path = "/*/page{{0}}.html" }}}}\nuri = "{OWN}/new/{{0}}"'),
    "prefixes": (800, f'when = {{{{ prefix = "/old{{0}}" }}}}\nuri = "{OWN}/new{{0}}{{{{+path}}}}"'),
    "two mistakes in each": (10000, 'when = {{ path = "old/{0}" }}\nstatus = 500'),
    "regions that there are not": (2000, 'when = {{ path = "/old/{0}" }}\nregion = "rr{0}x"'),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_thousands_of_rules_on_hundreds_of_hosts_are_read_in_a_few_seconds(shape: str) -> None:
    """A second or two each; the bound leaves room for a slower processor."""
    number, rule = SHAPES[shape]
    hosts = ", ".join(f'"h{n}.example"' for n in range(800))
    regions = [f'[regions.r{n}]\nuri = "https://r{n}.example/"' for n in range(2000 if "rr" in rule else 0)]
    text = policy(
        f'hosts = [{hosts}, "www.example.com"]',
        rest="\n".join([*regions, *(f"[[rules]]\n{rule.format(n)}" for n in range(number))]),
    )
    begun = process_time()
    if "mistakes" in shape or regions:
        assert sum(map(len, mistakes_of(text))) < 5_000_000
    else:
        assert len(load(text).policies[0].rules.rules) == number
    assert process_time() - begun < 10


def test_a_rule_of_many_paths_is_read_and_asked_quickly() -> None:
    paths = ", ".join(f'"/p/{n}/*"' for n in range(3000))
    begun = process_time()
    rules = load(
        policy('hosts = ["www.example.com"]', rest=f'[[rules]]\nwhen = {{ path = [{paths}] }}\nuri = "{OWN}/{{+1}}"')
    )
    (rule,) = rules.policies[0].rules.rules
    for _ in range(100):
        assert rule.captured("/p/2999/x") == {"1": "x"}
    assert process_time() - begun < 10
