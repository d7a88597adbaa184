"""The access log says the same of a request whichever way it was answered, and says it of every request once."""

from __future__ import annotations

import gc
import json
import weakref
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from georedirect.door import finishing, jotting, scanning
from georedirect.door.answer import answer, refusal_for
from georedirect.door.app import create_door
from georedirect.door.head import read_head, with_ascii_target
from georedirect.door.noting import Notes
from georedirect.door.protocol import DoorProtocol
from georedirect.journal.access import MOST_LINES, AccessLog
from georedirect.policy.log_model import Stream
from georedirect.visitor.address import parse_address
from tests.door.asked import PEERS, POLICIES, Asked, asking, is_refused_by_the_parser
from tests.door.feeding import Fed
from tests.noted import COMBINED, Memory, Noted
from tests.policies import policy
from tests.serving import serving, snapshot_for
from tests.wire import connection, request

if TYPE_CHECKING:
    from georedirect.door.snapshot import Snapshot

TRUSTING = '[server]\ntrusted_proxies = ["127.0.0.1"]\n'
GERMAN = "85.214.132.117"


def logging(text: str, *, rest: str = "") -> tuple[str, ...]:
    return (f'{text}\n[log]\naccess = "stdout"\n{rest}\n',)


def law(snapshot: Snapshot, asked: Asked, peer: str) -> str:
    """The line for a request by `answer`, without the time."""
    memory = Memory()
    notes = Notes(snapshot, AccessLog(memory))
    address = parse_address(peer)
    if is_refused_by_the_parser(with_ascii_target(asked.octets)):
        notes.note(refusal_for(400), asked.octets, address)
    else:
        read = read_head(with_ascii_target(asked.octets), address).request
        notes.note(answer(snapshot, read), read, address)
    notes.log.hand_on()
    return without_time(memory.octets.decode().strip())


def without_time(line: str) -> str:
    if line.startswith("{"):
        told = json.loads(line)
        del told["time"]
        return json.dumps(told)
    return line[: line.index("[")] + line[line.index("]") :]


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        *((name, 'client = "whole"') for name in ("ruled", "choosing", "forwarded", "peer", "said country")),
        ("several sites", 'format = "combined"'),
    ],
)
@settings(max_examples=20)
@given(data=st.data())
def test_the_short_way_notes_what_the_long_way_notes(name: str, rest: str, data: st.DataObject) -> None:
    texts = POLICIES[name]
    noted = Noted(*texts[:-1], *logging(texts[-1], rest=rest))
    requests = data.draw(st.lists(st.tuples(asking(name), st.sampled_from(PEERS)), min_size=1, max_size=15))
    snapshot = noted.service.lane.snapshot
    for asked, peer in requests * 2:
        Fed(noted.service, peer).feed(asked.octets + asked.body)
        assert [without_time(line) for line in noted.lines()] == [law(snapshot, asked, peer)]


# By request


@pytest.fixture
def noted() -> Noted:
    return Noted(*logging(policy(rest=TRUSTING)))


def test_a_line_has_what_the_client_sent_as_it_was_sent(noted: Noted) -> None:
    fed = Fed(noted.service)
    lines = [f"X-Forwarded-For: {GERMAN}", "USER-agent: \tMozilla/5.0 (X) \t", "referer:https://A.example/B?c"]
    for _ in range(2):
        fed.feed(request("/a?b=%20c", *lines, "Cookie: secret=1", "Authorization: Basic secret"))
    one, other = noted.told()
    assert one == other
    assert (one["client"], one["country"], one["target"]) == ("85.214.132.0", "DE", "/a?b=%20c")
    assert (one["user_agent"], one["referer"]) == ("Mozilla/5.0 (X)", "https://A.example/B?c")
    assert "secret" not in json.dumps(one)


AGENTS = [
    *("User-Agent: Mozilla", "User-Agent: MOZILLA", "user-agent: Mozilla", "User-Agent:Mozilla", "User-Agent:"),
    *("X: Mozilla", "user-agent: Mozilla\r\nX: \r\nuser-agent: mozilla", 'User-Agent: a"\\\xe9', "USER-AGENT: m "),
    *(
        "X: User-Agent: mozilla",
        "User-Agent: " + "m" * 700,
        "User-Agent: " + "M" * 700,
        "User-Agent: Mozilla\r\nReferer:",
        "User-Agent: Mozilla\r\nuser-AGENT: other",
        "User-Agent: Mozilla\r\nReferer: https://a.example/\r\nreferer: https://b.example/",
        *(
            f"{name}: https://{host}.example/\r\nUser-Agent: Mozilla"
            for name in ("Referer", "referer")
            for host in "aAb"
        ),
    ),
]


RULE = """
[[rules]]
when = { header = { User-Agent = "mozilla", Referer = "https://a.example/" } }
uri = "https://b.example{+path}"
"""
"""It reads of the very headers of which the log tells."""


@pytest.mark.parametrize("rules", ["", RULE], ids=["no rules", "rules about browsers"])
def test_what_was_noted_of_one_browser_is_never_said_of_another(rules: str) -> None:
    """Also of those whose names are alike but for capitals."""
    noted = Noted(*logging(policy(rest=f"{rules}{TRUSTING}")))
    chance = Random(1)  # noqa: S311  the same ones every time
    for lines in [chance.choice(AGENTS) for _ in range(400)]:
        asked = Asked(request("/", lines), b"")
        Fed(noted.service).feed(asked.octets)
        assert [without_time(line) for line in noted.lines()] == [law(noted.service.lane.snapshot, asked, "127.0.0.1")]


def test_what_is_remembered_is_bounded(noted: Noted) -> None:
    fed = Fed(noted.service)
    for number in range(5000):
        fed.feed(request("/", f"User-Agent: {number}", f"Referer: {number}", host=f"h{number}.example"))
    told = noted.told()
    assert [each["user_agent"] for each in told] == [str(number) for number in range(5000)]
    assert told[4999]["host"] == "h4999.example"


REFUSED: list[tuple[bytes, dict[str, Any]]] = [
    (b"GET / HTTP/1.1\r\nHost: a b\r\nUser-Agent: x\r\n\r\n", {"status": 400, "target": "/", "user_agent": "x"}),
    (b"GET /\xff HTTP/1.1\r\nHost:\x01\r\n\r\n", {"status": 400, "target": "/%FF", "method": "GET"}),
    (b"\x16\x03\x01\x00", {"status": 400, "target": "\x16\x03\x01\x00", "method": None, "version": None}),
    (b"FROBNICATE / HTTP/1.1\r\nHost: a\r\n\r\n", {"status": 501, "method": "FROBNICATE"}),
    (b"GET /" + b"a" * 9000, {"status": 414, "method": None, "target": "GET /" + "a" * 1019}),
    (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n", {"status": 431, "target": "/", "version": "1.1"}),
    (b"GET / HTTP/1.0\r\n\r\n", {"status": 307, "version": "1.0", "host": None}),
    (b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", {"status": 405, "reason": "method-not-allowed", "bytes": 37}),
    (b"HEAD /x HTTP/2.0\r\nHost: a\r\n\r\n", {"status": 400, "method": "HEAD", "version": "2.0"}),
    (
        b"POST /.georedirect/ HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n",
        {"status": 413, "method": "POST", "target": "/.georedirect/", "host": None},
    ),
]


@pytest.mark.parametrize(("octets", "expected"), REFUSED)
def test_a_request_that_is_refused_is_noted_as_far_as_it_was_read(
    noted: Noted, octets: bytes, expected: dict[str, Any]
) -> None:
    fed = Fed(noted.service, "8.8.8.8")
    fed.feed(octets)
    (told,) = noted.told()
    assert told | expected == told
    assert told["client"] == "8.8.8.0"
    assert fed.answers


def test_a_proxy_is_no_client_of_a_request_that_nobody_could_read(noted: Noted) -> None:
    Fed(noted.service).feed(b"\0")
    assert noted.told()[0]["client"] is None
    listening = 'listen = [{ address = "127.0.0.1:0", proxy_protocol = true }]'
    for kind in ("peer", "proxy-protocol"):
        by_peer = Noted(*logging(policy(rest=f'{TRUSTING}client_address = "{kind}"\n{listening}')))
        Fed(by_peer.service).feed(b"\0")
        assert by_peer.told()[0]["client"] == "127.0.0.0"


def test_a_client_that_is_too_slow_is_noted(noted: Noted) -> None:
    fed = Fed(noted.service)
    for octets, target in (
        (b"GET /slo", "GET /slo"),
        (request("/.georedirect/", "Content-Length: 5", method="POST"), None),
    ):
        fed = Fed(noted.service)
        fed.feed(octets)
        fed.expire()
        (told,) = noted.told()
        assert (told["status"], told["target"]) == (408, target or "/.georedirect/")


def test_nothing_is_noted_where_there_is_no_log() -> None:
    noted = Noted(policy())
    fed = Fed(noted.service)
    fed.feed(request("/"), b"\0")
    assert noted.lines() == []
    assert noted.memory.aims == []


# Shares


@pytest.mark.parametrize("ways", ["short", "long"])
def test_a_sample_has_its_share_and_each_request_its_chance(ways: str) -> None:
    noted = Noted(*logging(policy(), rest="sample = 0.25"))
    asked = request("/") if ways == "short" else request("/", method="POST")
    fed = Fed(noted.service)
    gaps, last = [], 0
    for number in range(1600):
        fed.feed(asked)
        if noted.lines():
            gaps.append(number - last)
            last = number
    assert 300 < len(gaps) < 500
    assert sum(gap == 1 for gap in gaps) > 15  # neighbours, which an even spacing would not have


# Batches


def test_lines_are_handed_on_before_they_are_many(noted: Noted) -> None:
    fed = Fed(noted.service)
    for _ in range(MOST_LINES + 1):
        fed.feed(request("/"))
    assert noted.memory.octets.count(b"\n") == MOST_LINES
    for _ in range(MOST_LINES):
        fed.feed(request("/", method="POST"))
    assert noted.memory.octets.count(b"\n") == 2 * MOST_LINES


# A service that runs


async def test_pages_and_refusals_by_sanic_are_noted_and_both_routes_note_the_same() -> None:
    snapshot = snapshot_for(*logging(policy(rest=TRUSTING)))
    asked = [
        request("/.georedirect/", "X-Forwarded-For: 85.214.132.117", "User-Agent: x"),
        request("/.georedirect/nothing", method="HEAD"),
        request("/", "X-Forwarded-For: 130.59.31.80"),
        request("/", method="PROPFIND"),
        request("http://b.example/x"),
    ]
    told = []
    for name, protocol in (("plain", {}), ("fast", {"protocol": DoorProtocol})):
        memory = Memory()
        app = create_door(snapshot, name=f"noting-{name}", log=AccessLog(memory))
        async with serving(app, **protocol) as endpoint:  # type: ignore[arg-type]
            for octets in asked:
                async with connection(endpoint) as client:
                    await client.ask(octets, is_head=octets.startswith(b"HEAD"))
        app.ctx.service.lane.notes.log.hand_on()
        told.append([without_time(line) for line in memory.octets.decode().splitlines()])
    assert told[0] == told[1]
    assert [json.loads(line)["status"] for line in told[0]] == [200, 404, 307, 307, 307]


async def test_a_connection_too_many_is_noted() -> None:
    memory = Memory()
    (text,) = logging(policy(rest="[limits]\nconnections = 1"))
    app = create_door(snapshot_for(text), name="noting-crowd", log=AccessLog(memory))
    async with serving(app, protocol=DoorProtocol) as endpoint, connection(endpoint), connection(endpoint) as other:
        assert (await other.read()).status == 503
    app.ctx.service.lane.notes.log.hand_on()
    told = json.loads(memory.octets)
    assert (told["status"], told["target"], told["client"], told["reason"]) == (503, "", "127.0.0.0", "unavailable")


def test_in_forward_auth_the_visitors_request_is_noted() -> None:
    rest = f'{TRUSTING}answer = "forward-auth"\n'
    noted = Noted(*logging(policy(rest=rest)))
    fed = Fed(noted.service)
    said = ["X-Forwarded-Host: b.example", "X-Forwarded-Uri: /what?x=1", "X-Forwarded-Method: HEAD"]
    fed.feed(request("/auth", f"X-Forwarded-For: {GERMAN}", "X-Forwarded-Proto: https", *said))
    (told,) = noted.told()
    assert (told["host"], told["method"], told["target"]) == ("b.example", "HEAD", "/what?x=1")
    assert (told["client"], told["status"]) == ("85.214.132.0", 307)


def test_what_is_noted_goes_where_the_newest_policy_says() -> None:
    noted = Noted(*logging(policy()))
    fed = Fed(noted.service)
    fed.feed(request("/one"))
    noted.service.swap(noted.service.lane_of(snapshot_for(policy())))
    assert b'"/one"' in noted.memory.octets
    fed.feed(request("/two"))
    combined = snapshot_for(policy(rest=f'[log]\naccess = "{Stream.STDERR}"\nformat = "combined"'))
    noted.service.swap(noted.service.lane_of(combined))
    noted.memory.octets = b""
    fed.feed(request("/three"))
    (line,) = noted.lines()
    assert COMBINED.fullmatch(line)
    assert len(noted.memory.aims) == 3
    assert noted.memory.aims[1] is None


# Ends


@pytest.mark.parametrize("is_compiled", [False, True])
@pytest.mark.parametrize("rest", ["", "sample = 0.5"])
def test_what_is_not_served_any_more_is_gone_at_once(
    rest: str, is_compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a collection, from which what was there when serving began is exempt."""
    if not is_compiled:
        for module, name in ((jotting, "Pen"), (finishing, "Finisher"), (scanning, "Scanner")):
            monkeypatch.setattr(module, name, None)
    noted = Noted(*logging(policy(), rest=rest))
    fed = Fed(noted.service)
    for _ in range(5):
        fed.feed(request("/"), request("/", "User-Agent: x"))
    gone = weakref.ref(noted.service.lane.notes)
    gc.collect()
    gc.disable()
    try:
        noted.service.swap(noted.service.lane_of(snapshot_for(policy())))
        fed.renew()
        assert gone() is None
    finally:
        gc.enable()
