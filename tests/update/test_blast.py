"""How many addresses go elsewhere, and where: exactly, and whatever the databases are."""

from __future__ import annotations

import json
import time
from ipaddress import ip_network
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from georedirect.errors import DatabaseError
from georedirect.geo.database import Database
from georedirect.geo.tree import ipv4_spaces
from georedirect.guess import choose
from georedirect.update.blast import BlastRadius, Move, blast_radius
from georedirect.visitor.address import Address
from scripts.mmdb_file import Trie, leaf, render_file
from tests.databases import FRANCE, GERMANY, JAPAN, SOMEWHERE_IN_EUROPE, write_database
from tests.policies import load, load_policy
from tests.worlds import worlds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from georedirect.place import Place
    from georedirect.policy.model import Policy
    from tests.databases import Record

POLICY = load_policy()  # Germany has DE, europe the rest of EU, global all others
TWO = load(
    '[site]\nhosts = ["a.example"]\ndefault = "a"\n[regions.a]\nuri = "https://1.example{+path}"\n'
    '[regions.japan]\nuri = "https://2.example{+path}"\ncountries = ["JP"]\n',
    '[site]\nhosts = ["b.example"]\ndefault = "a"\n[regions.a]\nuri = "https://3.example{+path}"\n'
    '[regions.france]\nuri = "https://4.example{+path}"\ncountries = ["FR"]\n',
).policies

CASES: list[tuple[dict[str, Record], dict[str, Record], tuple[int, float, int, float], list[Move]]] = [
    # nothing moves
    ({"192.0.0.0/16": GERMANY}, {"192.0.0.0/16": GERMANY}, (1 << 16, 0, 0, 0), []),
    (
        {"192.0.0.0/16": GERMANY},
        {"192.0.0.0/17": GERMANY, "192.0.128.0/17": {"country_code": "DE"}},
        (1 << 16, 0, 0, 0),
        [],
    ),
    # to another country, not to another region
    ({"192.0.0.0/16": FRANCE}, {"192.0.0.0/16": SOMEWHERE_IN_EUROPE}, (1 << 16, 0, 0, 0), []),
    # a leaf against a tree, on either side
    (
        {"192.0.0.0/16": GERMANY},
        {"192.0.0.0/16": GERMANY, "192.0.2.0/24": FRANCE},
        (1 << 16, 0, 256, 0),
        [Move("1.toml", "DE", "FR", "germany", "europe", 256, 0)],
    ),
    (
        {"192.0.0.0/16": GERMANY, "192.0.2.0/24": FRANCE},
        {"192.0.0.0/16": GERMANY},
        (1 << 16, 0, 256, 0),
        [Move("1.toml", "FR", "DE", "europe", "germany", 256, 0)],
    ),
    # of nobody before, or after; what has a continent and no country is not in use
    (
        {"192.0.0.0/16": GERMANY},
        {"10.0.0.0/8": SOMEWHERE_IN_EUROPE, "192.0.0.0/17": GERMANY},
        (1 << 16, 0, 1 << 15, 0),
        [Move("1.toml", "DE", None, "germany", "global", 1 << 15, 0)],
    ),
    # IPv6 in /48s and parts of them; IPv4 within it is counted as IPv4
    (
        {"192.0.2.0/24": GERMANY, "2a00::/32": GERMANY, "2a01::/49": JAPAN},
        {"192.0.2.0/24": GERMANY, "2a00::/33": FRANCE, "2a00:0:8000::/33": GERMANY, "2002::/16": JAPAN},
        (256, (1 << 16) + 0.5, 0, 1 << 15),
        [Move("1.toml", "DE", "FR", "germany", "europe", 0, 1 << 15)],
    ),
    (
        {"192.0.2.0/24": GERMANY, "2000::/3": FRANCE},
        {"192.0.2.0/24": GERMANY, "2000::/3": JAPAN, "::ffff:0:0/96": JAPAN},
        (256, 2**45 - 2**32, 0, 2**45 - 2**32),
        [Move("1.toml", "FR", "JP", "europe", "global", 0, 2**45 - 2**32)],
    ),
]


@pytest.mark.parametrize(("before", "after", "counts", "moves"), CASES)
def test_what_moves_is_counted_exactly(
    tmp_path: Path,
    before: dict[str, Record],
    after: dict[str, Record],
    counts: tuple[int, float, int, float],
    moves: list[Move],
) -> None:
    radius = blast_radius(
        write_database(tmp_path / "before.mmdb", before), write_database(tmp_path / "after.mmdb", after), [POLICY]
    )
    assert (radius.in_use4, radius.in_use48, radius.moved4, radius.moved48) == counts
    assert list(radius.moves) == moves


def test_an_address_that_moves_under_two_policies_is_counted_once_and_told_of_twice(tmp_path: Path) -> None:
    before = write_database(tmp_path / "before.mmdb", {"192.0.0.0/16": FRANCE, "10.0.0.0/8": GERMANY})
    after = write_database(tmp_path / "after.mmdb", {"192.0.0.0/16": JAPAN, "10.0.0.0/8": GERMANY})
    radius = blast_radius(before, after, TWO)
    assert radius.moved4 == 1 << 16
    assert {(move.site, move.region_before, move.region_after) for move in radius.moves} == {
        ("1.toml", "a", "japan"),
        ("2.toml", "france", "a"),
    }
    assert any(line.endswith("(2.toml)") for line in radius.lines())


def test_without_a_policy_nothing_moves(tmp_path: Path) -> None:
    path = write_database(tmp_path / "one.mmdb", {"192.0.0.0/16": FRANCE})
    other = write_database(tmp_path / "other.mmdb", {"192.0.0.0/16": JAPAN})
    assert blast_radius(path, other, []).moved4 == 0


def test_a_database_of_ipv4_places_no_ipv6(tmp_path: Path) -> None:
    before = write_database(tmp_path / "six.mmdb", {"192.0.2.0/24": GERMANY, "2a00::/32": GERMANY})
    after = write_database(tmp_path / "four.mmdb", {"192.0.2.0/24": GERMANY}, only_ipv4=True)
    radius = blast_radius(before, after, [POLICY])
    assert (radius.moved4, radius.percent4, radius.moved48, radius.percent48) == (0, 0, 1 << 16, 100)


# Against lookups


def is_in_use(before: Place, after: Place) -> bool:
    return before.country is not None or after.country is not None


def differs(policies: list[Policy], before: Place, after: Place) -> bool:
    return is_in_use(before, after) and any(
        choose(policy, (), before).region is not choose(policy, (), after).region for policy in policies
    )


def count_by_lookup(
    before: Callable[[Address], Place], after: Callable[[Address], Place], edges: set[int], bits: int
) -> tuple[int, int]:
    """In use, and moved: looked up at each place where anything can change."""
    in_use = moved = 0
    for first, past in pairwise(sorted(edges)):
        if bits == 128 and ipv4_spaces(first, 128):
            continue
        address = Address(first.to_bytes(bits // 8))
        found = before(address), after(address)
        in_use += is_in_use(*found) * (past - first)
        moved += differs([POLICY], *found) * (past - first)
    return in_use, moved


@given(before=worlds, after=worlds)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_the_count_is_what_lookups_say_whatever_the_databases(
    tmp_path: Path, before: dict[str, Record], after: dict[str, Record]
) -> None:
    paths = write_database(tmp_path / "before.mmdb", before), write_database(tmp_path / "after.mmdb", after)
    networks = [
        ip_network(text) for text in (*before, *after, "2002::/16", "::ffff:0:0/96", "::/96", "0.0.0.0/0", "::/0")
    ]
    expected: list[int] = []
    for bits in (32, 128):
        family = [network for network in networks if network.max_prefixlen == bits]
        edges = {edge for network in family for edge in (int(network[0]), int(network[-1]) + 1)}
        expected += count_by_lookup(Database(paths[0]).find, Database(paths[1]).find, edges, bits)
    radius = blast_radius(*paths, [POLICY])
    found = [radius.in_use4, radius.moved4, radius.in_use48 * 2.0**80, radius.moved48 * 2.0**80]
    assert found == pytest.approx(expected, rel=1e-12)


# What cannot be compared


def hostile(path: Path, seed: int) -> Path:
    """A file of few nodes, any of which may be beside any of another such file's."""
    chance = Random(seed)  # noqa: S311  a fixed sequence is what it is for
    trie = Trie()
    rows = [leaf(0), leaf(1), leaf(2)]
    for level in range(128):
        width = min(300, 1 << (127 - level))
        rows = [trie.append(chance.choice(rows), chance.choice(rows)) for _ in range(width)]
    records: list[Record] = [GERMANY, FRANCE, JAPAN]
    path.write_bytes(render_file(trie, records, description="", database_type="Country", epoch=0))
    return path


def test_files_made_to_be_compared_for_ever_are_refused_soon(tmp_path: Path) -> None:
    before, after = hostile(tmp_path / "before.mmdb", 7), hostile(tmp_path / "after.mmdb", 11)
    started = time.process_time()
    with pytest.raises(DatabaseError) as raised:
        blast_radius(before, after, [POLICY])
    assert str(raised.value) == (
        f"{after} cannot be compared with {before}: the databases are too intricate to compare"
    )
    assert time.process_time() - started < 10


# How it is told

RADIUS = BlastRadius(
    in_use4=2_000_000,
    in_use48=4096.5,
    moved4=30_000,
    moved48=0.0,
    moves=(
        Move("a.toml", "DE", None, "germany", "global", 29_000, 0),
        Move("a.toml", "continent:EU", "FR", "europe", "france", 1_000, 0.25),
    ),
)


def test_it_is_told_to_people() -> None:
    assert list(RADIUS.lines()) == [
        "IPv4: 1.50 % of 2,000,000 addresses in use would go to another region",
        "IPv6: 0.00 % of 4,096 /48s in use would go to another region",
        "the moves:",
        "  germany -> global: DE -> unknown, IPv4 1.45 % (29,000 addresses), IPv6 0.00 % (0 /48s)",
        "  europe -> france: continent:EU -> FR, IPv4 0.05 % (1,000 addresses), IPv6 0.01 % (0 /48s)",
    ]


def test_of_many_moves_the_ten_largest_are_told(of_real_size: tuple[BlastRadius, float]) -> None:
    radius, _ = of_real_size
    lines = list(radius.lines())
    assert len(lines) == 2 + 1 + 10 + 1
    assert lines[2] == "the largest moves:"
    assert lines[-1] == f"  and {len(radius.moves) - 10:,} smaller ones"
    shares = [max(m.addresses4 / radius.in_use4, m.networks48 / radius.in_use48) for m in radius.moves]
    assert shares == sorted(shares, reverse=True)


def test_it_is_told_to_programs() -> None:
    told = json.loads(json.dumps(RADIUS.as_dict()))
    assert told["ipv4"] == {"in_use": 2_000_000, "moved": 30_000, "percent": 1.5}
    assert told["ipv6"] == {"in_use": 4096.5, "moved": 0.0, "percent": 0.0}
    assert told["moves"][0] == {
        "site": "a.toml",
        "place_before": "DE",
        "place_after": None,
        "region_before": "germany",
        "region_after": "global",
        "addresses4": 29_000,
        "networks48": 0,
    }
