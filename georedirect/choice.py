"""What a visitor has chosen, and whether a mode lets a region that was found move them. Pure; knows no place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from georedirect.decision import Action
from georedirect.guess import Reason
from georedirect.policy.model import Mode
from georedirect.step import Step

if TYPE_CHECKING:
    from georedirect.policy.model import Policy, Region
    from georedirect.visitor.request import Visitor

Chosen = tuple["Region", Reason] | None


def chosen_by(policy: Policy, visitor: Visitor) -> tuple[Chosen, tuple[Step, ...]]:
    """What the visitor has chosen: for this request, or some time before. Values of no region count for nothing."""
    steps: list[Step] = []
    if not policy.reads_choice:
        return None, ()
    for name, said, reason in (
        ("parameter", visitor.asked, Reason.PARAMETER),
        ("choice", visitor.chosen, Reason.CHOICE),
    ):
        region = policy.regions.get(said) if said is not None else None
        if region is not None:
            return (region, reason), (*steps, Step(name, region.name, _WHY_CHOSEN[reason]))
        why = "there is none" if said is None else "its value is no region of this policy"
        steps.append(Step(name, "none", why))
    return None, tuple(steps)


_WHY_CHOSEN = {
    Reason.PARAMETER: "the URL asks for it, for this request",
    Reason.CHOICE: "the cookie says that the visitor has chosen it",
}


def act_by(mode: Mode, reason: Reason) -> tuple[Action, str]:
    """What a mode makes of a region that was found for this reason."""
    if mode is Mode.STAY:
        return Action.STAY, "nobody is moved here, whatever they have chosen"
    if reason is Reason.UNDECIDED:
        return Action.SUGGEST, "there is nothing to go by"
    if mode is Mode.REDIRECT:
        return Action.REDIRECT, "a guess is enough here"
    if reason in _MOVES_ANYWAY:
        return Action.REDIRECT, f"a guess only suggests here, but this is none: {_MOVES_ANYWAY[reason]}"
    return Action.SUGGEST, "a guess only suggests here, and moves nobody"


_MOVES_ANYWAY = {
    Reason.PARAMETER: "the visitor asks for it",
    Reason.CHOICE: "the visitor has chosen it",
    Reason.EXEMPT: "what is exempt is no page to suggest another for",
}
