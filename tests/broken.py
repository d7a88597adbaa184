"""Rules, mirrors, checks and `[sticky]` with one thing wrong in each, and where that is told: hundreds, from tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Broken = tuple[str, str]
"""A policy, and how the one line that tells of its mistake goes on after `FILE:`."""

BEFORE = """\
[site]
hosts = ["www.example.com", "m.example.com"]
default = "a"
[groups]
nordics = ["DK", "FI"]
[regions.a]
uri = "https://a.example.org{+path}{+query}"
[regions.b]
uri = "https://b.example.org{+path}{+query}"
"""
"""Nine lines."""

WRONG = {
    "path": ['"shop"', '"/a?b"', '"/a b"', '"/ä"', '"/%zz"', '["/a", "/a"]'],
    "prefix": ['"shop"', '"/"', '"//"', '"/a/"', '"/a*"', '"/a?b"', '"/%z"'],
    "host": [
        *('"a b"', '"https://www.example.com"', '"www.example.com:80"', '"other.example"', '"*.example.org"', '"*"'),
        *('"*.[::1]"', '"ww.example.com"', '"www.*.com"'),
    ],
    "method": ['"get"', '"FETCH"', '"TRACE"', '"CONNECT"', '"G E T"', '["GET", "GET"]'],
    "country": [
        '"UK"',
        '"de"',
        '"DEU"',
        '"ZZ"',
        '"EU"',
        '"nordics"',
        '"continent:AF"',
        '"AF1"',
        '["DE", "DE"]',
        '"Germany"',
    ],
    "continent": ['"EUR"', '"eu"', '"continent:EU"', '"Europe"', '["AF", "AF"]', '"DE"'],
    "group": ['"nordic"', '"eu"', '"DE"', '"continent:AF"', '["EU", "EU"]'],
    "subdivision": [
        '"BY"',
        '"DE"',
        '"DE-"',
        '"XX-BY"',
        '"de-by"',
        '"UK-LND"',
        '"DE-ABCD"',
        '"DE_BY"',
        '["DE-BY", "DE-BY"]',
    ],
    "asn": ["0", "4294967296", "-1", "1.5", '"AS64500"', "true", "[]", "[0]", "[64500, 64500]", "{ a = 1 }", "1e400"],
    "network": [
        '"10.0.0.1/8"',
        '"10.0.0"',
        '"10.0.0.0/33"',
        '"::/129"',
        '"x"',
        '"10.0.0.0/255.0.0.0"',
        '["::1", "::1"]',
    ],
    "anonymous": ["false", '"proxy"', '"VPN"', '["tor", "tor"]', "1", "[]", "[true]", "{ a = true }"],
    "language": ['"xx-"', '"english"', '"jp"', '"de_AT"', '"*"', '"de-UK"', '["de", "de"]'],
    "share": ["-1", "101", "100.1", "nan", "inf", "-inf", '"10"', "true", "[10]", "{ a = 1 }"],
    "from": [
        '"2026-12-01"',
        "2026",
        "22:00:00",
        "2026-12-01",
        "2026-12-01T22:00:00",
        "true",
        "[2026-12-01]",
        "{ a = 1 }",
    ],
    "until": ['"2026-12-01"', "2026", "22:00:00", "2026-12-01", "2026-12-01T22:00:00", "true", "[2026-12-01]"],
    "query": ["1", '"a"', "{}", "[]", "true"],
    "header": ["1", '"X-A"', "{}", "[]", "true"],
    "daily": ["1", '"22:00"', "22:00:00", "[]", "true"],
}
"""By condition, values that are wrong, each alone on the condition's line."""

_OF_TEXTS = (
    *("path", "prefix", "host", "method", "country", "continent", "group", "subdivision", "network", "language"),
)

WRONG_INSIDE = [
    *(("query", entry) for entry in ("a = 1", "a = false", 'a = ["1", "1"]', "a = [1]", "a = []", "a = [true]")),
    *(("header", entry) for entry in ('X-A = ["1", "1"]', 'X-A = ["1", 2]', "X-A = []", 'X-A = ["1", " 2"]')),
    *(("header", entry) for entry in ("X-Real-IP = true", "cf-ipcountry = true", 'CF-IPCountry = ["DE", "AT"]')),
    *(("query", entry) for entry in ('a = ["1", "#"]', '"a b" = true', '"a=b" = true', '"%z" = "1"')),
    *(
        ("query", entry)
        for entry in ('a = "1&b"', 'a = "ä"', "region = true", 'region = "a"', 'a = "#"', "a = { b = 1 }")
    ),
    *(
        ("header", entry)
        for entry in ("X-A = 1", "X-A = false", '"X A" = true', 'X-A = " a"', 'X-A = "a "', 'X-A = "€"')
    ),
    *(("header", entry) for entry in ("Host = true", 'Accept-Language = "de"', 'Cookie = "a=b"', "CONNECTION = true")),
    *(("header", entry) for entry in ("Content-Length = true", 'X-A = "a\\nb"', "X-Forwarded-For = true", "TE = true")),
    *(
        ("header", entry)
        for entry in ('Authorization = "Basic x"', "Transfer-Encoding = true", "X_A = true", '"" = true')
    ),
]
"""Wrong entries of tables, by the condition."""

OUTCOMES: list[tuple[str, int, str]] = [
    ("name = 'x'", 0, "rules: says nothing of what is to be done"),
    ("stay = false", 1, "rules.stay: can only be true"),
    ("stay = 1", 1, "rules.stay: can only be true"),
    ("suggest = false", 1, "rules.suggest: can only be true"),
    ('suggest = "a"', 1, 'rules.suggest: can only be true, beside region = "a"'),
    ("stay = true\nsuggest = true", 2, "rules.suggest: stands beside stay"),
    ('region = "a"\nstay = true', 2, "rules.stay: stands beside region"),
    ('uri = "https://x.example/"\nregion = "a"', 2, "rules.region: stands beside uri"),
    ("status = 503\nstay = true", 1, "rules.status: stands beside stay"),
    ('continue = "x"\nstatus = 404', 1, "rules.continue: stands beside status"),
    ("stay = true\nsplit = { x = 1, y = 1 }", 2, "rules.split: stands beside stay"),
    ('suggest = true\nregion = "a"\nsplit = { x = 1, y = 1 }', 3, "rules.split: stands beside suggest"),
    ("status = 404\nsplit = { x = 1, y = 1 }", 2, "rules.split: stands beside status"),
    ('region = "c"', 1, 'rules.region: "c" is not a region of this file'),
    ("region = 1", 1, "rules.region: must be a string"),
    ('region = ["a"]', 1, "rules.region: must be a string"),
    *(
        (f"status = {status}", 1, "rules.status: must be 503, 404 or 451")
        for status in ("500", "200", "307", '"503"', "true")
    ),
    ("status = 503.0", 1, "rules.status: must be 503, 404 or 451"),
    *(
        (f"status = 503\nretry_after_seconds = {seconds}", 2, "rules.retry_after_seconds: must be a whole number")
        for seconds in ("0", "31536001", "1.5", '"10"', "true", "-1")
    ),
    ("status = 404\nretry_after_seconds = 10", 2, "rules.retry_after_seconds: goes with status = 503 only"),
    ("status = 451\nretry_after_seconds = 10", 2, "rules.retry_after_seconds: goes with status = 503 only"),
    ("stay = true\nretry_after_seconds = 10", 2, "rules.retry_after_seconds: goes with status = 503 only"),
    *(
        (f"split = {split}", 1, "rules.split: ")
        for split in ("1", '"a"', "true", "[]", "{ a = 1 }", "{ a = 0, b = 0 }", "{}")
    ),
    *(
        (f"split = {{ a = {weight}, b = 1 }}", 1, "rules.split.a: must be a whole number from 0 to 1000000")
        for weight in ("-1", "1000001", "1.5", '"1"', "true")
    ),
    ("split = { a = 1, c = 1 }", 1, 'rules.split.c: "c" is not a region of this file'),
    ('region = "a"\nsplit = { "x y" = 1, z = 1 }', 2, 'rules.split.x y: "x y" is no label'),
    ('continue = "t"\nsplit = { "-x" = 1, z = 1 }', 2, 'rules.split.-x: "-x" is no label'),
    *(
        (f"continue = {tag}", 1, "rules.continue: ")
        for tag in ('"a b"', '""', "1", "true", '"-a"', '"ä"', f'"{"x" * 65}"')
    ),
    *((f"stay = true\nname = {name}", 2, "rules.name: ") for name in ("1", '""', '"a\\nb"', f'"{"x" * 101}"', '["a"]')),
    ('stay = true\nexperiment = "x"', 2, "rules.experiment: is of no use"),
    ("split = { a = 1, b = 1 }\nexperiment = 1", 2, "rules.experiment: must be a string"),
    (f'split = {{ a = 1, b = 1 }}\nexperiment = "{"x" * 101}"', 2, "rules.experiment: must be at most 100"),
    ("stay = true\nwhen = 1", 2, "rules.when: must be a table"),
    ("stay = true\nwhen = {}", 2, "rules.when: is empty"),
    ('stay = true\nwhen = { countri = "DE" }', 2, 'rules.when.countri: is no condition; did you mean "country"?'),
    ('stay = true\nwhen = { not_zone = "UTC" }', 2, "rules.when.not_zone: is no condition"),
    ("stay = true\nwhen = { q = 1 }", 2, "rules.when.q: is no condition; there are path"),
    ("stay = true\nwhat = 1", 2, "rules.what: is not a key of [[rules]]"),
    (
        'name = "rule 2"\nstay = true\n[[rules]]\nstay = true',
        1,
        'rules.name: "rule 2" is what another rule is called, which has no name, and is called by its place; rules',
    ),
    (
        'stay = true\n[[rules]]\nname = "rule 1"\nstay = true',
        3,
        'rules.name: "rule 1" is what another rule is called, which has no name, and is called by its place; rules',
    ),
    (
        'name = "a"\nstay = true\n[[rules]]\nname = "a"\nstay = true',
        4,
        'rules.name: "a" is what another rule is called; rules have names of their own',
    ),
    *(
        (f'uri = "{uri}"', 1, "rules.uri: ")
        for uri in (
            *("x", "/a", "ftp://x.example/", "https://{host}/", "https://x.example{host}", "https://x.example/{+rest}"),
            *("https://x.example/{1}", "https://x.example/{region}", "https://x.example/{language}"),
            *("https://x.example/{x}", "https://x.example/{0}", "https://x.example/ä b", "https://u@x.example/", ""),
            *(
                "https://x.example/..",
                "https://x.example/{",
                "https://x.example/{10}",
                "https://www.example.com/a{+path}",
            ),
        )
    ),
    *(
        (f'stay = true\nwhen = {{ {key} = "{path}" }}', 2, f'rules.when.{key}: "{path}" is one of our own pages')
        for key, path in (
            *(("path", path) for path in ("/.georedirect", "/.georedirect/", "/.georedirect/*")),
            *(("prefix", path) for path in ("/.georedirect", "/.georedirect/x")),
        )
    ),
    ('when = { path = "/a/*" }\nuri = "https://x.example/{+2}"', 2, "rules.uri: {2} needs as many *"),
    ('when = { path = ["/a/*", "/b"] }\nuri = "https://x.example/{+1}"', 2, "rules.uri: {1} needs as many *"),
    ('when = { path = "/a/**" }\nuri = "https://x.example/{+2}"', 2, "rules.uri: {2} needs as many *"),
    ('when = { not_path = "/a/*" }\nuri = "https://x.example/{+1}"', 2, "rules.uri: {1} needs as many *"),
    ('when = { not_prefix = "/a" }\nuri = "https://x.example/{+rest}x"', 2, "rules.uri: {rest} is what is below"),
    ('when = { prefix = "/a" }\nuri = "https://www.example.com/a/b{+rest}"', 2, "rules.uri: leads back to this rule"),
    *(
        (f"stay = true\nwhen = {{ {when} }}", 2, f"rules.when.{key}: ")
        for when, key in (
            ("from = 2026-12-02T00:00:00Z, until = 2026-12-01T00:00:00Z", "until"),
            ("from = 2026-12-02T00:00:00Z, until = 2026-12-02T00:00:00Z", "until"),
            ("not_from = 2026-12-02T00:00:00Z, not_until = 2026-12-01T00:00:00Z", "not_until"),
            ('from = 2026-12-02, until = 2026-12-02, zone = "UTC"', "until"),
            ('zone = "UTC"', "zone"),
            ('zone = "UTC", from = 2026-12-02T00:00:00Z', "zone"),
            ('zone = "Europe/Berlim", from = 2026-12-02', "zone"),
            ('zone = "../UTC", from = 2026-12-02', "zone"),
            ('zone = "localtime", from = 2026-12-02', "zone"),
            ("zone = 1, from = 2026-12-02", "zone"),
            ('zone = "", from = 2026-12-02', "zone"),
            ("daily = { from = 22:00:00, until = 06:00:00 }", "daily"),
            ("not_daily = { from = 22:00:00, until = 06:00:00 }", "not_daily"),
            *(
                (f'zone = "UTC", daily = {{ {daily} }}', f"daily.{key}")
                for daily, key in (
                    ("until = 06:00:00", "from"),
                    ("from = 06:00:00", "until"),
                    ("from = 06:00:00, until = 06:00:00", "until"),
                    ('from = "22:00:00", until = 06:00:00', "from"),
                    ("from = 22:00:00, until = 6", "until"),
                    ("from = 2026-12-01, until = 06:00:00", "from"),
                    ("from = 22:00:00, until = 06:00:00, days = []", "days"),
                    ('from = 22:00:00, until = 06:00:00, days = "monday"', "days"),
                    ('from = 22:00:00, until = 06:00:00, days = ["Mon"]', "days"),
                    ('from = 22:00:00, until = 06:00:00, days = ["mon", "mon"]', "days"),
                    ("from = 22:00:00, until = 06:00:00, days = 1", "days"),
                    ("from = 22:00:00, until = 06:00:00, day = 1", "day"),
                )
            ),
        )
    ),
]
"""What follows `[[rules]]`, the line of the mistake among it (0 is the header's), and how it is told."""

REGIONS: list[tuple[str, int, str]] = [
    ('choose = "weight"', 0, "regions.c.uri: is missing"),
    ("mirrors = 1", 1, "regions.c.mirrors: must be an array of tables"),
    (
        "mirrors = []",
        1,
        (
            "regions.c.mirrors: must be an array of tables, each of which begins with [[regions.c.mirrors]], "
            "not one that is empty"
        ),
    ),
    ('mirrors = ["https://x.example/"]', 1, "regions.c.mirrors: "),
    ("mirrors = { a = 1 }", 1, "regions.c.mirrors: must be an array of tables"),
    (
        'uri = "https://x.example/"\nmirrors = [{ uri = "https://y.example/" }]',
        1,
        "regions.c.uri: stands beside mirrors",
    ),
    *(
        (
            f'{key}\nmirrors = [{{ uri = "https://y.example/" }}]',
            1,
            f"regions.c.{key.split()[0]}: stands beside mirrors",
        )
        for key in ("latitude = 1", "longitude = 1", 'check = { path = "/" }')
    ),
    *(
        (f'uri = "https://x.example/"\n{rest}', 2, told)
        for rest, told in (
            ("choose = 1", "regions.c.choose: must be a string"),
            ('choose = "random"', 'regions.c.choose: "random" is no way to choose'),
            ('choose = "near"', 'regions.c.choose: "near" is no way to choose; did you mean "nearest"?'),
            ('fallback = "a"', "regions.c.fallback: must be an array"),
            ("fallback = []", "regions.c.fallback: is empty"),
            ('fallback = ["c"]', 'regions.c.fallback: "c" is this region itself'),
            ('fallback = ["a", "a"]', 'regions.c.fallback: "a" is listed twice'),
            ('fallback = ["aa"]', 'regions.c.fallback: "aa" is not a region of this file; did you mean "a"?'),
            ("fallback = [1]", "regions.c.fallback: 1 must be a string"),
            ("latitude = 1", "regions.c.latitude: has no longitude beside it"),
            ("longitude = 1", "regions.c.longitude: has no latitude beside it"),
            ("weight = 1", "regions.c.weight: is not a key of [regions.c]"),
            ("check = 1", "regions.c.check: must be a table"),
            ("check = {}", "regions.c.check.path: is missing"),
            ('check = { path = "/", url = "x" }', "regions.c.check.url: is not a key of [regions.c.check]"),
        )
    ),
    *(
        (f'uri = "https://x.example/"\ncheck = {{ path = "/x", {key} = {value} }}', 2, f"regions.c.check.{key}: ")
        for key, values in {
            "method": ['"POST"', '"get"', "1"],
            "interval_seconds": ["0", "86401", "1.5", '"1"', "true"],
            "timeout_seconds": ["0", "61", "11", "1.5", '"1"', "true"],
            "fall": ["0", "101", "1.5", "true"],
            "rise": ["0", "101", '"2"', "true"],
            "status": ["99", "600", '"200"', "true", "[]", "[200, 200]", "[200, 1]", "2.5"],
            "text": ["1", '""', f'"{"x" * 201}"', '["ok"]'],
        }.items()
        for value in values
    ),
    *(
        (f'uri = "https://x.example/"\ncheck = {{ path = {path} }}', 2, "regions.c.check.path: ")
        for path in ('"health"', '""', "1", '"/a b"', '"/ä"', '"/%z"', '"/a#b"', '"https://x.example/"')
    ),
    (
        'uri = "https://x.example/"\ncheck = { path = "/", method = "HEAD", text = "ok" }',
        2,
        "regions.c.check.text: is in",
    ),
]
"""What follows `[regions.c]`, likewise."""

MIRRORS: list[tuple[str, int, str]] = [
    ("weight = 1", 0, "uri: is missing"),
    ("uri = 1", 1, "uri: must be a string"),
    ('uri = "x"', 1, 'uri: "x" must begin with https://'),
    ('uri = "https://x.example/{1}"', 1, "uri: "),
    ('uri = "https://x.example/{rest}"', 1, "uri: "),
    ('uri = "https://first.example/a/"', 1, "uri: leads to https://first.example/a, as another mirror"),
    ('uri = "https://first.example/a{+path}"', 1, "uri: leads to https://first.example/a, as another mirror"),
    ('uri = "https://www.example.com{+path}"', 1, "uri: leads back to www.example.com"),
    *(
        (f'uri = "https://x.example/"\n{key} = {value}', 2, f"{key}: ")
        for key, values in {
            "weight": ["-1", "1000001", "1.5", '"1"', "true"],
            "name": ['"x"'],
            "countries": ['["DE"]'],
            "latitude": ["1"],
            "longitude": ["1"],
            "check": ["1", '"/x"'],
        }.items()
        for value in values
    ),
    *(
        (f'uri = "https://x.example/"\nlatitude = {latitude}\nlongitude = {longitude}', line, told)
        for latitude, longitude, line, told in (
            ("91", "0", 2, "latitude: must be a number from -90 to 90"),
            ("-90.1", "0", 2, "latitude: must be a number"),
            ("nan", "0", 2, "latitude: must be a number"),
            ('"1"', "0", 2, "latitude: must be a number"),
            ("true", "0", 2, "latitude: must be a number"),
            ("0", "180.5", 3, "longitude: must be a number from -180 to 180"),
            ("0", "-181", 3, "longitude: must be a number"),
            ("0", "inf", 3, "longitude: must be a number"),
        )
    ),
    ('uri = "https://x.example/"\ncheck = { path = "/", timeout_seconds = 61 }', 2, "check.timeout_seconds: must be"),
    (
        'uri = "https://first.example/b"\ncheck = { path = "/health", fall = 9 }',
        2,
        "check: asks GET https://first.example/health as another check does",
    ),
]
"""What follows the second `[[regions.c.mirrors]]`, likewise, without the key's beginning."""

STICKY = [
    ("cookie = 1", "cookie: must be a string"),
    ('cookie = ""', "cookie: must be a string"),
    ('cookie = "a=b"', 'cookie: "a=b" is no cookie\'s name'),
    ('cookie = "a;b"', 'cookie: "a;b" is no cookie\'s name'),
    ('cookie = "ä"', 'cookie: "ä" is no cookie\'s name'),
    ('cookie = "georedirect"', 'cookie: "georedirect" is where a choice is kept'),
    ('cookie = "__Host-georedirect"', 'cookie: "__Host-georedirect" is where a choice is kept'),
    *(
        (f"ipv4_prefix = {bits}", "ipv4_prefix: must be a whole number from 8 to 32")
        for bits in ("7", "33", '"24"', "true")
    ),
    *((f"ipv6_prefix = {bits}", "ipv6_prefix: must be a whole number from 16 to 64") for bits in ("15", "65", "1.5")),
    ("key = 1", "key: must be a string"),
    (f'key = "{"x" * 201}"', "key: has 201 characters"),
    ("seed = 1", "seed: is not a key of [sticky]"),
]
"""What `[sticky]` may not say."""


def _after(text: str, line: int, told: str) -> Broken:
    """What comes after BEFORE; `line` counts from its first, which is 0."""
    return f"{BEFORE}{text}\n", f"{BEFORE.count(chr(10)) + 1 + line}: {told}"


def _conditions() -> Iterator[Broken]:
    for key, values in WRONG.items():
        for value in values:
            for name in (key, f"not_{key}"):
                yield _after(f"[[rules]]\nstay = true\n[rules.when]\n{name} = {value}", 3, f"rules.when.{name}")
    for key in _OF_TEXTS:
        for value in ("1", "true", '""', "[]", "[1]", "{ a = 1 }"):
            yield _after(f"[[rules]]\nstay = true\n[rules.when]\n{key} = {value}", 3, f"rules.when.{key}: ")
    for key, entry in WRONG_INSIDE:
        yield _after(f"[[rules]]\nstay = true\n[rules.when.{key}]\n{entry}", 3, f"rules.when.{key}.")


def broken_definitions() -> list[Broken]:
    first = (
        '[regions.c]\n[[regions.c.mirrors]]\nuri = "https://first.example/a"\ncheck = { path = "/health" }\n'
        "[[regions.c.mirrors]]\n"
    )
    return [
        *_conditions(),
        *(_after(f"[[rules]]\n{text}", line, told) for text, line, told in OUTCOMES),
        *(_after(f"[regions.c]\n{text}", line, told) for text, line, told in REGIONS),
        *(_after(f"{first}{text}", 4 + line, f"regions.c.mirrors.{told}") for text, line, told in MIRRORS),
        *(_after(f"[sticky]\n{text}", 1, f"sticky.{told}") for text, told in STICKY),
        *(_after(text, line, told) for text, line, told in _WHOLE),
    ]


_M = '[[regions.c.mirrors]]\nuri = "https://{}.example/"\n{}\n'
_WHOLE = [
    ("[rules]\nstay = true", 0, "rules: must be an array of tables, each of which begins with [[rules]], not a table"),
    (
        "[regions.c]\n" + _M.format("x", "weight = 0") + _M.format("y", "weight = 0"),
        1,
        "regions.c.mirrors: have no weight",
    ),
    (
        '[regions.c]\nchoose = "nearest"\n' + _M.format("x", "latitude = 1\nlongitude = 1") + _M.format("y", ""),
        6,
        "regions.c.mirrors.latitude: is missing",
    ),
]
"""What is wrong only in the whole."""


def many_in_one_file() -> tuple[str, list[str]]:
    """A policy of hundreds of rules with one wrong condition each, and how each is told, in the order of lines."""
    text, told = BEFORE, []
    for alone, finding in _conditions():
        line, _, rest = finding.partition(": ")
        told.append(f"{int(line) + text.count(chr(10)) - BEFORE.count(chr(10))}: {rest}")
        text += alone.removeprefix(BEFORE)
    return text, told
