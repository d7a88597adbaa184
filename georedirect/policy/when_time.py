"""Reads the conditions of rules that are about time: `from`, `until`, `daily` and their `zone`. Reads no clock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from math import inf
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from georedirect.policy.conditions import Condition, During
from georedirect.policy.table import did_you_mean, toml
from georedirect.policy.times import EVERY_DAY, Daily, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.policy.findings import Findings
    from georedirect.policy.table import Item, Table

TIME_KEYS = ("from", "until", "daily")
DAILY_KEYS = ("from", "until", "days")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MIDNIGHT = time()
_OF_A_MACHINE = frozenset({"localtime", "Factory"})
"""Names that mean another zone on each machine, or none."""


class _Clock(NamedTuple):
    """What reads the times of one `when`. `zone` is None where there is none, or a wrong one."""

    when: Table
    zone: ZoneInfo | None
    findings: Findings


def read_times(when: Table, findings: Findings) -> Iterator[Condition]:
    clock = _Clock(when, _read_zone(when), findings)
    for prefix in ("", "not_"):
        yield from _read_span(clock, prefix)
        yield from _read_daily(clock, prefix)
    if "zone" in when and not any(_is_local(when, key) for key in when):
        when.mistake("zone", "is of no use: there is neither daily nor a date, nor a date-time without offset")


def _is_local(when: Table, key: str) -> bool:
    item, plain = when.item(key), key.removeprefix("not_")
    value = item.value if item is not None else None
    if plain == "daily":
        return True
    return plain in TIME_KEYS and (not isinstance(value, datetime) or value.tzinfo is None)


def _read_zone(when: Table) -> ZoneInfo | None:
    text = when.text("zone")
    if text is None:
        return None
    if text.value in _zones():
        return ZoneInfo(text.value)
    when.mistake("zone", f'"{text.value}" is no time zone of IANA\'s; {_hint(text.value)}')
    return None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - _OF_A_MACHINE)


def _hint(name: str) -> str:
    """Short names look alike, but are far apart: what is near `CEST` is five hours from it."""
    hint = did_you_mean(name, sorted(zone for zone in _zones() if "/" in zone)) if "/" in name else ""
    return hint if hint.startswith("did") else 'write one such as "Europe/Berlin"'


# From and until


def _read_span(clock: _Clock, prefix: str) -> Iterator[Condition]:
    items = {key: clock.when.item(f"{prefix}{key}") for key in ("from", "until")}
    read = {key: _instant(item, clock) for key, item in items.items() if item is not None}
    instants = {key: instant for key, instant in read.items() if instant is not None}
    if not instants or len(instants) < len(read):
        return
    span = Span(instants.get("from", -inf), instants.get("until", inf))
    if span.begins >= span.ends:
        clock.when.mistake(f"{prefix}until", f"must be after {prefix}from{_first_moment(items['until'], span)}")
        return
    wanted = " until ".join(str(item.value) for item in items.values() if item is not None)
    yield Condition(next(iter(instants)), wanted, During(span), bool(prefix))


def _first_moment(until: Item | None, span: Span) -> str:
    """What to say to whom writes a date, and means that day."""
    day = until.value if until is not None else None
    if type(day) is not date or span.begins >= span.ends + 86400 or day == date.max:
        return ""
    return f"; {day} is the first moment of that day: for the whole of it write {day + timedelta(days=1)}"


def _instant(item: Item, clock: _Clock) -> float | None:
    """In seconds since 1970; of a date, its first."""
    value, path = item
    match value:
        case datetime() if value.tzinfo is not None:
            return value.timestamp()
        case datetime():
            return _local(value, item, clock)
        case date():
            return _local(datetime.combine(value, time()), item, clock)
        case time():
            right = "write daily = { from = 22:00:00, until = 06:00:00 }"
            clock.findings.mistake(path, f"{value} is a time of day; {right}")
        case _:
            right = "a date-time without quotes, such as 2026-12-01T22:00:00Z"
            clock.findings.mistake(path, f"must be {right}, not {toml(value)}")
    return None


def _local(local: datetime, item: Item, clock: _Clock) -> float | None:
    if clock.zone is None:
        if "zone" not in clock.when:
            right = 'write 2026-12-01T22:00:00Z or +01:00, or add zone = "Europe/Berlin"'
            clock.findings.mistake(item.path, f"{item.value} has no offset from UTC; {right}")
        return None
    there = local.replace(tzinfo=clock.zone)
    before, after = there.utcoffset(), there.replace(fold=1).utcoffset()
    if before != after and before is not None and after is not None:
        what = "comes twice" if before > after else "does not exist"
        clock.findings.warning(item.path, f"{item.value} {what} in {clock.zone.key}; {there} is what counts")
    return there.timestamp()


# Hours of the day


def _read_daily(clock: _Clock, prefix: str) -> Iterator[Condition]:
    table = clock.when.table(f"{prefix}daily")
    if table is None:
        return
    table.expect_only(DAILY_KEYS)
    if "zone" not in clock.when:
        clock.when.mistake(f"{prefix}daily", 'needs the zone whose clocks count; add zone = "Europe/Berlin"')
    begins, ends = (_MIDNIGHT, _MIDNIGHT) if _has_days_only(table) else _read_hours(table)
    days = _read_days(table, clock.findings)
    if begins is None or ends is None or clock.zone is None:
        return
    if begins == ends and days == EVERY_DAY:
        table.mistake("days", "are all there are, the whole day; leave daily out")
        return
    wanted = f"{_wanted(begins, ends, days)} ({clock.zone.key})"
    yield Condition("daily", wanted, During(Daily(begins, ends, clock.zone, days)), bool(prefix))


def _has_days_only(table: Table) -> bool:
    """Whether it is about whole days."""
    return "days" in table and "from" not in table and "until" not in table


def _wanted(begins: time, ends: time, days: frozenset[int]) -> str:
    hours = f"{begins} until {ends}" if begins != ends else ""
    on = f"on {', '.join(DAYS[day] for day in sorted(days))}" if days != EVERY_DAY else ""
    return " ".join(filter(None, (hours, on)))


def _read_hours(table: Table) -> tuple[time | None, time | None]:
    begins, ends = _read_time(table, "from"), _read_time(table, "until")
    if begins is not None and begins == ends:
        right = "leave both out for whole days" if "days" in table else "leave daily out for the whole day"
        table.mistake("until", f"is the same as from; {right}")
        return None, None
    return begins, ends


def _read_time(table: Table, key: str) -> time | None:
    item = table.item(key)
    if item is None:
        right = 'daily = { from = 22:00:00, until = 06:00:00 }, or daily = { days = ["sat", "sun"] } for whole days'
        table.mistake(key, f"is missing; write {right}")
    elif isinstance(item.value, time):
        return item.value
    else:
        table.mistake(key, f"must be a time of day without quotes, such as 22:00:00, not {toml(item.value)}")
    return None


def _read_days(table: Table, findings: Findings) -> frozenset[int]:
    if "days" not in table:
        return EVERY_DAY
    texts = table.one_or_texts("days")
    for text in texts:
        if text.value not in DAYS:
            findings.mistake(text.path, f'"{text.value}" is no day; {did_you_mean(text.value.lower(), DAYS)}')
    return frozenset(DAYS.index(text.value) for text in texts if text.value in DAYS)
