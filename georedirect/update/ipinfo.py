"""IPinfo's free country database: a token, and a document of check sums beside it. Knows no other provider."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from georedirect.errors import UpdateCause, UpdateError
from georedirect.update.offer import Digest, Offer
from georedirect.update.secret import read_secret

if TYPE_CHECKING:
    from georedirect.policy.data_model import UpdateSettings
    from georedirect.update.courier import Courier


@dataclass(frozen=True, slots=True)
class IpInfo:
    """The token goes into a header: URLs end up in logs."""

    base: str
    token: str = field(repr=False)
    name: str = "ipinfo"
    downloads_a_day: int = 3

    async def offers(self, courier: Courier) -> list[Offer]:
        url, authorization = f"{self.base}/ipinfo_lite.mmdb", f"Bearer {self.token}"
        text = await courier.ask(Offer(f"{url}/checksums", authorization))
        digest = find_digest(text)
        return [Offer(url, authorization, of_download=digest, of_content=digest)]


def find_digest(text: bytes) -> Digest:
    try:
        value = json.loads(text)["checksums"]["sha256"]
    except (ValueError, KeyError, TypeError, RecursionError):
        value = None
    if not isinstance(value, str) or len(value) != 64:
        raise UpdateError(UpdateCause.DAMAGED, "IPinfo's document of check sums holds no SHA-256 digest")
    return Digest("sha256", value.lower())


def read_token(update: UpdateSettings) -> str:
    """From the policy's file, else from the environment."""
    named = os.environ.get("IPINFO_TOKEN_FILE")
    if update.token_file is not None:
        place = update.token_file
        return read_secret(Path(place.path), f"{place.file}:{place.line}: {place.key}")
    if token := os.environ.get("IPINFO_TOKEN", "").strip():
        return token
    if named:
        return read_secret(Path(named), "IPINFO_TOKEN_FILE")
    text = "IPinfo wants a token: name a file with it as token_file in [update], or set IPINFO_TOKEN_FILE"
    raise UpdateError(UpdateCause.INPUT, text)
