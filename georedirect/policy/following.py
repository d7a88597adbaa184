"""Where one redirect after the other leads somebody who is made up. Decides as the door does; asks no server."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from georedirect.decide import decide
from georedirect.decision import Action
from georedirect.moment import Moment
from georedirect.visitor.choice import take_parameter
from georedirect.visitor.client import Client, ClientReason
from georedirect.visitor.host import Host
from georedirect.visitor.request import Visitor
from georedirect.visitor.target import parse_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from georedirect.policy.model import Policy
    from georedirect.policy.witness import Witness

MOST_STEPS = 25
"""No browser follows so many redirects in a row."""

Who = tuple[str, str | None, str | None]
"""What decides: a file, and the name of one of its rules, or else of the region that is guessed."""


class Url(NamedTuple):
    """What is asked for at one of the hosts that we answer for. `query` has its question mark."""

    host: str
    path: str
    query: str | None

    def __str__(self) -> str:
        return f"{self.host}{self.path}{self.query or ''}"


class Step(NamedTuple):
    """One redirect: from which URL, to which one, and by what."""

    url: Url
    onward: Url
    who: Who


class Way(NamedTuple):
    """Redirects in a row. It `is_closed` where the last one leads to the first URL; else they lead to ever new ones."""

    steps: Sequence[Step]
    is_closed: bool

    def beginning_with(self, who: Who) -> Way | None:
        """The same from the first step on that this decides; None if there is none."""
        first = next((number for number, step in enumerate(self.steps) if step.who == who), None)
        if first is None:
            return None
        return Way([*self.steps[first:], *(self.steps[:first] if self.is_closed else ())], self.is_closed)


def follow(url: Url, policy: Policy, witness: Witness) -> Step | None:
    """What the policy does with them; None where that is no redirect to a URL that somebody else could ask for too.

    Our own pages are none, and neither is what a visitor asks for by hand: a choice, or `..` for a step up the path.
    """
    asked, query = take_parameter(url.query, policy.choice.parameter)
    if url.path.startswith(policy.chooser.prefix) or "/." in url.path or asked is not None:
        return None
    visitor = Visitor(
        client=Client(witness.address, ClientReason.PEER),
        languages=witness.languages,
        host=Host(url.host, None),
        path=url.path,
        query=query,
        method=witness.method,
        said=witness.said,
    )
    decision = decide(policy, visitor, witness.place, Moment(witness.time))
    if decision.action is not Action.REDIRECT or decision.location is None or decision.template is None:
        return None
    base, origin = decision.template.base, decision.template.origin
    target = decision.location[len(base) :].partition("#")[0]
    read = parse_target((target if target.startswith("/") else f"/{target}").encode())
    if origin.port is not None or read is None:  # another port is another server
        return None
    region = decision.region.name if decision.region is not None and decision.rule is None else None
    return Step(url, Url(origin.host, read.path, read.query), (policy.file, decision.rule, region))
