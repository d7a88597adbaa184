"""What a worker's connections share, as time and mirrors go by."""

from __future__ import annotations

import asyncio

import pytest

from georedirect.door.counting import BORN, KEPT, MOST_OPEN, OPEN
from georedirect.door.service import Service
from georedirect.door.tally import Tally
from georedirect.health.board import HealthBoard
from georedirect.health.verdict import Verdict
from georedirect.policy.mirror_model import Check
from tests.door.feeding import Fed
from tests.health.checked import with_checks
from tests.policies import GOOD
from tests.serving import snapshot_for
from tests.wire import request

CHECK, OTHER = Check("http://mirror.example/"), Check("http://other.example/")
SICK = Verdict(is_well=False)
SNAPSHOT = with_checks(snapshot_for(GOOD), {"global": [CHECK, OTHER]})


@pytest.fixture
def board() -> HealthBoard:
    return HealthBoard()


async def settle() -> None:
    """Longer than from one tick to the next."""
    await asyncio.sleep(0.4)


async def test_a_mirror_that_falls_or_rises_is_so_for_all_requests_at_the_next_tick(board: HealthBoard) -> None:
    service = Service(SNAPSHOT, board)
    await service.open(None)
    assert service.lane.snapshot.moment.down == frozenset()
    for verdicts, down in (({CHECK: SICK}, {CHECK}), ({CHECK: SICK, OTHER: SICK}, {CHECK, OTHER}), ({}, set())):
        board.write(verdicts)
        await settle()
        assert service.lane.snapshot.moment.down == down


async def test_what_changes_while_another_lane_is_made_ready_counts_for_that_lane_too(board: HealthBoard) -> None:
    service = Service(SNAPSHOT, board)
    await service.open(None)
    lane = service.lane_of(SNAPSHOT)
    board.write({CHECK: SICK})
    await settle()
    service.swap(lane)
    await settle()
    assert service.lane.snapshot.moment.down == {CHECK}


async def test_figures_alone_make_no_new_lane(board: HealthBoard) -> None:
    service = Service(SNAPSHOT, board)
    await service.open(None)
    await settle()
    lane = service.lane
    for number in range(10):
        board.write({CHECK: Verdict(right=number)})
        await asyncio.sleep(0.05)
    assert service.lane is lane


async def test_without_a_board_nothing_is_sick() -> None:
    service = Service(SNAPSHOT)
    await service.open(None)
    await settle()
    assert service.lane.snapshot.moment.down == frozenset()


def timed(service: Service) -> int:
    """How many requests have been timed."""
    return sum(service.counts.cells[cell] for cell in service.counts.buckets)


PLAIN, LONG, PAGE, BROKEN = (
    request("/x"),
    request("/x", method="PURGE"),
    request("/.georedirect/"),
    b"GET /x HTTP/1.1\r\nHost: a b\r\n\r\n",
)


@pytest.mark.parametrize(("octets", "times"), [(PLAIN, 1), (LONG, 1), (BROKEN, 1), (PAGE, 0)])
async def test_of_each_tick_one_request_is_timed_whatever_it_is(octets: bytes, times: int) -> None:
    service = Service(SNAPSHOT)
    await service.open(None)
    for number in range(1, 3):
        service.time_next(is_timing=True)
        for _ in range(3):
            Fed(service).feed(octets)
        Fed(service).feed(PLAIN)
        assert timed(service) == number * times


async def test_what_is_timed_is_answered_like_anything_else() -> None:
    service = Service(SNAPSHOT)
    answers = set()
    for is_timing in (True, False, True):
        service.time_next(is_timing=is_timing)
        fed = Fed(service)
        fed.feed(PLAIN, PLAIN, LONG, PAGE, PLAIN)
        answers.add((fed.answers, len(fed.handed)))
    assert len(answers) == 1
    assert timed(service) == 2


async def test_a_new_lane_is_asked_to_scan_while_a_request_is_awaited_that_is_timed() -> None:
    service = Service(SNAPSHOT)
    service.time_next(is_timing=True)
    service.swap(service.lane_of(SNAPSHOT))
    Fed(service).feed(LONG, PLAIN, PLAIN)
    assert timed(service) == 1


async def test_it_tells_how_many_connections_and_places_it_has() -> None:
    tally = Tally()
    service = Service(SNAPSHOT, row=tally.row(0))
    service.connections = [Fed(service), Fed(service, "192.0.2.7")]
    await service.open(None)
    told = tally.read()
    assert told[OPEN] == 2
    assert told[KEPT] == len(service.lane.snapshot.places)
    assert told[MOST_OPEN] > 100
    assert told[BORN] > 1_600_000_000
