"""Finds policies that would send a visitor round and round. Follows hosts and paths; asks no server."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from georedirect.policy.checks import mirror_path
from georedirect.policy.model import Mode
from georedirect.policy.rule_model import Deed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from georedirect.policy.findings import Findings
    from georedirect.policy.mirror_model import Mirror
    from georedirect.policy.model import Policy, Region


class _Leg(NamedTuple):
    """One redirect: where `policy` sends some visitors, and the policy that they meet there."""

    policy: Policy
    region: Region
    mirror: Mirror
    onward: Policy

    @property
    def host(self) -> str:
        return self.mirror.uri.origin.host

    def __str__(self) -> str:
        return f'"{self.region.name}" of {self.policy.file} to {self.host}'


def find_loops(
    policies: Sequence[tuple[Policy, Findings]], by_host: Mapping[str, Policy], *, may_stay: bool = False
) -> None:
    """Note each region whose visitors would come back to the policy that sent them, at once or by way of others.

    A region with a path of its own on a served host is no loop: who asks for that path is where they want to be. Nor
    is one that the door never sends anybody to, because of its mode, or one that leads to just the URL that was asked
    for, if visitors `may_stay` there: if the door only says so, and somebody else serves it.
    """
    legs = {policy.file: list(_legs(policy, by_host)) for policy, _ in policies}
    for policy, findings in policies:
        for leg in legs[policy.file]:
            way = () if may_stay and leg.onward is policy and _is_the_same_url(leg.mirror) else _way_back(leg, legs)
            if way:
                told = ", ".join(str(leg) for leg in way)
                number = leg.region.mirrors.index(leg.mirror)
                findings.mistake(
                    (*mirror_path(leg.region, number, findings), "uri"),
                    f"leads back to {leg.host}, for which {leg.onward.file} answers: a visitor would "
                    f"go round and round (by {told}); give the region a host or a path of its own",
                )


def _legs(policy: Policy, by_host: Mapping[str, Policy]) -> Iterator[_Leg]:
    for region in policy.regions.values():
        for mirror in region.mirrors:
            onward = _answers(mirror, by_host)
            if onward is not None and _may_move(policy, region):
                yield _Leg(policy, region, mirror, onward)


def _may_move(policy: Policy, region: Region) -> bool:
    """Whether anybody can be redirected to the region: by a guess, a choice or a rule, or in another's place."""
    served = [region, *(other for other in policy.regions.values() if region.name in other.fallback)]
    names = {each.name for each in served}
    if any(not names.isdisjoint(rule.regions) for rule in policy.rules.rules if rule.deed is not Deed.SUGGEST):
        return True
    modes = (policy.modes.of_places if each.mode is None else {each.mode} for each in served)
    return any(of_one != {Mode.STAY} for of_one in modes)


def _answers(mirror: Mirror, by_host: Mapping[str, Policy]) -> Policy | None:
    """The policy that would redirect a visitor once more who has been sent to this mirror."""
    origin = mirror.uri.origin
    policy = by_host.get(origin.host)
    if policy is None or origin.port is not None:  # another port is another server
        return None
    homes = policy.explicit.get(origin.host, ())
    return None if any(home.mirror.holds(mirror.path_prefix) for home in homes) else policy


def _is_the_same_url(mirror: Mirror) -> bool:
    return mirror.uri.text == f"{mirror.uri.base}{{+path}}{{+query}}"


def _way_back(first: _Leg, legs: Mapping[str, Sequence[_Leg]]) -> tuple[_Leg, ...]:
    """The shortest way round that begins with this leg; empty if none leads back to its policy."""
    ways: list[tuple[_Leg, ...]] = [(first,)]
    reached: set[str] = set()
    for way in ways:  # which grows meanwhile
        here = way[-1].onward
        if here is first.policy:
            return way
        if here.file not in reached:
            reached.add(here.file)
            ways += [(*way, leg) for leg in legs[here.file]]
    return ()
