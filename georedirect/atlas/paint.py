"""What a country is painted in, and the regions that there are: values. Knows no colours."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Manner(StrEnum):
    """What happens to the visitors of a country."""

    SENT = "sent"
    """They get to a region."""
    SUGGESTED = "suggested"
    """They are told of a region, and stay."""
    STAYS = "stays"
    """They stay, whatever region they would belong to."""
    ELSEWHERE = "elsewhere"
    """They are sent to what is no region."""
    REFUSED = "refused"
    """They are told no."""


class Paint(NamedTuple):
    """`regions` are the names of those that a country's visitors may get to; the first is that of most.

    `text` says it in a sentence.
    """

    regions: tuple[str, ...]
    manner: Manner
    text: str


class Regions(NamedTuple):
    """The names of a site's regions, in the order of its file, and which of them is the default."""

    names: tuple[str, ...]
    default: str | None = None
