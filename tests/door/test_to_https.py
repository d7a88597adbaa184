"""Nobody can be sent anywhere but to https of a host that a policy answers for, by whatever a request holds."""

from __future__ import annotations

from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from georedirect.door.response import octets
from georedirect.door.to_https import to_https
from georedirect.visitor.request import Request
from tests.policies import GOOD
from tests.serving import snapshot_for

SNAPSHOT = snapshot_for(GOOD)
ODD = [b"//evil.example", b"/\\evil.example", b"/a\r\nX: y", b"/@evil.example", b"http://www.example.com@evil.example/"]
ODD += [b"http://evil.example/", b"https://www.example.com/a", b"/%0d%0aX:", b"/a#b", b"*", b"", b"a", b"/\xff?\x00"]
HOSTS = [
    "www.example.com",
    "WWW.EXAMPLE.COM.",
    "www.example.com:99",
    "evil.example",
    "www.example.com@evil.example",
    "",
]


@given(
    target=st.sampled_from(ODD) | st.binary(max_size=30).map(lambda octets: b"/" + octets),
    host=st.sampled_from(HOSTS) | st.text(st.characters(max_codepoint=255), max_size=20),
    port=st.sampled_from([443, 8443]),
)
def test_no_request_can_choose_where_it_is_sent(target: bytes, host: str, port: int) -> None:
    answered = to_https(SNAPSHOT, Request("GET", target, [("host", host)], None), port)
    assert answered is not None
    head = octets(answered).partition(b"\r\n\r\n")[0].split(b"\r\n")
    locations = [line for line in head if line.lower().startswith(b"location:")]
    assert len(head) <= 6
    assert len(locations) == (answered.status == 308)
    for line in locations:
        url = urlsplit(line.decode("ascii").removeprefix("Location: "))
        assert (url.scheme, url.hostname, url.port or 443) == ("https", "www.example.com", port)
        assert url.path.startswith("/")


def test_what_is_plain_is_carried_over_octet_for_octet() -> None:
    answered = to_https(SNAPSHOT, Request("GET", b"/a%2F;b?c=%41&d", [("host", "www.example.com")], None), 443)
    assert answered is not None
    assert dict(answered.headers)["Location"] == "https://www.example.com/a%2F;b?c=%41&d"
    assert (answered.reason, answered.policy and answered.policy.name) == ("to-https", "www.example.com")


def test_who_names_no_host_is_sent_nowhere() -> None:
    snapshot = snapshot_for(GOOD.replace('hosts = ["www.example.com"]\n', ""))
    answered = to_https(snapshot, Request("GET", b"/", [], None, "1.0"), 443)
    assert answered is not None
    assert answered.status == 400
