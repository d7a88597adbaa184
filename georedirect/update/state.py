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


_MOST_WITHDRAWN = 10


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
    withdrawn: tuple[Digests, ...] = ()
    """Of the databases that were rolled back, the last one last; the oldest are forgotten."""
    checked: Digests | None = None
    """Of the database that was put into place last: one that has been walked whole."""

    def begun_on(self, today: date) -> int:
        """How many downloads were begun on that day (UTC)."""
        return self.downloads if self.day == today.isoformat() else 0

    def counting_one(self, today: date) -> State:
        return replace(self, day=today.isoformat(), downloads=self.begun_on(today) + 1)

    def withdrawing(self, content: Digests) -> State:
        """After that database was rolled back."""
        return replace(self, withdrawn=(*self._withdrawn_but(content), content)[-_MOST_WITHDRAWN:])

    def letting_in(self, content: Digests) -> State:
        """After the operator wanted that database whatever had been done with it."""
        return replace(self, withdrawn=self._withdrawn_but(content))

    def _withdrawn_but(self, content: Digests) -> tuple[Digests, ...]:
        return tuple(other for other in self.withdrawn if other != content)

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
        withdrawn=_withdrawn(found),
        checked=_digests(found, "checked"),
    )


def _text(found: Mapping[str, object], key: str) -> str | None:
    """A header's value goes out again as it came in: nothing but visible ASCII."""
    value = found.get(key)
    return value if isinstance(value, str) and value.isascii() and value.isprintable() else None


def _digests(found: Mapping[str, object], key: str) -> Digests | None:
    return _pair(found.get(key))


def _withdrawn(found: Mapping[str, object]) -> tuple[Digests, ...]:
    """A list of them; a file of an older release has one alone."""
    value = found.get("withdrawn")
    if (alone := _pair(value)) is not None:
        return (alone,)
    pairs = map(_pair, value) if isinstance(value, list) else ()
    return tuple(pair for pair in pairs if pair is not None)[-_MOST_WITHDRAWN:]


def _pair(value: object) -> Digests | None:
    is_pair = isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value)
    return Digests(*value) if isinstance(value, list) and is_pair else None


def text_of(state: State) -> bytes:
    digests = {key: getattr(state, key) for key in ("fetched", "content", "withdrawn", "checked")}
    return json.dumps(asdict(state) | digests).encode()
