"""The admin listener over a real socket."""

from __future__ import annotations

import asyncio
import json
import pickle
import socket
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, Never
from urllib.parse import quote

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from georedirect.door.explain import explain
from georedirect.door.history import Attempt, Cause, History, Outcome
from georedirect.door.line import Message
from georedirect.door.question import imagine_request
from georedirect.door.reload import TOLD
from georedirect.door.server import Door, drain, start
from georedirect.watch.admin import create_admin
from georedirect.watch.desk import Desk
from tests.policies import GOOD
from tests.serving import serving, snapshot_for
from tests.wire import ask, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from georedirect.policy.endpoint import Endpoint
    from tests.wire import Reply

_numbers = count()
NAMED = GOOD + '[server]\nadmin_hosts = ["admin.example.com"]\n'


@pytest.fixture
async def admin() -> AsyncIterator[Endpoint]:
    async with serving(create_admin(Desk(snapshot_for(NAMED)), name=f"admin-{next(_numbers)}")) as endpoint:
        yield endpoint


async def get(admin: Endpoint, target: str, host: str = "", method: str = "GET") -> Reply:
    return await ask(admin, request(target, host=host or str(admin), method=method))


def said(reply: Reply) -> dict[str, Any]:
    assert reply["content-type"] == "application/json"
    found: dict[str, Any] = json.loads(reply.body)
    return found


async def test_it_says_that_it_lives(admin: Endpoint) -> None:
    reply = await get(admin, "/healthz")
    assert (reply.status, said(reply)) == (200, {"status": "alive"})
    assert reply["cache-control"] == "no-store"


async def test_it_is_ready_with_policies_and_database(admin: Endpoint) -> None:
    reply = await get(admin, "/readyz")
    body = said(reply)
    assert (reply.status, body["status"], body["policies"]) == (200, "ready", ["1.toml"])
    assert body["database"]["type"] == "GeoLite2-Country"
    assert body["database"]["built"].startswith("20")
    assert body["database"]["age_days"] > 100
    assert body["database"]["is_old"] is True
    assert body["last_reload"] is None


async def test_it_is_not_ready_any_more_when_it_drains() -> None:
    app = create_admin(Desk(snapshot_for(NAMED), lambda: True), name=f"admin-{next(_numbers)}")
    async with serving(app) as endpoint:
        reply = await get(endpoint, "/readyz")
    assert (reply.status, said(reply)["status"]) == (503, "draining")


@pytest.mark.parametrize(
    ("ip", "url", "headers"),
    [
        ("85.214.132.117", "/", ()),
        ("130.59.31.80", "https://www.example.com/a?b=c&d=é", ("Accept-Language: fr-CH", "X-Forwarded-For: 8.8.8.8")),
        ("2a02:1200::1", "/x", ("Host: other.example",)),
    ],
)
async def test_it_explains_what_the_command_explains(
    admin: Endpoint, ip: str, url: str, headers: tuple[str, ...]
) -> None:
    query = "".join(f"&header={quote(header)}" for header in headers)
    body = said(await get(admin, f"/explain?ip={ip}&url={quote(url)}&at=2026-12-01T22:00{query}"))
    snapshot = snapshot_for(NAMED).at(1_796_162_400.0)
    expected: Any = explain(snapshot, imagine_request(snapshot.configuration, ip, url, "GET", headers))
    del body["headers"]["Date"], expected["headers"]["Date"]
    assert body == expected


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", '"ip" is missing; there are ip, url, method, header, at'),
        ("?ip=8.8.8", '"8.8.8" is not an IP address'),
        ("?ip=8.8.8.8&method=G%20T", '"G T" is not an HTTP method'),
        ("?ip=8.8.8.8&header=x", '"x" is not a header'),
        ("?ip=8.8.8.8&header=x:%0d%0ay", "is not a header"),
        ("?ip=8.8.8.8&url=/%ff", "codec can't decode"),
        ("?ip=8.8.8.8&at=tomorrow", '"tomorrow" is no time such as 2026-12-01T22:00:00Z'),
        ("?ip=8.8.8.8&language=de", '"language" is not a parameter'),
    ],
)
async def test_a_wrong_question_is_told_what_would_be_right(admin: Endpoint, query: str, error: str) -> None:
    reply = await get(admin, f"/explain{query}")
    assert reply.status == 400
    assert error in said(reply)["error"]


async def test_a_question_that_is_too_long_is_told_so(admin: Endpoint) -> None:
    assert (await get(admin, f"/explain?ip=8.8.8.8&url=/{'x' * 20000}")).status == 413


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:1", 200),
        ("localhost:8308", 200),
        ("admin.example.com", 200),
        ("ADMIN.example.com:80", 200),
        ("evil.example", 421),
        ("127.0.0.2", 421),
        ("[::1]", 421),
        ("localhost.evil.example", 421),
        ("admin.example.com@evil.example", 421),
    ],
)
async def test_only_its_own_names_are_answered_lest_a_foreign_page_reads_it(
    admin: Endpoint, host: str, status: int
) -> None:
    assert (await get(admin, "/readyz", host=host)).status == status


@pytest.mark.parametrize(
    ("target", "method", "status"), [("/nothing", "GET", 404), ("/healthz", "POST", 405), ("/reload", "PUT", 405)]
)
async def test_what_there_is_not_is_said_in_json(admin: Endpoint, target: str, method: str, status: int) -> None:
    reply = await get(admin, target, method=method)
    assert reply.status == status
    assert said(reply)["error"]


async def test_an_ipv6_listener_knows_itself() -> None:
    async with serving(create_admin(Desk(snapshot_for(NAMED)), name=f"admin-{next(_numbers)}"), host="::1") as endpoint:
        assert (await get(endpoint, "/healthz")).status == 200
        assert (await get(endpoint, "/healthz", host="127.0.0.1")).status == 421


# Reloads and metrics


class Supervisor:
    """The other end of a desk's line: what it would tell about each request for a reload."""

    def __init__(self, outcome: Outcome, cause: Cause | None = None, why: str | None = None) -> None:
        self._attempt = Attempt(outcome, began=0.0, seconds=0.25, cause=cause, why=why)
        self._history = History(loaded=0.0)
        self.desk = Desk(snapshot_for(NAMED), lambda: False, None, self._ask)

    def _ask(self, number: int) -> bool:
        self._history = self._history.after(self._attempt, number)
        told = Message(TOLD, pickle.dumps(self._history))
        asyncio.get_running_loop().call_later(0.05, self.desk.hear, told)
        return True


@asynccontextmanager
async def admin_of(desk: Desk) -> AsyncIterator[Endpoint]:
    async with serving(create_admin(desk, name=f"admin-{next(_numbers)}")) as endpoint:
        yield endpoint


async def test_a_reload_is_answered_when_its_outcome_is_known() -> None:
    async with admin_of(Supervisor(Outcome.SWAPPED).desk) as endpoint:
        reply = await get(endpoint, "/reload", method="POST")
        assert (reply.status, said(reply)["outcome"]) == (200, "swapped")
        ready = said(await get(endpoint, "/readyz"))
    assert ready["last_reload"]["seconds"] == 0.25
    assert ready["loaded"] == "1970-01-01T00:00:00+00:00"


async def test_a_reload_that_is_refused_says_why_and_so_do_readiness_and_metrics() -> None:
    async with admin_of(Supervisor(Outcome.REFUSED, Cause.DATABASE, "a.mmdb is damaged").desk) as endpoint:
        reply = await get(endpoint, "/reload", method="POST")
        assert (reply.status, said(reply)["cause"], said(reply)["why"]) == (422, "database", "a.mmdb is damaged")
        ready = await get(endpoint, "/readyz")
        metrics = (await get(endpoint, "/metrics")).body.decode()
    assert (ready.status, said(ready)["last_reload"]["why"]) == (200, "a.mmdb is damaged")
    assert 'georedirect_refusals_total{cause="database"} 1.0' in metrics
    assert "georedirect_last_reload_refused 1.0" in metrics


async def test_nobody_reloads_what_is_being_stopped(admin: Endpoint) -> None:
    assert (await get(admin, "/reload", method="POST")).status == 503


@pytest.mark.parametrize("header", ["Origin: http://127.0.0.1", "Sec-Fetch-Site: cross-site"])
async def test_no_page_in_a_browser_asks_for_a_reload(admin: Endpoint, header: str) -> None:
    reply = await ask(admin, request("/reload", header, host=str(admin), method="POST"))
    assert reply.status == 403


async def test_a_reload_is_not_asked_for_by_reading(admin: Endpoint) -> None:
    assert (await get(admin, "/reload")).status == 405


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text; version=1.0.0"])
async def test_prometheus_reads_the_metrics(admin: Endpoint, accept: str) -> None:
    reply = await ask(admin, request("/metrics", f"Accept: {accept}", host=str(admin)))
    parse = openmetrics if accept else prometheus
    families = {family.name: family for family in parse(reply.body.decode())}
    built = families["georedirect_database_build_timestamp_seconds"].samples[0].value
    assert built == snapshot_for(NAMED).database.build_epoch
    assert families["georedirect_database_old"].samples[0].value == 1
    assert families["georedirect_database_age_seconds"].samples[0].value > 100 * 86400
    assert families["georedirect_swaps"].samples[0].value == 0
    assert all(family.documentation for family in families.values())


# What goes wrong in here


class _Broken(Desk):
    def mirrors(self) -> Never:
        raise RuntimeError("a slip of ours")


async def test_an_error_is_logged_without_what_was_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    async with admin_of(_Broken(snapshot_for(NAMED))) as endpoint:
        reply = await get(endpoint, "/mirrors?ip=192.0.2.77")
    assert (reply.status, said(reply)) == (500, {"error": "the request could not be answered"})
    assert "/mirrors" in caplog.text
    assert "a slip of ours" in caplog.text
    assert "192.0.2.77" not in caplog.text


async def test_it_answers_on_a_unix_socket_that_has_no_file() -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("")  # the system makes up a name in the abstract
        listener.listen()
        server = await start(create_admin(Desk(snapshot_for(NAMED)), f"admin-{next(_numbers)}"), [Door(listener)])
        reader, writer = await asyncio.open_unix_connection(listener.getsockname())
        writer.write(request("/healthz", "Connection: close", host="localhost"))
        head = await asyncio.wait_for(reader.readline(), 10)
        writer.close()
        await drain(server, seconds=0.2)
    assert head == b"HTTP/1.1 200 OK\r\n"
