"""Whether a URL is where a region is already. Knows no place and no choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from georedirect.policy.mirror_model import Mirror
    from georedirect.policy.model import Home, Policy, Region
    from georedirect.policy.template import Origin
    from georedirect.visitor.host import Host
    from georedirect.visitor.request import Visitor


def explicit_home(policy: Policy, visitor: Visitor) -> Home | None:
    """The mirror that the URL itself names: one with a path of its own on the host that was asked.

    One of the policy's `hosts` counts on every port: a proxy may have changed it, or left it out.
    """
    if visitor.host is None:
        return None
    is_ours = visitor.host.name in policy.hosts
    homes = policy.explicit.get(visitor.host.name, ())
    return next(
        (home for home in homes if _is_on(home.mirror, visitor) or (is_ours and home.mirror.holds(visitor.path))), None
    )


def is_at(region: Region, visitor: Visitor) -> bool:
    """Whether the URL that was asked for is one of this region's."""
    return any(_is_on(mirror, visitor) for mirror in region.mirrors)


def _is_on(mirror: Mirror, visitor: Visitor) -> bool:
    return is_of(mirror.uri.origin, visitor.host) and mirror.holds(visitor.path)


def is_of(origin: Origin, host: Host | None) -> bool:
    """Whether a host is an origin's. The scheme is not compared: TLS may end before us."""
    if host is None or host.name != origin.host:
        return False
    return host.port == origin.port or (origin.port is None and host.port in (80, 443))
