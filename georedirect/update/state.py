"""What the next update should remember of this one, in a small file beside the database. Losing it does no harm."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from georedirect.update.offer import Digests

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from georedirect.update.courier import Received


@dataclass(frozen=True, slots=True)
class State:
    """`url` is a digest of one, since a URL may hold a token; `content` is what was in the download `fetched`."""

    day: str = ""
    downloads: int = 0
    url: str = ""
    etag: str | None = None
    last_modified: str | None = None
    fetched: Digests | None = None
    content: Digests | None = None
    withdrawn: Digests | None = None
    """Of the database that was last rolled back."""

    def begun_on(self, today: date) -> int:
        """How many downloads were begun on that day (UTC)."""
        return self.downloads if self.day == today.isoformat() else 0

    def counting_one(self, today: date) -> State:
        return replace(self, day=today.isoformat(), downloads=self.begun_on(today) + 1)

    def having(self, url: str, received: Received | None, content: Digests) -> State:
        """After a download; `received` is None where nothing was asked over HTTP."""
        if received is None:
            return replace(self, url="", etag=None, last_modified=None, fetched=None, content=content)
        return replace(
            self,
            url=_digest_of(url),
            etag=received.etag,
            last_modified=received.last_modified,
            fetched=received.digests,
            content=content,
        )

    def validators(self, url: str, known: tuple[Digests | None, ...]) -> dict[str, str]:
        """The headers of a conditional request, if what they were given for is one of the databases `known`."""
        if self.url != _digest_of(url) or self.content is None or self.content not in known:
            return {}
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value is not None}


def _digest_of(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def read_state(path: Path) -> State:
    """What the file says; where it is missing or damaged, nothing is remembered."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return State()
    return _state(found) if isinstance(found, dict) else State()


def _state(found: Mapping[str, object]) -> State:
    downloads = found.get("downloads")
    return State(
        day=_text(found, "day") or "",
        downloads=downloads if isinstance(downloads, int) and downloads > 0 else 0,
        url=_text(found, "url") or "",
        etag=_text(found, "etag"),
        last_modified=_text(found, "last_modified"),
        fetched=_digests(found, "fetched"),
        content=_digests(found, "content"),
        withdrawn=_digests(found, "withdrawn"),
    )


def _text(found: Mapping[str, object], key: str) -> str | None:
    """A header's value goes out again as it came in: nothing but visible ASCII."""
    value = found.get(key)
    return value if isinstance(value, str) and value.isascii() and value.isprintable() else None


def _digests(found: Mapping[str, object], key: str) -> Digests | None:
    value = found.get(key)
    is_pair = isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value)
    return Digests(*value) if isinstance(value, list) and is_pair else None


def text_of(state: State) -> bytes:
    return json.dumps(
        asdict(state) | {"fetched": state.fetched, "content": state.content, "withdrawn": state.withdrawn}
    ).encode()
