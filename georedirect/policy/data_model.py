"""What a policy says of its databases, read and checked: frozen values. Knows no file format, and opens none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that the policy `file` names on `line`, at `key`; `path` is relative to that file's folder or absolute."""

    path: PurePath
    file: str
    line: int
    key: str


@dataclass(frozen=True, slots=True)
class NamedSource:
    """Where fresh data comes from, as the policy `file` says on `line`, at `key`: a provider, a URL or a file."""

    text: str
    file: str
    line: int
    key: str


class WhenOld(StrEnum):
    """What is done once the database is older than it may be, as written in `[database] when_old`."""

    WARN = "warn"
    """It goes on saying where addresses are; log and `/readyz` say how old it is."""
    DEFAULT_REGION = "default-region"
    """It says nothing any more: whom nothing else places goes to the default region."""


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """`[database]`: `country` is None for the bundled one; `lru_size` counts blocks of addresses, 0 is off.

    `private` is the country of private and reserved addresses, `country_header` a lower-case header name.
    """

    country: NamedFile | None = None
    city: NamedFile | None = None
    asn: NamedFile | None = None
    anonymous: NamedFile | None = None
    source: NamedSource | None = None
    overrides: tuple[NamedFile, ...] = ()
    private: str | None = None
    use_registered_country: bool = False
    country_header: str | None = None
    lru_size: int = 65536
    max_age_days: int = 30
    when_old: WhenOld = WhenOld.WARN


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """`[update]`: how `georedirect update` gets fresh data, and what it lets into place.

    `keep` counts previous databases; the two shares are in percent; `downloads_a_day` is None for the source's own.
    """

    edition: str | None = None
    account_id: int | None = None
    license_key_file: NamedFile | None = None
    token_file: NamedFile | None = None
    checksum: str | None = None
    keep: int = 1
    most_moved_percent: int = 5
    most_shrunk_percent: int = 20
    downloads_a_day: int | None = None
