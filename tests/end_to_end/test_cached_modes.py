"""Real caches in front of a real door, over all modes: nobody gets another's answer, kept on purpose or not at all.

A case more is a row in ROWS: a URL, and what each visitor gets for it. All sites are served by one door.
"""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import pytest

from georedirect.cli import main
from georedirect.doctor.caching import signs_of_a_store
from tests import caches, processes
from tests.wire import ask, request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from georedirect.policy.endpoint import Endpoint
    from tests.wire import Reply

    Captured = pytest.CaptureFixture[str]
    Visitors = dict[tuple[str, ...], str]

GERMANY, SWITZERLAND, AMERICA, JAPAN, NOWHERE = (
    (f"X-Forwarded-For: {address}", f"X-Country: {country}")
    for address, country in (
        ("85.214.132.117", "DE"),
        ("130.59.31.80", "CH"),
        ("8.8.8.8", "US"),
        ("210.155.141.200", "JP"),
        ("192.0.2.1", ""),
    )
)
ELSEWHERE_IN_GERMANY = ("X-Forwarded-For: 141.30.1.1", "X-Country: DE")
DE, FR, JA = ("Accept-Language: de",), ("Accept-Language: fr",), ("Accept-Language: ja",)
HTTPS = "X-Forwarded-Proto: https"
IMAGE, PREFETCH = ("Sec-Fetch-Dest: image",), ("Sec-Purpose: prefetch",)

REGIONS = """
[regions.global]
uri = "https://global.example/in{/country}{+path}{+query}"
[regions.germany]
uri = "https://de.example{+path}{+query}"
countries = ["DE", "AT"]
languages = ["de"]
[regions.romandie]
uri = "https://ch.example/fr{+path}{+query}"
countries = ["CH"]
languages = ["fr"]
[regions.schweiz]
uri = "https://ch.example/de{+path}{+query}"
countries = ["CH"]
languages = ["de"]
"""
LANDS = """
[regions.global]
uri = "https://global.example{+path}{+query}"
[regions.germany]
uri = "https://de.example{+path}{+query}"
countries = ["DE"]
[regions.switzerland]
uri = "https://ch.example{+path}{+query}"
countries = ["CH"]
"""
SITES = {
    "move": REGIONS,
    "reads": 'order = ["language", "country"]' + REGIONS,
    "lies": 'order = ["country"]' + LANDS,
    "hint": 'mode = "suggest"' + REGIONS,
    "rest": 'mode = "stay"' + REGIONS,
    "asks": 'undecided = "chooser"' + REGIONS,
    "gone": 'exempt_to = "not-found"' + REGIONS,
    "shop": 'preset = "eu-shop"' + REGIONS + "[choice]\nparameter_stores = true\n",
    "many": REGIONS + '[modes]\nEU = "suggest"\nDE = "redirect"\nCH = "suggest"\nJP = "stay"\n',
    "lands": 'order = ["country"]\ncache = { shared_seconds = 300, key = ["country"] }' + LANDS,
    "kept": 'order = ["country", "language"]\nmode = "suggest"\n'
    'cache = { shared_seconds = 300, key = ["country", "language"] }' + REGIONS,
    "mine": 'cache = { shared_seconds = 300, key = ["choice", "country", "language"] }' + REGIONS,
}


class Row(NamedTuple):
    site: str
    target: str
    visitors: Visitors


BY_GUESS: Visitors = {
    GERMANY + DE: "307 https://de.example/a?b=1",
    SWITZERLAND + FR: "307 https://ch.example/fr/a?b=1",
    SWITZERLAND + DE: "307 https://ch.example/de/a?b=1",
    NOWHERE: "307 https://global.example/in/a?b=1",
}
PAGES: Visitors = {
    GERMANY + DE: "200 de germany",
    GERMANY + FR: "200 fr germany",
    SWITZERLAND + FR: "200 fr romandie",
    SWITZERLAND + DE: "200 de schweiz",
    JAPAN + JA: "200 ja global",
}
ROWS = {
    "redirect": Row("move", "/a?b=1", BY_GUESS),
    "redirect by language first": Row(
        "reads",
        "/a?b=1",
        {
            GERMANY + DE: "307 https://de.example/a?b=1",
            GERMANY + FR: "307 https://ch.example/fr/a?b=1",
            NOWHERE: "307 https://global.example/in/a?b=1",
        },
    ),
    "redirect by country alone": Row(
        "lies",
        "/a?b=1",
        {
            GERMANY + DE: "307 https://de.example/a?b=1",
            GERMANY + FR: "307 https://de.example/a?b=1",
            NOWHERE: "307 https://global.example/a?b=1",
        },
    ),
    "suggest": Row("hint", "/a?b=1", PAGES),
    "stay": Row("rest", "/a?b=1", PAGES),
    "a stored choice": Row(
        "move",
        "/a",
        {
            GERMANY + DE: "307 https://de.example/a",
            (*GERMANY, *DE, "Cookie: georedirect=romandie"): "307 https://ch.example/fr/a",
            (*GERMANY, *DE, HTTPS, "Cookie: __Host-georedirect=schweiz"): "307 https://ch.example/de/a",
            (*GERMANY, *DE, HTTPS, "Cookie: georedirect=romandie"): "307 https://de.example/a",
            (*SWITZERLAND, *FR, "Cookie: georedirect=germany"): "307 https://de.example/a",
        },
    ),
    "a stored choice where a guess only suggests": Row(
        "hint",
        "/a",
        {
            GERMANY + DE: "200 de germany",
            (*GERMANY, *DE, "Cookie: georedirect=romandie"): "307 https://ch.example/fr/a",
        },
    ),
    "the parameter": Row(
        "many",
        "/a?region=global",
        {
            GERMANY + DE: "307 https://global.example/in/DE/a",
            SWITZERLAND + FR: "307 https://global.example/in/CH/a",
            JAPAN + JA: "200 ja global",
        },
    ),
    "the parameter that stores": Row(
        "shop",
        "/a?region=global",
        {
            GERMANY + DE: "307 https://global.example/in/DE/a, stored",
            SWITZERLAND + FR: "307 https://global.example/in/CH/a, stored",
            (*GERMANY, *DE, HTTPS): "307 https://global.example/in/DE/a, stored",
        },
    ),
    "who is undecided": Row(
        "asks",
        "/a",
        {
            GERMANY: "307 https://de.example/a",
            NOWHERE: "200 en global",
            NOWHERE + FR: "307 https://ch.example/fr/a",
            NOWHERE + JA: "307 https://global.example/in/a",
        },
    ),
    "requests for no page": Row(
        "move",
        "/a",
        {
            GERMANY + DE: "307 https://de.example/a",
            GERMANY + DE + IMAGE: "307 https://global.example/in/DE/a",
            SWITZERLAND + DE: "307 https://ch.example/de/a",
            SWITZERLAND + DE + PREFETCH: "307 https://global.example/in/CH/a",
        },
    ),
    "requests for no page that are not found": Row(
        "gone", "/a", {GERMANY + DE: "307 https://de.example/a", GERMANY + DE + IMAGE: "404"}
    ),
    "exempt paths": Row(
        "move",
        "/robots.txt",
        {
            GERMANY + DE: "307 https://global.example/in/DE/robots.txt",
            SWITZERLAND + DE: "307 https://global.example/in/CH/robots.txt",
        },
    ),
    "eu-shop": Row(
        "shop",
        "/a",
        {
            GERMANY + DE: "200 de germany",
            GERMANY + FR: "200 fr germany",
            NOWHERE + JA: "200 ja global",
            SWITZERLAND + FR: "307 https://ch.example/fr/a",
            AMERICA + JA: "307 https://global.example/in/US/a",
        },
    ),
    "modes of places": Row(
        "many",
        "/a",
        {
            GERMANY + DE: "307 https://de.example/a",
            SWITZERLAND + FR: "200 fr romandie",
            JAPAN + DE: "200 de germany",
            AMERICA + FR: "307 https://ch.example/fr/a",
        },
    ),
    "the chooser": Row("move", "/.georedirect/?url=/a", PAGES),
    "the suggestion": Row(
        "move",
        "/.georedirect/suggest?url=/a",
        {
            GERMANY + DE: "200 de germany",
            SWITZERLAND + FR: "200 fr romandie",
            (*SWITZERLAND, *FR, "Cookie: georedirect=germany"): "200 fr germany",
            (*SWITZERLAND, *FR, "Origin: https://de.example"): "200 fr romandie for https://de.example",
        },
    ),
}
SHARED = {
    "by country": Row(
        "lands",
        "/a?b=1",
        {
            GERMANY + DE: "307 https://de.example/a?b=1",
            SWITZERLAND + DE: "307 https://ch.example/a?b=1",
            NOWHERE + DE: "307 https://global.example/a?b=1",
        },
    ),
    "pages by country and language": Row("kept", "/a?b=1", PAGES),
    "by choice, country and language": Row(
        "mine",
        "/a?b=1",
        {**BY_GUESS, (*GERMANY, *DE, "Cookie: georedirect=romandie"): "307 https://ch.example/fr/a?b=1"},
    ),
    "requests for no page": Row(
        "lands", "/c", {GERMANY: "307 https://de.example/c", GERMANY + IMAGE: "307 https://global.example/c"}
    ),
}
TIMES = ("proxy_cache_valid 307 1m", "proxy_cache_valid any 1m")
BY_COUNTRY = 'proxy_cache_key "$host$request_uri$http_x_country"'
DISOBEDIENT = "sub vcl_backend_response { set beresp.ttl = 60s; unset beresp.http.Vary; return (deliver); }"
ORDINARY = ["nginx", "nginx, 307 kept", "Varnish"]
KEYED = ["nginx by country", "Varnish by country"]
UNKEYED = ["nginx, 307 kept", "Varnish"]
DISREGARDING = ["nginx told to disregard", "Varnish told to disregard"]


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Endpoint]]:
    """The door with all sites, and each cache in front of it."""
    folders = {name: tmp_path_factory.mktemp("site") for name in SITES}
    for name, text in SITES.items():
        (folders[name] / "site.toml").write_text(f'[site]\nhosts = ["{name}.example"]\ndefault = "global"\n{text}')
    with (folders["move"] / "site.toml").open("a") as policy:
        policy.write('[server]\ntrusted_proxies = ["127.0.0.0/8"]\n')
    with ExitStack() as stack:
        door = stack.enter_context(processes.running(*(folder / "site.toml" for folder in folders.values()))).door

        def nginx(*directives: str) -> Endpoint:
            return stack.enter_context(caches.nginx(door, tmp_path_factory.mktemp("nginx"), *directives))

        def varnish(*subroutines: str) -> Endpoint:
            return stack.enter_context(caches.varnish(door, tmp_path_factory.mktemp("varnish"), *subroutines))

        yield {
            "door": door,
            "nginx": nginx(),
            "nginx, 307 kept": nginx(*TIMES),
            "nginx by country": nginx(BY_COUNTRY),
            "nginx told to disregard": nginx("proxy_ignore_headers Cache-Control Vary", *TIMES),
            "Varnish": varnish(),
            "Varnish by country": varnish("sub vcl_hash { hash_data(req.http.X-Country); }"),
            "Varnish told to disregard": varnish(DISOBEDIENT),
        }


def gist(reply: Reply) -> str:
    """What it comes to: a Location, or the language of a page or suggestion, and the region in it."""
    if locations := reply.all("location"):
        stored = ", stored" if reply.all("set-cookie") else ""
        return f"{reply.status} {locations[0]}{stored}"
    if reply.status != 200:
        return str(reply.status)
    if reply["content-type"] == "application/json":
        said = json.loads(reply.body)
        origin = "".join(f" for {value}" for value in reply.all("access-control-allow-origin"))
        return f"200 {said['language']} {said['region']}{origin}"
    region = re.search(r'name="region" value="([a-z]+)"', reply.body.decode())
    return f"200 {reply['content-language']} {region and region[1]}"


async def get(endpoint: Endpoint, row: Row, visitor: tuple[str, ...]) -> Reply:
    return await ask(endpoint, request(row.target, *visitor, host=f"{row.site}.example"))


async def ask_in_turns(endpoint: Endpoint, door: Endpoint, row: Row) -> list[tuple[str, ...]]:
    """Ask as each visitor in turns, who get to the octet what the door itself tells them; what says it was kept."""
    signs = []
    for _ in range(3):
        for visitor, expected in row.visitors.items():
            reply = await get(endpoint, row, visitor)
            assert gist(reply) == expected
            assert reply.body == (await get(door, row, visitor)).body
            signs.append(signs_of_a_store(reply.headers))
    return signs


def doctor(endpoint: Endpoint, row: Row, *arguments: str) -> int:
    visitors = [word for visitor in row.visitors for word in ("--visitor", *visitor)]
    host = ["--header", f"Host: {row.site}.example"]
    return main(["doctor", f"http://{endpoint}{row.target}", *host, "--rounds", "1", *visitors, *arguments])


@pytest.mark.parametrize("cache", ORDINARY)
@pytest.mark.parametrize("name", ROWS)
async def test_in_all_modes_nobody_gets_anothers_answer_and_doctor_is_silent(
    around: dict[str, Endpoint], capsys: Captured, cache: str, name: str
) -> None:
    row = ROWS[name]
    assert set(await ask_in_turns(around[cache], around["door"], row)) == {()}
    assert doctor(around[cache], row) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("cache", KEYED)
@pytest.mark.parametrize("name", ["redirect", "suggest", "the chooser", "the parameter that stores"])
async def test_behind_a_key_with_the_country_too_what_is_private_is_not_kept(
    around: dict[str, Endpoint], cache: str, name: str
) -> None:
    assert set(await ask_in_turns(around[cache], around["door"], ROWS[name])) == {()}


@pytest.mark.parametrize("cache", KEYED)
@pytest.mark.parametrize("name", SHARED)
async def test_shared_answers_are_kept_and_never_cross_countries_and_doctor_is_silent(
    around: dict[str, Endpoint], capsys: Captured, cache: str, name: str
) -> None:
    row = SHARED[name]
    signs = await ask_in_turns(around[cache], around["door"], row)
    assert not any(signs[: len(row.visitors)])
    kept = dict(zip(row.visitors, signs[len(row.visitors) :], strict=False))
    passed = {visitor for visitor in row.visitors if is_passed(cache, visitor)}
    assert {visitor for visitor in row.visitors if not kept[visitor]} == passed
    assert doctor(around[cache], row, "--shared") == 0
    assert capsys.readouterr() == ("", "")


def is_passed(cache: str, visitor: tuple[str, ...]) -> bool:
    """Varnish as it comes keeps nothing for who sends a cookie; what is for no page is private."""
    return IMAGE[0] in visitor or (cache.startswith("Varnish") and any(line.startswith("Cookie") for line in visitor))


@pytest.mark.parametrize("cache", KEYED)
async def test_a_shared_answer_serves_all_visitors_of_its_country_but_not_our_own_pages(
    around: dict[str, Endpoint], cache: str
) -> None:
    row = Row("lands", "/b", {})
    first, second = [await get(around[cache], row, visitor) for visitor in (GERMANY + DE, ELSEWHERE_IN_GERMANY + DE)]
    assert gist(first) == gist(second) == "307 https://de.example/b"
    assert [bool(signs_of_a_store(reply.headers)) for reply in (first, second)] == [False, True]
    page = row._replace(target="/.georedirect/?url=/b")
    replies = [await get(around[cache], page, visitor) for visitor in (GERMANY + DE, ELSEWHERE_IN_GERMANY + DE)]
    assert [signs_of_a_store(reply.headers) for reply in replies] == [(), ()]


@pytest.mark.parametrize("cache", KEYED)
def test_doctor_speaks_of_shared_answers_unless_they_are_meant(
    around: dict[str, Endpoint], capsys: Captured, cache: str
) -> None:
    assert doctor(around[cache], SHARED["by country"], "--json") == 1
    assert kinds(capsys) == {"vary"}


@pytest.mark.parametrize("cache", UNKEYED)
@pytest.mark.parametrize("name", ["by country", "pages by country and language"])
def test_a_key_that_does_not_carry_what_the_policy_says_of_it_is_found_out(
    around: dict[str, Endpoint], capsys: Captured, cache: str, name: str
) -> None:
    assert doctor(around[cache], SHARED[name]._replace(target="/d"), "--shared", "--json") == 1
    assert "mix-up" in kinds(capsys)


@pytest.mark.parametrize("cache", DISREGARDING)
@pytest.mark.parametrize("name", ["redirect", "suggest", "stay", "eu-shop", "the chooser", "the suggestion"])
def test_a_cache_that_disregards_the_door_is_found_out_in_all_modes(
    around: dict[str, Endpoint], capsys: Captured, cache: str, name: str
) -> None:
    row = ROWS[name]
    anonymous = {visitor: "" for visitor in row.visitors if not any(line.startswith("Cookie") for line in visitor)}
    assert doctor(around[cache], row._replace(visitors=anonymous), "--json") == 1
    assert {"mix-up", "disregarded"} <= kinds(capsys)


def kinds(capsys: Captured) -> set[str]:
    return {finding["kind"] for finding in json.loads(capsys.readouterr().out)["findings"]}
