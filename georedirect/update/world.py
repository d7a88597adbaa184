"""What an update takes for granted: where the sources live, how long and how much it will take. Does nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from georedirect.policy.presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Limits:
    """`most_octets` holds for what is received, and again for what that unpacks to."""

    most_octets: int = 2 << 30
    connect_seconds: float = 15
    silent_seconds: float = 60
    """How long nothing may come."""
    attempt_seconds: float = 1800
    """How long one download may take, however steadily it trickles."""
    attempts: int = 5
    first_wait_seconds: float = 2
    most_wait_seconds: float = 120
    """Whoever asks us to wait longer than this (Retry-After) is not asked again in this run."""
    all_seconds: float = 3600


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside that an update depends on; MaxMind's host is in MaxMind's own configuration."""

    dbip: str = "https://download.db-ip.com/free"
    ipinfo: str = "https://ipinfo.io/data"
    limits: Limits = field(default_factory=Limits)
    samples: bool = True
    """Whether a new database must place well-known addresses where they are."""
    proxies: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {name: preset.sources for name, preset in PRESETS.items()}
    )
    """Where the networks of each preset are published."""
