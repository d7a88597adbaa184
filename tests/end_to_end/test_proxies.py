"""Real Caddy, nginx and HAProxy on the recipes of docs/proxies.md, each with a thousand visitors, who also lie."""

from __future__ import annotations

import asyncio
import re
import tomllib
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import pytest
import yaml

from tests.caches import free_port
from tests.caches import running as started
from tests.processes import running
from tests.proxying import PROXIES, recipe
from tests.wire import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from georedirect.policy.endpoint import Endpoint
    from tests.processes import Service
    from tests.wire import Reply

VISITORS = 1000
AT_ONCE = 40
CDN = "127.9.0.1"  # where the servers of a CDN are, in the last of the recipes

SITE = """\
[site]
hosts = ["www.example.com"]
default = "global"
[regions.global]
uri = "https://global.example.com{+path}{+query}"
[regions.germany]
uri = "https://de.example.com{+path}{+query}"
countries = ["DE", "AT"]
[regions.france]
uri = "https://fr.example.com{+path}{+query}"
countries = ["FR"]
[regions.nordics]
uri = "https://nordics.example.com/{country}{+path}{+query}"
countries = ["DK", "FI", "NO", "SE"]
[regions.asia]
uri = "https://asia.example.com{+path}{+query}"
countries = ["JP", "KR", "SG"]
[database]
overrides = ["visitors.csv"]
"""
COUNTRIES = ("DE", "FR", "SE", "JP", "BR", "AT", "FI", "KR", "US", "DK", "NO", "SG", "ZA")
HOSTS = {
    country: f"nordics.example.com/{country}" if name == "nordics" else region["uri"].split("/")[2].partition("{")[0]
    for name, region in tomllib.loads(SITE)["regions"].items()
    for country in region.get("countries", ())
}


class Visitor(NamedTuple):
    """Somebody with an address of their own, and where they say they are instead."""

    address: str
    country: str
    claims: str

    @property
    def goes_to(self) -> str:
        return f"https://{HOSTS.get(self.country, 'global.example.com')}/shop?a=%2F"


def address_of(number: int) -> str:
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


def crowd() -> list[Visitor]:
    """The country of each differs from the one claimed, and so does the region."""
    country = [COUNTRIES[number % len(COUNTRIES)] for number in range(VISITORS)]
    others = {
        one: [number for number in range(VISITORS) if HOSTS.get(country[number]) != HOSTS.get(one)] for one in COUNTRIES
    }
    return [
        Visitor(address_of(number), country[number], address_of(others[country[number]][number % 700]))
        for number in range(VISITORS)
    ]


def lies(claimed: str) -> list[str]:
    """Every way to say where one is, and two to have the proxy's own word dropped."""
    return [
        f"X-Forwarded-For: {claimed}",
        f"x-forwarded-for: {claimed}, {claimed}",
        f"X_Forwarded_For: {claimed}",
        f"Forwarded: for={claimed}",
        f"X-Real-IP: {claimed}",
        f"CF-Connecting-IP: {claimed}",
        f"True-Client-IP: {claimed}",
        f"Fastly-Client-IP: {claimed}",
        f"X-Client-IP: {claimed}",
        f"X-Forwarded-Host: {claimed}",
        "X-Forwarded-Proto: gopher",
        "Connection: keep-alive, X-Forwarded-For, X-Real-IP",
        "Via: 1.1 somebody",
    ]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("door")
    lines = [f"{visitor.address},{visitor.country}\n" for visitor in crowd()]
    (folder / "visitors.csv").write_text("".join(lines))
    policy = folder / "site.toml"
    policy.write_text(SITE + recipe("toml", "A proxy on the same machine"))
    with running(policy, "--workers", "2") as service:
        yield service


def placed(text: str, door: Service) -> str:
    """A recipe with this door's addresses in the place of the usual ones."""
    text = text.replace("127.0.0.1:8307", str(door.door))
    return text.replace("port 8308", f"addr {door.admin.host} port {door.admin.port}")


@contextmanager
def in_front(door: Service, name: str, folder: Path, text: str) -> Iterator[Endpoint]:
    port = free_port()
    _, command = PROXIES[name]
    with started(command(placed(text, door), port, folder), port, folder) as endpoint:
        yield endpoint


@pytest.fixture(params=PROXIES, scope="module")
def proxy(
    request: pytest.FixtureRequest, door: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Endpoint]:
    language, _ = PROXIES[request.param]
    with in_front(door, request.param, tmp_path_factory.mktemp("proxy"), recipe(language, request.param)) as endpoint:
        yield endpoint


async def ask_from(address: str, proxy: Endpoint, *requests: list[str]) -> list[Reply]:
    """What somebody at this address gets, one request after the other on one connection."""
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port, local_addr=(address, 0))
    try:
        connection = Connection(reader, writer)
        heads = ("".join(f"{line}\r\n" for line in ("Host: www.example.com", *lines)) for lines in requests)
        return [await connection.ask(f"GET /shop?a=%2F HTTP/1.1\r\n{head}\r\n".encode()) for head in heads]
    finally:
        writer.close()


async def where_they_go(proxy: Endpoint, visitors: list[Visitor]) -> dict[Visitor, list[str]]:
    """Each asks honestly, and then again with all lies."""
    turnstile = asyncio.Semaphore(AT_ONCE)

    async def go(visitor: Visitor) -> list[str]:
        async with turnstile:
            replies = await ask_from(visitor.address, proxy, [], lies(visitor.claims))
        return [f"{reply.status} {', '.join(reply.all('location'))}" for reply in replies]

    return dict(zip(visitors, await asyncio.gather(*map(go, visitors)), strict=True))


async def test_a_thousand_visitors_each_get_their_own_region_whatever_they_claim(proxy: Endpoint) -> None:
    gone = await where_they_go(proxy, crowd())
    assert {visitor: went for visitor, went in gone.items() if went != [f"307 {visitor.goes_to}"] * 2} == {}
    assert len({went[0] for went in gone.values()}) == 8  # of the regions, one leads to each country of its own


async def test_the_same_lies_told_to_the_door_itself_by_somebody_it_does_not_trust_mean_nothing(door: Service) -> None:
    gone = await where_they_go(door.door, crowd()[:20])
    assert {visitor: went for visitor, went in gone.items() if went != [f"307 {visitor.goes_to}"] * 2} == {}


async def test_the_lies_would_be_believed_if_the_proxy_told_them(door: Service) -> None:
    """So that the tests above can fail: from the address that is trusted, the claim is what counts."""
    visitor = crowd()[0]
    (reply,) = await ask_from("127.0.0.1", door.door, [f"X-Forwarded-For: {visitor.claims}"])
    by_address = {each.address: each for each in crowd()}
    assert reply["location"] == by_address[visitor.claims].goes_to != visitor.goes_to


async def test_behind_a_cdn_and_nginx_only_the_cdn_says_who_the_visitor_is(door: Service, tmp_path: Path) -> None:
    text = recipe("nginx", "A CDN in front of a proxy").replace("192.0.2.0/24", f"{CDN}/32")
    visitor, liar = crowd()[0], crowd()[1]
    with in_front(door, "nginx", tmp_path, text) as proxy:
        said = [f"CF-Connecting-IP: {visitor.address}", f"X-Forwarded-For: {visitor.claims}"]
        (through_the_cdn,) = await ask_from(CDN, proxy, said)
        (past_the_cdn,) = await ask_from(liar.address, proxy, [f"CF-Connecting-IP: {liar.claims}"])
    assert (through_the_cdn["location"], past_the_cdn["location"]) == (visitor.goes_to, liar.goes_to)


# What cannot be run here is checked for its form


def test_traefiks_file_says_which_requests_go_to_which_service() -> None:
    data = yaml.safe_load(recipe("yaml", "Traefik"))
    assert data.keys() == {"http"}
    assert data["http"].keys() == {"routers", "services"}
    services = data["http"]["services"]
    for router in data["http"]["routers"].values():
        assert router.keys() == {"entryPoints", "rule", "service"}
        assert re.fullmatch(r"Host\(`[a-z.]+`\)", router["rule"])
        assert router["service"] in services
    for service in services.values():
        assert service.keys() == {"loadBalancer"}
        assert service["loadBalancer"].keys() == {"servers", "healthCheck"}
        assert service["loadBalancer"]["healthCheck"].keys() == {"path", "port", "hostname", "interval"}
        assert service["loadBalancer"]["servers"] == [{"url": "http://127.0.0.1:8307"}]


def test_envoys_file_has_a_listener_whose_routes_lead_to_a_cluster_that_is_there() -> None:
    resources = yaml.safe_load(recipe("yaml", "Envoy"))["static_resources"]
    clusters = {cluster["name"]: cluster for cluster in resources["clusters"]}
    (filters,) = resources["listeners"][0]["filter_chains"]
    manager = filters["filters"][0]["typed_config"]
    assert manager["@type"].endswith(".http_connection_manager.v3.HttpConnectionManager")
    assert manager["use_remote_address"] is True
    assert manager.keys() == {"@type", "stat_prefix", "use_remote_address", "http_filters", "route_config"}
    assert manager["http_filters"][-1]["name"] == "envoy.filters.http.router"
    routes = [route for host in manager["route_config"]["virtual_hosts"] for route in host["routes"]]
    assert [route["route"]["cluster"] for route in routes] == list(clusters)
    assert all(cluster["load_assignment"]["cluster_name"] == name for name, cluster in clusters.items())
