"""A policy that has been read and checked: frozen values that requests only look things up in. Knows no file format."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from georedirect.policy.endpoint import Endpoint
from georedirect.visitor.networks import Networks
from georedirect.visitor.original import Convention

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePath

    from georedirect.policy.areas import Width
    from georedirect.policy.findings import Finding
    from georedirect.policy.template import Template
    from georedirect.visitor.languages import Offered

_LISTEN = Endpoint("127.0.0.1", 8307)
_ADMIN = Endpoint("127.0.0.1", 8308)
_NOBODY = Networks.parse(())


class Source(StrEnum):
    """What can say where a visitor goes, as written in `[site] order`."""

    COUNTRY = "country"
    LANGUAGE = "language"


class Answering(StrEnum):
    """Whom the door answers, as written in `[server] answer`."""

    DOOR = "door"
    """Visitors, with a redirect."""
    FORWARD_AUTH = "forward-auth"
    """A proxy that asks, for each of its visitors' requests, whether to let it through."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where some visitors go.

    `title` is its name for people; `languages` are BCP 47 tags as the policy spells them; the path of each of its URIs
    is under `path_prefix`, which is empty when that says nothing.
    """

    name: str
    title: str | None
    uri: Template
    languages: tuple[str, ...]
    offered: Offered
    path_prefix: str

    def holds(self, path: str) -> bool:
        """Whether `path`, on this region's host, is one that the region's URIs have."""
        prefix = self.path_prefix
        return path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/")


@dataclass(frozen=True, slots=True)
class Claim:
    """A region's entry for a country: `through` is what its `countries` say, such as `DE`, `EU` or `continent:AF`."""

    region: Region
    through: str
    width: Width


@dataclass(frozen=True, slots=True)
class Candidates:
    """The claims of equal width on one country, in the file's order; the visitor's language chooses among them."""

    claims: tuple[Claim, ...]
    offered: Offered
    by_tag: Mapping[str, Claim]


@dataclass(frozen=True, slots=True)
class Policy:
    """What one file says about one site.

    `hosts` are lower-case names; empty means every host. `explicit` lists, by host, the regions that live under a path
    of their own there, so that a URL under that path already says where its visitor wants to be.
    """

    file: str
    hosts: tuple[str, ...]
    default: Region
    order: tuple[Source, ...]
    regions: Mapping[str, Region]
    by_country: Mapping[str, Candidates]
    by_continent: Mapping[str, Candidates]
    offered: Offered
    by_language: Mapping[str, Region]
    explicit: Mapping[str, tuple[Region, ...]]
    depends_on_language: bool


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`[server]`: where to listen, how many workers, whom to answer, and whom to believe about the client's address."""

    listen: Endpoint = _LISTEN
    admin: Endpoint | None = _ADMIN
    admin_hosts: frozenset[str] = frozenset()
    workers: int = 1
    trusted_proxies: Networks = _NOBODY
    client_address: str = "x-forwarded-for"
    answer: Answering = Answering.DOOR
    forward_auth: Convention = Convention.X_FORWARDED


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """`[limits]`: what one client, or all of a worker's clients together, may take. Times are in seconds."""

    head_seconds: int = 10
    keep_alive_seconds: int = 60
    write_seconds: int = 20
    linger_seconds: int = 5
    target_octets: int = 8192
    head_octets: int = 16384
    headers: int = 100
    body_octets: int = 65536
    connections: int = 10000
    watchdog_seconds: int = 10


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """A database that `file` names on `line`; `path` is relative to that file's folder or absolute."""

    path: PurePath
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """`[database]`: `country` is None for the bundled one; `lru_size` counts entries, 0 is off."""

    country: DatabaseFile | None = None
    lru_size: int = 65536
    use_registered_country: bool = False


@dataclass(frozen=True, slots=True)
class Configuration:
    """All policy files together. `warnings` are what `check` would tell; nobody has to act on them."""

    policies: tuple[Policy, ...]
    server: ServerSettings
    database: DatabaseSettings
    limits: LimitSettings
    by_host: Mapping[str, Policy]
    for_other_hosts: Policy | None
    warnings: tuple[Finding, ...]

    def policy_for(self, host: str | None) -> Policy | None:
        """The policy that answers for `host` (lower-case, without port); None when there is none: 421."""
        if host is None:
            return self.for_other_hosts
        return self.by_host.get(host, self.for_other_hosts)
