"""What a worker's connections share, as time and mirrors go by."""

from __future__ import annotations

import asyncio

import pytest

from georedirect.door.service import Service
from georedirect.health.board import HealthBoard
from georedirect.health.verdict import Verdict
from georedirect.policy.mirror_model import Check
from tests.health.checked import with_checks
from tests.policies import GOOD
from tests.serving import snapshot_for

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
