"""What has been counted is put together to the request, over workers that come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from georedirect.door.census import Census
from georedirect.door.counting import KEPT, OPEN, Counted, Counts
from georedirect.door.service import Service
from georedirect.door.tally import Tally
from georedirect.watch.figures import Figures, Traffic
from tests.door.feeding import Fed
from tests.policies import GOOD
from tests.serving import snapshot_for
from tests.wire import request

if TYPE_CHECKING:
    from collections.abc import Iterator

PROXIED = f'{GOOD}[server]\ntrusted_proxies = ["127.0.0.1"]\n'
GERMAN, AUSTRIAN, NOWHERE = "85.214.132.117", "193.171.1.1", "192.0.2.1"


def asked(service: Service, *clients: str, more: str = "X: y", method: str = "GET") -> None:
    for client in clients:
        Fed(service).feed(request("/x", f"X-Forwarded-For: {client}", more, method=method))


@pytest.fixture
def tally() -> Tally:
    return Tally(2)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "more", ["X: y", "Cookie: georedirect=germany", "Accept-Language: de", "Sec-Fetch-Dest: image"]
)
def test_answers_are_counted_by_country_the_short_way_and_the_long_one(tally: Tally, method: str, more: str) -> None:
    for worker in range(2):
        asked(Service(snapshot_for(PROXIED), row=tally.row(worker)), GERMAN, NOWHERE, GERMAN, more=more, method=method)
    traffic = Figures(tally).traffic()
    assert traffic.by("country") == {("DE",): 4, ("",): 2}
    assert traffic.total == 6


def test_traffic_is_summed_up_by_whatever_is_asked_for() -> None:
    one, two = (
        Counted("307", "site", "country", "a", country="DE"),
        Counted("307", "site", "country", "a", country="FR"),
    )
    traffic = Traffic({one: 3, two: 4, Counted("404", "site"): 1}, uncounted=2)
    assert traffic.by("status", "region") == {("307", "a"): 7, ("404", ""): 1}
    assert traffic.by() == {(): 8}
    assert traffic.total == 10


def test_a_hit_is_an_answer_without_a_question_to_the_database(tally: Tally) -> None:
    service = Service(snapshot_for(f"{PROXIED}# which has not been asked for anybody\n"), row=tally.row(0))
    figures = Figures(tally)
    asked(service, GERMAN, GERMAN, GERMAN, AUSTRIAN)
    asked(service, "nobody", method="POST")
    cache = figures.cache()
    assert (cache.hits, cache.misses) == (3, 2)
    assert cache.hit_share == pytest.approx(0.6)
    assert cache.capacity == service.lane.snapshot.configuration.database.lru_size


def test_hits_are_never_taken_back(tally: Tally) -> None:
    counts = Counts(tally.row(0))
    assert Figures(tally).cache().hit_share is None
    for _ in range(10):
        counts.cells[tally.row(0).cell_of(Counted("307").key)] += 1
    assert Figures(tally).cache().hits == 10
    counts.cells[counts.misses] += 3
    assert Figures(tally).cache()[:2] == (10, 3)
    counts.cells[tally.row(0).cell_of(Counted("307").key)] += 4
    assert Figures(tally).cache()[:2] == (11, 3)


def test_what_only_says_how_a_worker_is_ends_with_it(tally: Tally) -> None:
    first = Counts(tally.row(1))
    first.accept()
    first.tell(OPEN, 7)
    first.tell(KEPT, 9)
    figures = Figures(tally)
    assert figures.connections() == (7, 0, 1)
    assert figures.cache().size == 9
    Counts(tally.row(1)).accept()
    assert figures.connections() == (0, 0, 2)
    assert figures.cache().size == 0


def test_workers_are_told_one_by_one(tally: Tally) -> None:
    census = Census(tally.supervisor(), ["worker 1", "worker 2", "admin", "checks"])
    census.see(frozenset({"worker 2", "admin"}))
    census.bury("worker 1")
    counts = Counts(tally.row(1))
    counts.tell(OPEN, 3)
    counts.accept()
    figures = Figures(tally)
    one, two = figures.workers()
    assert (one.number, one.serves, one.deaths, one.connections) == (1, False, 1, 0)
    assert (two.number, two.serves, two.deaths, two.connections, two.accepted) == (2, True, 0, 3, 1)
    assert [(told.role, told.serves, told.deaths) for told in figures.processes()] == [
        ("worker", False, 1),
        ("worker", True, 0),
        ("admin", True, 0),
        ("checks", False, 0),
    ]


def test_without_a_service_there_are_no_workers(tally: Tally) -> None:
    assert Figures(tally).workers() == []


def seconds() -> Iterator[float]:
    yield from (4e-6, 5e-6, 6e-6, 0.002, 5.0)


def test_times_are_counted_by_the_bounds_that_they_are_within(tally: Tally) -> None:
    for worker in range(2):
        counts = Counts(tally.row(worker))
        for each in seconds():
            counts.time(each)
    decided = Figures(tally).decided_in()
    assert [*decided.within] == [4, 6, 6, 6, 6, 6, 6, 6, 8, 8, 8, 8, 10]
    assert decided.all == 10
    assert decided.seconds == pytest.approx(2 * sum(seconds()))
