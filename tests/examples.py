"""How many examples a law is tried with: so many in every run, ten times as many with --hypothesis-profile=deep."""

from __future__ import annotations

from hypothesis import settings


def examples(number: int) -> settings:
    """Instead of the profile's hundred, in proportion to it."""
    return settings(max_examples=number * settings().max_examples // 100)
