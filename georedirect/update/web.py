"""Any URL of a database, with or without a check sum of what it holds. Knows no provider."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from georedirect.errors import UpdateCause, UpdateError
from georedirect.update.courier import shown
from georedirect.update.offer import Digest, Offer

if TYPE_CHECKING:
    from georedirect.update.courier import Courier

_ALGORITHMS = {64: "sha256", 32: "md5"}
_DIGEST = re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{32})(?![0-9a-fA-F])")


@dataclass(frozen=True, slots=True)
class Web:
    """`checksum` is `sha256:...`, `md5:...`, or the URL of a text with one of the two in it."""

    url: str
    checksum: str | None = None
    downloads_a_day: int = 24

    @property
    def name(self) -> str:
        return shown(self.url)

    async def offers(self, courier: Courier) -> list[Offer]:
        return [Offer(self.url, of_download=await self._digest(courier))]

    async def _digest(self, courier: Courier) -> Digest | None:
        if self.checksum is None:
            return None
        if "://" not in self.checksum:
            algorithm, _, value = self.checksum.partition(":")
            return Digest(algorithm, value.lower())
        text = (await courier.ask(Offer(self.checksum))).decode("utf-8", "replace")
        digest = find_digest(text, PurePosixPath(unquote(urlsplit(self.url).path)).name)
        if digest is None:
            where = shown(self.checksum)
            raise UpdateError(UpdateCause.DAMAGED, f"{where} holds no SHA-256 or MD5 digest of {self.name}")
        return digest


def find_digest(text: str, name: str) -> Digest | None:
    """The digest on the line that names the file, as sha256sum writes them; the only one where no line does."""
    found = [(line, match[0]) for line in text.splitlines() for match in _DIGEST.finditer(line)]
    named = [value for line, value in found if name and name in re.split(r"[\s*()/]+", line)]
    values = set(named) or {value for _, value in found}
    if len(values) != 1:
        return None
    value = values.pop().lower()
    return Digest(_ALGORITHMS[len(value)], value)
