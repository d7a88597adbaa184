"""Snapshots whose mirrors are checked where a test says, however few policies can say so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from georedirect.door.snapshot import Snapshot
    from georedirect.policy.mirror_model import Check
    from georedirect.policy.model import Policy, Region


def with_checks(snapshot: Snapshot, checks: Mapping[str, Sequence[Check | None]]) -> Snapshot:
    """The regions of these names have as many mirrors as there are checks, under /0, /1 and so on."""
    configuration = snapshot.configuration
    policies = tuple(_policy_with_checks(policy, checks) for policy in configuration.policies)
    return replace(snapshot, configuration=replace(configuration, policies=policies))


def _policy_with_checks(policy: Policy, checks: Mapping[str, Sequence[Check | None]]) -> Policy:
    regions = {name: _region_with_checks(region, checks.get(name, [])) for name, region in policy.regions.items()}
    return replace(policy, regions=regions)


def _region_with_checks(region: Region, checks: Sequence[Check | None]) -> Region:
    first = region.mirrors[0]
    mirrors = (replace(first, path_prefix=f"/{number}", check=check) for number, check in enumerate(checks))
    return replace(region, mirrors=tuple(mirrors) or region.mirrors)
