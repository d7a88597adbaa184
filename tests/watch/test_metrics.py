"""What /metrics tells is what Prometheus' own tools would accept, and never too much of it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import PurePath
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families_in
from prometheus_client.parser import text_string_to_metric_families as families_in

from georedirect.door.answer import refusal_for
from georedirect.door.certificates import Certificate
from georedirect.door.counting import Counted
from georedirect.door.history import Attempt, Cause, History, Outcome
from georedirect.door.pairs import Pair
from georedirect.door.tally import MOST_CELLS, Tally
from georedirect.guess import Reason
from georedirect.health.board import HealthBoard
from georedirect.health.verdict import Verdict
from georedirect.policy.data_model import NamedFile
from georedirect.policy.mirror_model import MOST_CHECKS, Check
from georedirect.watch.desk import Desk
from georedirect.watch.metrics import Metrics
from georedirect.watch.series.loaded import MOST_CERTIFICATES
from georedirect.watch.series.shown import MOST_SERIES, OTHER
from georedirect.watch.series.traffic import CAUSES
from tests.health.checked import with_checks
from tests.policies import GOOD
from tests.serving import snapshot_for
from tests.watch.desks import counted, full_desk, full_tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric
    from prometheus_client.samples import Sample

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
SCALES = ("milli", "micro", "nano", "kilo", "_ms", "_minutes", "_hours", "_days", "_percent")
"""Names of units that are not base units."""


def told(desk: Desk, accept: str = "") -> str:
    return Metrics(desk).render(accept)[0].decode()


def read(text: str) -> list[Metric]:
    return list(families_in(text))


def read_openmetrics(text: str) -> list[Metric]:
    return list(openmetrics_families_in(text))  # type: ignore[no-untyped-call]  # it has no annotations


def lines_of(text: str, word: str) -> list[str]:
    return re.findall(rf"^# {word} (\S+) \S", text, re.MULTILINE)


def test_prometheus_own_parsers_accept_both_formats_and_read_the_same() -> None:
    desk = full_desk()
    plain, open_ = read(told(desk)), read_openmetrics(told(desk, OPENMETRICS))
    assert told(desk, OPENMETRICS).endswith("# EOF\n")
    assert [_names(family) for family in plain] == [_names(family) for family in open_]
    assert len(plain) > 30


def _names(family: Metric) -> set[str]:
    return {sample.name for sample in family.samples}


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_each_metric_has_its_help_and_its_type_once(accept: str) -> None:
    text = told(full_desk(), accept)
    for word in ("HELP", "TYPE"):
        names = lines_of(text, word)
        assert len(names) == len(set(names)) == len(read(told(full_desk())))


def test_no_series_is_told_twice() -> None:
    series = Counter((sample.name, *sorted(sample.labels.items())) for sample in samples(full_desk()))
    assert series.most_common(1)[0][1] == 1


def samples(desk: Desk) -> Iterator[Sample]:
    for family in Metrics(desk).collect():
        yield from family.samples


def test_names_are_as_prometheus_wants_them() -> None:
    for family in read(told(full_desk())):
        for name in _names(family):
            assert re.fullmatch(r"georedirect_[a-z0-9_]*[a-z0-9]", name)
            assert (family.type == "counter") == name.endswith("_total")
            assert not any(scale in name for scale in SCALES)
            assert "_seconds" not in name or re.search(r"_seconds(_total|_bucket|_sum|_count)?$", name)
        assert family.documentation.endswith(".")
        assert all(re.fullmatch(r"[a-z_]+", label) for sample in family.samples for label in sample.labels)


def test_a_histogram_only_rises_up_to_what_it_counts() -> None:
    (histogram,) = (family for family in read(told(full_desk())) if family.type == "histogram")
    bounds = [(float(sample.labels["le"]), sample.value) for sample in histogram.samples if "le" in sample.labels]
    assert bounds == sorted(bounds)
    assert [bound for bound, _ in bounds][-1] == float("inf")
    assert [value for _, value in bounds] == sorted(value for _, value in bounds)
    (count,) = (sample.value for sample in histogram.samples if sample.name.endswith("_count"))
    assert count == bounds[-1][1] == 1


ODD_NAMES = ['a "quoted" name', "back\\slash", "two\nlines", "x} 1\n# EOF", "größer\u2028", "\x00\x1b[31m", "{}=,"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_no_name_in_a_policy_can_break_out_of_its_label(name: str) -> None:
    tally = Tally()
    counted(tally, Counted("307", "site", "rule", "", "", name), Counted("307", "site", "rule", tags="tag"))
    desk = Desk(snapshot_for(GOOD), tally=tally)
    for families in (read(told(desk)), read_openmetrics(told(desk, OPENMETRICS))):
        rules = [sample for family in families for sample in family.samples if "rule_requests" in sample.name]
        assert [(sample.labels["rule"], sample.value) for sample in rules] == [(name, 1)]


def test_no_label_is_about_a_visitor() -> None:
    names = {label for sample in samples(full_desk()) for label in sample.labels}
    assert names == {
        *("status", "site", "region", "reason", "cause", "rule", "variant", "tag", "mirror"),
        *("state", "outcome", "role", "version", "le", "certificate"),
    }


# However much there is


MANY = [f"site{number}.example" for number in range(50)]


def hostile_tally() -> Tally:
    """What clients and policies could make of it: all that can be, of many sites, until there is no more room."""
    tally = full_tally()
    row = tally.row(1)

    def count(answer: Counted) -> None:
        row.cells[row.cell_of(answer.key)] += 1

    everywhere = product(
        ["307", "200", "303", "404", "405", "451", "503"], MANY, [*Reason, "options"], ["a", "b", "other"]
    )
    for number, (status, site, reason, region) in enumerate(everywhere):
        mirror, rule, tag = f"https://m{number % 97}.example", f"rule {number % 301}", f"tag{number % 203}"
        count(Counted(status, site, reason, region, mirror, rule, f'[["{rule}", "{number % 7}"]]', tag))
    for number in range(600):
        count(Counted(str(400 + number), "", f"reason-{number}"))
    for number in range(MOST_CELLS):
        count(Counted("307", MANY[0], "country", f"region{number}"))
    return tally


REGIONS = 25
HOSTILE = GOOD + "".join(f'[regions.r{number}]\nuri = "https://r{number}.example"\n' for number in range(REGIONS))


def hostile_desk(tally: Tally, board: HealthBoard) -> Desk:
    """As many mirrors as may be checked, and more regions and certificates than are told one by one."""
    checks = [Check(f"http://mirror{number}.example/") for number in range(MOST_CHECKS)]
    board.write({
        check: Verdict(number % 3 != 0, changed=monotonic(), seconds=0.1) for number, check in enumerate(checks)
    })  # fmt: skip
    of_regions: dict[str, list[Check | None]] = {f"r{number}": [*checks[number::REGIONS]] for number in range(REGIONS)}
    refused = Attempt(Outcome.REFUSED, 1_700_000_000.0, 1.5, Cause.POLICY, "site.toml:1: is no policy")
    history = History(loaded=1_600_000_000.0).after(refused, 1)
    pair = Pair(b"", b"", ("a.example",), 1.6e9, 1.8e9)
    named = NamedFile(PurePath("a.pem"), "site.toml", 1, "certificate")
    certificates = tuple(Certificate(f"{number}.pem", pair, named) for number in range(MOST_CERTIFICATES + 1))
    snapshot = replace(with_checks(snapshot_for(HOSTILE), of_regions), certificates=certificates)
    return Desk(snapshot, history=history, health=board, tally=tally)


@pytest.fixture(scope="module")
def tally() -> Tally:
    return hostile_tally()


def test_there_are_never_more_than_five_hundred_series(tally: Tally) -> None:
    desk = hostile_desk(tally, HealthBoard())
    found = list(samples(desk))
    assert 450 < len(found) <= MOST_SERIES
    assert len(read(told(desk))) == len(read(told(full_desk())))


def test_what_is_added_up_is_added_up_to_the_request(tally: Tally) -> None:
    desk = hostile_desk(tally, HealthBoard())
    total = desk.traffic().total
    found = [sample for sample in samples(desk) if sample.name == "georedirect_requests_total"]
    assert sum(sample.value for sample in found) == total > MOST_CELLS
    assert desk.traffic().uncounted > 0
    folded = {sample.labels["status"] for sample in found if sample.labels["site"] == OTHER}
    assert folded >= {"307", OTHER}


def test_nothing_that_was_told_falls_or_goes_whoever_tells_it(tally: Tally) -> None:
    desk = hostile_desk(tally, HealthBoard())
    before = {(sample.name, *sorted(sample.labels.items())): sample.value for sample in samples(desk)}
    more = [Counted("307", site, "country", "brand-new") for site in MANY]
    counted(tally, *more, Counted("400", "", "bad-request"), times=1000)
    after = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for sample in samples(hostile_desk(tally, HealthBoard()))
    }
    counters = {key for key in before if str(key[0]).endswith("_total") and "mirror_" not in str(key[0])}
    assert all(after[key] >= before[key] for key in counters)
    assert len(after) <= MOST_SERIES


def test_of_many_mirrors_the_sick_are_told_one_by_one_and_all_are_counted(tally: Tally) -> None:
    desk = hostile_desk(tally, HealthBoard())
    up = [sample.value for sample in samples(desk) if sample.name == "georedirect_mirror_up"]
    assert up == [0.0] * 20
    mirrors = Counter[str]()
    for sample in samples(desk):
        if sample.name == "georedirect_mirrors":
            mirrors[sample.labels["state"]] += int(sample.value)
    assert mirrors == {"sick": 334, "well": 666}


def test_a_mirror_that_has_become_well_is_told_before_those_that_always_were() -> None:
    checks = [Check(f"http://mirror{number}.example/") for number in range(100)]
    board, now = HealthBoard(), monotonic()
    board.write({
        checks[70]: Verdict(is_well=False, changed=now - 5),
        checks[80]: Verdict(is_well=False, changed=now - 50),
        checks[90]: Verdict(is_well=True, changed=now - 7),
    })  # fmt: skip
    desk = Desk(with_checks(snapshot_for(GOOD), {"global": [*checks]}), health=board)
    up = [(sample.labels["mirror"][-3:], sample.value) for sample in samples(desk) if sample.name.endswith("mirror_up")]
    assert up[:4] == [("/80", 0), ("/70", 0), ("/90", 1), ("m/0", 1)]
    assert len(up) == 20


@pytest.mark.parametrize("regions", [3, 40])
def test_of_many_regions_those_with_most_sick_mirrors_are_told(regions: int) -> None:
    text = GOOD + "".join(f'[regions.r{number}]\nuri = "https://r{number}.example"\n' for number in range(regions))
    checks = {
        f"r{number}": [Check(f"http://r{number}-{each}.example/") for each in range(3)] for number in range(regions)
    }
    board = HealthBoard()
    board.write({check: Verdict(is_well=False) for check in [*checks["r2"], checks["r1"][0]]})
    desk = Desk(with_checks(snapshot_for(text), dict(checks)), health=board)
    found = {
        (sample.labels["region"], sample.labels["state"]): sample.value
        for sample in samples(desk)
        if sample.name == "georedirect_mirrors"
    }
    assert (found["r2", "sick"], found["r1", "sick"], found["r1", "well"]) == (3, 1, 2)
    assert sum(found.values()) == 3 * regions
    assert len(found) <= 22
    assert (("other", "well") in found) == (regions > 10)


def test_refusals_of_reloads_are_told_by_cause() -> None:
    found = {sample.labels["cause"]: sample.value for sample in samples(full_desk()) if "refusals" in sample.name}
    assert found == {cause: float(cause is Cause.POLICY) for cause in Cause}


def test_every_cause_of_a_refusal_is_told_before_there_is_one() -> None:
    found = {
        (sample.labels["status"], sample.labels["cause"]): sample.value
        for sample in samples(Desk(snapshot_for(GOOD)))
        if sample.name == "georedirect_refused_requests_total"
    }
    assert found == dict.fromkeys(CAUSES, 0.0)
    for status, cause in CAUSES:
        assert refusal_for(int(status)).reason == cause or status in {"405", "421"}
