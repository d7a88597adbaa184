"""Thousands of visitors through the running door, each where an independent look-up says."""

from __future__ import annotations

import ipaddress
import random
import tomllib
from typing import TYPE_CHECKING, Any

import maxminddb
import pytest

from georedirect.geo.bundled import bundled_database
from tests.processes import running
from tests.wire import connection, request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POLICY = """\
[site]
default = "rest"

[regions.rest]
uri = "https://rest.example/{continent}/{country}{+path}{+query}"

[regions.dach]
uri = "https://dach.example{+path}{+query}"
countries = ["DE", "AT", "CH"]

[regions.america]
uri = "https://america.example/{country}{+path}{+query}"
countries = ["US", "CA", "MX", "BR"]

[regions.asia]
uri = "https://asia.example{+path}{+query}"
countries = ["JP", "KR", "CN", "IN", "AU"]

[server]
trusted_proxies = ["127.0.0.0/8"]
"""
BATCH = 100


def visitors(seed: int) -> Iterator[str]:
    """10,000 random IPv4 addresses and 2,000 IPv6 addresses, most of those in space that is handed out."""
    rng = random.Random(seed)  # noqa: S311  the same visitors in every run
    for _ in range(10_000):
        yield str(ipaddress.IPv4Address(rng.getrandbits(32)))
    for number in range(2_000):
        first = rng.choice([0x2001, 0x2400, 0x2600, 0x2800, 0x2A00, 0x2C00]) + rng.getrandbits(8)
        bits = rng.getrandbits(128) if number % 10 == 0 else first << 112 | rng.getrandbits(112)
        yield str(ipaddress.IPv6Address(bits))


def expected_location(database: maxminddb.Reader, policy: dict[str, Any], address: str) -> str:
    """The policy's table, read by hand, for what the database says."""
    record: Any = database.get(address) or {}
    if address in {"0.0.0.0", "::"}:
        record = {}
    country = record.get("country", {}).get("iso_code")
    continent = record.get("continent", {}).get("code")
    regions = policy["regions"]
    name = next((name for name in regions if country in regions[name].get("countries", ())), policy["site"]["default"])
    uri = regions[name]["uri"].replace("{country}", country or "").replace("{continent}", continent or "")
    return str(uri).replace("{+path}{+query}", "/x?y")


@pytest.mark.parametrize("lru_size", [0, 1000])
async def test_every_visitor_is_sent_where_an_independent_look_up_says(tmp_path: Path, lru_size: int) -> None:
    file = tmp_path / "site.toml"
    file.write_text(f"{POLICY}[database]\nlru_size = {lru_size}\n")
    addresses = list(visitors(seed=lru_size))
    policy = tomllib.loads(POLICY)
    wrong = []
    with maxminddb.open_database(str(bundled_database())) as database, running(file, "--workers", "2") as service:
        for start in range(0, len(addresses), BATCH):
            batch = addresses[start : start + BATCH]
            async with connection(service.door) as client:
                for address in batch:
                    reply = await client.ask(request("/x?y", f"X-Forwarded-For: {address}"))
                    expected = expected_location(database, policy, address)
                    if (reply.status, reply["location"]) != (307, expected):
                        wrong.append((address, reply["location"], expected))
    assert wrong == []
