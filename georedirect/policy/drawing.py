"""Finds draws that are not what they seem: variants that nothing draws, and draws that hang on a rule's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.policy.checks import mirror_path
from georedirect.policy.useless import rule_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from georedirect.policy.findings import Findings
    from georedirect.policy.model import Policy, Region
    from georedirect.policy.table import Table


def find_undrawn(policy: Policy, rules: Sequence[Table], findings: Findings) -> None:
    """Note each `{variant}` that is never filled in. `rules` are tables, so that those with mistakes count too."""
    for rule in policy.rules.rules:
        if rule.uri is not None and "variant" in rule.uri.variables and not _is_drawn(rules[: rule.number]):
            why = "{variant} is what a split draws, and this rule has none, nor has one before it with continue"
            findings.mistake((*rule_path(rule), "uri"), why)
    if not any("split" in rule for rule in rules):
        for region in policy.regions.values():
            _warn_of_region(region, findings)


def _is_drawn(rules: Sequence[Table]) -> bool:
    """Whether the last of them, or one that went on to it, draws a variant."""
    *before, last = rules
    return "split" in last or any("split" in rule and "continue" in rule for rule in before)


def _warn_of_region(region: Region, findings: Findings) -> None:
    for number, mirror in enumerate(region.mirrors):
        if "variant" in mirror.uri.variables:
            path = (*mirror_path(region, number, findings), "uri")
            findings.warning(path, "{variant} is what a rule's split draws, and no rule has any: it is never filled in")


def warn_of_unnamed(rules: Iterable[Table], findings: Findings) -> None:
    """Of draws that depend on how many rules are above them."""
    for rule in rules:
        if "name" not in rule and "experiment" not in rule:
            for path in _draws(rule):
                findings.warning(
                    path,
                    "is drawn by the rule's place in the file, as it has no name: with another rule above it everybody "
                    "is drawn anew; give it a name or an experiment",
                )


def _draws(rule: Table) -> Iterable[tuple[str | int, ...]]:
    if "split" in rule:
        yield (*rule.path, "split")
    when = rule.table("when") or ()
    yield from ((*rule.path, "when", key) for key in ("share", "not_share") if key in when)
