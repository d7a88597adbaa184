"""What a check finds decides what comes in; what it tells is documented."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from georedirect.update.judge import MOST_MOVES_REPORTED
from tests.databases import EPOCH, FRANCE, GERMANY, JAPAN, write_database
from tests.processes import ROOT
from tests.update.updating import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.databases import Record
    from tests.update.updating import Site

REGIONS = """[regions.france]
uri = "https://fr.example{+path}{+query}"
countries = ["FR"]
"""
TEN = {f"{number}.0.0.0/8": GERMANY for number in range(20, 30)}


def offer(site: Site, tmp_path: Path, present: Mapping[str, Record], new: Mapping[str, Record]) -> None:
    """Two databases, the one in place and the other beside the policy."""
    write_database(site.target, present)
    write_database(tmp_path / "fresh.mmdb", new, epoch=EPOCH + DAY)
    site.write("fresh.mmdb", REGIONS)


def report(done: Any) -> dict[str, Any]:  # noqa: ANN401
    (found,) = [step["report"] for step in done.steps if step["step"] == "check"]
    return dict(found)


def test_a_database_that_would_move_too_many_is_refused_until_it_is_accepted(site: Site, tmp_path: Path) -> None:
    offer(
        site,
        tmp_path,
        {**TEN, "30.0.0.0/8": FRANCE},
        {**TEN, "28.0.0.0/8": FRANCE, "29.0.0.0/8": FRANCE, "30.0.0.0/8": FRANCE},
    )
    present = site.bytes_in_place()
    done = site.run()
    assert (done.code, report(done)["cause"]) == (6, "moves-too-much")
    assert "fresh.mmdb would send 18.18 % of the IPv4 addresses in use to another region" in done.err
    assert ".part" not in done.err
    assert site.bytes_in_place() == present
    accepted = site.run("update", "--accept")
    assert (accepted.code, accepted.outcomes_of("check")) == (0, ["let-through"])
    assert site.bytes_in_place() == (tmp_path / "fresh.mmdb").read_bytes()


def test_the_policy_says_how_many_may_move(site: Site, tmp_path: Path) -> None:
    site.update_lines.append("most_moved_percent = 20")
    offer(
        site,
        tmp_path,
        {**TEN, "30.0.0.0/8": FRANCE},
        {**TEN, "28.0.0.0/8": FRANCE, "29.0.0.0/8": FRANCE, "30.0.0.0/8": FRANCE},
    )
    done = site.run("update", "--dry-run")
    assert done.outcome == "would-update"
    assert report(done)["blast"]["ipv4"]["percent"] == pytest.approx(18.18, abs=0.01)
    assert report(done)["blast"]["moves"][0]["region_after"] == "france"


def test_the_policy_says_how_much_smaller_it_may_be(site: Site, tmp_path: Path) -> None:
    fewer = dict(list(TEN.items())[:8])
    offer(site, tmp_path, TEN | {"40.0.0.0/8": JAPAN}, fewer | {"40.0.0.0/8": JAPAN})
    site.update_lines.append("most_shrunk_percent = 5")
    site.write("fresh.mmdb", REGIONS)
    done = site.run()
    assert (done.code, report(done)["cause"]) == (6, "shrunk")
    site.update_lines[:] = ["most_shrunk_percent = 50"]
    site.write("fresh.mmdb", REGIONS)
    assert site.run().code == 0


def test_a_present_database_that_is_damaged_is_replaced(site: Site) -> None:
    site.write("maxmind")
    site.target.write_bytes(b"garbage")
    site.stand_in.maxmind(site.databases.new)
    done = site.run()
    assert done.outcome == "updated"
    assert "is damaged" in str(report(done)["why_not_compared"])


def test_only_the_largest_moves_are_reported(site: Site, tmp_path: Path) -> None:
    assert MOST_MOVES_REPORTED == 50
    countries = [first + second for first in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for second in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    before: dict[str, Record] = {
        f"{number // 256 + 20}.{number % 256}.0.0/16": {"country": {"iso_code": code}}
        for number, code in enumerate(countries)
    }
    offer(site, tmp_path, before, dict.fromkeys(before, FRANCE))
    blast = report(site.run())["blast"]
    assert len(blast["moves"]) == 50
    assert blast["all_moves"] > 100


def test_every_key_of_a_report_is_documented(site: Site, tmp_path: Path) -> None:
    offer(site, tmp_path, {**TEN, "30.0.0.0/8": FRANCE}, dict.fromkeys(TEN, FRANCE))
    found = report(site.run())
    page = (
        (ROOT / "docs" / "commands.md").read_text(encoding="utf-8").partition("`report` has ")[2].partition("\n\n")[0]
    )
    for key in {*found, *found["new"], *found["blast"]}:
        assert f"`{key}`" in page, json.dumps(found)
