"""A rule book finds the rules that could hold without asking all of them, and misses none that does."""

from __future__ import annotations

from random import Random

import pytest

from georedirect.policy.rulebook import RuleBook
from tests.askers import some_rule, somebody
from tests.policies import load_policy, policy


def book(*whens: str) -> RuleBook:
    """Rules with these conditions, each empty for none."""
    rules = [f"[[rules]]\nstay = true\n{f'when = {{ {when} }}' if when else ''}" for when in whens]
    return load_policy(policy(rest="\n".join(rules))).rules


@pytest.mark.parametrize("seed", range(20))
def test_the_candidates_have_among_them_all_rules_that_hold(seed: int) -> None:
    """2,000 pairs of rule and visitor, and more: 20 books of 25 rules, and 40 visitors of each."""
    random = Random(seed)  # noqa: S311  the same each time is what is wanted
    rules = book(*(some_rule(random) for _ in range(25)))
    for who in (somebody(random) for _ in range(40)):
        candidates = rules.candidates(who.host, who.path, who.place.country)
        numbers = [rule.number for rule in candidates]
        assert numbers == sorted(set(numbers))
        holding = [rule for rule in rules.rules if rule.failing(who) is None]
        assert [rule for rule in candidates if rule.failing(who) is None] == holding


def test_rules_with_other_paths_hosts_and_countries_are_not_asked() -> None:
    rules = book('path = "/a/*"', 'prefix = "/b"', 'host = "m.example.com"', 'country = "DE"', "")
    assert [rule.number for rule in rules.candidates("www.example.com", "/a/x", "FR")] == [1, 5]
    assert [rule.number for rule in rules.candidates("m.example.com", "/b", "DE")] == [2, 3, 4, 5]
    assert [rule.number for rule in rules.candidates(None, "/c", None)] == [5]


@pytest.mark.parametrize(
    ("whens", "heads"),
    [
        (('path = "/a/b*"', 'prefix = "/b"'), {"/a": [1], "/b": [2]}),
        (('path = "/a"', 'host = "other.example", path = "/c"', 'path = ["/a/x", "/b/y"]'), {"/a": [1, 3], "/b": [3]}),
        (('path = "/a"', ""), {"/a": [1], "": [2]}),
        (('path = "/a*"',), {"": [1]}),
        ((), {}),
    ],
)
def test_rules_are_found_by_the_first_segments_of_all_paths_of_which_they_could_hold(
    whens: tuple[str, ...], heads: dict[str, list[int]]
) -> None:
    found = book(*whens).by_head("www.example.com")
    assert {head: [rule.number for rule in rules] for head, rules in found.items()} == heads


def test_a_book_knows_what_its_rules_read_of_requests_and_places() -> None:
    rules = book(
        "header = { X-Beta = true }, not_header = { x-alpha = true }",
        'subdivision = "DE-BY", asn = 1, anonymous = true',
        'not_language = "de", from = 2026-12-01T00:00:00Z',
        'host = "m.example.com"',
    )
    assert rules.headers == {"x-beta", "x-alpha"}
    assert rules.wanted == {"subdivision", "asn", "anonymous"}
    assert len(rules.windows) == 1
    assert (rules.reads_languages, len(rules.host_tests), rules.draws) == (True, 1, False)
    assert rules.of_requests is not None
    assert [rule.number for rule in rules.of_requests.rules] == [1, 4]


def test_a_book_without_rules_has_nothing_to_say() -> None:
    assert not RuleBook.of([])
    assert RuleBook().candidates("www.example.com", "/", "DE") == ()
    assert book("share = 1").draws
