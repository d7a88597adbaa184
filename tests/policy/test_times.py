"""When windows hold: at their ends, over midnight, on some days, and wherever clocks are put forward or back."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import pairwise
from math import inf
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from georedirect.policy.times import EVERY_DAY, Daily, Span, Timetable

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


def at(text: str) -> float:
    """Seconds since 1970 of `2026-03-29 01:30:00+00:00`."""
    return datetime.fromisoformat(text).timestamp()


def daily(begins: str, ends: str, zone: str, *days: int) -> Daily:
    return Daily(
        time.fromisoformat(begins), time.fromisoformat(ends), ZoneInfo(zone), frozenset(days) if days else EVERY_DAY
    )


OFFICE = daily("09:00", "17:00", "Europe/Berlin")
NIGHT = daily("22:00", "06:00", "Europe/Berlin")
GAP = daily("02:15", "02:45", "Europe/Berlin")
TWICE = daily("02:15", "02:45", "Europe/Berlin")
FRIDAYS = daily("22:00", "06:00", "Europe/Berlin", FRI)
NEW_YORK = daily("01:15", "01:45", "America/New_York")
ACROSS_GAP = daily("01:30", "03:30", "America/New_York")
LORD_HOWE = daily("01:40", "01:50", "Australia/Lord_Howe")
KOLKATA = daily("00:00", "05:30", "Asia/Kolkata")
CAIRO = daily("00:15", "00:45", "Africa/Cairo")
UNTIL_HALF_PAST_TWO = daily("22:00", "02:30", "Europe/Berlin")
WEEKEND = daily("00:00", "00:00", "Europe/Berlin", SAT, SUN)
APIA = daily("12:00", "13:00", "Pacific/Apia", FRI)

INSTANTS = [
    # the ends
    (OFFICE, "2026-11-30 07:59:59+00:00", False),
    (OFFICE, "2026-11-30 08:00:00+00:00", True),
    (OFFICE, "2026-11-30 15:59:59+00:00", True),
    (OFFICE, "2026-11-30 16:00:00+00:00", False),
    # another hour of UTC in summer
    (OFFICE, "2026-07-01 06:59:59+00:00", False),
    (OFFICE, "2026-07-01 07:00:00+00:00", True),
    (OFFICE, "2026-07-01 14:59:59+00:00", True),
    (OFFICE, "2026-07-01 15:00:00+00:00", False),
    # over midnight
    (NIGHT, "2026-11-30 20:59:59+00:00", False),
    (NIGHT, "2026-11-30 21:00:00+00:00", True),
    (NIGHT, "2026-11-30 23:00:00+00:00", True),
    (NIGHT, "2026-12-01 04:59:59+00:00", True),
    (NIGHT, "2026-12-01 05:00:00+00:00", False),
    # the hour that is left out, Berlin, 2026-03-29: 01:59:59+01:00 is followed by 03:00:00+02:00
    (GAP, "2026-03-28 01:30:00+00:00", True),
    (GAP, "2026-03-29 00:59:59+00:00", False),
    (GAP, "2026-03-29 01:00:00+00:00", False),
    (GAP, "2026-03-29 01:30:00+00:00", False),
    (GAP, "2026-03-30 00:30:00+00:00", True),
    (NIGHT, "2026-03-29 03:59:59+00:00", True),
    (NIGHT, "2026-03-29 04:00:00+00:00", False),
    # the hour that comes twice, Berlin, 2026-10-25
    (TWICE, "2026-10-25 00:14:59+00:00", False),
    (TWICE, "2026-10-25 00:15:00+00:00", True),
    (TWICE, "2026-10-25 00:45:00+00:00", False),
    (TWICE, "2026-10-25 01:14:59+00:00", False),
    (TWICE, "2026-10-25 01:15:00+00:00", True),
    (TWICE, "2026-10-25 01:44:59+00:00", True),
    (TWICE, "2026-10-25 01:45:00+00:00", False),
    (NIGHT, "2026-10-25 04:59:59+00:00", True),
    (NIGHT, "2026-10-25 05:00:00+00:00", False),
    # days name the one on which a window begins: Friday is 2026-12-04
    (FRIDAYS, "2026-12-04 03:00:00+00:00", False),
    (FRIDAYS, "2026-12-04 20:59:59+00:00", False),
    (FRIDAYS, "2026-12-04 21:00:00+00:00", True),
    (FRIDAYS, "2026-12-05 04:59:59+00:00", True),
    (FRIDAYS, "2026-12-05 05:00:00+00:00", False),
    (FRIDAYS, "2026-12-05 22:00:00+00:00", False),
    # whole days
    (WEEKEND, "2026-12-04 22:59:59+00:00", False),
    (WEEKEND, "2026-12-04 23:00:00+00:00", True),
    (WEEKEND, "2026-12-06 22:59:59+00:00", True),
    (WEEKEND, "2026-12-06 23:00:00+00:00", False),
    # from Sunday to Monday
    (daily("22:00", "06:00", "UTC", SUN), "2026-12-07 05:59:59+00:00", True),
    (daily("22:00", "06:00", "UTC", SUN), "2026-12-06 05:59:59+00:00", False),
    # other zones, other dates
    (NEW_YORK, "2026-11-01 05:30:00+00:00", True),
    (NEW_YORK, "2026-11-01 06:30:00+00:00", True),
    (NEW_YORK, "2026-11-01 07:30:00+00:00", False),
    (ACROSS_GAP, "2026-03-08 06:29:59+00:00", False),
    (ACROSS_GAP, "2026-03-08 06:30:00+00:00", True),
    (ACROSS_GAP, "2026-03-08 07:00:00+00:00", True),
    (ACROSS_GAP, "2026-03-08 07:30:00+00:00", False),
    # half an hour forward and back
    (LORD_HOWE, "2026-04-04 14:45:00+00:00", True),
    (LORD_HOWE, "2026-04-04 15:15:00+00:00", True),
    (LORD_HOWE, "2026-04-04 15:45:00+00:00", False),
    # half an hour off, and no summer time
    (KOLKATA, "2026-06-30 18:29:59+00:00", False),
    (KOLKATA, "2026-06-30 18:30:00+00:00", True),
    (KOLKATA, "2026-06-30 23:59:59+00:00", True),
    (KOLKATA, "2026-07-01 00:00:00+00:00", False),
    # midnight that is left out: Cairo, 2026-04-24
    (CAIRO, "2026-04-23 22:15:00+00:00", False),
    (CAIRO, "2026-04-24 21:30:00+00:00", True),
    # a whole day that is left out: Samoa, Friday 2011-12-30
    (APIA, "2011-12-23 22:30:00+00:00", True),
    (APIA, "2011-12-30 09:59:59+00:00", False),
    (APIA, "2011-12-30 22:30:00+00:00", False),
    (APIA, "2012-01-05 22:30:00+00:00", True),
]


@pytest.mark.parametrize(("window", "moment", "holds"), INSTANTS)
def test_a_daily_window_goes_by_the_clock_on_the_wall(window: Daily, moment: str, holds: bool) -> None:
    assert window.holds(at(moment)) is holds


def test_there_are_enough_instants() -> None:
    assert len(INSTANTS) >= 40


@pytest.mark.parametrize(
    ("window", "now", "end"),
    [
        (OFFICE, "2026-11-30 12:00:00+00:00", "2026-11-30 16:00:00+00:00"),
        (NIGHT, "2026-11-30 22:00:00+00:00", "2026-12-01 05:00:00+00:00"),
        (NIGHT, "2026-12-01 02:00:00+00:00", "2026-12-01 05:00:00+00:00"),
        (NIGHT, "2026-03-28 22:00:00+00:00", "2026-03-29 04:00:00+00:00"),
        (NIGHT, "2026-10-24 22:00:00+00:00", "2026-10-25 05:00:00+00:00"),
        (daily("22:00", "00:00", "UTC"), "2026-12-31 23:00:00+00:00", "2027-01-01 00:00:00+00:00"),
        (daily("00:00", "12:00", "UTC"), "2026-12-31 00:00:00+00:00", "2026-12-31 12:00:00+00:00"),
        # an end that comes twice: each time it is the next one
        (UNTIL_HALF_PAST_TWO, "2026-10-25 00:10:00+00:00", "2026-10-25 00:30:00+00:00"),
        (UNTIL_HALF_PAST_TWO, "2026-10-25 01:10:00+00:00", "2026-10-25 01:30:00+00:00"),
        (daily("22:00", "01:30", "America/New_York"), "2026-11-01 06:10:00+00:00", "2026-11-01 06:30:00+00:00"),
        (daily("22:00", "02:30", "America/Santiago"), "2026-04-05 01:30:00+00:00", "2026-04-05 06:30:00+00:00"),
        (daily("22:00", "23:30", "America/Santiago"), "2026-04-05 03:10:00+00:00", "2026-04-05 03:30:00+00:00"),
        (daily("00:30", "01:45", "Australia/Lord_Howe"), "2026-04-04 15:10:00+00:00", "2026-04-04 15:15:00+00:00"),
        (daily("00:30", "01:45", "Australia/Lord_Howe"), "2026-04-04 14:40:00+00:00", "2026-04-04 14:45:00+00:00"),
        # an end that is left out: where the clock jumps over it
        (UNTIL_HALF_PAST_TWO, "2027-03-28 00:45:00+00:00", "2027-03-28 01:00:00+00:00"),
        (daily("22:00", "02:30", "America/New_York"), "2026-03-08 06:30:00+00:00", "2026-03-08 07:00:00+00:00"),
        (daily("22:00", "02:30", "Australia/Sydney"), "2026-10-03 15:59:00+00:00", "2026-10-03 16:00:00+00:00"),
        (daily("22:00", "02:15", "Australia/Lord_Howe"), "2026-10-03 15:00:00+00:00", "2026-10-03 15:30:00+00:00"),
        (daily("22:00", "00:30", "Africa/Cairo"), "2026-04-23 21:00:00+00:00", "2026-04-23 22:00:00+00:00"),
        # out of the window by a jump, and past the time in which there is none
        (daily("02:45", "03:15", "Europe/Berlin"), "2026-10-25 00:50:00+00:00", "2026-10-25 01:00:00+00:00"),
        (daily("03:00", "02:30", "Europe/Berlin"), "2027-03-28 00:45:00+00:00", "2027-03-29 00:30:00+00:00"),
        (daily("22:00", "06:00", "Pacific/Apia", THU), "2011-12-30 09:00:00+00:00", "2011-12-30 10:00:00+00:00"),
        # whole days
        (WEEKEND, "2026-12-05 12:00:00+00:00", "2026-12-06 23:00:00+00:00"),
        (WEEKEND, "2026-10-24 22:00:00+00:00", "2026-10-25 23:00:00+00:00"),
        (daily("00:00", "00:00", "Africa/Cairo", THU), "2026-04-23 12:00:00+00:00", "2026-04-23 22:00:00+00:00"),
    ],
)
def test_a_daily_window_that_holds_ends_when_its_clock_says(window: Daily, now: str, end: str) -> None:
    assert window.holds(at(now))
    assert window.end_after(at(now)) == at(end)
    assert window.holds(at(end) - 1)
    assert not window.holds(at(end))


ZONES = (
    *("Europe/Berlin", "America/New_York", "America/Santiago", "America/Havana", "America/St_Johns", "Africa/Cairo"),
    *("Africa/Casablanca", "Asia/Beirut", "Asia/Kolkata", "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Apia"),
)
YEARS = range(1990, 2036)
QUARTERS = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def times_in_windows(draw: st.DrawFn) -> tuple[Daily, float]:
    """Every other one is within some hours of a change of the clocks, where the zone has any in that year."""
    begins, ends = draw(st.tuples(QUARTERS, QUARTERS))
    days = draw(st.frozensets(st.integers(0, 6), min_size=1, max_size=6 if begins == ends else 7))
    begins, ends = (time(), time()) if begins == ends else (begins, ends)
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    first = int(datetime(draw(st.sampled_from(YEARS)), 1, 1, tzinfo=zone).timestamp())
    hours = [first + 3600 * hour for hour in range(0, 24 * 366, 6)]
    changes = [one for one, other in pairwise(hours) if offset(one, zone) != offset(other, zone)]
    near = st.sampled_from(changes or hours).flatmap(lambda change: st.integers(change - 86400, change + 21600))
    now = draw(near | st.integers(first, first + 366 * 86400))
    window = Daily(begins, ends, zone, days)
    return window, now + draw(st.sampled_from((0, 0.5)))


def offset(now: float, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(now, zone).utcoffset()


@given(times_in_windows())
@example((UNTIL_HALF_PAST_TWO, at("2026-10-25 01:10:00+00:00")))
@example((UNTIL_HALF_PAST_TWO, at("2027-03-28 00:45:00+00:00")))
def test_a_daily_window_holds_until_just_before_its_end_and_not_at_it(case: tuple[Daily, float]) -> None:
    window, now = case
    if not window.holds(now):
        return
    end = window.end_after(now)
    assert end > now
    assert window.holds(max(now, end - 0.25))
    assert not window.holds(end)
    assert all(window.holds(now + part * (end - now) / 500) for part in range(500))


def test_a_span_holds_from_its_first_moment_until_just_before_its_last() -> None:
    span = Span(100, 200)
    assert [span.holds(now) for now in (99.9, 100, 199.9, 200)] == [False, True, True, False]
    assert span.end_after(150) == 200
    assert Span().holds(-1e12)
    assert Span(begins=5).end_after(7) == inf


def test_a_timetable_says_so_when_anything_that_it_holds_changes_and_not_otherwise() -> None:
    timetable = Timetable.of([Span(100, 200), Span(150), Span(), NIGHT, NIGHT])
    assert [*timetable.daily] == [NIGHT]
    assert [*timetable.edges] == [100, 150, 200]
    states = [timetable.state(now) for now in (0, 99.9, 100, 149, 150, 199, 200, 1e6)]
    assert [one == other for one, other in pairwise(states)] == [
        *(True, False, True, False, True, False),
        NIGHT.holds(200) == NIGHT.holds(1e6),
    ]
    assert Timetable().state(0) == Timetable().state(1e9)


@pytest.mark.parametrize("days", [1, -1])
@pytest.mark.parametrize("window", [NIGHT, FRIDAYS, Span(at("2026-11-30 00:00+00:00"), at("2026-12-01 00:00+00:00"))])
def test_a_clock_that_is_set_a_day_forward_or_back_changes_what_it_changes_and_no_more(
    window: Daily | Span, days: int
) -> None:
    """State depends on the time alone, whatever it was before: back at the old time, all is as it was."""
    timetable = Timetable.of([window])
    now = at("2026-11-30 22:30:00+00:00")
    set_to = (datetime.fromtimestamp(now, ZoneInfo("UTC")) + timedelta(days=days)).timestamp()
    before, after, again = timetable.state(now), timetable.state(set_to), timetable.state(now)
    assert before == again
    if window.holds(now) is not window.holds(set_to):
        assert before != after
