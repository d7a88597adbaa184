"""Finds policies that would send a visitor round and round. Follows hosts and paths; asks no server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from georedirect.policy.findings import Findings
    from georedirect.policy.model import Policy, Region


def find_loops(
    policies: Sequence[tuple[Policy, Findings]], by_host: Mapping[str, Policy], *, may_stay: bool = False
) -> None:
    """Note each region whose visitors would come back to the policy that sent them, at once or by way of others.

    A region with a path of its own on a served host is no loop: who asks for that path is where they want to be.
    Nor is one that leads to just the URL that was asked for, if visitors `may_stay` there: if the door only says so,
    and somebody else serves it.
    """
    onward = {
        policy.file: {back.file for region in policy.regions.values() if (back := _answers(region, by_host))}
        for policy, _ in policies
    }
    for policy, findings in policies:
        for region in policy.regions.values():
            back = _answers(region, by_host)
            stays = may_stay and back is policy and _is_the_same_url(region)
            if back is not None and not stays and policy.file in _reached_from(back.file, onward):
                findings.mistake(
                    ("regions", region.name, "uri"),
                    f"leads back to {region.uri.origin.host}, for which {back.file} answers: a visitor would go round "
                    "and round; give the region a host or a path of its own",
                )


def _answers(region: Region, by_host: Mapping[str, Policy]) -> Policy | None:
    """The policy that would redirect a visitor once more who has been sent to this region."""
    policy = by_host.get(region.uri.origin.host)
    if policy is None or region.uri.origin.port is not None:  # another port is another server
        return None
    is_explicit = any(home.holds(region.path_prefix) for home in policy.explicit.get(region.uri.origin.host, ()))
    return None if is_explicit else policy


def _is_the_same_url(region: Region) -> bool:
    return region.uri.text == f"{region.uri.base}{{+path}}{{+query}}"


def _reached_from(start: str, onward: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        file = waiting.pop()
        if file not in reached:
            reached.add(file)
            waiting += onward[file]
    return reached
