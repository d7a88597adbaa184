"""The chooser's page, the suggestion and the banner, as the door answers with them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sanic.server import HttpProtocol

from georedirect.chooser.banner import BANNER
from georedirect.door.app import create_door
from georedirect.door.pages import reply
from georedirect.door.protocol import DoorProtocol
from georedirect.visitor.address import parse_address
from georedirect.visitor.request import Request
from tests.policies import GOOD
from tests.processes import ROOT
from tests.serving import serving, snapshot_for
from tests.wire import connection, request

if TYPE_CHECKING:
    from georedirect.door.answer import Answer

TRUSTED = '[server]\ntrusted_proxies = ["127.0.0.0/8"]\n'
CHOOSING = GOOD.replace('["country", "language"]', '["choice", "country", "language"]')
SUGGESTING = CHOOSING.replace('mode = "redirect"', 'mode = "suggest"') + TRUSTED
STAYING = CHOOSING.replace('mode = "redirect"', 'mode = "stay"') + TRUSTED
HOST = ("host", "www.example.com")
GERMAN = ("x-forwarded-for", "85.214.132.117")
_LINK = re.compile(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">')


def get(target: str, *headers: tuple[str, str], text: str = SUGGESTING, method: str = "GET") -> Answer:
    asked = Request(method, target.encode("latin-1"), [HOST, GERMAN, *headers], parse_address("127.0.0.1"))
    return reply(snapshot_for(text), asked)


def suggestion(target: str, *headers: tuple[str, str], text: str = SUGGESTING) -> dict[str, str | None]:
    answered = get(f"/.georedirect/suggest{target}", *headers, text=text)
    assert (answered.status, dict(answered.headers)["Content-Type"]) == (200, "application/json")
    read: dict[str, str | None] = json.loads(answered.body)
    return read


@pytest.mark.parametrize("target", ["/x?a=b", "/.georedirect/?url=/x?a%3Db", "/.georedirect/?url=%2Fx%3Fa%3Db&c=d"])
def test_the_page_leads_to_every_region_for_the_url_that_was_wanted(target: str) -> None:
    answered = get(target, ("accept-language", "de-AT"))
    page = answered.body.decode()
    assert (answered.status, answered.action) == (200, "suggest")
    assert '<html lang="de"' in page
    assert '<input type="hidden" name="url" value="/x?a=b">' in page
    links = dict(_LINK.findall(page))
    assert links["de"] == "https://de.example.com/x?a=b"
    assert links["x-default"] == "https://global.example.com/x?a=b"
    assert page.index('value="germany"') < page.index('value="global"'), "the suggested one comes first"


def test_the_page_is_nobodys_but_the_visitors() -> None:
    headers = dict(get("/x").headers)
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Vary"].split(", ")[:2] == ["Accept-Language", "Cookie"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert "script-src" not in headers["Content-Security-Policy"]


def test_the_chooser_marks_what_has_been_chosen_and_offers_to_forget_it() -> None:
    page = get("/.georedirect/", ("cookie", "georedirect=romandie")).body.decode()
    assert re.search('value="romandie"[^>]*aria-current="true"', page)
    assert 'value="forget"' in page
    assert "forget" not in get("/.georedirect/", ("cookie", "georedirect=nowhere")).body.decode()


def test_the_chooser_suggests_by_a_guess_whatever_has_been_chosen() -> None:
    page = get("/.georedirect/", ("cookie", "georedirect=romandie")).body.decode()
    assert page.index('value="germany"') < page.index('value="romandie"')


@pytest.mark.parametrize("url", ["http://evil.example/", "evil", "*", "javascript:alert(1)", "https://"])
@pytest.mark.parametrize("page", ["", "suggest"])
def test_a_url_of_another_site_is_refused(page: str, url: str) -> None:
    answered = get(f"/.georedirect/{page}?url={url}")
    assert (answered.status, answered.reason) == (400, "bad-url")
    assert b"evil" not in answered.body


@pytest.mark.parametrize(
    ("target", "headers", "region", "uri"),
    [
        ("?url=/x", (), "germany", "https://de.example.com/x"),
        ("", (), "germany", "https://de.example.com/"),
        ("?url=/x", (("cookie", "georedirect=global"),), "global", "https://global.example.com/x"),
        ("?url=/x&region=global", (), "germany", "https://de.example.com/x"),
        ("?url=/a/b?c%26d", (), "germany", "https://de.example.com/a/b?c&d"),
    ],
)
def test_a_script_is_told_the_region_and_where_the_url_is_there(
    target: str, headers: tuple[tuple[str, str], ...], region: str, uri: str
) -> None:
    told = suggestion(target, *headers, ("accept-language", "fr"))
    assert (told["region"], told["uri"], told["language"]) == (region, uri, "fr")
    assert told["reason"] == ("choice" if headers else "country")


def test_where_nobody_is_moved_nothing_is_suggested() -> None:
    told = suggestion("?url=/x", text=STAYING)
    assert (told["region"], told["uri"]) == (None, None)


ORIGINS = [
    ("https://www.example.com", True),
    ("https://de.example.com", True),
    ("http://de.example.com:8080", True),
    ("https://evil.example", False),
    ("https://de.example.com.evil.example", False),
    ("https://xde.example.com", False),
    ("null", False),
    ("https://de.example.com/", False),
    ("https://user@de.example.com", False),
    ("file://de.example.com", False),
]


@pytest.mark.parametrize(("origin", "is_own"), ORIGINS)
def test_only_the_sites_own_origins_may_read_the_suggestion(origin: str, *, is_own: bool) -> None:
    headers = dict(get("/.georedirect/suggest?url=/", ("origin", origin)).headers)
    assert headers.get("Access-Control-Allow-Origin") == (origin if is_own else None)
    assert headers.get("Access-Control-Allow-Credentials") == ("true" if is_own else None)
    assert headers["Vary"].endswith(", Origin")


def test_another_host_of_the_same_site_may_read_it_too() -> None:
    text = SUGGESTING.replace('hosts = ["www.example.com"]', 'hosts = ["www.example.com", "example.net"]')
    headers = dict(get("/.georedirect/suggest", ("origin", "https://example.net"), text=text).headers)
    assert headers["Access-Control-Allow-Origin"] == "https://example.net"


def test_two_origins_are_none() -> None:
    own = ("origin", "https://de.example.com")
    assert "Access-Control-Allow-Origin" not in dict(get("/.georedirect/suggest", own, own).headers)


def test_the_banner_is_the_same_for_everyone() -> None:
    answered = get("/.georedirect/banner.js")
    assert (answered.status, answered.body) == (200, BANNER)
    assert dict(answered.headers)["Cache-Control"] == "public, max-age=3600"
    assert "Vary" not in dict(answered.headers)


@pytest.mark.parametrize(
    ("page", "allow"), [("", "GET, HEAD, POST"), ("suggest", "GET, HEAD"), ("banner.js", "GET, HEAD")]
)
def test_pages_say_how_they_are_asked(page: str, allow: str) -> None:
    answered = get(f"/.georedirect/{page}", method="DELETE")
    assert (answered.status, dict(answered.headers)["Allow"]) == (405, allow)


def test_what_the_pages_need_is_loaded_before_anybody_asks_for_one() -> None:
    program = (
        "import sys; from georedirect.door.run import show_choosers;"
        "from georedirect.door.snapshot import load_snapshot;"
        "snapshot = load_snapshot([]); before = 'jinja2' in sys.modules; show_choosers(snapshot);"
        "print(before, 'jinja2' in sys.modules, 'babel' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["False", "True", "True"]


@pytest.mark.parametrize("protocol", [HttpProtocol, DoorProtocol])
async def test_pages_and_redirects_take_turns_on_one_connection(protocol: type[HttpProtocol]) -> None:
    policy = SUGGESTING.replace('mode = "suggest"', 'mode = "suggest"\nundecided = "chooser"')
    app = create_door(snapshot_for(policy), name=f"asking-{protocol.__name__}")
    chosen = "Cookie: georedirect=germany"
    async with serving(app, protocol=protocol) as door, connection(door) as client:
        for _ in range(2):
            assert (await client.ask(request("/x", chosen)))["location"] == "https://de.example.com/x"
            assert b"<!doctype html>" in (await client.ask(request("/x"))).body
            assert b"<!doctype html>" in (await client.ask(request("/.georedirect/?url=/x"))).body
            assert json.loads((await client.ask(request("/.georedirect/suggest?url=/x", chosen))).body)["uri"]
            assert (await client.ask(request("/.georedirect/banner.js"))).body == BANNER
