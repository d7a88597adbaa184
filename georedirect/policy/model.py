"""A policy that has been read and checked: frozen values that requests only look things up in. Knows no file format."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from georedirect.policy.endpoint import Endpoint
from georedirect.visitor.networks import Networks
from georedirect.visitor.original import Convention

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from georedirect.place import Place
    from georedirect.policy.areas import Width
    from georedirect.policy.data_model import DatabaseSettings, NamedFile, UpdateSettings
    from georedirect.policy.findings import Finding
    from georedirect.policy.template import Template
    from georedirect.visitor.languages import Offered

_LISTEN = Endpoint("127.0.0.1", 8307)
_ADMIN = Endpoint("127.0.0.1", 8308)
_NOBODY = Networks.parse(())


class Source(StrEnum):
    """What can say where a visitor goes, as written in `[site] order`; all but `choice` are guesses."""

    CHOICE = "choice"
    COUNTRY = "country"
    LANGUAGE = "language"


class Mode(StrEnum):
    """What the door does with a visitor."""

    REDIRECT = "redirect"
    """Moves them, by a choice or a guess."""
    SUGGEST = "suggest"
    """Only a choice moves them; of a guess they are told."""
    STAY = "stay"
    """Nothing moves them."""


class Undecided(StrEnum):
    """Where a visitor goes of whom nothing at all is known to go by."""

    DEFAULT = "default"
    CHOOSER = "chooser"


class ExemptTo(StrEnum):
    """What a request gets that is no visitor's to be sent anywhere."""

    DEFAULT = "default"
    NOT_FOUND = "not-found"


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
    is under `path_prefix`, which is empty when that says nothing. `mode` is None where the region has none of its own.
    """

    name: str
    title: str | None
    uri: Template
    languages: tuple[str, ...]
    offered: Offered
    path_prefix: str
    mode: Mode | None = None

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
class Modes:
    """Which mode counts for whom. `unknown` is for visitors of whom the database says nothing, None like for others."""

    site: Mode = Mode.REDIRECT
    by_country: Mapping[str, Mode] = field(default_factory=dict)
    by_continent: Mapping[str, Mode] = field(default_factory=dict)
    unknown: Mode | None = None

    def mode_for(self, region: Region, place: Place) -> Mode:
        """The region's own mode, else that of the place, else the site's."""
        if region.mode is not None:
            return region.mode
        if place.country is not None:
            return self.by_country.get(place.country, self.site)
        if place.continent is not None:
            return self.by_continent.get(place.continent, self.site)
        return self.unknown or self.site

    @property
    def of_places(self) -> frozenset[Mode]:
        """The modes that a visitor may meet in a region without one of its own."""
        unknown = () if self.unknown is None else (self.unknown,)
        return frozenset({self.site, *self.by_country.values(), *self.by_continent.values(), *unknown})


@dataclass(frozen=True, slots=True)
class Exempt:
    """Requests that are no visitor's to be sent anywhere; where `paths`, which is what `globs` match, is None, none."""

    globs: tuple[str, ...]
    paths: re.Pattern[str] | None
    to: ExemptTo


@dataclass(frozen=True, slots=True)
class ChoiceSettings:
    """`[choice]`: how a visitor's choice reaches us, and for how many days it is kept."""

    parameter: str = "region"
    cookie: str = "georedirect"
    days: int = 365
    parameter_stores: bool = False


@dataclass(frozen=True, slots=True)
class ChooserSettings:
    """`[chooser]`: where our own pages are, and what replaces the built-in ones."""

    prefix: str = "/.georedirect/"
    template: NamedFile | None = None
    stylesheet: NamedFile | None = None


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """`[site] cache`: for how long shared caches may keep an answer, and what their key carries besides the URL."""

    shared_seconds: int
    key: frozenset[Source]


@dataclass(frozen=True, slots=True)
class Policy:
    """What one file says about one site.

    `hosts` are lower-case names; empty means every host. `explicit` lists, by host, the regions that live under a path
    of their own there, so that a URL under that path already says where its visitor wants to be. `guesses` is `order`
    without the choice. `shows_pages` says whether any URL of the site, outside of the chooser's, is answered by a page.
    """

    file: str
    hosts: tuple[str, ...]
    default: Region
    order: tuple[Source, ...]
    guesses: tuple[Source, ...]
    regions: Mapping[str, Region]
    by_country: Mapping[str, Candidates]
    by_continent: Mapping[str, Candidates]
    offered: Offered
    by_language: Mapping[str, Region]
    explicit: Mapping[str, tuple[Region, ...]]
    depends_on_language: bool
    shows_pages: bool
    modes: Modes
    undecided: Undecided
    exempt: Exempt
    choice: ChoiceSettings
    chooser: ChooserSettings
    cache: CacheSettings | None

    @property
    def reads_choice(self) -> bool:
        """Whether what visitors have chosen counts."""
        return Source.CHOICE in self.order


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
class Configuration:
    """All policy files together. `warnings` are what `check` would tell; nobody has to act on them."""

    policies: tuple[Policy, ...]
    server: ServerSettings
    database: DatabaseSettings
    update: UpdateSettings
    limits: LimitSettings
    by_host: Mapping[str, Policy]
    for_other_hosts: Policy | None
    warnings: tuple[Finding, ...]

    @property
    def variables(self) -> frozenset[str]:
        """The template variables that any region refers to."""
        regions = (region for policy in self.policies for region in policy.regions.values())
        return frozenset(name for region in regions for name in region.uri.variables)

    def policy_for(self, host: str | None) -> Policy | None:
        """The policy that answers for `host` (lower-case, without port); None when there is none: 421."""
        if host is None:
            return self.for_other_hosts
        return self.by_host.get(host, self.for_other_hosts)
