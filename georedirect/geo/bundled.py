"""Where the database is that comes with georedirect."""

from __future__ import annotations

from pathlib import Path

import georedirect

_PACKAGE = Path(georedirect.__file__).parent


def bundled_database() -> Path:
    """The country database inside the installed package, or beside it in a source checkout."""
    installed = _PACKAGE / "data" / "country.mmdb"
    return installed if installed.exists() else _PACKAGE.parent / "data" / "country.mmdb"
