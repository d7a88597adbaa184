"""Our own texts that are no Python: pages, style, words and banner, read out of this package. Knows no other files."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def asset(name: str) -> str:
    """The text of a file that stands beside this module."""
    return files("georedirect.chooser").joinpath(name).read_text(encoding="utf-8")
