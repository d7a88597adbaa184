"""What is known of each mirror that is checked, for whoever tells the operator. Asks no mirror."""

from __future__ import annotations

from datetime import UTC, datetime
from time import monotonic, time
from typing import TYPE_CHECKING, NamedTuple, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.health.board import Verdicts
    from georedirect.health.verdict import Verdict
    from georedirect.policy.mirror_model import Check
    from georedirect.policy.model import Configuration, Policy


class Seen(NamedTuple):
    """One mirror, and how it is."""

    site: str
    region: str
    mirror: str
    check: Check
    verdict: Verdict

    @property
    def labels(self) -> tuple[str, str, str]:
        """What tells it from all others."""
        return self.site, self.region, self.mirror


class Told(TypedDict):
    """The same for machines. `since` is null where it has always been well."""

    site: str
    region: str
    mirror: str
    is_well: bool
    since: str | None
    outcome: str | None
    seconds: float | None
    right: int
    wrong: int
    in_a_row: int
    changes: int
    rises_after: int


class Mirrors(TypedDict):
    """All of them."""

    mirrors: list[Told]


def see_mirrors(configuration: Configuration, verdicts: Verdicts) -> list[Seen]:
    """All that are checked, in the files' order; of several in a region with one name, the first."""
    found: dict[tuple[str, str, str], Seen] = {}
    for policy in configuration.policies:
        for seen in _see_policy(policy, verdicts):
            found.setdefault(seen.labels, seen)
    return list(found.values())


def _see_policy(policy: Policy, verdicts: Verdicts) -> Iterator[Seen]:
    for region in policy.regions.values():
        for mirror in region.mirrors:
            if mirror.check is not None:
                yield Seen(policy.name, region.name, mirror.name, mirror.check, verdicts.of(mirror.check))


def tell(seen: Seen) -> Told:
    verdict = seen.verdict
    return {
        "site": seen.site,
        "region": seen.region,
        "mirror": seen.mirror,
        "is_well": verdict.is_well,
        "since": None if verdict.changed is None else _as_text(verdict.changed),
        "outcome": verdict.word,
        "seconds": verdict.seconds,
        "right": verdict.right,
        "wrong": verdict.wrong,
        "in_a_row": verdict.rights or verdict.wrongs,
        "changes": verdict.changes,
        "rises_after": verdict.rises_after(seen.check),
    }


def _as_text(moment: float) -> str:
    """The date of a moment of CLOCK_MONOTONIC, as the clock goes now."""
    return datetime.fromtimestamp(time() - monotonic() + moment, UTC).isoformat(timespec="seconds")
