"""Policies with rules, lots and mirrors in all their kinds, and what requests have to say to them."""

from __future__ import annotations

RULED = """\
[site]
hosts = ["www.example.com", "example.com", "shop.example.com"]
default = "global"
exempt = ["/a", "/*.ico"]
[choice]
cookie = "c"
[sticky]
cookie = "session"
[regions.global]
uri = "https://global.example.com{+path}{+query}"
languages = ["en"]
[regions.germany]
uri = "https://de.example.net/{language}{+path}{+query}"
countries = ["DE", "AT"]
languages = ["de", "fr"]
[regions.swiss]
countries = ["CH"]
fallback = ["germany"]
[[regions.swiss.mirrors]]
uri = "https://ch1.example.net/{variant}{+path}{+query}"
weight = 3
[[regions.swiss.mirrors]]
uri = "https://ch2.example.net{+path}{+query}"
check = { path = "/health" }
[regions.america]
countries = ["US"]
choose = "nearest"
[[regions.america.mirrors]]
uri = "https://east.example.net{+path}{+query}"
latitude = 40.7
longitude = -74.0
[[regions.america.mirrors]]
uri = "https://west.example.net{+path}{+query}"
latitude = 37.8
longitude = -122.4
[groups]
nordics = ["DK", "NO"]
[[rules]]
name = "canary"
when = { share = 20, not_country = "AT" }
continue = "canary"
[[rules]]
name = "maintenance"
when = { prefix = "/shop", not_network = "192.0.2.0/24", daily = { from = 00:00:00, until = 23:59:59 }, zone = "UTC" }
status = 503
[[rules]]
name = "beta"
when = { header = { X-Beta = ["On", "Yes"], DNT = true } }
uri = "https://beta.example.net/{country}"
[[rules]]
name = "debug"
when = { query = { debug = true, mode = "x" }, method = "GET" }
uri = "https://debug.example.net{+path}{+query}"
[[rules]]
name = "landing"
when = { path = ["/landing", "/l/*/x"], not_header = { X-Old = true } }
split = { germany = 50, swiss = 30, global = 20 }
[[rules]]
name = "experiment"
when = { path = "/shop2/*", language = "fr" }
split = { red = 1, blue = 1 }
uri = "https://shop.example.net/{variant}{+path}{+query}"
[[rules]]
name = "captured"
when = { path = "/l/*" }
uri = "https://l.example.net/{1}{+query}"
[[rules]]
name = "on a host"
when = { host = "shop.example.com", country = "DE" }
region = "global"
[[rules]]
name = "stay"
when = { path = "/us/*", continent = "EU" }
stay = true
[[rules]]
name = "suggest"
when = { path = "/x*", group = "nordics" }
suggest = true
[[rules]]
name = "constant"
when = { path = "/constant/*" }
uri = "https://status.example.net/"
[[rules]]
name = "is here"
when = { path = "/here/*" }
uri = "https://www.example.com/there"
"""
PLACED = """\
[site]
hosts = ["www.example.com"]
default = "global"
[regions.global]
uri = "https://global.example.com{+path}{+query}"
[regions.germany]
uri = "https://de.example.net{+path}{+query}"
countries = ["DE"]
[[rules]]
name = "the swiss"
when = { country = "CH" }
region = "germany"
[[rules]]
name = "who reads french"
when = { language = "fr", not_country = "DE" }
uri = "https://fr.example.net{+path}{+query}"
[[rules]]
name = "split"
when = { share = 50 }
continue = "half"
"""
PATHED = """\
[site]
hosts = ["www.example.com"]
default = "global"
[regions.global]
uri = "https://global.example.com{+path}{+query}"
[regions.germany]
uri = "https://de.example.net{+path}{+query}"
countries = ["DE"]
[[rules]]
name = "maintenance"
when = { prefix = "/shop", not_network = "192.0.2.0/24" }
status = 503
[[rules]]
name = "captured"
when = { path = "/l/*", country = "DE" }
uri = "https://l.example.net/{1}{+query}"
[[rules]]
name = "moved"
when = { path = ["/landing", "/constant/*"], not_header = { X-Old = true } }
uri = "https://moved.example.net{+path}{+query}"
"""
BY_NETWORK = (
    RULED.replace('cookie = "session"', 'key = "k"\nipv4_prefix = 32')
    .replace('"www.example.com", "example.com", "shop.example.com"', '"www.example.com"')
    .replace('host = "shop.example.com", ', "")
)

BELOW_ONE = RULED + "".join(
    f'[[rules]]\nname = "below {n}"\nwhen = {{ path = "/l/*/{"x" * n}", not_country = "CH" }}\ncontinue = "x{n}"\n'
    for n in range(12)
)
ANYWHERE = RULED + "".join(
    f'[[rules]]\nname = "anywhere {n}"\nwhen = {{ path = "/*{"x" * n}", share = {8 * n + 1} }}\ncontinue = "x{n}"\n'
    for n in range(12)
)
"""So many rules below one path, or for any, that they are not gone through one by one."""

TARGETS = [
    *("/l/a/", "/l/b/xx?y", "/l/c/xxxxxxxxxxxx", "/xxx"),
    *("/shop", "/shop/", "/shop/x?y=1", "/shopping", "/shop2/x", "/shop2/", "/landing", "/landing?debug", "/l/a/x"),
    *(
        "/l/a/b?c",
        "/l/",
        "/constant/x?y",
        "/here/x",
        "/there",
        "/?debug=1&mode=x",
        "/y?mode=x&debug",
        "/y?mode=X&debug",
    ),
    *("/shop%2Fx", "//shop/x", "/shop/%zz", "/landing?region=germany", "/xyz", "/us/x"),
]
LINES = [
    *("X-Beta: Yes", "X-Beta: yes", "X-BETA:  Yes \t", "X-Beta: No", "X-Beta:", "DNT: 1", "dnt:", "X-Old: y"),
    *("X-Beta: Yes\r\nX-Beta: Yes", "DNT: 1\r\nX-Beta: Yes", "Cookie: session=abc", "Cookie: session=", "Cookie: a=b"),
    *(
        "Cookie: session=ABC; c=germany",
        "Cookie: Session=abc",
        "cookie: session=abc; session=d",
        "Cookie: xsession=abc",
    ),
    *("Cookie: session = abc", "Cookie: c=swiss;session=12", "Cookie: session=\xe4"),
]
HOSTS = ["shop.example.com", "SHOP.example.com:8080", "example.com"]
