"""What a source offers, before anything is downloaded: where it is, who may have it, what it must hash to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from georedirect.update.courier import Courier

CHUNK_OCTETS = 1 << 16


class Digest(NamedTuple):
    """What somebody promises; `algorithm` is `sha256` or `md5`, `value` in lower-case hexadecimal digits."""

    algorithm: str
    value: str


class Digests(NamedTuple):
    """Both digests of the same octets: sources promise the one or the other."""

    sha256: str
    md5: str

    def keep(self, promised: Digest) -> bool:
        return promised.value == (self.sha256 if promised.algorithm == "sha256" else self.md5)


class Digester:
    """Reckons both digests as the octets go by, and counts them."""

    def __init__(self) -> None:
        self.octets = 0
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)  # MaxMind publishes no other

    def add(self, octets: bytes) -> None:
        self.octets += len(octets)
        self._sha256.update(octets)
        self._md5.update(octets)

    def digests(self) -> Digests:
        return Digests(self._sha256.hexdigest(), self._md5.hexdigest())


def digests_of(path: Path) -> Digests | None:
    """The digests of a file; None where there is none."""
    digester = Digester()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_OCTETS):
                digester.add(chunk)
    except FileNotFoundError:
        return None
    return digester.digests()


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to download. `authorization` goes to the URL's own origin only, and is shown nowhere."""

    url: str
    authorization: str | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)
    of_download: Digest | None = None
    """Of what is downloaded, as it comes."""
    of_content: Digest | None = None
    """Of the database in it."""


class Source(Protocol):
    """A provider that is asked over the network. `downloads_a_day` is what it lets us begin, or is fair to it."""

    @property
    def name(self) -> str: ...
    @property
    def downloads_a_day(self) -> int: ...
    async def offers(self, courier: Courier) -> Sequence[Offer]:
        """What there is, the best first; the next one is tried where one turns out not to exist."""
