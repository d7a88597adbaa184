"""Policies and requests of all kinds, and what is to be said to each: what `answer` says is the law."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from hypothesis import strategies as st

from georedirect.door.answer import answer, secure_headers
from georedirect.door.head import read_head
from georedirect.door.response import octets
from tests.door import ruled
from tests.door.feeding import masked, peer_called
from tests.policies import GOOD
from tests.wire import request

if TYPE_CHECKING:
    from georedirect.door.snapshot import Snapshot

TRUSTED = '[server]\ntrusted_proxies = ["127.0.0.0/8", "8.8.8.8", "10.0.0.0/8", "130.59.31.0/24", "2a01:4f8::/32"]\n'
ANNOUNCED = '[[server.listen]]\naddress = "127.0.0.1:0"\nproxy_protocol = true\n'
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
    "ruled, by many below one path": (ruled.BELOW_ONE + TRUSTED,),
    "ruled, by many for any path": (ruled.ANYWHERE + TRUSTED,),
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
    "announced": (f'{GOOD}{TRUSTED}client_address = "proxy-protocol"\n{ANNOUNCED}',),
    "ruled, announced": (f'{ruled.RULED}{TRUSTED}client_address = "proxy-protocol"\n{ANNOUNCED}',),
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
PEERS = [
    "127.0.0.1",
    "8.8.8.8",
    "85.214.132.117",
    "130.59.31.80",
    "::1",
    "2a01:4f8::1",
    "::ffff:8.8.8.8",
    "",
    "unknown",
]

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


def law(snapshot: Snapshot, asked: Asked, peer: str, *, is_tls: bool = False) -> bytes:
    """What is to be sent: by `answer` and `octets`, and by RFC 9112 9.3 and 9.6 for the connection."""
    head = read_head(asked.octets, peer_called(peer), is_tls=is_tls)
    answered = answer(snapshot, head.request)
    lines = head.request.lines("connection") + head.request.lines("proxy-connection")
    options = ",".join(lines).lower().replace(" ", "").split(",")
    expects = "100-continue" in head.request.lines("expect")
    closes = "close" in options or head.request.version == "1.0" or bool(asked.body and expects)
    more = secure_headers(snapshot.configuration) if is_tls else ()
    return masked(octets(answered, closes=closes, is_head=head.request.method == "HEAD", more=more))


def is_refused_by_the_parser(octets_of: bytes) -> bool:
    """Whether llhttp finds the head wrong, so that nobody reads it."""
    try:
        HttpRequestParser(object()).feed_data(octets_of)
    except HttpParserUpgrade:
        return False
    except HttpParserError:
        return True
    return False
