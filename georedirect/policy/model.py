"""A policy that has been read and checked: frozen values that requests only look things up in. Knows no file format."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from georedirect.policy.mirror_model import Choosing
from georedirect.policy.server_model import TlsSettings
from georedirect.policy.times import Timetable
from georedirect.sharing import Lot

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from georedirect.place import Place
    from georedirect.policy.areas import Width
    from georedirect.policy.data_model import DatabaseSettings, NamedFile, UpdateSettings
    from georedirect.policy.findings import Finding
    from georedirect.policy.mirror_model import Check, Mirror, WhenDown
    from georedirect.policy.rule_model import Sticky
    from georedirect.policy.rulebook import RuleBook
    from georedirect.policy.server_model import LimitSettings, ServerSettings
    from georedirect.visitor.languages import Offered


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


@dataclass(frozen=True, slots=True)
class Region:
    """Where some visitors go.

    `title` is its name for people; `languages` are BCP 47 tags as the policy spells them. `mode` is None where the
    region has none of its own. There is at least one of `mirrors`; `lot` has their weights, in their order, and
    `fallback` the names of the regions whose mirrors serve when none of them is healthy.
    """

    name: str
    title: str | None
    mirrors: tuple[Mirror, ...]
    languages: tuple[str, ...]
    offered: Offered
    mode: Mode | None = None
    choosing: Choosing = Choosing.WEIGHT
    lot: Lot = field(default_factory=Lot)
    fallback: tuple[str, ...] = ()

    @property
    def variables(self) -> frozenset[str]:
        """The template variables that its URIs refer to."""
        return frozenset().union(*(mirror.uri.variables for mirror in self.mirrors))

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts of its URIs."""
        return frozenset(mirror.uri.origin.host for mirror in self.mirrors)

    @property
    def draws(self) -> bool:
        """Whether a lot may be drawn for one of its mirrors."""
        return len(self.mirrors) > 1 and self.choosing is not Choosing.FIRST

    @property
    def goes_by_distance(self) -> bool:
        """Whether it matters where in the world a visitor is."""
        return len(self.mirrors) > 1 and self.choosing is Choosing.NEAREST


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


class Home(NamedTuple):
    """A mirror that has a path of its own on some host, and whose it is."""

    region: Region
    mirror: Mirror


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

    `hosts` are lower-case names; empty means every host. `explicit` lists, by host, the mirrors that live under a path
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
    explicit: Mapping[str, tuple[Home, ...]]
    depends_on_language: bool
    shows_pages: bool
    modes: Modes
    undecided: Undecided
    exempt: Exempt
    choice: ChoiceSettings
    chooser: ChooserSettings
    cache: CacheSettings | None
    rules: RuleBook
    sticky: Sticky
    when_down: WhenDown

    @property
    def name(self) -> str:
        """What metrics call the site: its first host, or `*` where it answers for every host."""
        return self.hosts[0] if self.hosts else "*"

    @property
    def reads_choice(self) -> bool:
        """Whether what visitors have chosen counts."""
        return Source.CHOICE in self.order

    @property
    def draws(self) -> bool:
        """Whether lots are drawn for visitors."""
        return self.rules.draws or any(region.draws for region in self.regions.values())

    @property
    def wanted(self) -> frozenset[str]:
        """What it asks of a place: template variables, and details that rules and mirrors go by."""
        goes_by_distance = any(region.goes_by_distance for region in self.regions.values())
        of_regions = (region.variables for region in self.regions.values())
        return self.rules.wanted.union(*of_regions, ("coordinates",) if goes_by_distance else ())


@dataclass(frozen=True, slots=True)
class Configuration:
    """All policy files together. `warnings` are what `check` would tell; nobody has to act on them.

    `texts` is what the files say, by their names, with whatever is to stay secret struck out.
    """

    policies: tuple[Policy, ...]
    server: ServerSettings
    database: DatabaseSettings
    update: UpdateSettings
    limits: LimitSettings
    by_host: Mapping[str, Policy]
    for_other_hosts: Policy | None
    warnings: tuple[Finding, ...]
    timetable: Timetable = field(default_factory=Timetable)
    texts: Mapping[str, str] = field(default_factory=dict)
    tls: TlsSettings = field(default_factory=TlsSettings)

    @property
    def wanted(self) -> frozenset[str]:
        """What anybody asks of a place: template variables, and details that rules and mirrors go by."""
        return frozenset().union(*(policy.wanted for policy in self.policies))

    @property
    def checks(self) -> tuple[Check, ...]:
        """All checks of mirrors, each once, in the files' order."""
        regions = (region for policy in self.policies for region in policy.regions.values())
        found = (mirror.check for region in regions for mirror in region.mirrors)
        return tuple(dict.fromkeys(check for check in found if check is not None))

    def policy_for(self, host: str | None) -> Policy | None:
        """The policy that answers for `host` (lower-case, without port); None when there is none: 421."""
        if host is None:
            return self.for_other_hosts
        return self.by_host.get(host, self.for_other_hosts)
