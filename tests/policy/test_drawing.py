"""Variants that nothing draws, and draws that would change with a rule's place, are told by their line."""

from __future__ import annotations

import pytest

from tests.policies import load, mistakes_of, policy, warnings_of

URI = 'uri = "https://x.example/{variant}"'
SPLIT = "split = { v = 1, w = 1 }"
UNDRAWN = "{variant} is what a split draws, and this rule has none, nor has one before it with continue"


def rules(*texts: str) -> str:
    """The first begins in line 5."""
    return policy(rest="\n".join(f"[[rules]]\n{text}" for text in texts))


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        ([URI], 6),
        ([URI, f'name = "n"\n{URI}\n{SPLIT}'], 6),
        (["split = { v = 1, a = 1 }\nname = 'n'\nregion = 'a'", URI], 10),
        (["continue = 't'", URI], 8),
    ],
)
def test_a_variant_that_nothing_draws_for_a_rule_is_a_mistake(texts: list[str], line: int) -> None:
    assert mistakes_of(rules(*texts)) == [f"1.toml:{line}: rules.uri: {UNDRAWN}"]


@pytest.mark.parametrize(
    "texts",
    [
        [f"{URI}\n{SPLIT}"],
        [f'continue = "t"\n{SPLIT}', URI],
        [f'continue = "t"\n{SPLIT}', "stay = true\nwhen = { path = '/a' }", URI],
        ["uri = 'https://x.example/'"],
    ],
)
def test_a_variant_that_a_rule_or_one_that_goes_on_draws_is_none(texts: list[str]) -> None:
    assert load(rules(*texts)).policies


def test_rules_with_mistakes_of_their_own_count_as_drawing() -> None:
    (line,) = mistakes_of(rules(f'continue = "a b"\n{SPLIT}', URI))
    assert "is no tag" in line


MIRRORS = """\
[regions.b]
[[regions.b.mirrors]]
uri = "https://one.example/{variant}"
[[regions.b.mirrors]]
uri = "https://two.example/"
"""


def test_a_variant_in_a_region_is_told_of_where_no_rule_draws_any() -> None:
    never = "{variant} is what a rule's split draws, and no rule has any: it is never filled in"
    alone = policy(uri='"https://a.example/{variant}"')
    assert f"4: warning: regions.a.uri: {never}" in warnings_of(alone)
    mirrors = policy(rest=MIRRORS + "[[rules]]\nregion = 'b'")
    assert f"7: warning: regions.b.mirrors.uri: {never}" in warnings_of(mirrors)
    drawn = policy(rest=f"{MIRRORS}[[rules]]\nregion = 'b'\n{SPLIT}")
    assert not [line for line in warnings_of(drawn) if "{variant}" in line]


PLACE = (
    "is drawn by the rule's place in the file, as it has no name: with another rule above it everybody is drawn anew; "
    "give it a name or an experiment"
)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (f"region = 'a'\n{SPLIT}", ["7: warning: rules.split"]),
        ("stay = true\nwhen = { share = 10 }", ["7: warning: rules.when.share"]),
        (
            f"region = 'a'\n{SPLIT}\nwhen = {{ not_share = 10 }}",
            ["7: warning: rules.split", "8: warning: rules.when.not_share"],
        ),
        (f"region = 'a'\n{SPLIT}\nname = 'n'", []),
        (f"region = 'a'\n{SPLIT}\nexperiment = 'n'", []),
        ("stay = true\nwhen = { path = '/a' }", []),
        ("stay = true", []),
    ],
)
def test_a_draw_that_hangs_on_the_place_of_its_rule_is_told_of(rule: str, told: list[str]) -> None:
    assert [line for line in warnings_of(rules(rule)) if "rules" in line] == [f"{where}: {PLACE}" for where in told]
