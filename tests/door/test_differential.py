"""The fast way against `answer`, which is the law, and the door's protocol against the plain route."""

from __future__ import annotations

import asyncio
import random
import re
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.door import scanning
from georedirect.door.answer import refusal_for, secure_headers
from georedirect.door.app import create_door
from georedirect.door.head import with_ascii_target
from georedirect.door.protocol import DoorProtocol
from georedirect.door.response import octets
from georedirect.door.service import Service
from georedirect.door.spoken import Spoken
from tests.door import ruled
from tests.door.asked import (
    ADDRESSES,
    COOKIES,
    COUNTRIES,
    FETCHES,
    HOSTS,
    LANGUAGES,
    METHODS,
    NEXT,
    PEERS,
    POLICIES,
    SCHEMES,
    TARGETS,
    Asked,
    asking,
    is_refused_by_the_parser,
    law,
)
from tests.door.feeding import Fed, masked
from tests.examples import examples
from tests.serving import serving, snapshot_for
from tests.wire import connection, request

HSTS = "[tls]\nhsts_seconds = 60\n"


@pytest.mark.parametrize("name", sorted(POLICIES))
@examples(25)
@given(data=st.data())
def test_the_fast_way_says_what_answer_says_octet_for_octet(name: str, data: st.DataObject) -> None:
    """What is remembered is shared by all peers, trusted or not, over TLS or not: none may change another's answer."""
    asking_over = st.tuples(asking(name), st.sampled_from(PEERS), st.booleans())
    requests = data.draw(st.lists(asking_over, min_size=1, max_size=25))
    service = Service(snapshot_for(*POLICIES[name], HSTS))
    snapshot = service.lane.snapshot
    for asked, peer, is_tls in requests * 2:  # what was remembered of the first time must be the same
        fed = Fed(service, peer, Spoken(is_tls))
        fed.feed(asked.octets + asked.body)
        said = law(snapshot, asked, peer, is_tls=is_tls)
        if is_refused_by_the_parser(with_ascii_target(asked.octets)):
            more = secure_headers(snapshot.configuration) if is_tls else ()
            said = masked(octets(refusal_for(400), is_head=asked.octets.startswith(b"HEAD "), more=more))
        assert fed.answers == said
        assert fed.transport.is_over == (b"\r\nConnection: close\r\n" in said)
        assert fed.handed == []
        if not fed.transport.is_over:  # the next one is read from its beginning
            length = len(fed.answers)
            fed.feed(NEXT)
            assert fed.answers[length:] == law(snapshot, Asked(NEXT, b""), peer, is_tls=is_tls)


@pytest.mark.parametrize("name", ["usual", "choosing"])
@given(data=st.data())
def test_without_a_compiler_it_says_the_same(name: str, data: st.DataObject) -> None:
    requests = data.draw(st.lists(asking(name), min_size=1, max_size=10))
    compiled = Service(snapshot_for(*POLICIES[name]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "Scanner", None)
        plain = Service(snapshot_for(*POLICIES[name]))
    for asked in requests * 2:
        said = []
        for service in (compiled, plain):
            fed = Fed(service)
            fed.feed(asked.octets + asked.body)
            said.append(fed.answers)
        assert said[0] == said[1]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("peer", "Peer: 130.59.31.80"),
        ("peer", "Peer: 2a01:4f8::1"),
        ("one address", "CF-Connecting-IP:"),
        ("one address", "CF-Connecting-IP: \t"),
        ("one address", "CF-Connecting-IP: unknown"),
        ("usual", "X-Forwarded-For: 130.59.31.80:_" + "x" * 5000),
        ("usual", "X-Forwarded-For:"),
        ("forwarded", "Forwarded: 85.214.132.117"),
    ],
)
@pytest.mark.parametrize("address", ["85.214.132.117", "130.59.31.80", "2a01:4f8::1"])
def test_a_strange_line_changes_nobodys_answer(name: str, line: str, address: str) -> None:
    snapshot = snapshot_for(*POLICIES[name])
    strange, plain = Asked(request("/", line), b""), Asked(request("/"), b"")
    for order in ([strange, plain], [plain, strange]):
        service = Service(snapshot)
        for asked, peer in [(asked, peer) for asked in order for peer in ("8.8.8.8", "127.0.0.1", address)]:
            fed = Fed(service, peer)
            fed.feed(asked.octets)
            assert fed.answers == law(snapshot, asked, peer)


class Sent(NamedTuple):
    """A request that the plain route reads as the door does, and whether its answer has a body."""

    octets: bytes
    is_head: bool


def some_requests(chance: random.Random, *, is_ruled: bool) -> list[Sent]:
    """Well-formed ones: Sanic's parser takes much that is not."""
    sent: list[Sent] = []
    targets = [
        target for target in TARGETS + ruled.TARGETS * (3 * is_ruled) if target.isascii() and target not in {"", "?"}
    ]
    for _ in range(40):
        lines = [f"Host: {chance.choice([host for host in HOSTS if host])}"]
        for name, values in (("Accept-Language", LANGUAGES), ("X-Forwarded-For", ADDRESSES)):
            lines += [f"{name}: {chance.choice(values)}" for _ in range(chance.choice([0, 1, 1, 1, 2]))]
        for name, values in (("Cookie", COOKIES), ("X-Forwarded-Proto", SCHEMES), ("CF-IPCountry", COUNTRIES)):
            lines += [f"{name}: {chance.choice(values)}" for _ in range(chance.choice([0, 0, 1]))]
        lines += [chance.choice(FETCHES) for _ in range(chance.choice([0, 0, 1, 2]))]
        lines += [chance.choice(ruled.LINES) for _ in range(chance.choice([0, 1, 2]) if is_ruled else 0)]
        chance.shuffle(lines)
        method = chance.choice([method for method in METHODS if method != "TRACE"])
        target = chance.choice(targets)
        if not target.startswith(("/", "h", "H")):  # the door does not know that what it cannot parse is a HEAD
            method = method.replace("HEAD", "GET")
        start = f"{method} {target} HTTP/1.1"
        octets_of = "\r\n".join([start, *lines, "", ""]).encode("latin-1")
        if len(octets_of) < 4096:  # the application that we compare with reads no more than 8 KiB of headers
            sent.append(Sent(octets_of, method == "HEAD"))
    return sent


@pytest.mark.parametrize("name", sorted(POLICIES))
async def test_the_plain_route_and_the_protocol_cannot_be_told_apart(name: str) -> None:
    chance = random.Random(name)  # noqa: S311  the same requests every time
    snapshot = snapshot_for(*POLICIES[name])
    name_of_app = re.sub(r"\W+", "-", name)
    async with (
        serving(create_door(snapshot, name=f"plain-{name_of_app}")) as plain,
        serving(create_door(snapshot, name=f"fast-{name_of_app}"), protocol=DoorProtocol) as fast,
    ):
        for sent in some_requests(chance, is_ruled=name.startswith("ruled")):
            replies = []
            for endpoint in (plain, fast):
                async with connection(endpoint) as client:
                    reply = await client.ask(sent.octets, is_head=sent.is_head)
                    headers = [line for line in reply.headers if line[0] != "date"]
                    is_closed = ("connection", "close") in headers and await client.is_closed_by_peer()
                    why = (headers, reply.body) if reply.status != 400 else None  # Sanic's parser finds other words
                    replies.append((reply.status, why, is_closed))
            assert replies[0] == replies[1], sent.octets
            await asyncio.sleep(0)
