"""A browser that watches what it is shown: complaints, requests to others, and whatever axe-core finds."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from tests.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

SCREENSHOTS = ROOT / "screenshots"
Scheme = Literal["light", "dark"]
SCHEMES: list[Scheme] = ["light", "dark"]
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}


@contextmanager
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "no chromium: run scripts/components chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def visitor(
    browser: Browser, language: str = "en-US", size: str = "desktop", scheme: Scheme = "light", *, scripts: bool = True
) -> Iterator[Page]:
    """A page of a visitor of their own. Ends in failure if the browser complained of anything."""
    width, height = SIZES[size]
    context = browser.new_context(
        locale=language,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        java_script_enabled=scripts,
    )
    context.set_default_timeout(10_000)
    try:
        page = context.new_page()
        complaints = _complaints(page)
        yield page
        assert complaints == []
    finally:
        context.close()


def _complaints(page: Page) -> list[str]:
    """What the browser will say of the page: mistakes in scripts, what a policy forbade, what could not be had."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def requests_of(context: BrowserContext) -> list[str]:
    """The hosts that will be asked for anything."""
    hosts: list[str] = []
    context.on("request", lambda request: hosts.append(urlsplit(request.url).netloc))
    return hosts


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong, by rule and element; it looks into shadow trees too."""
    page.evaluate(_axe())
    found = page.evaluate("axe.run().then(results => results.violations)")
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def screenshot(page: Page, name: str) -> None:
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
