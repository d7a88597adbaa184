"""Header values are octets, one latin-1 character each, whoever reads them: limits count the same everywhere."""

from __future__ import annotations

from itertools import count

import pytest
from sanic.server import HttpProtocol

from georedirect.door.app import create_door
from georedirect.door.explain import explain
from georedirect.door.protocol import DoorProtocol
from georedirect.door.question import imagine_request
from tests.policies import GOOD
from tests.serving import serving, snapshot_for
from tests.wire import ask

TRUSTING = GOOD + '[server]\ntrusted_proxies = ["127.0.0.0/8"]\n'
FROM_SWITZERLAND = "130.59.31.80"
_numbers = count()

ACCEPTED = [
    (b"de-CH", "https://ch.example.com/"),
    (b"\xc3\xa9, de-CH", "https://ch.example.com/"),
    (b"\xe9, de-CH", "https://ch.example.com/"),  # octets that are no UTF-8
    (b"\xff\xc3, de-CH", "https://ch.example.com/"),
    (b"\xc3\xa9" * 200 + b", de-CH", "https://ch.example.com/"),
    (b"\xc3\xa9" * 300 + b", de-CH", "https://example.com/romandie/CH/"),  # 600 octets in 300 letters: too long
    ("日".encode() * 200 + b", de-CH", "https://example.com/romandie/CH/"),
]


@pytest.mark.parametrize("protocol", [HttpProtocol, DoorProtocol], ids=["plain", "fast"])
@pytest.mark.parametrize(("languages", "location"), ACCEPTED)
async def test_octets_above_ascii_are_read_alike(protocol: type[HttpProtocol], languages: bytes, location: str) -> None:
    lines = [b"GET / HTTP/1.1", b"Host: www.example.com", b"X-Forwarded-For: " + FROM_SWITZERLAND.encode()]
    octets = b"\r\n".join([*lines, b"Accept-Language: " + languages, b"", b""])
    app = create_door(snapshot_for(TRUSTING), name=f"latin1-{next(_numbers)}")
    async with serving(app, protocol=protocol) as endpoint:
        reply = await ask(endpoint, octets)
    assert (reply.status, reply["location"]) == (307, location)


@pytest.mark.parametrize(("languages", "location"), ACCEPTED)
def test_a_question_reads_what_was_typed_as_the_door_would(languages: bytes, location: str) -> None:
    snapshot = snapshot_for(TRUSTING)
    typed = "Accept-Language: " + languages.decode("utf-8", "surrogateescape")  # as Python hands over what is typed
    request = imagine_request(snapshot.configuration, FROM_SWITZERLAND, headers=[typed])
    assert request.lines("accept-language") == [languages.decode("latin-1")]
    assert explain(snapshot, request)["location"] == location
