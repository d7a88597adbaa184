"""The benchmark's pure parts: what it sends, what it reads, what it makes of the figures, what it writes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from georedirect.door.answer import answer
from georedirect.door.snapshot import snapshot_of
from georedirect.policy.load import load_configuration
from georedirect.visitor.address import parse_address
from georedirect.visitor.request import Request
from scripts.benchmark import work
from scripts.benchmark.__main__ import parse
from scripts.benchmark.agreement import expected_location, strays_among
from scripts.benchmark.exchange import Answer, is_complete, read_answer
from scripts.benchmark.figures import medians, medians_of_enough, ratios, spread
from scripts.benchmark.haproxy import haproxy_configuration
from scripts.benchmark.latency import Latency, Sample, percentiles
from scripts.benchmark.load import LoadError, Run, parse_counts
from scripts.benchmark.machine import build, cores, kernel, processor
from scripts.benchmark.nginx import nginx_configuration
from scripts.benchmark.page import render_page, table, why_not_written
from scripts.benchmark.peers import DATABASE, PEERS
from scripts.benchmark.processes import cpu_seconds, family, on_cores, resident_octets, waited_seconds
from scripts.benchmark.scenarios import SCENARIOS
from scripts.benchmark.visitors import Visitor, visitors
from tests.certificates import files_in

FACTS = {"rounds": 5, "seconds": 2, "idle": "10,000", "countries": 65, "octets": 720}


def country_of(client: str) -> str | None:
    """A small world: every fourth address has no country."""
    return (None, "CH", "DE", "SE")[int(client.rpartition(".")[2]) % 4]


def test_visitors_are_different_and_the_same_each_time() -> None:
    found = visitors(400, country_of)
    assert len({visitor.client for visitor in found}) == 400
    assert found == visitors(400, country_of)
    assert found != visitors(400, country_of, seed=1)


def test_as_many_visitors_as_said_come_from_countries_of_several_languages() -> None:
    assert sum(visitor.country == "CH" for visitor in visitors(400, country_of)) == 60


def test_requests_look_like_a_browsers() -> None:
    requests = [visitor.request() for visitor in visitors(400, country_of)]
    assert {len(request.split(b"\r\n")) for request in requests} == {1 + 16 + 2}
    assert 650 < sum(map(len, requests)) / len(requests) < 800


def test_a_closing_request_says_so() -> None:
    visitor = visitors(1, country_of)[0]
    assert b"\r\nConnection: close\r\n" in visitor.request(closes=True)
    assert b"Connection" not in visitor.request()


def test_the_expected_location_is_the_doors() -> None:
    configuration = load_configuration({"policy.toml": work.policy(DATABASE, 1024).encode()})
    snapshot = snapshot_of(configuration)

    def country(client: str) -> str | None:
        address = parse_address(client)
        assert address is not None
        return snapshot.place_of(address).country

    for visitor in visitors(300, country):
        request = Request("GET", visitor.target.encode(), _headers(visitor), parse_address("127.0.0.1"))
        answered = answer(snapshot, request)
        assert (answered.status, dict(answered.headers).get("Location")) == (307, expected_location(visitor))


def _headers(visitor: Visitor) -> tuple[tuple[str, str], ...]:
    lines = visitor.request().decode().split("\r\n")[1:-2]
    return tuple((name.lower(), value) for name, _, value in (line.partition(": ") for line in lines))


def test_a_visitor_sent_elsewhere_or_nowhere_is_a_stray() -> None:
    found = visitors(4, country_of)
    right = [Answer(307, expected_location(visitor)) for visitor in found]
    assert strays_among(found, right) == []
    assert strays_among(found, [right[0], Answer(302, right[1].location), *right[2:]]) == [found[1]]
    assert strays_among(found, [*right[:3], Answer(307, "https://elsewhere.example/")]) == [found[3]]


def test_over_tls_both_have_the_same_certificate_and_do_the_same_work(tmp_path: Path) -> None:
    certificate, key = files_in(tmp_path, work.HOST).certificate, tmp_path / f"{work.HOST}.key"
    nginx = nginx_configuration(1, DATABASE, Path("scratch"), certificate=certificate)
    assert f"listen 127.0.0.1:1 ssl backlog=4096;\n        ssl_certificate {certificate};" in nginx
    assert f"ssl_certificate_key {key};" in nginx
    assert " ssl" not in nginx_configuration(1, DATABASE, Path("scratch"))
    text = work.policy(DATABASE, 1) + work.tls(1, certificate)
    (listener,) = load_configuration({"policy.toml": text.encode()}).server.listen
    assert (str(listener.address), listener.tls) == ("127.0.0.1:1", True)


def test_every_country_and_region_is_in_each_configuration() -> None:
    nginx = nginx_configuration(1, DATABASE, Path("scratch"))
    assert all(re.search(rf"^ +{country} ", nginx, re.MULTILINE) for country in work.CLAIMS)
    haproxy = haproxy_configuration(1, Path("networks"), Path("regions"))
    for region in work.BY_NAME.values():
        base = region.base.partition("{")[0]
        assert base in nginx
        assert base in haproxy


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", False),
        (b"HTTP/1.1 307 T\r\nLocation: /\r\n", False),
        (b"HTTP/1.1 307 T\r\nLocation: /\r\n\r\n", True),
        (b"HTTP/1.1 307 T\r\ncontent-length: 3\r\n\r\nab", False),
        (b"HTTP/1.1 307 T\r\ncontent-length: 3\r\n\r\nabc", True),
    ],
)
def test_an_answer_is_complete_with_its_last_octet(data: bytes, expected: bool) -> None:
    assert is_complete(data) is expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"HTTP/1.1 307 T\r\nlocation: https://a.example/\r\nX: y\r\n\r\n", Answer(307, "https://a.example/")),
        (b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n\r\nLocation: /no\r\n", Answer(200, None)),
        (b"", Answer(0, None)),
    ],
)
def test_status_and_location_are_read_from_the_head(data: bytes, expected: Answer) -> None:
    assert read_answer(data) == expected


def test_what_wrk_counted_is_read() -> None:
    counts = parse_counts("Running 1s test\nrequests=1234 microseconds=1000500 refused=1 broken=2\n")
    assert (counts.requests, counts.seconds, counts.refused, counts.broken) == (1234, 1.0005, 1, 2)


def test_no_counts_are_an_error_that_shows_what_there_was() -> None:
    with pytest.raises(LoadError, match="unable to connect"):
        parse_counts("unable to connect to 127.0.0.1:1 Connection refused\n")


def test_requests_are_counted_against_the_cpu_time_they_cost() -> None:
    run = Run(requests=1000, seconds=2.0, cpu_seconds=0.5)
    assert (run.per_cpu_second, run.busy) == (2000, 0.25)
    assert Run(1000, 2.0, 0.0).per_cpu_second == 0


def test_medians_are_by_peer() -> None:
    assert medians([{"a": 1, "b": 9}, {"a": 3, "b": 7}, {"a": 2, "b": 8}]) == {"a": 2, "b": 8}
    assert medians([]) == {}


def test_ratios_compare_within_a_round() -> None:
    rounds = [{"a": 10, "nginx": 20}, {"a": 100, "nginx": 200}, {"a": 9, "nginx": 10}]
    assert ratios(rounds, "nginx") == {"a": 0.5, "nginx": 1}
    assert spread(rounds, "nginx") == {"a": (0.5, 0.9), "nginx": (1, 1)}


@pytest.mark.parametrize("rounds", [[], [{"a": 1.0}], [{"a": 1.0, "nginx": 0.0}]])
def test_without_a_reference_there_are_no_ratios(rounds: list[dict[str, float]]) -> None:
    assert ratios(rounds, "nginx") == {}
    assert spread(rounds, "nginx") == {}


def test_fewer_than_three_figures_give_no_median() -> None:
    assert medians_of_enough({"a": [1, 2], "b": [3, 1, 2]}) == {"b": 2}


def test_a_sample_that_others_disturbed_does_not_count() -> None:
    assert Sample(Latency(1, 2), disturbed=0.005).counts
    assert not Sample(Latency(1, 2), disturbed=0.03).counts


def test_percentiles_are_of_all_waits() -> None:
    assert percentiles([wait / 100 for wait in range(100)]) == (0.5, 0.99)


def test_a_table_has_a_row_for_each_peer_measured() -> None:
    assert table({"x": {"nginx": 1.0, "door": 0.456}, "y": {"door": 2.0}}).splitlines() == [
        "|  | x | y |",
        "| --- | ---: | ---: |",
        f"| {PEERS['door']} | 0.46 | 2.00 |",
        f"| {PEERS['nginx']} | 1.00 |  |",
    ]


def test_the_page_says_it_all_and_names_no_place_of_this_machine() -> None:
    page = render_page({name: {"door": 0.5} for name in SCENARIOS}, {"p50": {"door": 2.0}}, ["a machine"], **FACTS)
    assert all(scenario.title in page for scenario in SCENARIOS.values())
    assert "- a machine\n" in page
    assert "{" not in page
    assert str(Path.cwd()) not in page
    assert os.uname().nodename not in page


def test_the_page_in_docs_has_all_peers_and_scenarios() -> None:
    page = (DATABASE.parents[1] / "docs" / "benchmarks.md").read_text()
    assert all(f"| {title} |" in page for title in PEERS.values())
    assert all(f"| {scenario.title} |" in page for scenario in SCENARIOS.values())


def test_the_page_is_written_only_when_it_tells_all() -> None:
    assert why_not_written(5, list(PEERS), list(SCENARIOS)) is None
    assert why_not_written(4, list(PEERS), list(SCENARIOS)) == "it wants at least 5 rounds"
    assert why_not_written(5, [name for name in PEERS if name != "door"], list(SCENARIOS)) == "door left out"


def test_options_choose_by_name_and_in_our_order() -> None:
    options = parse(["--only", "nginx,door", "--scenario", "no-lru", "--rounds", "7"])
    assert (options.only, options.scenario, options.rounds) == (["door", "nginx"], ["no-lru"], 7)


def test_quick_is_short() -> None:
    options = parse(["--quick", "--only", "door,haproxy"])
    assert (options.rounds, options.seconds, options.only) == (3, 1, ["door"])


def test_an_unknown_name_is_told_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--only", "apache"])
    assert "no apache here; known are door, overridden, plain, nginx" in capsys.readouterr().err


def test_the_machine_is_described_without_its_name() -> None:
    assert processor("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n") == "Some CPU @ 2 GHz"
    assert kernel("6.1.0-18-somebody+7") == "6.1"
    assert cores(1) != cores(2)
    assert build("'--enable-optimizations' '--with-lto'") == "configured with --enable-optimizations"
    assert build("'--enable-shared'") == "configured without --enable-optimizations"


def test_what_processes_use_is_read_from_proc() -> None:
    assert family(os.getpid())[0] == os.getpid()
    assert cpu_seconds(os.getpid()) > 0
    assert waited_seconds(os.getpid()) >= 0
    assert resident_octets(os.getpid()) > 1_000_000


def test_cores_are_given_back() -> None:
    before = os.sched_getaffinity(0)
    with on_cores(frozenset([min(before)])):
        assert os.sched_getaffinity(0) == {min(before)}
    assert os.sched_getaffinity(0) == before
