"""What one run remembers for the next: validators, how many downloads were begun, and what was rolled back."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.update.stand_in import ELSEWHERE, Reply, StandIn
from tests.update.updating import NAME

if TYPE_CHECKING:
    from tests.update.updating import Site

BUCKET = StandIn.maxmind_bucket
PLAIN = "/country.mmdb"


def offer(site: Site, database: bytes, etag: str = '"1"') -> None:
    site.write(site.stand_in.url(PLAIN))
    site.stand_in.on(PLAIN, Reply(database, headers={"ETag": etag}))


def test_what_has_not_changed_is_not_downloaded_again(site: Site) -> None:
    offer(site, site.databases.new)
    assert site.run().outcome == "updated"
    again = site.run()
    assert (again.code, again.outcome, again.outcomes_of("fetch")) == (0, "unchanged", ["unchanged"])
    assert json.loads(site.state_file.read_text())["downloads"] == 1


def test_a_conditional_request_is_made_only_for_what_is_in_place(site: Site) -> None:
    offer(site, site.databases.new)
    site.run()
    site.target.write_bytes(site.databases.old)  # by hand
    assert site.run().outcome == "updated"
    assert site.bytes_in_place() == site.databases.new


def test_check_of_what_the_source_can_tell_downloads_nothing(site: Site) -> None:
    offer(site, site.databases.new)
    site.run()
    assert site.run("update", "--check").outcome == "unchanged"
    offer(site, site.databases.old, '"2"')
    checked = site.run("update", "--check")
    assert (checked.code, checked.outcomes_of("fetch")) == (10, [])
    assert json.loads(site.state_file.read_text())["downloads"] == 1


def test_check_of_what_the_source_cannot_tell_compares_a_download(site: Site) -> None:
    site.write(site.stand_in.url(PLAIN))
    site.stand_in.on(PLAIN, Reply(site.databases.new), Reply(site.databases.old))
    assert site.run("update", "--check").code == 10
    assert site.run("update", "--check").code == 0
    assert site.bytes_in_place() == site.databases.old
    assert site.strays() == []


def test_a_day_has_only_so_many_downloads(site: Site) -> None:
    site.update_lines.append("downloads_a_day = 2")
    site.write("maxmind")
    for database in (site.databases.new, site.databases.old):
        site.stand_in.maxmind(database)
        assert site.run("update", "--accept").outcome == "updated"
    assert site.run().outcome == "unchanged"  # which downloads nothing
    site.stand_in.maxmind(site.databases.new)
    asked = len(site.stand_in.paths(ELSEWHERE))
    done = site.run()
    assert (done.code, done.outcome) == (9, "budget")
    assert "2 may be" in done.err
    assert len(site.stand_in.paths(ELSEWHERE)) == asked
    state = json.loads(site.state_file.read_text())
    state["day"] = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    site.state_file.write_text(json.dumps(state))
    assert site.run().outcome == "updated"


def test_a_download_that_breaks_off_has_been_begun_too(site: Site) -> None:
    site.update_lines.append("downloads_a_day = 2")
    site.write("maxmind")
    site.stand_in.maxmind(site.databases.new)
    site.stand_in.on(BUCKET, Reply(b"x" * 999, fault="cut"), host=ELSEWHERE)
    assert site.run().outcome == "try-later"
    assert site.run().outcome == "budget"
    assert site.stand_in.paths(ELSEWHERE) == [BUCKET, BUCKET]


@pytest.mark.parametrize("allowed", [1, 2, 3])
def test_a_budget_that_runs_out_does_not_hide_what_failed(site: Site, allowed: int) -> None:
    site.update_lines.append(f"downloads_a_day = {allowed}")
    site.write("maxmind")
    site.stand_in.maxmind(site.databases.new, md5="0" * 32)
    done = site.run()
    assert (done.code, done.outcome) == (5, "damaged")
    assert "is not what was promised" in done.err
    assert (f"not tried again: 1 downloads for {NAME}" in done.err) is (allowed == 1)
    assert site.stand_in.paths(ELSEWHERE) == [BUCKET] * min(allowed, 2)


def test_a_dry_run_counts(site: Site) -> None:
    site.write("maxmind")
    site.stand_in.maxmind(site.databases.new)
    site.run("update", "--dry-run")
    assert json.loads(site.state_file.read_text())["downloads"] == 1


def test_ipinfo_has_three_downloads_a_day_unless_told_otherwise(site: Site) -> None:
    site.write("ipinfo")
    codes = []
    for database in (site.databases.new, site.databases.old) * 2:
        site.stand_in.ipinfo(database)
        codes.append(site.run("update", "--accept").code)
    assert codes == [0, 0, 0, 9]


def test_what_was_rolled_back_does_not_come_back_unasked(site: Site) -> None:
    offer(site, site.databases.new)
    site.run()
    assert site.run("rollback").outcome == "rolled-back"
    assert site.bytes_in_place() == site.databases.old
    assert (site.data / f"{NAME}.withdrawn").read_bytes() == site.databases.new
    again = site.run()
    assert (again.code, again.outcome) == (0, "unchanged")
    assert "--accept brings it back" in str(again.steps)
    assert site.bytes_in_place() == site.databases.old
    assert site.run("update", "--accept").outcome == "updated"
    assert site.bytes_in_place() == site.databases.new
    assert json.loads(site.state_file.read_text())["withdrawn"] == []


def test_of_two_that_were_rolled_back_neither_comes_back_unasked(site: Site) -> None:
    site.update_lines.append("keep = 2")
    first, second = site.databases.new, site.databases.old
    (site.data / f"{NAME}.previous-1").write_bytes(site.databases.old)
    (site.data / f"{NAME}.previous-2").write_bytes(site.databases.ancient)
    site.target.write_bytes(first)
    offer(site, first)
    assert [site.run("rollback").code for _ in range(2)] == [0, 0]
    assert (site.data / f"{NAME}.withdrawn").read_bytes() == second
    for database in (first, second):
        offer(site, database)
        assert site.run().outcome == "unchanged"
    assert site.bytes_in_place() == site.databases.ancient
    assert site.run("update", "--accept").outcome == "updated"
    offer(site, first, '"2"')
    assert site.run().outcome == "unchanged"
    assert site.bytes_in_place() == second


def test_what_was_rolled_back_is_known_by_any_source(site: Site) -> None:
    site.write("maxmind")
    site.stand_in.maxmind(site.databases.new)
    site.run()
    site.run("rollback")
    again = site.run()
    assert (again.outcome, again.outcomes_of("fetch")) == ("unchanged", [])
    assert "--accept" in str(again.steps[0]["why"])
    (site.folder / "file").write_bytes(site.databases.new)
    assert site.run("update", "--from", str(site.folder / "file")).outcome == "unchanged"
    offer(site, site.databases.new)
    assert site.run().outcome == "unchanged"


def test_an_archive_of_the_present_one_is_known_by_its_check_sum(site: Site) -> None:
    """And not taken for the one that was rolled back."""
    (site.data / f"{NAME}.previous-1").write_bytes(site.databases.ancient)
    site.write("dbip")
    assert site.run("rollback").code == 0
    archive = gzip.compress(site.databases.new)
    site.update_lines.append(f'checksum = "sha256:{hashlib.sha256(archive).hexdigest()}"')
    site.write(site.stand_in.url(PLAIN))
    site.stand_in.on(PLAIN, Reply(archive))
    assert site.run().outcome == "updated"
    again = site.run()
    assert (again.outcome, again.outcomes_of("fetch"), "why" in again.steps[0]) == ("unchanged", [], False)


def test_there_may_be_nothing_to_roll_back_to(site: Site) -> None:
    site.write("maxmind")
    done = site.run("rollback")
    assert (done.code, done.outcome) == (1, "input")
    assert "nothing to go back to" in done.err
    assert site.bytes_in_place() == site.databases.old
    assert site.strays() == []


def test_a_previous_one_that_is_damaged_is_not_put_back(site: Site) -> None:
    site.write("maxmind")
    (site.data / f"{NAME}.previous-1").write_bytes(site.databases.damaged)
    done = site.run("rollback")
    assert (done.code, done.outcome) == (5, "damaged")
    assert site.bytes_in_place() == site.databases.old


def test_rolling_back_goes_on_to_the_one_before(site: Site) -> None:
    site.update_lines.append("keep = 3")
    (site.data / f"{NAME}.previous-1").write_bytes(site.databases.old)  # the same, as after a run that was killed
    (site.data / f"{NAME}.previous-2").write_bytes(site.databases.new)
    (site.data / f"{NAME}.previous-3").write_bytes(site.databases.ancient)
    site.write("maxmind")
    assert site.run("rollback").code == 0
    assert site.bytes_in_place() == site.databases.new
    assert site.run("rollback").code == 0
    assert site.bytes_in_place() == site.databases.ancient
    assert site.run("rollback").code == 1
    assert site.strays() == []
