"""Counters equal what was sent, to the request: over several workers, through a reload and killed processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple
from urllib.request import Request, urlopen

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families_in
from prometheus_client.parser import text_string_to_metric_families as families_in

from tests.databases import FRANCE, GERMANY
from tests.doors import knowing
from tests.processes import running, wait_until, wait_until_gone
from tests.wire import connection, request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.processes import Service

POLICY = """\
[site]
hosts = ["www.example.com"]
default = "world"
[regions.world]
uri = "https://world.example{+path}"
[regions.germany]
uri = "https://germany.example{+path}"
countries = ["DE"]
[regions.france]
uri = "https://france.example{+path}"
countries = ["FR"]
[[rules]]
name = "seen"
when = { path = "/seen/*" }
continue = "seen"
[[rules]]
name = "closed"
when = { prefix = "/closed" }
status = 404
"""
SITE = "www.example.com"
DE, FR = "X-Forwarded-For: 192.0.2.7", "X-Forwarded-For: 198.51.100.7"
CLIENTS, ROUNDS = 12, 8

Labels = tuple[str, ...]


class Kind(NamedTuple):
    """A request, and under what it is counted: status, site, region and reason. Some are a connection's last."""

    octets: bytes
    labels: Labels
    is_last: bool = False


SEEN = Kind(request("/seen/x", DE), ("307", SITE, "germany", "country"))
KINDS = [
    Kind(request("/x", DE), ("307", SITE, "germany", "country")),
    Kind(request("/x", FR), ("307", SITE, "france", "country")),
    Kind(request("/x", DE, "Cookie: georedirect=france"), ("307", SITE, "france", "choice")),
    Kind(request("/x", FR, method="POST"), ("307", SITE, "france", "country")),
    Kind(request("/x?y"), ("307", SITE, "world", "unknown-place")),
    SEEN,
    Kind(request("/closed/x", DE), ("404", SITE, "", "rule")),
    Kind(request("/x", FR, host="www.example.net"), ("421", "", "", "unknown-host")),
    Kind(request("/x", DE, method="TRACE"), ("405", "", "", "method-not-allowed")),
    Kind(request(f"/{'x' * 9000}"), ("414", "", "", "too-long"), is_last=True),
    Kind(b"BROKEN\r\n\r\n", ("400", "", "", "bad-request"), is_last=True),
]


class Sent:
    """What clients have sent: what of it was answered, what not, and over how many connections."""

    def __init__(self) -> None:
        self.answered, self.unanswered = Counter[Labels](), Counter[Labels]()
        self.tagged = self.connections = 0

    async def send(self, service: Service, kinds: Sequence[Kind]) -> None:
        """One after the other, over as few connections as they allow."""
        rest = [*kinds]
        while rest:
            self.connections += 1
            async with connection(service.door) as client:
                while rest:
                    kind = rest.pop()
                    try:
                        reply = await client.ask(kind.octets)
                    except (ConnectionError, asyncio.IncompleteReadError):
                        self.unanswered[kind.labels] += 1
                        break
                    assert str(reply.status) == kind.labels[0]
                    self.answered[kind.labels] += 1
                    self.tagged += kind is SEEN
                    if kind.is_last:
                        break

    async def send_all(self, service: Service, rounds: int) -> None:
        """By many clients at once, each in an order of its own."""
        orders = ([*KINDS[number % len(KINDS) :], *KINDS[: number % len(KINDS)]] for number in range(CLIENTS))
        async with asyncio.TaskGroup() as group:
            for order in orders:
                group.create_task(self.send(service, order * rounds))


def scraped(service: Service, accept: str = "") -> dict[str, dict[Labels, float]]:
    """Values by metric and by the values of its labels, which are in alphabetical order."""
    asked = Request(f"http://{service.admin}/metrics", headers={"Accept": accept})
    with urlopen(asked, timeout=10) as reply:  # noqa: S310  it is http
        text = reply.read().decode()
    families = openmetrics_families_in(text) if accept else families_in(text)  # type: ignore[no-untyped-call]
    found: dict[str, dict[Labels, float]] = {}
    for sample in (sample for family in families for sample in family.samples):
        labels = tuple(value for _, value in sorted(sample.labels.items()))
        found.setdefault(sample.name.removeprefix("georedirect_"), {})[labels] = sample.value
    return found


def requests_in(metrics: dict[str, dict[Labels, float]]) -> dict[Labels, float]:
    """In the order of a kind's labels."""
    found = metrics["requests_total"].items()
    return {(status, site, region, reason): count for (reason, region, site, status), count in found}


def counter_of(metrics: dict[str, dict[Labels, float]], name: str) -> float:
    (value,) = metrics[name].values()
    return value


def assert_equal(service: Service, sent: Sent) -> None:
    """What is counted is what was sent, in both formats."""
    for accept in ("", "application/openmetrics-text; version=1.0.0"):
        metrics = scraped(service, accept)
        assert requests_in(metrics) == sent.answered
        refused = {(labels[3], labels[0]): count for labels, count in sent.answered.items() if not labels[1]}
        assert {labels: count for labels, count in metrics["refused_requests_total"].items() if count} == refused
        assert metrics["tag_requests_total"] == {(SITE, "seen"): sent.tagged}
        assert metrics["rule_requests_total"]["rule", "closed", SITE, ""] == sent.answered["404", SITE, "", "rule"]
        looked_up = counter_of(metrics, "lru_hits_total") + counter_of(metrics, "lru_misses_total")
        assert looked_up == sent.answered.total()
        assert 0 < counter_of(metrics, "lru_misses_total") < 20
        assert counter_of(metrics, "accepted_connections_total") == sent.connections
        assert 0 < counter_of(metrics, "decision_seconds_count") <= sent.answered.total()
        assert counter_of(metrics, "uncounted_requests_total") == 0


def replaced(service: Service, victim: int) -> None:
    """Kill a process, and wait until another serves in its place."""
    before = service.children()
    os.kill(victim, signal.SIGKILL)
    assert wait_until_gone([victim])
    assert wait_until(lambda: len(set(service.children()) - set(before)) == 1)
    assert wait_until(lambda: is_whole(service))


def is_whole(service: Service) -> bool:
    try:
        metrics = scraped(service)
    except OSError:
        return False
    return metrics["workers_serving"] == metrics["workers"] == {(): 2}


def reload(service: Service) -> str:
    with urlopen(Request(f"http://{service.admin}/reload", method="POST"), timeout=30) as reply:
        return str(json.load(reply)["outcome"])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("counted")
    (folder / "site.toml").write_text(POLICY)
    settings = knowing(folder, {"192.0.2.0/24": GERMANY, "198.51.100.0/24": FRANCE})
    (folder / "settings.toml").write_text(settings)
    with running(folder / "site.toml", folder / "settings.toml", "--workers", "2", quiet=False) as running_one:
        yield running_one


@pytest.fixture(scope="module")
def sent() -> Sent:
    return Sent()


async def test_counters_equal_what_was_sent_through_a_reload_and_killed_processes(service: Service, sent: Sent) -> None:
    await asyncio.gather(sent.send_all(service, ROUNDS), asyncio.to_thread(reload, service))
    assert_equal(service, sent)
    worker, _, admin, _ = service.children()
    replaced(service, worker)
    assert_equal(service, sent)
    await sent.send_all(service, 3)
    assert_equal(service, sent)
    replaced(service, admin)
    assert_equal(service, sent)
    assert sent.answered.total() == CLIENTS * (ROUNDS + 3) * len(KINDS)
    metrics = scraped(service)
    assert metrics["restarts_total"] == {("worker",): 1, ("admin",): 1, ("checks",): 0}
    assert metrics["swaps_total"] == {(): 1}


async def test_of_what_a_killed_worker_was_doing_all_that_was_answered_is_counted(service: Service) -> None:
    before, sent = requests_in(scraped(service)), Sent()
    worker = service.children()[0]
    load = asyncio.create_task(sent.send_all(service, ROUNDS))
    await asyncio.sleep(0.2)
    os.kill(worker, signal.SIGKILL)
    await load
    after = requests_in(scraped(service))
    counted = Counter({labels: int(count - before[labels]) for labels, count in after.items()})
    assert sent.answered.total() + sent.unanswered.total() == CLIENTS * ROUNDS * len(KINDS)
    assert sent.unanswered.total() <= CLIENTS
    assert sent.answered <= counted <= sent.answered + sent.unanswered


async def test_what_is_open_is_told_while_it_is(service: Service) -> None:
    assert wait_until(lambda: is_whole(service) and counter_of(scraped(service), "connections") == 0)
    async with connection(service.door) as one, connection(service.door) as two:
        for client in (one, two):
            await client.ask(request("/x", DE))
        assert await asyncio.to_thread(wait_until, lambda: counter_of(scraped(service), "connections") == 2)
    assert await asyncio.to_thread(wait_until, lambda: counter_of(scraped(service), "connections") == 0)
    assert counter_of(scraped(service), "connections_limit") > 100
