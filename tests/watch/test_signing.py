"""Who may reload: without a token programs, with one whoever says it, on our own pages or as a bearer."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from georedirect.door.history import Outcome
from georedirect.door.token import Token
from georedirect.watch.admin import create_admin
from georedirect.watch.sessions import MOST_WRONG
from tests.serving import serving, snapshot_for
from tests.watch.test_admin import NAMED, Supervisor
from tests.wire import ask, request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from georedirect.policy.endpoint import Endpoint
    from tests.wire import Reply

WORD = "a word that nobody guesses".replace(" ", "-")
OURS = "Sec-Fetch-Site: same-origin"

_numbers = count()


@asynccontextmanager
async def guarded(token: Token | None = Token.of(WORD)) -> AsyncIterator[Endpoint]:  # noqa: B008  a frozen value
    desk = Supervisor(Outcome.SWAPPED).desk
    desk.renew(replace(snapshot_for(NAMED), token=token))()
    async with serving(create_admin(desk, name=f"guarded-{next(_numbers)}")) as endpoint:
        yield endpoint


async def post(admin: Endpoint, path: str, *headers: str, body: str = "") -> Reply:
    said = (*headers, "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}")
    return await ask(admin, request(path, *said, host=str(admin), method="POST") + body.encode())


async def sign_in(admin: Endpoint, word: str = WORD, *headers: str) -> Reply:
    return await post(admin, "/login", *(headers or (OURS,)), body=f"token={quote(word)}")


async def cookie_of(admin: Endpoint) -> str:
    return "Cookie: " + (await sign_in(admin))["set-cookie"].partition(";")[0]


async def test_the_token_opens_a_session_that_only_our_pages_can_use() -> None:
    async with guarded() as admin:
        reply = await sign_in(admin)
        assert (reply.status, reply["location"]) == (303, "/")
        pair, *attributes = reply["set-cookie"].split("; ")
        assert pair.startswith("georedirect-admin=")
        assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Strict"]
        reloaded = await post(admin, "/reload", OURS, f"Cookie: {pair}")
        assert (reloaded.status, reloaded["location"]) == (303, "/")
        shown = await ask(admin, request("/try", f"Cookie: {pair}", host=str(admin)))
        assert b'action="/reload"' in shown.body


async def test_by_https_the_cookie_is_for_https_alone() -> None:
    async with guarded() as admin:
        assert "Secure" in (await sign_in(admin, WORD, f"Origin: https://{admin}"))["set-cookie"]
        assert "Secure" not in (await sign_in(admin, WORD, f"Origin: http://{admin}"))["set-cookie"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((), 401),
        (("Authorization: Bearer wrong",), 401),
        (("Authorization: Basic YTpi",), 401),
        (("Cookie: georedirect-admin=",), 401),
        (("Cookie: georedirect-admin=nobody", OURS), 401),
        (("Sec-Fetch-Site: cross-site",), 401),
        ((f"Authorization: Bearer {WORD}",), 200),
        ((f"Authorization: bearer  {WORD}",), 200),
    ],
)
async def test_with_a_token_a_reload_takes_it(headers: tuple[str, ...], status: int) -> None:
    async with guarded() as admin:
        reply = await post(admin, "/reload", *headers)
    assert reply.status == status
    assert (status == 401) is bool(reply.all("www-authenticate"))


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ("Sec-Fetch-Site: same-site",),
        ("Sec-Fetch-Site: cross-site",),
        ("Sec-Fetch-Site: none",),
        ("Origin: http://evil.example",),
        ("Origin: null", OURS),
        ("Origin: http://127.0.0.1:1", OURS),
    ],
)
async def test_a_session_is_of_no_use_to_pages_of_others(headers: tuple[str, ...]) -> None:
    async with guarded() as admin:
        cookie = await cookie_of(admin)
        assert (await post(admin, "/reload", cookie, *headers)).status == 403
        assert (await post(admin, "/logout", cookie, *headers)).status == 403
        assert (await sign_in(admin, WORD, *(headers or ("Accept: */*",)))).status == 403
        assert (await post(admin, "/reload", cookie, OURS)).status == 303


async def test_who_signs_out_is_out() -> None:
    async with guarded() as admin:
        cookie = await cookie_of(admin)
        reply = await post(admin, "/logout", cookie, OURS)
        assert (reply.status, "Max-Age=0" in reply["set-cookie"]) == (303, True)
        assert (await post(admin, "/reload", cookie, OURS)).status == 401


async def test_another_token_ends_all_sessions() -> None:
    desk = Supervisor(Outcome.SWAPPED).desk
    desk.renew(replace(snapshot_for(NAMED), token=Token.of(WORD)))()
    async with serving(create_admin(desk, name=f"guarded-{next(_numbers)}")) as admin:
        cookie = await cookie_of(admin)
        desk.renew(replace(snapshot_for(NAMED), token=Token.of(WORD + "!")))()
        assert (await post(admin, "/reload", cookie, OURS)).status == 401


async def test_a_wrong_token_is_told_beside_its_field_and_is_not_shown() -> None:
    async with guarded() as admin:
        reply = await sign_in(admin, "<b>hush")
    assert reply.status == 403
    assert reply.all("set-cookie") == []
    assert b'id="token-error">That is not the token.' in reply.body
    assert b"hush" not in reply.body


async def test_after_many_wrong_tokens_nobody_gets_in_for_a_while_but_sessions_go_on() -> None:
    async with guarded() as admin:
        cookie = await cookie_of(admin)
        for number in range(MOST_WRONG):
            if number % 2:
                assert (await sign_in(admin, "wrong")).status == 403
            else:
                assert (await post(admin, "/reload", "Authorization: Bearer wrong")).status == 401
        for reply in (await sign_in(admin), await post(admin, "/reload", f"Authorization: Bearer {WORD}")):
            assert reply.status == 429
            assert 0 < int(reply["retry-after"]) <= 60
        assert (await post(admin, "/reload", cookie, OURS)).status == 303


async def test_pages_of_others_cannot_use_up_the_tries() -> None:
    async with guarded() as admin:
        for _ in range(2 * MOST_WRONG):
            await sign_in(admin, "wrong", "Sec-Fetch-Site: cross-site")
        assert (await sign_in(admin)).status == 303


async def test_without_a_token_nobody_signs_in_and_the_form_says_how_to_have_one() -> None:
    async with guarded(token=None) as admin:
        reply = await sign_in(admin, "")
        assert (reply.status, reply.all("set-cookie")) == (403, [])
        assert b"admin_token_file" in reply.body
        assert (await post(admin, "/reload")).status == 200
        assert (await post(admin, "/reload", OURS)).status == 403


async def test_a_body_that_is_too_large_is_not_read() -> None:
    async with guarded() as admin:
        reply = await ask(admin, request("/login", OURS, "Content-Length: 70000", host=str(admin), method="POST"))
    assert reply.status == 413
