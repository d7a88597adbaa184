"""A choice is made by a form on the site's own pages: what is stored, where it leads, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from sanic.server import HttpProtocol

from georedirect.door.app import create_door
from georedirect.door.explain import explain
from georedirect.door.pages import FORGET, reply
from georedirect.door.protocol import DoorProtocol
from georedirect.door.question import imagine_request
from georedirect.visitor.address import parse_address
from georedirect.visitor.request import Request
from tests.policies import GOOD
from tests.serving import serving, snapshot_for
from tests.wire import connection, request

if TYPE_CHECKING:
    from georedirect.door.answer import Answer

TRUSTED = '[server]\ntrusted_proxies = ["127.0.0.0/8"]\n'
POLICY = GOOD.replace('["country", "language"]', '["choice", "country", "language"]').replace(
    "https://north.example.com{", "https://www.example.com/north{"
)
PAGE = "/.georedirect/"
KEPT = "; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax"
GONE = "georedirect=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"


def post(
    body: bytes,
    *headers: tuple[str, str],
    text: str = POLICY + TRUSTED,
    target: bytes = b"/.georedirect/",
    method: str = "POST",
    address: str = "85.214.132.117",
) -> Answer:
    lines = [("host", "www.example.com"), ("x-forwarded-for", address), *headers]
    return reply(snapshot_for(text), Request(method, target, lines, parse_address("127.0.0.1")), body)


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def header(answered: Answer, name: str) -> str | None:
    return dict(answered.headers).get(name)


@pytest.mark.parametrize(
    ("region", "url", "location"),
    [
        ("germany", "/x?a=b", "https://de.example.com/x?a=b"),
        ("germany", "", "https://de.example.com/"),
        ("germany", "/", "https://de.example.com/"),
        ("germany", "/%C3%A9?%26=+", "https://de.example.com/%C3%A9?%26=+"),
        ("germany", "/é", "https://de.example.com/%C3%A9"),
        ("germany", "/a?region=north&b", "https://de.example.com/a?b"),
        ("germany", "//evil.example/x", "https://de.example.com//evil.example/x"),
        ("germany", "http://www.example.com/x", "https://de.example.com/x"),
        ("germany", "https://www.example.com:8443", "https://de.example.com/"),
        ("romandie", "/x", "https://example.com/romandie/DE/x"),
        ("germany", "/north/x?a", "https://de.example.com/x?a"),
        ("germany", "/north", "https://de.example.com/"),
        ("north", "/north/x", "https://www.example.com/north/x"),
        ("germany", "/northern", "https://de.example.com/northern"),
    ],
)
def test_a_choice_is_stored_and_leads_to_the_same_url_in_that_region(region: str, url: str, location: str) -> None:
    answered = post(form(region=region, url=url))
    assert (answered.status, answered.reason, header(answered, "Location")) == (303, "chosen", location)
    assert header(answered, "Set-Cookie") == f"georedirect={region}{KEPT}"
    assert header(answered, "Cache-Control") == "private, no-store"


def test_on_https_the_cookie_is_one_that_no_other_host_can_set() -> None:
    stored = header(post(form(region="germany"), ("x-forwarded-proto", "https")), "Set-Cookie")
    assert stored == "__Host-georedirect=germany; Max-Age=31536000; Path=/; Secure; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize("url", ["/x?a=b", "//evil.example/x", "/\\evil.example", "", "/%0d%0ax"])
def test_forgetting_clears_the_cookie_and_leads_to_the_chooser(url: str) -> None:
    answered = post(form(region=FORGET, url=url))
    location = header(answered, "Location")
    assert (answered.status, answered.reason, header(answered, "Set-Cookie")) == (303, "forgotten", GONE)
    assert location is not None
    assert location.startswith(f"{PAGE}?url=/")


def test_the_url_that_forgetting_carries_on_is_one_value() -> None:
    location = header(post(form(region=FORGET, url="/a?b=c&d=%2F")), "Location")
    assert location == f"{PAGE}?url=/a{quote('?b=c&d=%2F')}"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "unknown-region"),
        (b"region=spain", "unknown-region"),
        (b"region=Germany&url=/", "unknown-region"),
        (b"region=spain&region=germany", "unknown-region"),
        (b"\xff\x00", "unknown-region"),
        (b"&" * 100 + b"region=germany", "unknown-region"),
        (b"region=germany&url=http://evil.example/", "bad-url"),
        (b"region=germany&url=evil.example", "bad-url"),
        (b"region=germany&url=javascript:alert(1)", "bad-url"),
        (b"region=germany&url=*", "bad-url"),
    ],
)
def test_what_cannot_be_stored_is_refused_without_a_word_of_it(body: bytes, reason: str) -> None:
    answered = post(body)
    assert (answered.status, answered.reason) == (400, reason)
    assert {name for name, _ in answered.headers} == {"Cache-Control", "Content-Type", "Vary"}
    assert b"evil" not in answered.body
    assert b"spain" not in answered.body


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((), 303),
        ((("origin", "http://www.example.com"),), 303),
        ((("origin", "https://www.example.com:8443"),), 303),
        ((("origin", "https://de.example.com"),), 303),
        ((("origin", "null"), ("sec-fetch-site", "same-origin")), 303),
        ((("sec-fetch-site", "cross-site"),), 403),
        ((("sec-fetch-site", "same-site"), ("origin", "https://de.example.com")), 303),
        ((("origin", "https://evil.example"),), 403),
        ((("origin", "https://www.example.com.evil.example"),), 403),
        ((("origin", "null"),), 403),
        ((("origin", "ftp://www.example.com"),), 403),
        ((("origin", "https://www.example.com"), ("origin", "https://evil.example")), 403),
    ],
)
def test_only_the_sites_own_pages_choose_for_its_visitors(headers: tuple[tuple[str, str], ...], status: int) -> None:
    assert post(form(region="germany"), *headers).status == status


def test_what_nobody_reads_is_not_stored() -> None:
    answered = post(form(region="germany", url="/x"), text=GOOD + TRUSTED)
    assert header(answered, "Location") == "https://de.example.com/x"
    assert header(answered, "Set-Cookie") is None


@pytest.mark.parametrize(
    ("method", "target", "status", "reason"),
    [
        ("GET", PAGE, 200, "page"),
        ("HEAD", f"{PAGE}?url=/x", 200, "page"),
        ("PUT", PAGE, 405, "method-not-allowed"),
        ("GET", f"{PAGE}x", 404, "not-found"),
        ("POST", f"{PAGE}x", 404, "not-found"),
        ("GET", "/.georedirect", 307, "country"),
    ],
)
def test_no_url_below_the_prefix_is_redirected(method: str, target: str, status: int, reason: str) -> None:
    snapshot = snapshot_for(POLICY + TRUSTED)
    told = explain(snapshot, imagine_request(snapshot.configuration, "85.214.132.117", target, method, ["Cookie: a=b"]))
    assert (told["status"], told["reason"]) == (status, reason)
    assert "Cookie" in told["headers"]["Vary"]
    assert "Accept-Language" in told["headers"]["Vary"]


@pytest.mark.parametrize("protocol", [HttpProtocol, DoorProtocol])
async def test_who_chooses_is_taken_there_at_once_until_they_forget(protocol: type[HttpProtocol]) -> None:
    app = create_door(snapshot_for(POLICY + TRUSTED), name=f"pages-{protocol.__name__}")
    german = "X-Forwarded-For: 85.214.132.117"
    async with (
        serving(app, protocol=protocol) as door,
        connection(door) as client,
    ):
        for region, location in (("schweiz", "https://ch.example.com/x"), (FORGET, f"{PAGE}?url=/x")):
            body = form(region=region, url="/x")
            sent = request(
                PAGE, german, f"Content-Length: {len(body)}", "Origin: http://www.example.com", method="POST"
            )
            chosen = await client.ask(sent + body)
            assert (chosen.status, chosen["location"]) == (303, location)
            cookie = chosen["set-cookie"].partition(";")[0]
            moved = await client.ask(request("/x", german, f"Cookie: {cookie}"))
            assert moved["location"] == f"https://{'de' if region == FORGET else 'ch'}.example.com/x"
        assert (await client.ask(request(PAGE, german))).status == 200
        assert (await client.ask(request(PAGE, german, method="PROPFIND"))).status == 405


PREFLIGHT = (("origin", "https://de.example.com"), ("access-control-request-method", "PUT"))
OF_THE_SITE = "Accept-Language, Cookie, Sec-Fetch-Dest, Sec-Purpose, Purpose, X-Forwarded-For, X-Forwarded-Proto"


@pytest.mark.parametrize(
    ("target", "vary", "statuses"),
    [
        ("/x", OF_THE_SITE, {307, 204, 405}),
        ("/north/x", OF_THE_SITE, {200, 204, 405}),
        ("/x?region=germany", OF_THE_SITE, {307, 204, 405}),
        ("/.georedirect/", OF_THE_SITE, {200, 303, 400, 403, 204, 405}),
        ("/.georedirect/?url=https://evil.example/", OF_THE_SITE, {303, 400, 403, 204, 405}),
        ("/.georedirect/x", OF_THE_SITE, {404, 204, 405}),
        ("/.georedirect/suggest", f"{OF_THE_SITE}, Origin", {200, 204, 405}),
        ("/.georedirect/suggest?url=https://evil.example/", f"{OF_THE_SITE}, Origin", {400, 204, 405}),
        ("/.georedirect/banner.js", None, {200, 204, 405}),
    ],
)
def test_all_answers_of_a_url_name_the_same_headers_whatever_they_are(
    target: str, vary: str | None, statuses: set[int]
) -> None:
    visitors: list[tuple[tuple[str, str], ...]] = [(), PREFLIGHT, (("cookie", "georedirect=north"),)]
    answers = [
        post(body, *headers, target=target.encode(), method=method)
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE")
        for headers in visitors
        for body in (form(region="north"), form(region="nowhere"))
    ]
    assert {header(answered, "Vary") for answered in answers} == {vary}
    assert {answered.status for answered in answers} <= statuses


@pytest.mark.parametrize("mode", ["", 'mode = "suggest"\n', 'mode = "stay"\n', 'undecided = "chooser"\n'])
@pytest.mark.parametrize("languages", [(), (("accept-language", "de"),)])
def test_where_the_country_is_in_no_key_visitors_get_the_same_answer_wherever_they_are(
    mode: str, languages: tuple[tuple[str, str], ...]
) -> None:
    site = '[site]\nhosts = ["www.example.com"]\ndefault = "a"\norder = ["language"]\n'
    regions = (
        '[regions.a]\nuri = "https://a.example{+path}"\n[regions.b]\nuri = "https://b.example"\nlanguages = ["de"]\n'
    )
    text = f'{site}{mode}cache = {{ shared_seconds = 300, key = ["language"] }}\n{regions}{TRUSTED}'
    answers = [
        post(b"", *languages, text=text, target=b"/x", method="GET", address=address)
        for address in ("85.214.132.117", "8.8.8.8", "192.0.2.1")
    ]
    assert len({(answered.status, answered.headers, answered.body) for answered in answers}) == 1
    assert header(answers[0], "Vary") == "Accept-Language, Sec-Fetch-Dest, Sec-Purpose, Purpose"
    assert header(answers[0], "Cache-Control") == "public, max-age=0, s-maxage=300"


def test_what_the_chooser_suggests_is_a_guess_whatever_rules_say() -> None:
    """A rule for some URL, the site's root included, is no reason to suggest anything for another."""
    for rule in ("status = 404", 'region = "north"', 'uri = "https://other.example/"', "stay = true"):
        snapshot = snapshot_for(f"{GOOD}[[rules]]\n{rule}\n")
        asks = imagine_request(snapshot.configuration, "85.214.132.117", f"{PAGE}suggest")
        suggested = reply(snapshot, asks)
        assert json.loads(suggested.body)["region"] == "germany"
