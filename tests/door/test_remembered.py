"""What the short way remembers of one request is nobody else's, and what it cannot know takes the long way."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

import pytest

from georedirect.door.answer import answer
from georedirect.door.head import read_head
from georedirect.door.lane import Lane
from georedirect.door.response import octets
from georedirect.door.service import Service
from georedirect.visitor.address import parse_address
from tests.door import ruled
from tests.door.asked import POLICIES, TRUSTED, Asked, law
from tests.door.feeding import Fed, masked
from tests.policies import GOOD
from tests.serving import snapshot_for
from tests.wire import request

if TYPE_CHECKING:
    from georedirect.door.side import Side


CHOICES = [
    "Cookie:c=US\r\nX: c=de",
    *("X-Forwarded-Proto: c=de\r\nCookie: c=us", "Cookie: c=us", "Cookie: c=de; c=us", "Cookie: c=us; c=de"),
    *("Cookie: C=de", "Cookie: c=DE", "COOKIE: c=de", "cookie:c=de", "Cookie:  a=b;c=de ", "Cookie: xc=de; c=us"),
    *("X-Choice: c=de\r\nCookie: C=de", "X: \r\nCookie: a=b\r\nCookie: c=de", "Cookie: __Host-c=de; c=us"),
    *("X-Forwarded-Proto: https\r\nCookie: __Host-c=de; c=us", "X-Forwarded-Proto: https\r\nCookie: c=de"),
]


@pytest.mark.parametrize("name", ["choosing, on a host of its own", "choosing, by peer"])
@pytest.mark.parametrize("peers", list(product(["127.0.0.1", "192.0.2.1"], repeat=2)))
def test_a_choice_that_is_remembered_is_nobody_elses(name: str, peers: tuple[str, str]) -> None:
    """One after the other in every order of two: what the first leaves behind must not be what the second gets."""
    snapshot = snapshot_for(*POLICIES[name])
    for first, second in product(CHOICES, repeat=2):
        service = Service(snapshot)
        for lines, peer in zip((first, second), peers, strict=True):
            asked = Asked(f"GET /x HTTP/1.1\r\nHost: www.example.com\r\n{lines}\r\n\r\n".encode(), b"")
            fed = Fed(service, peer)
            fed.feed(asked.octets)
            assert fed.answers == law(snapshot, asked, peer), (first, second)


SAID = [
    *("X: y", "CF-IPCountry: DE", "CF-IPCountry: de", "CF-IPCountry: CH", "CF-IPCountry: XX", "CF-IPCountry:"),
    *("CF-IPCountry: DE\r\nCF-IPCountry: CH", "CF-IPCountry: DE\r\nX-Forwarded-For: 130.59.31.80"),
    *("X-Forwarded-For: 130.59.31.80", "X-Forwarded-For: 130.59.31.80\r\nCF-IPCountry: XX", "CF-IPCountry: \xdf"),
    *("X-Forwarded-For: 10.1.1.1, 10.1.1.2\r\nCF-IPCountry: US", "X-Forwarded-For:\r\nCF-IPCountry: DE"),
    *("Forwarded: for=130.59.31.80\r\nCF-IPCountry: DE", "X-Forwarded-For: unknown\r\nCF-IPCountry: CH"),
]


@pytest.mark.parametrize("name", sorted(name for name in POLICIES if name.startswith("said country")))
@pytest.mark.parametrize("peers", list(product(["127.0.0.1", "10.0.0.1", "192.0.2.1"], repeat=2)))
def test_a_country_that_is_remembered_is_nobody_elses(name: str, peers: tuple[str, str]) -> None:
    snapshot = snapshot_for(*POLICIES[name])
    for first, second in product(SAID, repeat=2):
        service = Service(snapshot)
        for lines, peer in zip((first, second), peers, strict=True):
            asked = Asked(f"GET /x HTTP/1.1\r\nHost: www.example.com\r\n{lines}\r\n\r\n".encode("latin-1"), b"")
            fed = Fed(service, peer)
            fed.feed(asked.octets)
            assert fed.answers == law(snapshot, asked, peer), (first, second)


def test_a_country_that_a_proxy_says_goes_the_short_way() -> None:
    snapshot = snapshot_for(GOOD + TRUSTED + '[database]\ncountry_header = "cf-ipcountry"\n')
    side = Lane(snapshot).side(parse_address("127.0.0.1"))
    for country, location in ((b"DE", b"//de.example.com/x"), (b"XX", b"//global.example.com/x")):
        lines = b"X-Forwarded-For: 130.59.31.80\r\nCF-IPCountry: %b" % country
        head = b"GET /x HTTP/1.1\r\nHost: www.example.com\r\n%b\r\n\r\n" % lines
        fields = side.fields(head)
        assert fields is not None
        redirected = side.redirect(head, b"/x", fields, parse_address("127.0.0.1"), closes=False)
        assert redirected is not None
        assert location in redirected


def test_a_stored_choice_goes_the_short_way() -> None:
    side = Lane(snapshot_for(*POLICIES["choosing, on a host of its own"])).side(None)
    head = b"GET /x HTTP/1.1\r\nHost: www.example.com\r\nCookie: a=b; c=de\r\n\r\n"
    fields = side.fields(head)
    assert fields is not None
    redirected = side.redirect(head, b"/x", fields, None, closes=False)
    assert redirected is not None
    assert b"de.example" in redirected


@pytest.mark.parametrize(
    ("name", "cookie", "target"),
    [
        ("choosing, on a host of its own", "c=DE", "/xyzc=de"),
        ("ruled", "session=aab", "/abcsession=AAB"),
    ],
)
def test_nothing_is_taken_for_a_cookie_but_a_cookie(name: str, cookie: str, target: str) -> None:
    """A header without a blank is spelled oddly; what stands in the target is no part of it."""
    odd = Asked(f"GET {target} HTTP/1.1\r\nHost: www.example.com\r\nCookie:{cookie}\r\n\r\n".encode(), b"")
    usual = Asked(request("/x", f"Cookie: {target[4:]}"), b"")
    service = Service(snapshot_for(*POLICIES[name]))
    for asked in (odd, usual, odd):
        fed = Fed(service, "130.59.31.80")
        fed.feed(asked.octets)
        assert fed.answers == law(service.lane.snapshot, asked, "130.59.31.80")


TO_ITSELF = """\
[site]
hosts = ["www.example.com", "example.com"]
default = "a"
[regions.a]
uri = "https://a.example{+path}{+query}"
[[rules]]
when = { path = ["/x", "/"] }
uri = "https://www.example.com%s"
"""


@pytest.mark.parametrize("uri", ["{+path}{+query}", "/x", "", "?x"])
def test_the_short_way_never_leads_to_itself_either(uri: str) -> None:
    """Whichever of the hosts and ports was asked first."""
    text = TO_ITSELF % uri
    if uri in {"", "?x"}:
        text = text.replace("[[rules]]", '[chooser]\nprefix = "/y/"\n[[rules]]')
    service = Service(snapshot_for(text.replace('path = ["/x", "/"]', "query = { x = true }")))
    for host in ("example.com", "www.example.com:8080", "www.example.com", "WWW.example.com", "example.com"):
        for target in ("/x?x", "/?x"):
            asked = Asked(request(target, host=host), b"")
            fed = Fed(service)
            fed.feed(asked.octets)
            assert fed.answers == law(service.lane.snapshot, asked, "127.0.0.1"), (host, target)
            assert f"Location: https://{host}{target}\r\n".encode() not in fed.answers


def test_two_sites_know_the_same_client_each_in_its_own_way() -> None:
    first = ruled.BY_NETWORK.replace("ipv4_prefix = 32", "ipv4_prefix = 8")
    second = ruled.BY_NETWORK.replace("www.example.com", "b.example")
    service = Service(snapshot_for(first + TRUSTED, second))
    for number in range(100):
        for host in ("www.example.com", "b.example"):
            asked = Asked(request("/x", f"X-Forwarded-For: 130.59.{number}.80", host=host), b"")
            fed = Fed(service)
            fed.feed(asked.octets)
            assert fed.answers == law(service.lane.snapshot, asked, "127.0.0.1")


def test_while_all_mirrors_are_sick_each_visitor_keeps_theirs() -> None:
    service = Service(snapshot_for(ruled.RULED + TRUSTED))
    checks = service.lane.snapshot.configuration.checks
    text = ruled.RULED.replace(
        'uri = "https://ch1.example.net/{variant}{+path}{+query}"',
        'uri = "https://ch1.example.net/{+path}"\ncheck = { path = "/" }',
    ).replace('fallback = ["germany"]\n', "")
    snapshot = snapshot_for(text + TRUSTED)
    snapshot = snapshot.at(1_800_000_000.0, frozenset(snapshot.configuration.checks))
    assert len(snapshot.configuration.checks) > len(checks)
    lane, seen = Lane(snapshot), set()
    for number in range(60):
        head = request("/y", f"X-Forwarded-For: 130.59.{number}.80")
        side = lane.side(parse_address("127.0.0.1"))
        fields = side.fields(head)
        assert fields is not None
        short = side.redirect(head, b"/y", fields, parse_address("127.0.0.1"), closes=False)
        said = octets(answer(snapshot, read_head(head, parse_address("127.0.0.1")).request))
        assert short is None or masked(short) == masked(said)
        seen.add(re.findall(rb"https://(ch\d)", said)[0])
    assert seen == {b"ch1", b"ch2"}


def short_way(side: Side, target: str, *lines: str) -> bytes | None:
    """What the lane says to a request without asking anybody."""
    head = request(target, *lines)
    fields = side.fields(head)
    return (
        None if fields is None else side.redirect(head, target.encode(), fields, parse_address("8.8.8.8"), closes=False)
    )


@pytest.mark.parametrize(
    ("target", "lines", "location"),
    [
        ("/x", (), b"https://de.example.net/de/x"),
        ("/landing?a=b", (), b".example.net/"),
        ("/landing?a=b", ("Cookie: session=1",), b"/landing?a=b"),
        ("/constant/x?y", (), b"https://status.example.net/\r\n"),
        ("/?debug&mode=x", (), b"https://debug.example.net/?debug&mode=x"),
        ("/x", ("X-Beta: No",), b"https://de.example.net/de/x"),
        ("/shop2/x", ("Accept-Language: fr",), b"https://shop.example.net/"),
    ],
)
def test_what_rules_decide_goes_the_short_way(target: str, lines: tuple[str, ...], location: bytes) -> None:
    side = Lane(snapshot_for(*POLICIES["ruled"])).side(parse_address("8.8.8.8"))
    said = short_way(side, target, "X-Forwarded-For: 85.214.132.117", *lines)
    assert said is not None
    assert location in said


@pytest.mark.parametrize(
    ("beside", "below"), [("/shopping", "/shop/x"), ("/", "/l/x"), ("/landing/x", "/landing"), ("/x", "/constant/x")]
)
def test_what_no_rule_is_about_is_not_remembered_for_what_one_is(beside: str, below: str) -> None:
    snapshot = snapshot_for(*POLICIES["ruled, by path"])
    said = [Asked(request(target, "X-Forwarded-For: 85.214.132.117"), b"") for target in (beside, below)]
    assert law(snapshot, said[0], "8.8.8.8").split(b"/")[:4] != law(snapshot, said[1], "8.8.8.8").split(b"/")[:4]
    for order in (said, said[::-1]):
        fed = Fed(Service(snapshot), "8.8.8.8")
        fed.feed(*(asked.octets for asked in order))
        assert fed.answers == b"".join(law(snapshot, asked, "8.8.8.8") for asked in order)


@pytest.mark.parametrize(
    ("target", "lines"),
    [
        ("/shop/x", ()),  # a page
        ("/l/a", ()),  # what the path has in it
        ("/here/x", ()),  # to a host of its own
        ("/x", ("X-Beta: yes", "DNT: 1")),  # upper and lower case count
        ("/landing", ("Cookie: Session=1",)),  # a cookie that is nearly ours
        ("/us/x", ()),
    ],
)
def test_what_takes_a_closer_look_goes_the_long_way(target: str, lines: tuple[str, ...]) -> None:
    side = Lane(snapshot_for(*POLICIES["ruled"])).side(parse_address("8.8.8.8"))
    assert short_way(side, target, "X-Forwarded-For: 85.214.132.117", *lines) is None


def test_a_host_that_is_written_with_very_many_blanks_is_answered_and_not_remembered() -> None:
    lane = Lane(snapshot_for(GOOD))
    side = lane.side(None)
    for blanks, is_remembered in ((1, True), (5000, False)):
        head = b"GET /x HTTP/1.1\r\nHost: www.example.com%b\r\n\r\n" % (b" " * blanks)
        fields = side.fields(head)
        assert fields is not None
        assert side.redirect(head, b"/x", fields, None, closes=False) is not None
        assert (fields[b"host"] in side._sites) is is_remembered  # noqa: SLF001
