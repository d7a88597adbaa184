"""The committed country database: that it is what its papers say, and that it knows well-known addresses."""

from __future__ import annotations

import hashlib
import json
import re
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import geoip2.database
import maxminddb
import pytest

from georedirect.policy.countries import COUNTRIES

DATA = Path(__file__).resolve().parents[2] / "data"
DATABASE = DATA / "country.mmdb"


@pytest.fixture(scope="module")
def provenance() -> dict[str, Any]:
    return dict(json.loads((DATA / "provenance.json").read_text(encoding="utf-8")))


def test_the_database_is_the_one_that_its_provenance_describes(provenance: dict[str, Any]) -> None:
    content = DATABASE.read_bytes()
    assert hashlib.sha256(content).hexdigest() == provenance["database"]["sha256"]
    assert len(content) == provenance["database"]["bytes"]
    assert provenance["package"]["name"] == "tor-geoipdb"


def test_the_database_is_smaller_than_4_mb() -> None:
    assert DATABASE.stat().st_size < 4_000_000


def test_the_metadata_are_those_of_a_country_database(provenance: dict[str, Any]) -> None:
    with maxminddb.open_database(DATABASE) as reader:
        metadata = reader.metadata()
    assert metadata.database_type == "GeoLite2-Country"
    assert (metadata.binary_format_major_version, metadata.ip_version, metadata.record_size) == (2, 6, 24)
    assert "CC BY-SA 4.0" in metadata.description["en"]
    assert {source["generated"] for source in provenance["sources"]} == {"2026-06-25"}
    assert metadata.build_epoch == 1782362039  # 2026-06-25 04:33:59 UTC


# Networks of universities, registries and national research networks, which do not move.
WELL_KNOWN = [
    ("130.59.0.1", "CH"),  # SWITCH
    ("141.20.0.1", "DE"),  # Humboldt-Universität zu Berlin
    ("134.157.0.1", "FR"),  # Sorbonne
    ("131.111.0.1", "GB"),  # Cambridge
    ("128.112.0.1", "US"),  # Princeton
    ("133.11.0.1", "JP"),  # Tokyo
    ("200.160.2.3", "BR"),  # NIC.br
    ("193.0.6.139", "NL"),  # RIPE NCC
    ("2001:67c:2e8::1", "NL"),
    ("2001:200::1", "JP"),  # WIDE
    ("::ffff:133.11.0.1", "JP"),
    ("2002:850b:1::1", "JP"),
]


@pytest.mark.parametrize(("address", "country"), WELL_KNOWN)
def test_a_well_known_address_is_in_its_country(address: str, country: str) -> None:
    with geoip2.database.Reader(DATABASE) as reader:
        found = reader.country(address)
    assert found.country.iso_code == country
    assert found.continent.code == COUNTRIES[country].continent
    assert found.country.is_in_european_union == COUNTRIES[country].is_in_eu


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "192.168.1.1", "2001:db8::1", "::1", "fe80::1"])
def test_a_private_address_is_nowhere(address: str) -> None:
    with maxminddb.open_database(DATABASE) as reader:
        assert reader.get(address) is None


def test_licence_and_notice_lie_beside_the_database() -> None:
    licence = (DATA / "LICENSE-country-database.txt").read_text(encoding="utf-8")
    assert "Attribution-ShareAlike 4.0 International" in licence
    assert all(f"Section {number} -- " in licence for number in range(1, 9))
    notice = (DATA / "NOTICE.md").read_text(encoding="utf-8")
    assert all(name in notice for name in ("IPFire", "Tor Project", "Debian", "What we changed", "CC BY-SA 4.0"))


def test_the_notice_quotes_the_date_of_the_source(provenance: dict[str, Any]) -> None:
    quoted = re.search(r"^Generated: (.+)$", (DATA / "NOTICE.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert quoted is not None
    day = parsedate_to_datetime(quoted[1]).date().isoformat()
    assert {source["generated"] for source in provenance["sources"]} == {day}
