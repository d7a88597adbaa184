"""Medians and ratios of what was measured. Measures nothing and prints nothing."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each peer's figures over all rounds."""
    return {peer: median(figures[peer] for figures in rounds) for peer in (rounds[0] if rounds else ())}


def medians_of_enough(figures: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The median of each peer that has three figures or more; fewer say little."""
    return {peer: median(known) for peer, known in figures.items() if len(known) >= 3}


def ratios(rounds: Sequence[Mapping[str, float]], reference: str) -> dict[str, float]:
    """The median of each peer's ratios to the reference in the same round; empty without a reference.

    Rounds are compared one by one because a shared machine is faster in some than in others.
    """
    return medians(_compared(rounds, reference))


def spread(rounds: Sequence[Mapping[str, float]], reference: str) -> dict[str, tuple[float, float]]:
    """The least and the greatest of the same ratios: where they lie far apart, the machine was not quiet."""
    compared = _compared(rounds, reference)
    return {peer: (min(r[peer] for r in compared), max(r[peer] for r in compared)) for peer in medians(compared)}


def _compared(rounds: Sequence[Mapping[str, float]], reference: str) -> list[dict[str, float]]:
    if not rounds or not rounds[0].get(reference):
        return []
    return [{peer: figure / figures[reference] for peer, figure in figures.items()} for figures in rounds]
