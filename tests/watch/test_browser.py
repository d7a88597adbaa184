"""The admin pages of a door under load, in a real browser: the map is the policy, figures move, and all can read it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from itertools import cycle
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from georedirect.door.snapshot import DEMO_POLICY, load_snapshot
from georedirect.geo.example import address_in
from georedirect.visitor.address import format_address
from georedirect.watch.dashboard import NOTHING
from tests.chooser.browsing import chromium, requests_of, screenshot, violations, visitor
from tests.doors import explained, served
from tests.processes import ROOT
from tests.wire import request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.chooser.browsing import Scheme
    from tests.processes import Service

WORD = "a-token-that-nobody-knows"
COUNTRIES = ("DE", "AT", "FR", "SE", "IT", "JP", "TW", "US", "BR", "NG", "AU", "GL")
"""Each is in one region of the demo's policy, and all regions but those of Switzerland have one."""

PAGES = {"dashboard": "/", "try": "/try?ip=85.214.132.117&language=de", "policy": "/policy"}


def policy() -> str:
    """The demo's, with everything that the dashboard can show."""
    return (
        DEMO_POLICY.read_text()
        .partition("[server]")[0]
        .replace("[site]\n", '[site]\nhosts = ["www.example.com", "127.0.0.1"]\n')
    )


@pytest.fixture(scope="module")
def addresses() -> dict[str, str]:
    """One of each country."""
    find = load_snapshot([]).locator.find
    return {code: format_address(found) for code in COUNTRIES if (found := address_in(code, find))}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, addresses: dict[str, str]) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("policy")
    (folder / "token").write_text(WORD)
    (folder / "token").chmod(0o600)
    settings = '[server]\ntrusted_proxies = ["127.0.0.1"]\nadmin_token_file = "token"\n'
    with served(folder, policy(), settings, quiet=False) as running, load(running, addresses):
        yield running


@contextmanager
def load(service: Service, addresses: dict[str, str]) -> Iterator[None]:
    """Visitors of all these addresses by turns, a few hundred a second, until the block ends."""
    stop = threading.Event()
    visits = cycle([request("/shoes", f"X-Forwarded-For: {address}") for address in addresses.values()])

    def visit() -> None:
        with socket.create_connection((service.door.host, service.door.port), timeout=10) as sock:
            while not stop.wait(0.005):
                sock.sendall(next(visits))
                assert sock.recv(4096).startswith(b"HTTP/1.1 307 ")

    thread = threading.Thread(target=visit)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def url(service: Service, path: str = "/") -> str:
    return f"http://{service.admin}{path}"


FILL = "element => [element.getAttribute('fill'), getComputedStyle(element).fill]"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_map_is_coloured_as_the_door_decides(
    service: Service, addresses: dict[str, str], browser: Browser, scheme: Scheme
) -> None:
    with visitor(browser, scheme=scheme) as page:
        page.goto(url(service))
        fills: dict[str, Any] = {}
        for code, address in addresses.items():
            region = explained(service, address, "/")["region"]
            shape, swatch = f"#country-{code}", f'[data-bars=regions] [data-key="{region}"] .swatch rect'
            assert page.locator(shape).get_attribute("data-region") == region
            fills[region] = page.locator(shape).evaluate(FILL)
            assert fills[region] == page.locator(swatch).evaluate(FILL)
        assert len(fills) == len({tuple(fill) for fill in fills.values()}) == 10
        assert page.locator("#country-CH").get_attribute("data-regions") == "schweiz romandie ticino"


def test_figures_move_and_shares_are_those_of_who_came(
    service: Service, addresses: dict[str, str], browser: Browser
) -> None:
    with visitor(browser) as page:
        page.goto(url(service))
        requests, rate = page.locator("[data-live=requests]"), page.locator("[data-live=rate]")
        before = requests.inner_text()
        expect(requests).not_to_have_text(before)
        expect(rate).not_to_have_text(NOTHING)
        assert float(rate.inner_text().replace(",", "")) > 1
        page.get_by_label("last minute").check()
        expect(page.locator("[data-bars=countries] li")).to_have_count(10)
        page.get_by_text("The map as a table").click()
        shares = {code: page.locator(f"tr[data-country={code}] [data-share]").inner_text() for code in addresses}
        assert all(abs(float(share.removesuffix(" %")) - 100 / len(addresses)) < 4 for share in shares.values()), shares
        assert page.locator("tr[data-country=KE] [data-share]").inner_text() == NOTHING
        assert page.locator("[data-rows=workers] tr").count() == 2
        page.get_by_label("shade by traffic").check()
        opacity = [page.locator(f"#country-{code}").get_attribute("fill-opacity") for code in ("DE", "KE")]
        assert float(opacity[0] or 0) > 0.8
        assert opacity[1] == "0.12"
        page.locator("#country-JP").hover()
        assert page.locator("[data-readout]").inner_text().startswith("Japan: japan, ")


def test_a_pause_stops_the_figures(service: Service, browser: Browser) -> None:
    with visitor(browser) as page:
        page.goto(url(service))
        page.get_by_role("button", name="Pause").click()
        page.wait_for_timeout(300)  # what was on its way has come
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.wait_for_timeout(2500)
        assert asked == []


def test_try_a_visitor_agrees_with_explain(service: Service, browser: Browser) -> None:
    with visitor(browser) as page:
        page.goto(url(service, "/try"))
        page.get_by_label("Address").fill("130.59.31.80")
        page.get_by_label("Languages").fill("fr-CH, de;q=0.5")
        page.get_by_label("URL").fill("/shoes?size=9")
        page.get_by_label("Time (UTC)").fill("2026-12-01T22:00:00")
        page.get_by_role("button", name="Explain").click()
        command = page.get_by_role("region", name="Command").inner_text()
        said = printed(command)
        assert said["region"] == "romandie"
        assert seen_on(page) == {
            "status": str(said["status"]),
            "location": said["location"],
            "steps": [[step["step"], step["outcome"], step["why"]] for step in said["steps"]],
        }
        link = page.get_by_role("link", name="As JSON").get_attribute("href")
        shown = page.context.request.get(url(service, str(link))).json()
        del shown["headers"]["Date"], said["headers"]["Date"]
        assert shown == said


def test_a_country_is_tried_from_the_map_without_scripts_too(service: Service, browser: Browser) -> None:
    with visitor(browser) as page:
        page.goto(url(service))
        page.locator("#country-BR").click()
        page.wait_for_url("**/try?country=BR")
        by_click = seen_on(page)
    with visitor(browser, scripts=False) as page:
        page.goto(url(service))
        assert int(page.locator("[data-live=requests]").inner_text().replace(",", "")) > 0
        assert page.locator("[data-bars=regions] li").count() == 14
        page.goto(url(service, "/try"))
        page.get_by_label("or country").select_option("BR")
        page.get_by_role("button", name="Explain").click()
        assert seen_on(page) == by_click
        assert seen_on(page)["location"] == "https://latam.example.com/"


def seen_on(page: Page) -> dict[str, Any]:
    """What the page shows of an answer."""
    steps = page.locator(".steps li").all()
    return {
        "status": page.locator(".status").inner_text(),
        "location": page.locator(".location").inner_text(),
        "steps": [[step.locator(part).inner_text() for part in (".step", "strong", ".why")] for step in steps],
    }


def printed(command: str) -> dict[str, Any]:
    """What the command prints that the page shows, run as it stands there."""
    program = f"{sys.executable} -m {command}"
    done = subprocess.run(program, shell=True, capture_output=True, check=True, timeout=60, cwd=ROOT)  # noqa: S602
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("desktop", "dark"), ("phone", "light")])
def test_axe_finds_nothing_and_nothing_is_cut_off_nor_asked_of_others(
    service: Service, browser: Browser, size: str, scheme: Scheme
) -> None:
    with visitor(browser, size=size, scheme=scheme) as page:
        hosts = requests_of(page.context)
        for name, path in PAGES.items():
            if name == "dashboard":
                with page.expect_response("**/status"):
                    page.goto(url(service, path))
            else:
                page.goto(url(service, path))
            screenshot(page, f"admin-{name}-{size}-{scheme}")
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert set(hosts) == {urlsplit(url(service)).netloc}


def test_who_knows_the_token_signs_in_reloads_and_signs_out(service: Service, browser: Browser) -> None:
    with visitor(browser) as page:
        page.goto(url(service, "/policy"))
        page.get_by_role("link", name="Sign in").click()
        assert violations(page) == []
        page.get_by_label("Token").fill(WORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(url(service))
        (cookie,) = page.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
        page.get_by_role("button", name="Reload").click()
        page.get_by_text("last reload swapped").wait_for()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("link", name="Sign in").wait_for()
        assert page.get_by_role("button", name="Reload").count() == 0


def test_the_keyboard_skips_to_the_content(service: Service, browser: Browser) -> None:
    with visitor(browser) as page:
        page.goto(url(service, "/policy"))
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_nothing_of_it_is_reachable_through_the_door(service: Service) -> None:
    for path in (
        *PAGES.values(),
        "/login",
        "/admin.css",
        "/status",
        "/openapi.json",
        "/metrics",
        "/explain?ip=8.8.8.8",
    ):
        with socket.create_connection((service.door.host, service.door.port), timeout=10) as sock:
            sock.sendall(request(path, "Connection: close"))
            answer = b"".join(iter(lambda: sock.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 307 "), path
        assert b"\r\nLocation: https://www.example.org/" in answer
        assert answer.endswith(b"\r\n\r\n")


def test_a_site_that_there_is_not_leaves_the_first_one_with_its_figures(service: Service, browser: Browser) -> None:
    with visitor(browser) as page:
        with page.expect_response("**/status"):
            page.goto(url(service, "/?site=none"))
        expect(page.locator("[data-bars=countries] li")).not_to_have_count(0)
        expect(page.locator("[data-rows=workers] .pill")).to_have_count(0)
