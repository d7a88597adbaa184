"""A region's mirrors and how they are checked, read and checked themselves: frozen values. Knows no file format."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from georedirect.place import Coordinates
    from georedirect.policy.template import Template


MOST_CHECKS = 1000
"""In all files together."""


class Choosing(StrEnum):
    """How one of a region's healthy mirrors is chosen for a visitor, as written in `choose`."""

    WEIGHT = "weight"
    """By weight; a visitor keeps theirs."""
    NEAREST = "nearest"
    """The one that is least far from where the visitor is; by weight where nobody knows that."""
    FIRST = "first"
    """The first in the file that is healthy."""


class WhenDown(StrEnum):
    """What is done when neither a region nor any of its fallbacks has a healthy mirror, as in `[site] when_down`."""

    REDIRECT = "redirect"
    """Visitors are sent all the same."""
    REFUSE = "refuse"
    """Visitors are told so: 503."""


class CheckMethod(StrEnum):
    """How a mirror is asked."""

    GET = "GET"
    HEAD = "HEAD"


@dataclass(frozen=True, slots=True, order=True)
class Check:
    """How it is found out whether a mirror is well. Two that are equal have one verdict.

    `url` is asked each `interval_seconds`; the mirror is well if the answer comes within `timeout_seconds`, with one of
    `statuses`, and has `text` in its body, if there is any. So many wrong answers in a row as `fall` says make it sick,
    and `rise` right ones well again.
    """

    url: str
    method: CheckMethod = CheckMethod.GET
    interval_seconds: int = 10
    timeout_seconds: int = 2
    fall: int = 3
    rise: int = 2
    statuses: tuple[int, ...] = tuple(range(200, 400))
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Mirror:
    """One of the places where a region is served.

    The path of each of its URIs is under `path_prefix`, which is empty when that says nothing. `weight` is its share
    among the others'; where there is no `check`, it counts as healthy.
    """

    uri: Template
    path_prefix: str
    weight: int = 1
    coordinates: Coordinates | None = None
    check: Check | None = None

    @property
    def name(self) -> str:
        """What people, logs and metrics call it: where its URIs begin."""
        return f"{self.uri.base}{self.path_prefix}"

    def holds(self, path: str) -> bool:
        """Whether `path`, on this mirror's host, is one that its URIs have."""
        prefix = self.path_prefix
        return path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/")
