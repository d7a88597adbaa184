"""Databases of real size: how many addresses move from the bundled one to another, and that it is let in."""

from __future__ import annotations

import time
from functools import cache
from ipaddress import ip_network
from random import Random
from typing import TYPE_CHECKING

import pytest

from georedirect.geo.bundled import bundled_database
from georedirect.geo.database import Database
from georedirect.guess import choose
from georedirect.update.blast import BlastRadius, blast_radius
from georedirect.update.check import Limits, check
from georedirect.visitor.address import Address
from tests.databases import changed_copy
from tests.policies import load_policy

if TYPE_CHECKING:
    from pathlib import Path

    from georedirect.place import Place
    from georedirect.policy.model import Region

POLICY = load_policy()
SAMPLE = 100_000
ALLOCATED = [
    ip_network(text)
    for text in ("2001::/16", "2003::/16", "2400::/11", "2600::/10", "2800::/12", "2a00::/11", "2c00::/12")
]
"""Where there is anybody in IPv6: of all that is not, a sample would say little."""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return changed_copy(bundled_database(), tmp_path_factory.mktemp("changed") / "country.mmdb", seed=1)


@pytest.fixture(scope="module")
def of_real_size(changed: Path) -> tuple[BlastRadius, float]:
    """With how many seconds it took."""
    started = time.process_time()
    return blast_radius(bundled_database(), changed, [POLICY]), time.process_time() - started


def numbers_among_all(chance: Random) -> list[int]:
    return [chance.getrandbits(32) for _ in range(SAMPLE)]


def numbers_among_the_allocated(chance: Random) -> list[int]:
    """Addresses of these networks, each as likely as all others."""
    sizes = [network.num_addresses for network in ALLOCATED]
    networks = chance.choices(ALLOCATED, sizes, k=SAMPLE)
    return [int(network[0]) + chance.randrange(network.num_addresses) for network in networks]


@cache
def region(place: Place) -> Region:
    return choose(POLICY, (), place).region


def test_databases_of_real_size_are_counted_as_a_sample_of_lookups_says(
    changed: Path, of_real_size: tuple[BlastRadius, float]
) -> None:
    radius, _ = of_real_size
    before, after = Database(bundled_database()), Database(changed)
    chance = Random(7)  # noqa: S311  a fixed sequence is what it is for
    in_use, moved = [0, 0], [0, 0]
    samples = (4, numbers_among_all(chance)), (16, numbers_among_the_allocated(chance))
    for family, (octets, numbers) in enumerate(samples):
        for number in numbers:
            address = Address(number.to_bytes(octets))
            found = before.find(address), after.find(address)
            if found[0].country is not None or found[1].country is not None:
                in_use[family] += 1
                moved[family] += region(found[0]) is not region(found[1])
    all48 = sum(2 ** (48 - network.prefixlen) for network in ALLOCATED)
    shares = (radius.in_use4 / 2**32, radius.moved4 / 2**32, radius.in_use48 / all48, radius.moved48 / all48)
    for share, seen in zip(shares, (in_use[0], moved[0], in_use[1], moved[1]), strict=True):
        sigma = (SAMPLE * share * (1 - share)) ** 0.5
        assert seen > 20
        assert abs(seen - SAMPLE * share) < 4 * sigma


def test_databases_of_real_size_are_compared_in_time(of_real_size: tuple[BlastRadius, float]) -> None:
    _, seconds = of_real_size
    assert seconds < 10


def test_the_bundled_database_against_itself_moves_nobody() -> None:
    radius = blast_radius(bundled_database(), bundled_database(), [POLICY])
    assert (radius.moved4, radius.moved48, radius.moves) == (0, 0, ())
    assert radius.in_use4 > 3_000_000_000
    assert radius.percent4 == 0


def test_a_database_of_real_size_is_let_in(changed: Path) -> None:
    report = check(changed, bundled_database(), [POLICY], Limits(move_percent=40), now=time.time())
    assert report.blast is not None
    assert 0.5 < report.blast.percent4 < 2
    assert report.agreement is not None
    assert report.agreement.is_enough
