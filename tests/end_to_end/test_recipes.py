"""The recipes of docs/recipes.md do what the page says: their commands, and those that have a time of their own."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import httpx
import pytest

from georedirect.cli import main
from tests.crowd import watching
from tests.doors import served
from tests.recipes import in_window, policy_of, readme_policy, recipes, served_here
from tests.sites import origins, sites
from tests.wire import ask, request

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.crowd import Seen
    from tests.recipes import Command

OFFICE = "X-Forwarded-For: 192.0.2.10"
VISITOR = "X-Forwarded-For: 85.214.132.117"  # in Germany
LOADED_SECONDS = 3  # from a changed file until every worker serves it, and then some
WINDOW_SECONDS = 3
PROMPT = 0.5  # within which a rule begins and ends
HOUR = 3600.0


def coming_window() -> tuple[float, float]:
    """When a window begins that can still be loaded, and when it ends; in whole seconds, as people write it."""
    begins = float(int(time.time()) + 1 + LOADED_SECONDS)
    return begins, begins + WINDOW_SECONDS


def by_window(seen: Sequence[Seen], begins: float, ends: float) -> tuple[list[Seen], list[Seen], list[Seen]]:
    """What was answered before the window, in it and after it, without the moments in which a rule may be late."""
    before = [each for each in seen if each.came < begins]
    during = [each for each in seen if each.sent > begins + PROMPT and each.came < ends]
    after = [each for each in seen if each.sent > ends + PROMPT]
    return before, during, after


@pytest.mark.parametrize(
    ("policy", "command"),
    [(recipe.policy, command) for recipe in recipes() for command in recipe.commands],
    ids=[recipe.title for recipe in recipes() for _ in recipe.commands],
)
def test_a_command_of_the_page_says_what_stands_below_it(
    policy: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site.toml").write_text(policy)
    monkeypatch.chdir(tmp_path)
    assert main(command.arguments) == 0
    assert capsys.readouterr().out.splitlines()[: len(command.said)] == list(command.said)


# A section is closed for two hours


async def test_a_section_closes_and_opens_by_itself_for_everyone_but_the_office(tmp_path: Path) -> None:
    with served(tmp_path, readme_policy(), quiet=False) as service:
        begins, ends = coming_window()
        policy = in_window(policy_of("A section is closed for two hours"), begins, ends)
        (tmp_path / "site.toml").write_text(policy)
        shop = request("/shop/cart?item=1", VISITOR, "Accept-Language: de-AT, en;q=0.5")
        async with (
            watching(service.door, lambda _: shop, clock=time.time) as customers,
            watching(service.door, lambda _: request("/shop/cart", OFFICE), clock=time.time) as office,
            watching(service.door, lambda _: request("/shopping", VISITOR), clock=time.time) as others,
        ):
            await asyncio.sleep(ends + 2 * PROMPT - time.time())
    before, during, after = by_window(customers, begins, ends)
    assert {each.location for each in before + after} == {"https://de.example.com/shop/cart?item=1"}
    assert min(len(before), len(during), len(after)) > 20
    assert {each.reply.status for each in during} == {503}
    assert {each.reply["retry-after"] for each in during} == {formatdate(ends, usegmt=True)}
    assert {each.reply["content-language"] for each in during} == {"de"}
    assert all("Bald wieder da" in each.reply.body.decode() for each in during)
    assert {each.location for each in office} == {"https://global.example.com/shop/cart"}
    assert {each.location for each in others} == {"https://de.example.com/shopping"}


# A checkout moves to a spare backend


@pytest.mark.parametrize("body", [b"card=4111&name=J%C3%BCrgen", bytes(range(256)) * 4000], ids=["form", "octets"])
def test_what_is_posted_during_a_move_arrives_whole_at_the_spare(tmp_path: Path, body: bytes) -> None:
    with sites("spare.example.com") as found:
        policy = served_here(policy_of("A checkout moves to a spare backend"), origins(found))
        policy = in_window(policy, time.time() - HOUR, time.time() + HOUR)
        with served(tmp_path, policy) as service, httpx.Client(follow_redirects=True) as client:
            url = f"http://{service.door}/checkout/pay%2Fnow?cart=17&note=a%20b+c&&x=%C3%BC"
            reply = client.post(url, content=body, headers={"Host": "www.example.com"})
    assert [past.status_code for past in reply.history] == [307]
    (arrived,) = found["spare.example.com"].visits
    assert arrived[:3] == ("POST", "/checkout/pay%2Fnow?cart=17&note=a%20b+c&&x=%C3%BC", body)


@pytest.mark.parametrize(("begins", "ends"), [(HOUR, 2 * HOUR), (-2 * HOUR, -HOUR)], ids=["before", "after"])
async def test_what_is_posted_before_or_after_a_move_goes_where_it_always_went(
    tmp_path: Path, begins: float, ends: float
) -> None:
    policy = policy_of("A checkout moves to a spare backend")
    with served(tmp_path, in_window(policy, time.time() + begins, time.time() + ends)) as service:
        reply = await ask(service.door, request("/checkout/pay?cart=17", VISITOR, "Content-Length: 0", method="POST"))
    assert (reply.status, reply["location"]) == (307, "https://de.example.com/checkout/pay?cart=17")


# A section lives elsewhere for a week


async def test_a_section_moves_away_and_back_by_itself(tmp_path: Path) -> None:
    with sites("friends.example.net") as found, served(tmp_path, readme_policy(), quiet=False) as service:
        here = origins(found)
        begins, ends = coming_window()
        policy = in_window(policy_of("A section lives elsewhere for a week"), begins, ends)
        (tmp_path / "site.toml").write_text(served_here(policy, here))
        async with watching(
            service.door, lambda _: request("/blog/2026/snow?page=2", VISITOR), clock=time.time
        ) as readers:
            await asyncio.sleep(begins + 2 * PROMPT - time.time())
            async with httpx.AsyncClient(follow_redirects=True) as client:
                url = f"http://{service.door}/blog/2026/snow?page=2"
                read = await client.get(url, headers={"Host": "www.example.com"})
            await asyncio.sleep(ends + 2 * PROMPT - time.time())
    before, during, after = by_window(readers, begins, ends)
    assert min(len(before), len(during), len(after)) > 20
    assert {each.location for each in before + after} == {"https://de.example.com/blog/2026/snow?page=2"}
    assert {each.location for each in during} == {f"{here['friends.example.net']}/guests/2026/snow?page=2"}
    assert read.text == "friends.example.net"
    assert [visit.target for visit in found["friends.example.net"].visits] == ["/guests/2026/snow?page=2"]
