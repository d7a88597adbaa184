"""The recipes of docs/recipes.md that share visitors out: fair, the same each time, and counted to the last."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.crowd import address, becomes, locations, visit
from tests.databases import JAPAN
from tests.doors import counted, knowing, served
from tests.recipes import policy_of, recipes, replaced, served_here
from tests.sites import origins, sites

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.databases import Record

EVERYBODY = 100_000
SOME = 5_000
FAIR = 0.01
SAMPLING = 0.003
HOSTS = ["jp1.example.com", "jp2.example.com", "jp3.example.com"]


def country(code: str) -> Record:
    return {"country": {"iso_code": code}}


def shares(found: Sequence[str]) -> dict[str, float]:
    return {what: count / len(found) for what, count in Counter(found).items()}


# An A/B test with nine visitors in ten


def landings(*headers: str, first: int = 0, visitors: int = EVERYBODY) -> list[bytes]:
    return [visit("/landing?from=mail", visitor, *headers) for visitor in range(first, first + visitors)]


async def test_a_test_is_fair_and_sticky_and_moves_only_those_it_has_to(tmp_path: Path) -> None:
    with sites("landing.example.com") as found:
        policy = served_here(policy_of("An A/B test with nine visitors in ten"), origins(found))
        a, b = (f"{found['landing.example.com'].origin}/{variant}/landing?from=mail" for variant in "ab")
        with served(tmp_path, policy, quiet=False) as service:
            before = await locations(service.door, landings())
            assert shares(before) == pytest.approx({a: 0.9, b: 0.1}, abs=FAIR)
            assert await locations(service.door, landings(visitors=SOME)) == before[:SOME]
            assert counted(service, "rule_requests_total", "variant") == Counter(
                "a" if url == a else "b" for url in before + before[:SOME]
            )
            (tmp_path / "site.toml").write_text(replaced(policy, "{ a = 90, b = 10 }", "{ a = 80, b = 20 }"))
            assert await becomes(lambda: counted(service, "swaps_total") == {"": 1})
            after = await locations(service.door, landings())
    assert shares(after) == pytest.approx({a: 0.8, b: 0.2}, abs=FAIR)
    moves = Counter((old, new) for old, new in zip(before, after, strict=True) if old != new)
    assert moves.keys() == {(a, b)}
    assert moves[a, b] == after.count(b) - before.count(b)  # as many as there have to be
    assert moves[a, b] / EVERYBODY <= 0.1 + SAMPLING


async def test_whoever_has_the_cookie_keeps_the_variant_wherever_they_are(tmp_path: Path) -> None:
    policy = policy_of("An A/B test with nine visitors in ten")
    cookies = [f"Cookie: theme=dark; session={number:x}" for number in range(500)]
    with served(tmp_path, policy) as service:
        everywhere = [
            await locations(
                service.door, [visit("/landing", place + number, cookie) for number, cookie in enumerate(cookies)]
            )
            for place in (0, 1_000, 40_000)
        ]
    assert everywhere[0] == everywhere[1] == everywhere[2]
    assert len(set(everywhere[0])) == 2


def test_visitors_of_a_test_arrive_where_their_variant_is(tmp_path: Path) -> None:
    with sites("landing.example.com") as found:
        policy = served_here(policy_of("An A/B test with nine visitors in ten"), origins(found))
        with served(tmp_path, policy) as service, httpx.Client(follow_redirects=True) as client:
            for visitor in range(40):
                headers = {"Host": "www.example.com", "X-Forwarded-For": address(visitor)}
                assert client.get(f"http://{service.door}/landing", headers=headers).text == "landing.example.com"
    assert {visit.target for visit in found["landing.example.com"].visits} == {"/a/landing", "/b/landing"}


# Three mirrors share the load


async def test_mirrors_share_the_load_by_weight_and_the_door_counts_every_request(tmp_path: Path) -> None:
    policy = policy_of("Three mirrors share the load")
    requests = [visit("/news", visitor) for visitor in range(EVERYBODY)]
    with served(tmp_path, policy, knowing(tmp_path, {"20.0.0.0/6": JAPAN})) as service:
        sent = await locations(service.door, requests)
        assert await locations(service.door, requests[:SOME]) == sent[:SOME]
        mirrors = counted(service, "mirror_requests_total", "mirror")
    weights = zip(HOSTS, (0.5, 0.3, 0.2), strict=True)
    assert shares(sent) == pytest.approx({f"https://{host}/news": share for host, share in weights}, abs=FAIR)
    assert mirrors == Counter(url.removesuffix("/news") for url in sent + sent[:SOME])


def test_visitors_arrive_at_the_mirrors_that_share_them(tmp_path: Path) -> None:
    with sites(*HOSTS) as found:
        policy = served_here(policy_of("Three mirrors share the load"), origins(found))
        settings = knowing(tmp_path, {"20.0.0.0/6": JAPAN})
        with served(tmp_path, policy, settings) as service, httpx.Client(follow_redirects=True) as client:
            for visitor in range(60):
                headers = {"Host": "www.example.com", "X-Forwarded-For": address(visitor)}
                assert client.get(f"http://{service.door}/news?page=2", headers=headers).text in HOSTS
            mirrors = counted(service, "mirror_requests_total", "mirror")
    assert mirrors == {site.origin: len(site.visits) for site in found.values()}


# The nearest of several mirrors

NEAREST = {
    **dict.fromkeys(("DE", "FR", "SE", "EG"), "frankfurt.example.com"),
    **dict.fromkeys(("US", "CA", "MX", "BR"), "virginia.example.com"),
    **dict.fromkeys(("JP", "IN", "AU", "TH"), "singapore.example.com"),
}


def test_visitors_arrive_at_the_nearest_mirror(tmp_path: Path) -> None:
    networks = {f"20.0.{number}.0/24": country(code) for number, code in enumerate(NEAREST)}
    with sites(*set(NEAREST.values())) as found:
        policy = served_here(policy_of("The nearest of several mirrors"), origins(found))
        settings = knowing(tmp_path, networks)
        with served(tmp_path, policy, settings) as service, httpx.Client(follow_redirects=True) as client:
            arrived = {}
            for number, code in enumerate(NEAREST):
                headers = {"Host": "www.example.com", "X-Forwarded-For": address(number)}
                arrived[code] = client.get(f"http://{service.door}/news", headers=headers).text
    assert arrived == NEAREST


# A canary


async def test_a_canary_is_counted_and_is_the_same_visitors_when_it_flies(tmp_path: Path) -> None:
    (canary,) = (recipe.policy for recipe in recipes() if 'name = "canary"' in recipe.policy)
    flying = replaced(canary, 'continue = "canary"', 'uri = "https://new.example.com{+path}{+query}"')
    requests = [visit("/search?q=x", visitor) for visitor in range(SOME)]
    with served(tmp_path, canary, quiet=False) as service:
        before = await locations(service.door, requests)
        tagged = counted(service, "tag_requests_total", "tag")
        (tmp_path / "site.toml").write_text(flying)
        assert await becomes(lambda: counted(service, "swaps_total") == {"": 1})
        after = await locations(service.door, requests)
        flown = counted(service, "rule_requests_total", "rule")
    assert not any(url.startswith("https://new.example.com/") for url in before)
    sent = after.count("https://new.example.com/search?q=x")
    assert tagged == flown == {"canary": sent}
    assert sent / SOME == pytest.approx(0.02, abs=FAIR)
