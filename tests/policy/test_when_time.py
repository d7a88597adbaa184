"""Times are read in their zone; one that a clock leaves out or has twice is told of."""

from __future__ import annotations

from datetime import UTC, datetime, time
from math import inf
from zoneinfo import ZoneInfo

import pytest

from georedirect.policy.conditions import During
from georedirect.policy.times import EVERY_DAY, Daily, Span
from tests.policies import load_policy, mistakes_of, policy, warnings_of


def rule(when: str) -> str:
    return policy(rest=f"[[rules]]\nstay = true\nwhen = {{ {when} }}")


def windows(when: str) -> list[object]:
    return [each.test.window for each in load_policy(rule(when)).rules.rules[0].when if isinstance(each.test, During)]


def utc(*numbers: int) -> float:
    return datetime(*numbers, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("when", "span"),
    [
        ("from = 2026-12-01T22:00:00Z", Span(utc(2026, 12, 1, 22))),
        ("from = 2026-12-01T22:00:00.5Z", Span(utc(2026, 12, 1, 22) + 0.5)),
        ("until = 2026-12-01T22:00:00+01:00", Span(-inf, utc(2026, 12, 1, 21))),
        ('from = 2026-12-01, zone = "Europe/Berlin"', Span(utc(2026, 11, 30, 23))),
        (
            'from = 2026-07-01, until = 2026-07-02, zone = "Europe/Berlin"',
            Span(utc(2026, 6, 30, 22), utc(2026, 7, 1, 22)),
        ),
        ('until = 2026-12-01T22:00:00, zone = "Asia/Kolkata"', Span(-inf, utc(2026, 12, 1, 16, 30))),
        ('from = 2026-12-01T00:00:00Z, until = 2026-12-02, zone = "UTC"', Span(utc(2026, 12, 1), utc(2026, 12, 2))),
        ("from = 1970-01-01T00:00:00Z", Span(0)),
        (
            'from = 0001-01-01, zone = "Europe/Berlin"',
            Span(datetime(1, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()),
        ),
    ],
)
def test_from_and_until_are_one_span(when: str, span: Span) -> None:
    assert windows(when) == [span]


def test_not_from_and_not_until_are_another_span_that_is_left_out() -> None:
    when = "from = 2026-12-01T00:00:00Z, not_from = 2026-12-24T00:00:00Z, not_until = 2026-12-27T00:00:00Z"
    assert windows(when) == [Span(utc(2026, 12, 1)), Span(utc(2026, 12, 24), utc(2026, 12, 27))]
    assert [each.name for each in load_policy(rule(when)).rules.rules[0].when] == ["from", "not_from"]


@pytest.mark.parametrize(
    ("daily", "days", "wanted"),
    [
        ("from = 22:00:00, until = 06:00:00", EVERY_DAY, "22:00:00 until 06:00:00 (Europe/Berlin)"),
        ('from = 22:00:00, until = 06:00:00, days = "sat"', {5}, "22:00:00 until 06:00:00 on sat (Europe/Berlin)"),
        (
            'from = 22:00:00, until = 06:00:00, days = ["sun", "mon"]',
            {0, 6},
            "22:00:00 until 06:00:00 on mon, sun (Europe/Berlin)",
        ),
    ],
)
def test_daily_is_by_the_clocks_of_its_zone_on_its_days(daily: str, days: set[int], wanted: str) -> None:
    for key in ("daily", "not_daily"):
        (condition,) = load_policy(rule(f'{key} = {{ {daily} }}, zone = "Europe/Berlin"')).rules.rules[0].when
        assert condition.test == During(Daily(time(22), time(6), ZoneInfo("Europe/Berlin"), frozenset(days)))
        assert (condition.name, condition.wanted) == (key, wanted)


@pytest.mark.parametrize("key", ["daily", "not_daily"])
def test_days_alone_are_whole_days(key: str) -> None:
    when = rule(f'{key} = {{ days = ["sat", "sun"] }}, zone = "Europe/Berlin"')
    (condition,) = load_policy(when).rules.rules[0].when
    assert condition.test == During(Daily(time(), time(), ZoneInfo("Europe/Berlin"), frozenset({5, 6})))
    assert (condition.name, condition.wanted) == (key, "on sat, sun (Europe/Berlin)")


WEEK = 'days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
BERLIN = ', zone = "Europe/Berlin"'


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (f"daily = {{ {WEEK} }}{BERLIN}", "daily.days: are all there are, the whole day; leave daily out"),
        (
            f'daily = {{ from = 00:00:00, until = 00:00:00, days = ["sat"] }}{BERLIN}',
            "daily.until: is the same as from; leave both out for whole days",
        ),
        (
            f"daily = {{ from = 00:00:00, until = 00:00:00 }}{BERLIN}",
            "daily.until: is the same as from; leave daily out for the whole day",
        ),
        (
            f'daily = {{ from = 22:00:00, days = ["sat"] }}{BERLIN}',
            (
                "daily.until: is missing; write daily = { from = 22:00:00, until = 06:00:00 }, "
                'or daily = { days = ["sat", "sun"] } for whole days'
            ),
        ),
        ("from = 2026-12-24T00:00:00Z, until = 2026-12-24T00:00:00Z", "until: must be after from"),
        (
            "not_from = 2026-12-24T00:00:00Z, not_until = 2026-12-23T00:00:00Z",
            "not_until: must be after not_from",
        ),
        (
            f"from = 2026-12-24, until = 2026-12-24{BERLIN}",
            (
                "until: must be after from; 2026-12-24 is the first moment of that day: "
                "for the whole of it write 2026-12-25"
            ),
        ),
        (
            f"not_from = 2026-12-31T20:00:00, not_until = 2026-12-31{BERLIN}",
            (
                "not_until: must be after not_from; 2026-12-31 is the first moment of that day: "
                "for the whole of it write 2027-01-01"
            ),
        ),
        (f"from = 2026-12-24, until = 2026-12-23{BERLIN}", "until: must be after from"),
        (f"from = 9999-12-31, until = 9999-12-31{BERLIN}", "until: must be after from"),
        (
            'daily = { days = "sat" }, zone = "CEST"',
            'zone: "CEST" is no time zone of IANA\'s; write one such as "Europe/Berlin"',
        ),
        (
            'daily = { days = "sat" }, zone = "Europe/Berlim"',
            'zone: "Europe/Berlim" is no time zone of IANA\'s; did you mean "Europe/Berlin"?',
        ),
        (
            'daily = { days = "sat" }, zone = "x/y/z"',
            'zone: "x/y/z" is no time zone of IANA\'s; write one such as "Europe/Berlin"',
        ),
    ],
)
def test_what_is_wrong_with_a_time_is_told_with_what_would_be_right(when: str, told: str) -> None:
    assert mistakes_of(rule(when)) == [f"1.toml:7: rules.when.{told}"]


@pytest.mark.parametrize(
    ("when", "begins", "warning"),
    [
        (
            'from = 2026-03-29T02:30:00, zone = "Europe/Berlin"',
            utc(2026, 3, 29, 1, 30),
            "2026-03-29 02:30:00 does not exist in Europe/Berlin; 2026-03-29 02:30:00+01:00 is what counts",
        ),
        (
            'from = 2026-10-25T02:30:00, zone = "Europe/Berlin"',
            utc(2026, 10, 25, 0, 30),
            "2026-10-25 02:30:00 comes twice in Europe/Berlin; 2026-10-25 02:30:00+02:00 is what counts",
        ),
        (
            'from = 2026-04-24, zone = "Africa/Cairo"',
            utc(2026, 4, 23, 22),
            "2026-04-24 does not exist in Africa/Cairo; 2026-04-24 00:00:00+02:00 is what counts",
        ),
        ('from = 2026-10-25T03:00:00, zone = "Europe/Berlin"', utc(2026, 10, 25, 2), None),
    ],
)
def test_a_local_time_that_is_not_there_once_is_told_of_with_the_one_that_counts(
    when: str, begins: float, warning: str | None
) -> None:
    told = [line for line in warnings_of(rule(when)) if "rules" in line]
    assert told == ([f"7: warning: rules.when.from: {warning}"] if warning else [])
    assert windows(when) == [Span(begins)]
