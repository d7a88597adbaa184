"""What the parts of a rule refer to: all of a policy that is read before its rules. A value; knows no request."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from georedirect.policy.findings import Findings


class Context(NamedTuple):
    """`regions` are names; `hosts` are the site's, none for whichever; `prefix` is that of our own pages.

    `parameter` is the one that chooses a region, None where none does. `key` is the site's for everything that is
    drawn, `experiment` what a rule's draws depend on besides.
    """

    regions: Collection[str]
    groups: Mapping[str, frozenset[str]]
    hosts: Sequence[str]
    prefix: str
    parameter: str | None
    key: str
    findings: Findings
    experiment: str = ""


def shown(texts: Sequence[object], most: int = 80) -> str:
    """What a condition wants, for people: not too long."""
    text = ", ".join(map(str, texts))
    return text if len(text) <= most else f"{text[: most - 3]}..."
