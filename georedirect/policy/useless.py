"""Finds rules that never come to anything: none can meet their conditions, or an earlier one decides before them."""

from __future__ import annotations

from collections import defaultdict
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from georedirect.policy.anchors import filed_under, places_to_look
from georedirect.policy.conditions import Below, Drawn, PathLike
from georedirect.policy.conditions_of_place import InCountry, InSubdivision
from georedirect.policy.countries import COUNTRIES
from georedirect.policy.globs import literal_of, stars_in
from georedirect.policy.implication import all_implied, implies
from georedirect.policy.rule_model import Deed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from georedirect.policy.anchors import Anchor
    from georedirect.policy.findings import Findings
    from georedirect.policy.lines import Path
    from georedirect.policy.rule_model import Rule

MOST_COMPARED = 100_000
"""So many pairs of rules are held against each other, and no more: for thousands that have nothing to be told by."""


def rule_path(rule: Rule) -> Path:
    """Where in the file it is."""
    return ("rules", rule.number - 1)


def find_useless(rules: Sequence[Rule], findings: Findings) -> None:
    """Warn of each."""
    deciding: dict[Anchor, list[Rule]] = defaultdict(list)
    budget = iter(range(MOST_COMPARED))
    for rule in rules:
        if (why := why_never(rule)) is not None:
            findings.warning(rule_path(rule), f'"{rule.name}" never holds: {why}')
            continue
        earlier = (other for place in dict.fromkeys(places_to_look(rule)) for other in deciding.get(place, ()))
        compared = (other for other, _ in zip(earlier, budget, strict=False))
        first = next((other for other in compared if all_implied(other.when, rule.when)), None)
        if first is not None:
            findings.warning(rule_path(rule), _told(rule, first, findings))
        elif rule.deed is not Deed.CONTINUE:
            for anchor in filed_under(rule):
                deciding[anchor].append(rule)


def _told(rule: Rule, first: Rule, findings: Findings) -> str:
    line, line_of_first = (findings.at(rule_path(each), "").line for each in (rule, first))
    return (
        f'"{rule.name}" in line {line} never decides: "{first.name}" in line {line_of_first} holds wherever it does, '
        "and comes first"
    )


def why_never(rule: Rule) -> str | None:
    """Why no request meets all conditions; None if one may."""
    return next(_contradictions(rule), None)


def _contradictions(rule: Rule) -> Iterator[str]:
    wanted = [condition for condition in rule.when if not condition.is_negated]
    barred = [condition for condition in rule.when if condition.is_negated]
    for condition in rule.when:
        if isinstance(condition.test, Drawn) and condition.test.share == (1 if condition.is_negated else 0):
            yield f"{condition.name} is {condition.wanted}"
    for one, other in ((one, other) for one in wanted for other in barred):
        if implies(one.test, other.test):
            yield f"{other.name} leaves nothing of {one.name}"
    yield from _of_places(rule)
    yield from _of_paths(rule)


def _of_places(rule: Rule) -> Iterator[str]:
    """By countries alone: databases differ on which continent some of them are."""
    named = [test.countries for test in rule.tests(InCountry)]
    parts = [test.subdivisions for test in rule.tests(InSubdivision)]
    of_parts = [frozenset(code.partition("-")[0] for code in codes) for codes in parts]
    countries = reduce(and_, [*named, *of_parts], frozenset(COUNTRIES))
    for test in rule.tests(InCountry, negated=True):
        countries -= test.countries
    if not countries and (named or parts):
        yield "no country meets what it says of country, group and subdivision"


def _of_paths(rule: Rule) -> Iterator[str]:
    for globs, prefixes in (
        (like.globs, below.prefixes) for like in rule.tests(PathLike) for below in rule.tests(Below)
    ):
        if not any(_may_be_below(glob, prefix) for glob in globs for prefix in prefixes):
            yield "none of its paths is below its prefix"


def _may_be_below(glob: str, prefix: str) -> bool:
    literal = literal_of(glob)
    return Below((prefix,)).rest(literal) is not None or (stars_in(glob) > 0 and prefix.startswith(literal))
