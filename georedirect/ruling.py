"""What a policy's rules say of one visitor: the rule that decides, if any does, and what others have noted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from georedirect.policy.asker import Asker
from georedirect.policy.rule_model import Deed
from georedirect.step import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.moment import Moment
    from georedirect.place import Place
    from georedirect.policy.model import Policy
    from georedirect.policy.rule_model import Rule
    from georedirect.visitor.request import Visitor


class Ruling(NamedTuple):
    """`rule` is None where none decides. `variant` is what the last rule with variants drew that held.

    `draws` are all rules with variants that held, and what each drew. `tags` are those of all rules that only go on, in
    order, each once.
    """

    rule: Rule | None = None
    draws: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def variant(self) -> str | None:
        return self.draws[-1][1] if self.draws else None


NO_RULING = Ruling()
RULE = "rule"
"""What the steps of rules are called."""


def asker_of(policy: Policy, visitor: Visitor, place: Place, moment: Moment) -> Asker:
    """What conditions may read."""
    return Asker(
        path=visitor.path,
        query=visitor.query,
        host=visitor.host.name if visitor.host else None,
        method=visitor.method,
        said=visitor.said,
        address=visitor.client.address,
        identity=policy.sticky.identity(visitor.client.address, visitor.sticky),
        languages=visitor.languages,
        place=place,
        time=moment.time,
    )


def rule_on(policy: Policy, asker: Asker) -> Ruling:
    """The first rule that holds and does not go on, and what there was before it."""
    draws: list[tuple[str, str]] = []
    tags: dict[str, None] = {}
    steps: list[Step] = []
    for rule in policy.rules.candidates(asker.host, asker.path, asker.place.country):
        if rule.failing(asker) is not None:
            continue
        variant = rule.variant(asker.identity)
        if variant is not None:
            draws.append((rule.name, variant))
        steps.append(_step(rule, variant))
        if rule.deed is not Deed.CONTINUE:
            return Ruling(rule, tuple(draws), tuple(tags), tuple(steps))
        tags[rule.tag or rule.name] = None
    return Ruling(None, tuple(draws), tuple(tags), tuple(steps)) if steps else NO_RULING


def _step(rule: Rule, variant: str | None) -> Step:
    drawn = f', and "{variant}" is drawn for this visitor' if variant is not None else ""
    conditions = ", ".join(condition.name for condition in rule.when) or "it has no conditions"
    return Step(RULE, rule.deed, f'"{rule.name}" holds ({conditions}){drawn}')


def told(policy: Policy, asker: Asker, ruling: Ruling) -> Iterator[Step]:
    """Every rule up to the one that decides, and why each does or does not hold; those behind it are not asked."""
    steps = iter(ruling.steps)
    for rule in policy.rules.rules:
        failing = rule.failing(asker)
        if failing is None:
            yield next(steps)
        else:
            yield Step(RULE, "no", f'"{rule.name}" does not hold: {failing.why_not(asker)}')
        if rule is ruling.rule:
            return
