"""All mirrors asked in their rhythm, over real sockets where it matters what they do."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import defaultdict
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from georedirect import health
from georedirect.health.board import HealthBoard
from georedirect.health.checker import MOST_AT_ONCE, Checker, shown
from georedirect.health.probe import Prober
from georedirect.health.verdict import Outcome, Verdict
from georedirect.policy.mirror_model import MOST_CHECKS, Check
from tests.health.standing import answer, is_silent, says, standing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping


class Mirrors:
    """Answers without a network, and writes down when it was asked."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.sick: set[str] = set()
        self.begun: dict[str, list[float]] = defaultdict(list)
        self.busy: dict[str, int] = defaultdict(int)
        self.most_busy = 0
        self.most_at_once = 0

    async def ask(self, check: Check) -> Outcome:
        self.begun[check.url].append(monotonic())
        self.busy[check.url] += 1
        self.most_busy = max(self.most_busy, self.busy[check.url])
        self.most_at_once = max(self.most_at_once, sum(self.busy.values()))
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.busy[check.url] -= 1
        is_right = check.url not in self.sick
        return Outcome(is_right, "200" if is_right else "503", self.seconds)


@asynccontextmanager
async def checking(mirrors: Mirrors, board: HealthBoard, *checks: Check) -> AsyncIterator[Checker]:
    async with Checker(board, mirrors.ask) as checker:
        checker.renew(checks)
        yield checker


def check_of(name: str, interval_seconds: float = 1, fall: int = 1, rise: int = 1, text: str | None = None) -> Check:
    """Of a URL or of a host; policies know only whole seconds, but tests have little time."""
    url = name if "://" in name else f"http://{name}.example/"
    seconds: Any = interval_seconds
    return Check(url, interval_seconds=seconds, timeout_seconds=1, fall=fall, rise=rise, text=text)


async def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = monotonic() + seconds
    while not holds():
        assert monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_each_is_asked_within_a_second_and_then_at_most_one_interval_after_the_last_time() -> None:
    mirrors, began = Mirrors(), monotonic()
    checks = [check_of(f"m{number}") for number in range(40)] + [check_of(f"slow{number}", 60) for number in range(40)]
    async with checking(mirrors, HealthBoard(), *checks):
        await asyncio.sleep(3.2)
    firsts = [mirrors.begun[check.url][0] - began for check in checks]
    assert max(firsts) < 1.2
    assert max(firsts) - min(firsts) > 0.5
    for check in checks[:40]:
        times = mirrors.begun[check.url]
        gaps = [later - sooner for sooner, later in pairwise(times)]
        assert len(gaps) >= 2
        assert all(0.89 < gap < 1.4 for gap in gaps)
    assert all(len(mirrors.begun[check.url]) == 1 for check in checks[40:])


async def test_no_mirror_is_asked_twice_at_once_and_not_too_many_are() -> None:
    mirrors = Mirrors(seconds=0.3)  # longer than an interval
    checks = [check_of(f"m{number}", 0.2) for number in range(2 * MOST_AT_ONCE)]
    async with checking(mirrors, HealthBoard(), *checks):
        await asyncio.sleep(1.2)
    assert mirrors.most_busy == 1
    assert mirrors.most_at_once == MOST_AT_ONCE
    assert all(mirrors.begun[check.url] for check in checks)


async def test_a_change_is_on_the_board_at_once_and_figures_within_a_second() -> None:
    mirrors, board, check = Mirrors(), HealthBoard(), check_of("a", 0.3)
    async with checking(mirrors, board, check):
        await until(lambda: board.read().of(check).right > 0, 2.2)
        assert board.down_of([check]) == frozenset()
        mirrors.sick.add(check.url)
        asked = len(mirrors.begun[check.url])
        await until(lambda: len(mirrors.begun[check.url]) > asked)
        await until(lambda: board.down_of([check]) == {check}, 0.3)
        verdict = board.read().of(check)
        assert (verdict.word, verdict.wrongs, verdict.changes) == ("503", 1, 1)
        assert 0 <= monotonic() - (verdict.changed or 0) < 0.5


async def test_a_thousand_that_fall_at_once_are_not_a_thousand_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    mirrors, board, writes = Mirrors(), HealthBoard(), list[float]()
    write = board.write

    def noted(verdicts: Mapping[Check, Verdict]) -> None:
        writes.append(monotonic())
        write(verdicts)

    monkeypatch.setattr(board, "write", noted)
    checks = [check_of(f"m{number}", 60) for number in range(MOST_CHECKS + 1)]
    mirrors.sick = {check.url for check in checks}
    async with checking(mirrors, board, *checks):
        await until(lambda: len(board.down_of(checks)) == MOST_CHECKS, 10)
    assert len(writes) < 120
    assert len(mirrors.begun) == MOST_CHECKS


async def test_a_reload_keeps_what_stays_in_its_rhythm_and_stops_what_is_gone() -> None:
    mirrors, board = Mirrors(), HealthBoard()
    stays, goes, comes = check_of("stays", 0.5), check_of("goes", 0.5), check_of("comes", 0.5)
    mirrors.sick = {stays.url}
    async with checking(mirrors, board, stays, goes) as checker:
        await until(lambda: mirrors.begun.keys() == {stays.url, goes.url})
        await until(lambda: board.down_of([stays]) == {stays})
        for _ in range(20):
            checker.renew([comes, stays])
            await asyncio.sleep(0.05)
        ended = len(mirrors.begun[goes.url])
        assert board.down_of([stays, goes, comes]) == {stays}
        assert len(board.read()) == 2
        await until(lambda: len(mirrors.begun[stays.url]) >= 4 and bool(mirrors.begun[comes.url]))
        assert len(mirrors.begun[goes.url]) == ended
    times = mirrors.begun[stays.url]
    assert all(0.44 < later - sooner < 0.9 for sooner, later in pairwise(times))


async def test_a_check_that_is_made_in_another_way_keeps_its_verdict_with_all_that_was_learnt() -> None:
    mirrors, board, check = Mirrors(), HealthBoard(), check_of("a", 0.3)
    other = check_of("a", 1, fall=5, rise=4)
    mirrors.sick = {check.url}
    async with checking(mirrors, board, check) as checker:
        await until(lambda: bool(board.down_of([check])))
        await until(lambda: len(mirrors.begun[check.url]) == 2)
        await asyncio.sleep(0.05)  # that is not on the board yet
        checker.renew([other])
        assert (board.read().of(other).wrong, *board.down_of([other])) == (2, other)
        mirrors.sick.clear()
        await until(lambda: board.read().of(other).right >= 1)
        assert board.down_of([other]) == {other}


async def test_the_next_checker_goes_on_from_what_the_board_says() -> None:
    mirrors, board, check = Mirrors(), HealthBoard(), check_of("a", 1, fall=2)
    board.write({check: Verdict(wrongs=1, wrong=1)})
    mirrors.sick = {check.url}
    async with checking(mirrors, board, check):
        await until(lambda: board.down_of([check]) == {check}, 1.3)
    async with checking(mirrors, board):
        assert len(board.read()) == 0


async def test_it_says_when_a_mirror_becomes_sick_and_well_and_why_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "georedirect")
    board = HealthBoard()
    async with standing(says(answer(b"ok"))) as mirror, Prober() as prober, Checker(board, prober.ask) as checker:
        check = check_of(mirror.origin.replace("//", "//me:secret@") + "/health?key=secret", 0.2, text="ok")
        checker.renew([check])
        await until(lambda: len(mirror.heads) >= 2)
        assert caplog.messages == []
        mirror.act = says(answer(b"not today"))
        await until(lambda: len(caplog.messages) == 1)
        mirror.act = is_silent
        await until(lambda: board.read().of(check).word == "timeout")
        mirror.act = says(answer(b"ok"))
        await until(lambda: len(caplog.messages) == 2)
    where = f"{mirror.origin}/health"
    assert caplog.messages == [
        f"{where} is sick; wrong answers in a row: 1, the last: no-text; right ones that make it well: 1",
        f"{where} is well again; right answers in a row: 1, the last: 200",
    ]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


async def test_a_mirror_that_is_killed_is_sick_until_another_listens_there() -> None:
    board = HealthBoard()
    async with Prober() as prober, Checker(board, prober.ask) as checker:
        async with standing(says(answer())) as mirror:
            port = int(mirror.origin.rpartition(":")[2])
            check = check_of(f"{mirror.origin}/health", 0.2)
            checker.renew([check])
            await until(lambda: board.read().of(check).right > 0)
        await until(lambda: board.down_of([check]) == {check}, 2.5)
        assert board.read().of(check).word == "refused"
        async with standing(says(answer()), port=port):
            await until(lambda: not board.down_of([check]), 2.5)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://a.example/b", "https://a.example/b"),
        ("https://u:p@a.example:8/b?key=secret#c", "https://a.example:8/b"),
        ("http://[::1]:8/", "http://[::1]:8/"),
    ],
)
def test_a_log_has_no_secrets(url: str, text: str) -> None:
    assert shown(url) == text


def test_nobody_here_knows_the_date_so_it_may_be_set_as_one_likes() -> None:
    folder = Path(health.__file__).parent
    taken = {
        word for path in folder.glob("*.py") for word in re.findall(r"\btime import (.*)|datetime", path.read_text())
    }
    assert taken == {"monotonic"}
