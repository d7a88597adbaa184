"""What one run wants and knows, and what of that decides whether anything is to be downloaded. Downloads nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from georedirect.errors import UpdateCause, UpdateError
from georedirect.update.choose import LocalFile
from georedirect.update.place import noting_failures, state_of, told_of_disk, write_state

if TYPE_CHECKING:
    from pathlib import Path

    from georedirect.update.courier import Received
    from georedirect.update.offer import Digests, Offer, Source
    from georedirect.update.place import Shelf
    from georedirect.update.state import State
    from georedirect.update.steps import Tell
    from georedirect.update.world import Limits

WITHDRAWN = "the source has a database that was rolled back; --accept brings it back"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asks for: `named` is the file to replace, as the policy names it."""

    named: Path
    source: Source | LocalFile
    keep: int = 1
    downloads_a_day: int | None = None
    is_accepted: bool = False
    is_dry_run: bool = False


class Standing(StrEnum):
    """How what a source offers compares with what is in place."""

    NEWER = "newer"
    UNCHANGED = "unchanged"
    NOT_KNOWN = "not-known"


class Errand:
    """One run. `present` are the digests of the database in place, None where there is none yet."""

    def __init__(self, wish: Wish, shelf: Shelf, present: Digests | None, limits: Limits, tell: Tell) -> None:
        self.wish, self.shelf, self.present, self.limits, self.tell = wish, shelf, present, limits, tell
        self.state: State = state_of(shelf)

    def is_known(self, content: Digests | None) -> bool:
        """Whether a database is the present one, or one that is not to come back."""
        return content is not None and content in self._known()

    def is_withdrawn(self, content: Digests | None) -> bool:
        return self.is_known(content) and content != self.present

    def validators(self, offer: Offer) -> dict[str, str]:
        return self.state.validators(offer.url, self._known())

    def promised(self, offer: Offer) -> Digests | None:
        """Which of the databases that we know the source promises; None where it promises another, or nothing."""
        promised, state = offer.of_content or offer.of_download, self.state
        if promised is None:
            return None
        found = next((content for content in self._known() if content.keep(promised)), None)
        if (
            found is None
            and offer.of_download is not None
            and state.fetched is not None
            and self.is_known(state.content)
        ):
            return state.content if state.fetched.keep(offer.of_download) else None
        return found

    def standing(self, offer: Offer) -> Standing:
        """What the digests that a source promises already tell."""
        if self.promised(offer) is not None:
            return Standing.UNCHANGED
        is_promised = offer.of_content is not None or offer.of_download is not None
        return Standing.NEWER if is_promised else Standing.NOT_KNOWN

    def why_unchanged(self, content: Digests | None) -> dict[str, str]:
        """What to tell of a known one: whether it is known for having been rolled back."""
        return {"why": WITHDRAWN} if self.is_withdrawn(content) else {}

    def expect_budget(self) -> None:
        allowed = self._downloads_a_day()
        begun = self.state.begun_on(datetime.now(UTC).date())
        if begun >= allowed:
            text = (
                f"{begun} downloads for {self.shelf.target.name} were begun today (UTC), and {allowed} may be; "
                "try again tomorrow, or raise downloads_a_day in [update]"
            )
            raise UpdateError(UpdateCause.BUDGET, text)

    def begin_download(self) -> None:
        """Count it before it begins: one that is cut short has been begun too."""
        self.expect_budget()
        self.state = self.state.counting_one(datetime.now(UTC).date())
        with told_of_disk(self.shelf):
            write_state(self.shelf, self.state)
        self.tell.step("fetch", "begun", source=self.wish.source.name)

    def note(self, url: str, received: Received | None, content: Digests, *, in_place: bool = False) -> None:
        """Remember what came and, if it is `in_place`, that it has been checked.

        That it cannot be written down is no reason to fail: the next run only asks more.
        """
        self.state = self.state.having(url, received, content)
        if in_place:
            self.state = replace(self.state, checked=content)
        if self.wish.is_accepted:
            self.state = self.state.letting_in(content)
        with noting_failures(self.tell):
            write_state(self.shelf, self.state)

    def _known(self) -> tuple[Digests, ...]:
        if self.present is None:
            return ()
        return (self.present, *(() if self.wish.is_accepted else self.state.withdrawn))

    def _downloads_a_day(self) -> int:
        source = self.wish.source
        own = 1000 if isinstance(source, LocalFile) else source.downloads_a_day
        return own if self.wish.downloads_a_day is None else self.wish.downloads_a_day
