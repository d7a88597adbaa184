"""Who has to be credited for which database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from georedirect.geo.attribution import attribution_of, attributions_of
from georedirect.geo.bundled import bundled_database
from georedirect.geo.mmdb import Mmdb
from tests.databases import GERMANY, write_database

if TYPE_CHECKING:
    from pathlib import Path

DATABASES = [
    ("GeoLite2-Country", "GeoLite2 Country database", "https://www.maxmind.com"),
    ("GeoLite2-City", "GeoLite2City database", "https://www.maxmind.com"),
    ("GeoLite2-Country", "Countries, from another source", None),
    ("GeoIP2-Country", "GeoIP2 Country database", None),
    ("DBIP-Country-Lite", "DB-IP", "https://db-ip.com"),
    ("DBIP-ASN-Lite (compat=GeoLite2-ASN)", "DB-IP", "https://db-ip.com"),
    ("ipinfo bundle_location_lite.mmdb", "ipinfo", "https://ipinfo.io"),
    ("x", "", None),
]


def opened(path: Path, database_type: str, description: str) -> Mmdb:
    networks = {"192.0.2.0/24": GERMANY}
    return Mmdb(write_database(path, networks, database_type=database_type, description=description))


@pytest.mark.parametrize(("database_type", "description", "uri"), DATABASES)
def test_a_database_is_credited_as_its_licence_wants(
    tmp_path: Path, database_type: str, description: str, uri: str | None
) -> None:
    due = attribution_of(opened(tmp_path / "x.mmdb", database_type, description))
    assert (due and due.uri) == uri
    assert due is None or due.text.isascii()


def test_our_own_database_wants_no_credit_here() -> None:
    assert attribution_of(Mmdb(bundled_database())) is None


def test_nobody_is_credited_twice(tmp_path: Path) -> None:
    databases = [opened(tmp_path / f"{number}.mmdb", kind, said) for number, (kind, said, _) in enumerate(DATABASES)]
    uris = [due.uri for due in attributions_of(databases)]
    assert uris == ["https://www.maxmind.com", "https://db-ip.com", "https://ipinfo.io"]
