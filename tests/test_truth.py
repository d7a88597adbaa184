"""Each row of the truth table holds for the decision, for both ways of serving on a real socket, and for `explain`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sanic.server import HttpProtocol

from georedirect.door.answer import answer
from georedirect.door.app import create_door
from georedirect.door.explain import explain
from georedirect.door.protocol import DoorProtocol
from georedirect.door.question import imagine_request
from tests.serving import serving, snapshot_for
from tests.truth import ADDRESSES, SITES, Row, policies, rows
from tests.wire import connection, request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from georedirect.policy.endpoint import Endpoint

ROWS = rows()
STATUS = {"redirect": 307, "suggest": 200, "stay": 200, "refuse": 404}


def headers_of(row: Row) -> list[str]:
    place, _, said = row.place.partition(">")
    lines = [f"X-Forwarded-For: {ADDRESSES[place]}", *([f"CF-IPCountry: {said}"] if said else [])]
    if row.cookie is not None:
        lines.append(f"Cookie: a=b; georedirect={row.cookie}; c=d")
    if row.languages is not None:
        lines.append(f"Accept-Language: {row.languages}")
    if row.destination == "prefetch":
        lines += ["Sec-Fetch-Dest: document", "Sec-Purpose: prefetch;prerender"]
    elif row.destination is not None:
        lines.append(f"Sec-Fetch-Dest: {row.destination}")
    return lines


def host_of(row: Row) -> str:
    return f"{row.site}.example"


def test_the_table_is_long_and_says_nothing_twice() -> None:
    assert len(ROWS) >= 200
    assert [row for row, times in Counter(row[:6] for row in ROWS).items() if times > 1] == []
    assert {row.site for row in ROWS} == set(SITES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(str(part) for part in row[:6]))
def test_a_row_holds_for_the_decision_and_its_explanation(row: Row) -> None:
    snapshot = snapshot_for(*policies())
    url = f"http://{host_of(row)}{row.url}"
    asked = imagine_request(snapshot.configuration, "127.0.0.1", url, "GET", headers_of(row))
    decision = answer(snapshot, asked).decision
    assert decision is not None
    assert (decision.action, decision.region_name, decision.reason, decision.location) == row[6:]
    told = explain(snapshot, asked)
    assert (told["action"], told["region"], told["reason"], told["location"]) == row[6:]
    assert told["status"] == STATUS[row.action]
    assert told["headers"].get("Location") == row.location
    assert all(step["step"] and step["outcome"] and step["why"] for step in told["steps"])


def vary_of(site: str) -> str:
    counted = [
        "Accept-Language",
        *([] if site == "dumb" else ["Cookie"]),
        *([] if site == "none" else ["Sec-Fetch-Dest", "Sec-Purpose", "Purpose"]),
        "X-Forwarded-For",
        "Cf-Ipcountry",
        *([] if site == "dumb" else ["X-Forwarded-Proto"]),
    ]
    return ", ".join(counted)


@pytest.mark.parametrize("protocol", [HttpProtocol, DoorProtocol])
async def test_every_row_holds_for_what_is_served_also_the_second_time(protocol: type[HttpProtocol]) -> None:
    app = create_door(snapshot_for(*policies()), name=f"truth-{protocol.__name__}")
    async with serving(app, protocol=protocol) as door:
        assert await wrong_rows(door, ROWS) == []
        assert await wrong_rows(door, reversed(ROWS)) == []  # what was remembered of others changes nothing


async def wrong_rows(door: Endpoint, rows: Iterable[Row]) -> list[tuple[Row, object]]:
    wrong: list[tuple[Row, object]] = []
    async with connection(door) as client:
        for row in rows:
            reply = await client.ask(request(row.url, *headers_of(row), host=host_of(row)))
            stores = row.site == "shop" and row.reason == "parameter" and row.action == "redirect"
            cookie = f"georedirect={row.region}; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax"
            said = (reply.status, reply.all("location"), reply.all("cache-control"), reply.all("vary"))
            right = (
                STATUS[row.action],
                [row.location] if row.location else [],
                ["private, no-store"],
                [vary_of(row.site)],
            )
            if (*said, reply.all("set-cookie")) != (*right, [cookie] if stores else []):
                wrong.append((row, reply))
    return wrong
