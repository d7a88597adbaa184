"""What time does to what is served: rules come and go by themselves, and no clock that is set does any harm."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.door import service as services
from georedirect.door.answer import answer
from georedirect.door.explain import explain
from georedirect.door.question import imagine_request, read_time
from georedirect.door.service import Service
from tests.door.feeding import Fed
from tests.serving import snapshot_for
from tests.wire import request

REGION = '[regions.a]\nuri = "https://a.example{+path}{+query}"\n'
SITE = f'[site]\nhosts = ["www.example.com"]\ndefault = "a"\n{REGION}'
TIMED = (
    SITE
    + """\
[[rules]]
name = "span"
when = { from = 2026-03-01T10:00:00Z, until = 2026-03-01T12:00:00Z }
uri = "https://span.example{+path}{+query}"
[[rules]]
name = "summer evenings"
when = { daily = { from = 22:00:00, until = 02:30:00, days = ["sat", "sun"] }, zone = "Europe/Berlin" }
uri = "https://evening.example{+path}{+query}"
[[rules]]
name = "not at noon"
when = { not_daily = { from = 11:59:00, until = 12:01:00 }, zone = "America/New_York", path = "/noon" }
uri = "https://noon.example{+path}{+query}"
"""
)
DAY = 86_400.0
MARCH = datetime(2026, 3, 1, tzinfo=UTC).timestamp()


def host_at(moment: float, target: str = "/x") -> str:
    snapshot = snapshot_for(TIMED).at(moment)
    location = explain(snapshot, imagine_request(snapshot.configuration, "8.8.8.8", target))["location"]
    assert location is not None
    return location.split("/")[2].partition(".")[0]


@given(st.floats(MARCH, MARCH + 370 * DAY), st.floats(MARCH, MARCH + 370 * DAY))
def test_what_holds_of_two_times_is_decided_alike_at_both(first: float, second: float) -> None:
    if snapshot_for(TIMED).at(first).holds(second, frozenset()):
        assert [host_at(first, path) for path in ("/x", "/noon")] == [host_at(second, path) for path in ("/x", "/noon")]


@pytest.mark.parametrize(
    ("at", "host"),
    [
        ("2026-03-01T09:59:59.999Z", "a"),
        ("2026-03-01T10:00:00Z", "span"),
        ("2026-03-01T11:59:59.999Z", "span"),
        ("2026-03-01T12:00:00Z", "a"),
        ("2026-03-28T20:59:59Z", "a"),  # Saturday
        ("2026-03-28T21:00:00Z", "evening"),
        ("2026-03-29T00:59:59Z", "evening"),  # 01:59:59 CET; an hour is left out now
        ("2026-03-29T01:00:00Z", "a"),  # 03:00 CEST
        ("2026-03-29T20:00:00Z", "evening"),
        ("2026-03-30T00:29:59Z", "evening"),  # Sunday's
        ("2026-03-30T00:30:00Z", "a"),
        ("2026-03-30T20:30:00Z", "a"),  # Monday
        ("2026-10-25T00:29:59Z", "evening"),
        ("2026-10-25T00:30:00Z", "a"),  # 02:30 CEST
        ("2026-10-25T01:00:00Z", "evening"),  # 02:00 CET, for the second time
        ("2026-10-25T01:30:00Z", "a"),
    ],
)
def test_each_end_of_a_window_is_where_it_should_be(at: str, host: str) -> None:
    assert host_at(read_time(at)) == host


def rule_for(begins: datetime, ends: datetime) -> str:
    when = f'when = {{ path = "/s/*", from = {begins.isoformat()}, until = {ends.isoformat()} }}'
    return f'{SITE}[[rules]]\n{when}\nuri = "https://now.example{{+path}}{{+query}}"\n'


def asked(service: Service) -> bytes:
    fed = Fed(service)
    fed.feed(request("/s/x"))
    return fed.answers


async def test_a_rule_begins_and_ends_by_itself_within_a_tick() -> None:
    now = datetime.now(UTC)
    begins, ends = now + timedelta(seconds=0.6), now + timedelta(seconds=1.4)
    service = Service(snapshot_for(rule_for(begins, ends)))
    await service.open(None)
    seen: dict[bytes, list[float]] = {b"a.example": [], b"now.example": []}
    deadline = time.time() + 2.2
    while time.time() < deadline:
        said = asked(service)
        seen[next(host for host in seen if host in said)].append(time.time())
        await asyncio.sleep(0.02)
    during = seen[b"now.example"]
    assert begins.timestamp() <= during[0] < begins.timestamp() + 0.5
    assert ends.timestamp() - 0.1 < during[-1] < ends.timestamp() + 0.5
    assert all(not during[0] < moment < during[-1] for moment in seen[b"a.example"])


@pytest.mark.parametrize("days", [1, -1, 365, -365])
async def test_a_clock_that_is_set_is_followed_and_set_right_again_too(
    days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    service = Service(snapshot_for(rule_for(now - timedelta(hours=1), now + timedelta(hours=1))))
    await service.open(None)
    assert b"now.example" in asked(service)
    monkeypatch.setattr(services, "time", lambda: time.time() + days * DAY)
    await asyncio.sleep(0.4)
    assert b"a.example" in asked(service)
    monkeypatch.undo()
    await asyncio.sleep(0.4)
    assert b"now.example" in asked(service)


def is_silent(service: Service) -> bool:
    return service.lane.snapshot.database.is_silent


async def test_a_database_that_a_wrong_clock_found_too_old_speaks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = SITE + '[regions.b]\nuri = "https://b.example{+path}"\ncountries = ["US"]\n[database]\n'
    service = Service(snapshot_for(policy + 'max_age_days = 36500\nwhen_old = "default-region"\n'))
    await service.open(None)
    whole = service.lane.snapshot.locator
    assert is_silent(service) is False
    monkeypatch.setattr(services, "time", lambda: time.time() + 40_000 * DAY)
    await asyncio.sleep(0.4)
    assert is_silent(service) is True
    monkeypatch.undo()
    await asyncio.sleep(0.4)
    assert service.lane.snapshot.locator is whole


# What a refusal looks like on the wire


def test_retry_after_is_the_end_of_the_window_as_a_date_or_so_many_seconds() -> None:
    ends = datetime(2026, 12, 2, 0, 0, 0, 500_000, tzinfo=UTC)
    when = f"when = {{ from = 2026-12-01T22:00:00Z, until = {ends.isoformat()} }}"
    for more, said in (("", "Wed, 02 Dec 2026 00:00:01 GMT"), ("retry_after_seconds = 600\n", "600")):
        snapshot = snapshot_for(f"{SITE}[[rules]]\n{when}\nstatus = 503\n{more}").at(ends.timestamp() - 60)
        asks = imagine_request(snapshot.configuration, "8.8.8.8", "/", headers=["Accept-Language: de"])
        answered = answer(snapshot, asks)
        headers = dict(answered.headers)
        assert (answered.status, headers["Retry-After"], headers["Content-Language"]) == (503, said, "de")
        assert headers["Cache-Control"] == "private, no-store"
        assert "Accept-Language" in headers["Vary"]


@pytest.mark.parametrize("status", [404, 451, 503])
def test_a_refusal_without_an_end_says_nothing_of_one(status: int) -> None:
    snapshot = snapshot_for(f"{SITE}[[rules]]\nwhen = {{ until = 9999-12-31T23:59:59Z }}\nstatus = {status}\n").at(DAY)
    answered = answer(snapshot, imagine_request(snapshot.configuration, "8.8.8.8", "/<b>?<i>"))
    assert answered.status == status
    assert b"<b>" not in answered.body
    assert ("Retry-After" in dict(answered.headers)) is (status == 503)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01", 0.0),
        ("2026-12-01T22:00:00Z", 1_796_162_400.0),
        ("2026-12-01T23:00+01:00", 1_796_162_400.0),
        ("2026-12-01 22:00", 1_796_162_400.0),
        ("2026-12-01T22:00:00.5Z", 1_796_162_400.5),
    ],
)
def test_a_time_is_read_as_iso_8601(text: str, moment: float) -> None:
    assert read_time(text) == moment


@pytest.mark.parametrize("text", ["", "now", "1969-12-31", "2026-13-01", "22:00", "9999-12-31T23:59:59Z", "nan", "1e9"])
def test_what_is_no_time_is_refused_with_what_would_be_one(text: str) -> None:
    with pytest.raises(ValueError, match="is no time such as 2026-12-01T22:00:00Z"):
        read_time(text)
