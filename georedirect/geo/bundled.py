"""Where the files are that come with georedirect."""

from __future__ import annotations

from pathlib import Path

import georedirect

_PACKAGE = Path(georedirect.__file__).parent


def bundled_database() -> Path:
    """The country database inside the installed package, or beside it in a source checkout."""
    return _bundled("country.mmdb")


def bundled_world() -> Path:
    """The shapes of the countries, likewise."""
    return _bundled("world.json")


def _bundled(name: str) -> Path:
    installed = _PACKAGE / "data" / name
    return installed if installed.exists() else _PACKAGE.parent / "data" / name
