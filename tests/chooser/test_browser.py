"""The chooser of a running door in a real browser: accessible at every size, by keyboard, without scripts, in the dark.

A choice made there counts from then on, and the banner on a page of the site leads where the door would. The notice is
as accessible."""

from __future__ import annotations

import time
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from georedirect.chooser.notice import notice
from tests.chooser.browsing import SCHEMES, SIZES, chromium, requests_of, screenshot, violations, visitor
from tests.chooser.regional_site import regional_site
from tests.processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Response, Route

    from tests.chooser.browsing import Scheme
    from tests.chooser.regional_site import RegionalSite

PREFIX = "/.georedirect/"
ASK = f"{PREFIX}?url=/shoes"
FOCUSED = "document.activeElement.value"
DIRECTIONS = {"de-DE": "ltr", "he-IL": "rtl"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegionalSite]:
    """The site, behind a door that suggests by language and never moves who has not chosen."""
    file = tmp_path_factory.mktemp("policy") / "site.toml"
    with regional_site() as serving:
        file.write_text(serving.policy())
        with running(file) as service:
            serving.door = f"http://{service.door}"
            yield serving


@pytest.fixture(scope="module")
def door(site: RegionalSite) -> str:
    """The door's base URL."""
    return site.door


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: Playwright's event loop would be in the way of other tests' loops."""
    with chromium() as started:
        yield started


def press_until(page: Page, value: str, key: str = "Tab") -> None:
    """Press a key until the button of this value has the focus."""
    for _ in range(20):
        page.keyboard.press(key)
        if page.evaluate(FOCUSED) == value:
            return
    raise AssertionError(f"{value} was never reached")


def statuses(response: Response | None) -> list[int]:
    """The statuses of all answers that led to this one, and its own."""
    found: list[int] = []
    while response is not None:
        found.insert(0, response.status)
        before = response.request.redirected_from
        response = before.response() if before else None
    return found


@pytest.mark.parametrize(("size", "scheme", "language"), [*product(SIZES, SCHEMES, DIRECTIONS)])
def test_axe_finds_nothing_and_nothing_is_cut_off_nor_asked_of_others(
    door: str, browser: Browser, size: str, scheme: Scheme, language: str
) -> None:
    with visitor(browser, language, size, scheme=scheme) as page:
        hosts = requests_of(page.context)
        page.goto(f"{door}/shoes?size=9")
        screenshot(page, f"chooser-{size}-{scheme}-{language}")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("getComputedStyle(document.body).direction") == DIRECTIONS[language]
        assert hosts == [urlsplit(door).netloc]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_where_a_choice_can_be_forgotten(door: str, browser: Browser, scheme: Scheme) -> None:
    with visitor(browser, "ar", scheme=scheme) as page:
        page.goto(f"{door}{ASK}")
        page.locator("button[value=japan]").click()
        page.wait_for_url("**/japan/shoes")
        page.goto(f"{door}{ASK}")
        assert page.locator("[aria-current]").get_attribute("value") == "japan"
        screenshot(page, f"chosen-{scheme}")
        assert violations(page) == []


def test_axe_would_find_what_is_wrong(browser: Browser) -> None:
    with visitor(browser) as page:
        page.set_content("<p style='color:#999'>words</p><button></button>")
        found = {line.partition(":")[0] for line in violations(page)}
        assert found >= {"button-name", "color-contrast", "document-title", "html-has-lang", "region"}


def test_dark_and_light_are_not_the_same(door: str, browser: Browser) -> None:
    def background(scheme: Scheme) -> str:
        with visitor(browser, scheme=scheme) as page:
            page.goto(door)
            return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert background("light") != background("dark")


@pytest.mark.parametrize(("language", "first"), [("de-AT", "germany"), ("he-IL", "israel")])
def test_by_keyboard_alone_a_visitor_chooses_comes_back_and_forgets(
    door: str, site: RegionalSite, browser: Browser, language: str, first: str
) -> None:
    with visitor(browser, language) as page:
        page.goto(f"{door}/shoes?size=9&next=%2F")
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED) == first
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        press_until(page, "japan")
        page.keyboard.press("Enter")
        page.wait_for_url(site.url("/japan/shoes?size=9&next=%2F"))
        assert statuses(page.goto(f"{door}/hats?a=b")) == [307, 200]
        assert page.url == site.url("/japan/hats?a=b")
        page.goto(f"{door}{ASK}")
        press_until(page, "forget", "Shift+Tab")
        page.keyboard.press("Space")
        page.locator("button[value=forget]").wait_for(state="detached")
        assert page.url == f"{door}{ASK}"
        assert page.context.cookies() == []
        assert statuses(page.goto(f"{door}/hats")) == [200]
        assert page.locator("[aria-current]").count() == 0


def test_a_choice_is_kept_from_scripts_and_for_long(door: str, browser: Browser) -> None:
    with visitor(browser) as page:
        page.goto(f"{door}/shoes")
        page.locator("button[value=egypt]").click()
        page.wait_for_url("**/egypt/shoes")
        (cookie,) = page.context.cookies(door)
        assert (cookie["name"], cookie["value"]) == ("georedirect", "egypt")
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
        assert cookie["expires"] > time.time() + 300 * 86400


def test_no_script_is_needed(door: str, browser: Browser) -> None:
    with visitor(browser, scripts=False) as page:
        page.goto(f"{door}/shoes?size=9")
        page.locator("button[value=egypt]").click()
        page.wait_for_url("**/egypt/shoes?size=9")


def test_a_screen_reader_meets_landmark_headings_and_named_buttons(door: str, browser: Browser) -> None:
    with visitor(browser, "de-DE") as page:
        page.goto(f"{door}/")
        main = page.get_by_role("main")
        assert main.get_by_role("heading", level=1).inner_text() == "Wählen Sie Ihre Region"
        names = [heading.inner_text() for heading in main.get_by_role("heading", level=2).all()]
        assert names == ["Unser Vorschlag für Sie", "Weitere Regionen"]
        suggested = main.get_by_role("region", name=names[0])
        assert suggested.get_by_role("button", name="Deutschland, Österreich, Liechtenstein Deutsch").count() == 1
        assert main.get_by_role("region", name=names[1]).get_by_role("listitem").count() == 5


# The banner, on the page of a site under a strict policy of its own


@pytest.mark.parametrize(
    ("language", "scheme", "size"),
    [("de-DE", "light", "desktop"), ("he-IL", "dark", "phone"), ("ar", "light", "phone")],
)
def test_axe_finds_nothing_in_the_banner(
    site: RegionalSite, browser: Browser, language: str, scheme: Scheme, size: str
) -> None:
    with visitor(browser, language, size, scheme=scheme) as page:
        page.goto(site.url("/global/shoes"))
        banner = page.locator("georedirect-banner section")
        banner.wait_for()
        screenshot(page, f"banner-{size}-{scheme}-{language}")
        assert violations(page) == []
        assert banner.evaluate("element => getComputedStyle(element).direction") == DIRECTIONS.get(language, "rtl")
        assert banner.evaluate("element => getComputedStyle(element).display") == "flex"  # the policy let its style in


def test_the_banner_leads_to_the_same_page_of_the_other_region(site: RegionalSite, browser: Browser) -> None:
    with visitor(browser, "de-DE") as page:
        page.goto(site.url("/global/shoes"))
        banner = page.get_by_role("region", name="Unser Vorschlag für Sie")
        assert "Deutschland" in banner.get_by_role("status").inner_text()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url(site.url("/germany/shoes?size=9"))


def test_the_banner_offers_what_was_chosen_rather_than_what_is_read(
    door: str, site: RegionalSite, browser: Browser
) -> None:
    with visitor(browser, "de-DE") as page:
        page.goto(f"{door}/shoes?size=9")
        page.locator("button[value=japan]").click()
        page.wait_for_url("**/japan/**")
        page.goto(site.url("/global/shoes", host="127.0.0.1"))  # cookies are for a site, on all of its ports
        offer = page.locator("georedirect-banner a")
        assert offer.get_attribute("href") == site.url("/japan/shoes?size=9")


@pytest.mark.parametrize("keys", [["Tab", "Tab", "Enter"], ["Tab", "Escape"]])
def test_who_stays_is_not_asked_again(site: RegionalSite, browser: Browser, keys: list[str]) -> None:
    with visitor(browser, "de-DE") as page:
        page.goto(site.url("/global/shoes"))
        page.locator("georedirect-banner section").wait_for()
        for key in keys:
            page.keyboard.press(key)
        assert page.locator("georedirect-banner").count() == 0
        with page.expect_response("**/suggest?*"):
            page.goto(site.url("/global/shoes"))
        page.wait_for_timeout(200)
        assert page.locator("georedirect-banner").count() == 0


@pytest.mark.parametrize("language", ["de-DE", "sv-SE"])
def test_no_banner_where_the_visitor_is_there_or_nothing_is_known_of_them(
    site: RegionalSite, browser: Browser, language: str
) -> None:
    with visitor(browser, language) as page:
        with page.expect_response("**/suggest?*") as response:
            page.goto(site.url("/germany/shoes"))
        assert response.value.status == 200
        page.wait_for_timeout(200)
        assert page.locator("georedirect-banner").count() == 0


# The notice


@pytest.mark.parametrize(("size", "scheme", "language"), [*product(SIZES, SCHEMES, DIRECTIONS)])
def test_axe_finds_nothing_in_the_notice_and_it_asks_for_nothing_more(
    browser: Browser, size: str, scheme: Scheme, language: str
) -> None:
    answer = notice(503, (language,), 1796176800)

    def say(route: Route) -> None:
        route.fulfill(status=200, headers=dict(answer.headers), body=answer.body)  # of a 503 a browser complains

    with visitor(browser, language, size, scheme=scheme) as page:
        page.route("**/*", say)
        hosts = requests_of(page.context)
        page.goto("http://site.example/shoes")
        screenshot(page, f"notice-{size}-{scheme}-{language}")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("getComputedStyle(document.body).direction") == DIRECTIONS[language]
        assert page.evaluate("getComputedStyle(document.body).margin") == "0px"  # the policy let its style in
        assert page.locator("time").inner_text() == "2026-12-02 02:00 UTC"
        assert hosts == ["site.example"]


# The demo


def test_axe_finds_nothing_in_the_chooser_of_the_demo(browser: Browser) -> None:
    with running() as service, visitor(browser) as page:
        page.set_extra_http_headers({"X-Forwarded-For": "85.214.132.117"})
        page.goto(f"http://{service.door}{ASK}")
        screenshot(page, "demo")
        assert page.locator("[aria-labelledby=s] button").get_attribute("value") == "germany"
        assert violations(page) == []
