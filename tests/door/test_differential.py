"""The fast way against `answer`, which is the law, and the door's protocol against the plain route."""

from __future__ import annotations

import asyncio
import random
import re
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pytest
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from hypothesis import given, settings
from hypothesis import strategies as st

from georedirect.door.answer import answer, refusal_for
from georedirect.door.app import create_door
from georedirect.door.head import read_head, with_ascii_target
from georedirect.door.lane import Lane
from georedirect.door.protocol import DoorProtocol
from georedirect.door.response import octets
from georedirect.door.service import Service
from georedirect.visitor.address import parse_address
from tests.door import ruled
from tests.door.feeding import Fed, masked
from tests.policies import GOOD
from tests.serving import serving, snapshot_for
from tests.wire import connection, request

if TYPE_CHECKING:
    from georedirect.door.lane import Side
    from georedirect.door.snapshot import Snapshot

TRUSTED = '[server]\ntrusted_proxies = ["127.0.0.0/8", "8.8.8.8", "10.0.0.0/8", "130.59.31.0/24", "2a01:4f8::/32"]\n'
LANGUAGE_FIRST = GOOD.replace('["country", "language"]', '["language", "country"]')
BLOG = '[site]\nhosts = ["blog.example", "192.0.2.7"]\ndefault = "a"\n[regions.a]\nuri = "https://b.example{+path}"\n'
ANY_HOST = '[site]\ndefault = "a"\n[regions.a]\nuri = "https://any.example/{continent}{+path}{+query}"\n'
TEMPLATES = """\
[site]
hosts = ["www.example.com", "example.com"]
default = "a"
[regions.a]
uri = "https://a.example/{language}/{country}{+path}{+query}"
languages = ["en", "pt-BR", "ja"]
[regions.b]
uri = "https://b.example/{host}{+path}{+query}"
countries = ["DE", "AT"]
languages = ["de"]
[regions.c]
uri = "https://c.example/{region}/{continent}/x{+path}{?country}"
countries = ["CH"]
languages = ["fr"]
[regions.d]
uri = "https://d.example/{language}{+path}"
countries = ["CH"]
languages = ["de-CH", "gsw"]
[regions.e]
uri = "https://e.example{+path}{+query}{#language}"
countries = ["continent:EU"]
"""
OWN_PATHS = """\
[site]
hosts = ["www.example.com"]
default = "global"
[regions.global]
uri = "https://www.example.com/intl{+path}{+query}"
[regions.de]
uri = "https://www.example.com/de{+path}{+query}"
countries = ["DE"]
languages = ["de"]
[regions.us]
uri = "http://us.example.com/us{+path}{+query}"
countries = ["US"]
"""

CHOOSING = """\
[site]
hosts = ["www.example.com"]
default = "global"
exempt = ["/a", "/*.ico", "/us/*"]
undecided = "chooser"
[modes]
EU = "suggest"
DE = "redirect"
"continent:SA" = "stay"
[choice]
cookie = "c"
[chooser]
prefix = "/choose/"
[regions.global]
uri = "https://global.example.com{+path}{+query}"
languages = ["en"]
[regions.de]
uri = "https://www.example.com/de{+path}{+query}"
countries = ["DE", "FR"]
languages = ["de", "fr"]
[regions.us]
uri = "http://us.example.com/us{+path}{+query}"
countries = ["CH"]
mode = "redirect"
"""

POLICIES = {
    "ruled": (ruled.RULED + TRUSTED,),
    "ruled, by network": (ruled.BY_NETWORK + TRUSTED,),
    "ruled, by peer": (f'{ruled.RULED}{TRUSTED}client_address = "peer"\n',),
    "ruled, by place": (ruled.PLACED + TRUSTED,),
    "ruled, by path": (ruled.PATHED + TRUSTED,),
    "ruled, beside others": (ruled.BY_NETWORK, BLOG, GOOD.replace("www.example.com", "example.com") + TRUSTED),
    "choosing": (CHOOSING + TRUSTED,),
    "choosing, 404, stored": (
        CHOOSING.replace("undecided", 'exempt_to = "not-found"\nundecided').replace(
            "[choice]", "[choice]\nparameter_stores = true"
        )
        + TRUSTED,
    ),
    "choosing, on a host of its own": (CHOOSING.replace("www.example.com/de", "de.example.com/de") + TRUSTED,),
    "choosing, by peer": (
        CHOOSING.replace("www.example.com/de", "de.example.com/de") + f'{TRUSTED}client_address = "peer"\n',
    ),
    "nothing exempt": (f"{CHOOSING}{TRUSTED}".replace('["/a", "/*.ico", "/us/*"]', "[]"),),
    "suggesting": (GOOD.replace('"redirect"', '"suggest"') + TRUSTED,),
    "shop": (GOOD.replace('mode = "redirect"', 'preset = "eu-shop"') + TRUSTED,),
    "shared, some exempt": (
        GOOD.replace('mode = "redirect"', 'cache = { shared_seconds = 60, key = ["country", "language"] }') + TRUSTED,
    ),
    "shared": (
        GOOD.replace('mode = "redirect"', 'exempt = []\ncache = { shared_seconds = 60, key = ["country", "language"] }')
        + TRUSTED,
    ),
    "usual": (GOOD + TRUSTED,),
    "language first": (LANGUAGE_FIRST + TRUSTED,),
    "templates": (TEMPLATES + TRUSTED,),
    "own paths": (OWN_PATHS + TRUSTED,),
    "several sites": (GOOD + TRUSTED, BLOG),
    "any host": (GOOD + TRUSTED, BLOG, ANY_HOST),
    "forwarded": (f'{GOOD}{TRUSTED}client_address = "forwarded"\n',),
    "one address": (f'{GOOD}{TRUSTED}client_address = "cf-connecting-ip"\n',),
    "peer": (f'{GOOD}{TRUSTED}client_address = "peer"\n',),
    "nobody trusted": (GOOD,),
    "said country": (f'{TEMPLATES}{TRUSTED}[database]\ncountry_header = "cf-ipcountry"\n',),
    "said country, forwarded": (
        f'{GOOD}{TRUSTED}client_address = "forwarded"\n[database]\ncountry_header = "cf-ipcountry"\nprivate = "CH"\n',
    ),
    "said country, choosing, by peer": (
        CHOOSING.replace("www.example.com/de", "de.example.com/de")
        + f'{TRUSTED}client_address = "peer"\n[database]\ncountry_header = "cf-ipcountry"\n',
    ),
    "said country, shared": (
        GOOD.replace('mode = "redirect"', 'exempt = []\ncache = { shared_seconds = 60, key = ["country", "language"] }')
        + f'{TRUSTED}[database]\ncountry_header = "cf-ipcountry"\nlru_size = 0\n',
    ),
    "no database cache": (f"{TEMPLATES}{TRUSTED}[database]\nlru_size = 0\n",),
}
PEERS = ["127.0.0.1", "8.8.8.8", "85.214.132.117", "130.59.31.80", "::1", "2a01:4f8::1", "::ffff:8.8.8.8", ""]

METHODS = ["GET"] * 8 + ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", "QUERY", "TRACE", "BIND"]
TARGETS = [
    *(
        "/",
        "/a",
        "/a?b=c",
        "/?",
        "/?a=/b?c",
        "//x.example/",
        "/%2e%2e/",
        "/a/../b",
        "/@x",
        "/:80",
        "/\\x",
        "/ä",
        "/%zz",
    ),
    *(
        "/a#b",
        "/{x}",
        "/de",
        "/de/",
        "/de/x?y",
        "/dea",
        "/us/x",
        "/a;b=c,d",
        "/'()*!$&",
        '/"<>',
        "*",
        "a",
        "",
        "?",
        "/.x",
    ),
    *(
        "http://www.example.com/x",
        "https://blog.example",
        "http://other.example/x?y",
        "HTTP://WWW.example.com",
        "ftp://x/",
    ),
    *("/x?region=de", "/?region=us&a", "/a?region=de", "/x?region=x&region=de", "/x?aregion=de", "/x.ico?y", "/us/"),
    *("/robots.txt", "/sitemap1.xml", "/.well-known/x", "/.georedirect", "/favicon.ico?region=us", "/de?region=us"),
    *("/" + "a" * 300, "/?" + "%41" * 90, "/georedirect/x", "http:///x", "/~", "/^", "/[", "/%", "/%4", "/x%41?%4"),
]
HOSTS = [
    *["www.example.com"] * 10,
    *(
        "WWW.Example.com",
        "www.example.com:80",
        "www.example.com:8307",
        "www.example.com.",
        "example.com",
        "de.example.com",
    ),
    *(
        "blog.example",
        "192.0.2.7",
        "other.example",
        "127.0.0.1",
        "[::1]",
        "[::1]:80",
        "a b",
        "",
        "x@y",
        "www.example.com:99999",
    ),
    *("www.example.com, blog.example", "www_example.com", "-", "a" * 64, "blog.example:443", "us.example.com", "1.2.3"),
]
LANGUAGES = [
    *(
        "de",
        "DE-ch",
        "de-CH, fr;q=0.5",
        "fr;q=0.1, de;q=0.9",
        "en-US,en;q=0.5",
        "zh-HK",
        "zh-CN, zh;q=0.5",
        "*",
        "*;q=0",
    ),
    *(
        "de;q=0, en",
        "",
        " ",
        ",",
        "x",
        "pt-BR",
        "pt",
        "ja, *;q=0.1",
        "gsw",
        "iw",
        "d\xe9",
        "de;q=2",
        "en\t, de",
        "fr;Q=1",
    ),
    *("xx," * 40 + "de", "x" * 501 + ",de", "de," + "y" * 600, "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5"),
]
ADDRESSES = [
    *(
        "85.214.132.117",
        "130.59.31.80",
        "8.8.8.8",
        "10.1.1.1",
        "1.1.1.1",
        "unknown",
        "_hidden",
        "",
        " ",
        ",",
        "010.1.1.1",
    ),
    *(
        "85.214.132.117, 10.0.0.1",
        "130.59.31.80,8.8.8.8, 127.0.0.1",
        "8.8.8.8, 85.214.132.117",
        "x, 10.1.1.1",
        "10.1.1.1,x",
    ),
    *(
        "[2001:db8::1]:80",
        "2a01:4f8::1",
        '"[2a01:4f8::1]"',
        "85.214.132.117:80",
        "::ffff:85.214.132.117",
        "85.214.132.117,",
    ),
    *(
        "for=85.214.132.117",
        'for="[2a01:4f8::1]:80";by=10.1.1.1',
        'for="85.214.132.117',
        "for=130.59.31.80, for=10.1.1.1",
    ),
    *(
        "0.0.0.0",
        "::",
        "fe80::1%eth0",
        "2a01:4f8::1%" + "z" * 4200,
        "85.214.132.117 ",
        "\t130.59.31.80",
        "for=x;for=8.8.8.8",
    ),
    *("1.2.3", "130.59.31.80, " * 80, "FOR=85.214.132.117;Proto=https", "a" * 5000 + ",85.214.132.117", "\xe9"),
]
COOKIES = [
    *("c=de", "c=us", "c=x; c=de", "__Host-c=us", "c=de; __Host-c=us", "a=b; c=global", "georedirect=germany", "C=de"),
    *("xc=de", "a=c=de", "c", "c=", ";;c=us", "a=b,c=de", "c=\xe9", "__Host-georedirect=north; georedirect=x"),
]
FETCHES = [
    *("Sec-Fetch-Dest: document", "sec-fetch-dest: Image", "SEC-FETCH-DEST: empty", "Sec-Fetch-Dest: script"),
    *("Sec-Fetch-Dest:", "Sec-Fetch-Dest: iframe", "Sec-Purpose: prefetch", "purpose: prefetch;x", "Purpose: preview"),
    *("Sec-Fetch-Mode: navigate", "X-Purpose: prefetch", "X-Sec-Fetch-Dest: image", "Sec-Fetch-Dest: object"),
]
COUNTRIES = ["DE", "de", "CH", "ch ", "US", "XX", "T1", "", " ", "\xdf", "DE, CH", "D", "FR" * 40, "\tFR"]
SCHEMES = ["https", "http", "HTTPS", "https, http", ""]
NEXT = request("/next")
LANGUAGE_NAMES = ["Accept-Language", "accept-language", "ACCEPT-LANGUAGE"]
ADDRESS_NAMES = ["X-Forwarded-For", "Forwarded", "CF-Connecting-IP", "Peer", "X_Forwarded_For"]
COUNTING = {
    "forwarded": "forWARDed",
    "said country, forwarded": "forwarded",
    "one address": "cf-Connecting-Ip",
    "peer": "PEER",
}
OTHERS = [
    *("User-Agent: x", "Accept: */*", "Cookie: a=b; c=d", "X-Host: other.example", "Hostx: a", "X-Accept-Language: de"),
    *("Origin: https://a.example", "Access-Control-Request-Method: PUT", "Expect: 100-continue", "Expect: x"),
    *("Connection: keep-alive", "Connection: close", "CONNECTION: Keep-Alive , CLOSE", "Connection: closed"),
    *("Connection: x, Upgrade", "Upgrade: h2c", "Proxy-Connection: close", "Keep-Alive: 5", "Content-Length: 0"),
    *("X-Long: " + "y" * 2000, "Empty:", "Referer: http://www.example.com/host:", "X-Forwarded-Host: other.example"),
]


def lines_for(policy: str) -> st.SearchStrategy[str]:
    """Header lines, most often such as count for this policy."""
    counting = COUNTING.get(policy, "x-forwarded-FOR")
    names = st.sampled_from([counting] * len(ADDRESS_NAMES) + ADDRESS_NAMES)
    return st.one_of(
        st.builds("{}:{}".format, st.sampled_from(LANGUAGE_NAMES), st.sampled_from(LANGUAGES)),
        st.builds("{}: {}".format, names, st.sampled_from(ADDRESSES)),
        st.builds("{}: {}".format, st.sampled_from(["Cookie", "COOKIE"]), st.sampled_from(COOKIES)),
        st.builds("{}:{}".format, st.sampled_from(["CF-IPCountry", "cf-ipcountry"]), st.sampled_from(COUNTRIES)),
        st.builds("X-Forwarded-Proto: {}".format, st.sampled_from(SCHEMES)),
        st.sampled_from(FETCHES),
        st.sampled_from(OTHERS),
        *([st.sampled_from(ruled.LINES)] * 3 if policy.startswith("ruled") else []),
    )


class Asked(NamedTuple):
    octets: bytes
    body: bytes


@st.composite
def asking(draw: st.DrawFn, policy: str) -> Asked:
    lines = draw(st.lists(lines_for(policy), max_size=6))
    lines[draw(st.integers(0, len(lines))) : 0] = [
        draw(st.sampled_from(["Host: ", "host:", "HOST: \t"]))
        + draw(st.sampled_from(HOSTS if not policy.startswith("ruled") else HOSTS + ruled.HOSTS * 3))
        for _ in range(draw(st.sampled_from([1] * 20 + [0, 2])))
    ]
    body = b""
    if not any(line.startswith("Content-Length") for line in lines) and draw(st.integers(0, 9)) == 0:
        body = draw(st.sampled_from([b"abc", b"GET / HTTP/1.1\r\n\r\n", b"\r\n\r\n"]))
        lines.append(f"content-length: {len(body)}")
    version = draw(st.sampled_from(["1.1"] * 9 + ["1.0"]))
    targets = ruled.TARGETS * 5 + TARGETS if policy.startswith("ruled") else TARGETS
    start = f"{draw(st.sampled_from(METHODS))} {draw(st.sampled_from(targets))} HTTP/{version}"
    return Asked("\r\n".join([start, *lines, "", ""]).encode("latin-1"), body)


def law(snapshot: Snapshot, asked: Asked, peer: str) -> bytes:
    """What is to be sent: by `answer` and `octets`, and by RFC 9112 9.3 and 9.6 for the connection."""
    head = read_head(asked.octets, parse_address(peer))
    answered = answer(snapshot, head.request)
    lines = head.request.lines("connection") + head.request.lines("proxy-connection")
    options = ",".join(lines).lower().replace(" ", "").split(",")
    expects = "100-continue" in head.request.lines("expect")
    closes = "close" in options or head.request.version == "1.0" or bool(asked.body and expects)
    return masked(octets(answered, closes=closes, is_head=head.request.method == "HEAD"))


def is_refused_by_the_parser(octets_of: bytes) -> bool:
    """Whether llhttp finds the head wrong, so that nobody reads it."""
    try:
        HttpRequestParser(object()).feed_data(octets_of)
    except HttpParserUpgrade:
        return False
    except HttpParserError:
        return True
    return False


@pytest.mark.parametrize("name", sorted(POLICIES))
@settings(max_examples=60)
@given(data=st.data())
def test_the_fast_way_says_what_answer_says_octet_for_octet(name: str, data: st.DataObject) -> None:
    """What is remembered is shared by all peers, trusted and not: none may change another's answer."""
    requests = data.draw(st.lists(st.tuples(asking(name), st.sampled_from(PEERS)), min_size=1, max_size=25))
    service = Service(snapshot_for(*POLICIES[name]))
    snapshot = service.lane.snapshot
    for asked, peer in requests * 2:  # what was remembered of the first time must be the same
        fed = Fed(service, peer)
        fed.feed(asked.octets + asked.body)
        said = law(snapshot, asked, peer)
        if is_refused_by_the_parser(with_ascii_target(asked.octets)):
            said = masked(octets(refusal_for(400), is_head=asked.octets.startswith(b"HEAD ")))
        assert fed.answers == said
        assert fed.transport.is_over == (b"\r\nConnection: close\r\n" in said)
        assert fed.handed == []
        if not fed.transport.is_over:  # the next one is read from its beginning
            length = len(fed.answers)
            fed.feed(NEXT)
            assert fed.answers[length:] == law(snapshot, Asked(NEXT, b""), peer)


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
