"""A stand-in for every provider, and a site to update from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.update.stand_in import standing_in
from tests.update.updating import Site, make_databases, set_up_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.update.stand_in import StandIn
    from tests.update.updating import Databases


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return make_databases(tmp_path_factory.mktemp("databases"))


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with standing_in() as running:
        yield running


@pytest.fixture
def site(
    tmp_path: Path,
    stand_in: StandIn,
    databases: Databases,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Site:
    """With the old database in place."""
    set_up_environment(monkeypatch, tmp_path, stand_in)
    site = Site(tmp_path, stand_in, capsys, databases)
    site.data.mkdir()
    site.target.write_bytes(databases.old)
    return site
