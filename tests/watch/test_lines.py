"""What has become of the access log's lines is told by the metrics, of all workers together."""

from __future__ import annotations

from georedirect.journal.fates import CROWDED_OUT, FAILED, WRITTEN, Fates
from georedirect.watch.desk import Desk
from georedirect.watch.metrics import Metrics
from tests.policies import policy
from tests.serving import snapshot_for


def told(desk: Desk) -> dict[str, float]:
    text = Metrics(desk).render("")[0].decode()
    pairs = (line.rpartition(" ") for line in text.splitlines() if line.startswith("georedirect_log_"))
    return {name.removeprefix("georedirect_log_"): float(value) for name, _, value in pairs}


def test_lines_are_counted_by_what_became_of_them() -> None:
    fates = Fates(2)
    for worker in (0, 1):
        for place, count in ((WRITTEN, 100), (CROWDED_OUT, 20), (FAILED, 3)):
            fates.of(worker)[place] += count
    assert told(Desk(snapshot_for(policy()), fates=fates)) == {
        "lines_total": 200,
        'lost_total{cause="crowded-out"}': 40,
        'lost_total{cause="failed"}': 6,
    }


def test_a_service_without_a_log_has_lost_nothing() -> None:
    assert set(told(Desk(snapshot_for(policy()))).values()) == {0.0}
