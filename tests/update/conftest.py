"""A database of real size that is not the bundled one, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from georedirect.geo.bundled import bundled_database
from tests.databases import changed_copy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return changed_copy(bundled_database(), tmp_path_factory.mktemp("changed") / "country.mmdb", seed=1)
