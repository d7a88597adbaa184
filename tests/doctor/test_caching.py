"""What headers say to caches, as the most liberal of caches may read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.doctor.caching import Storing, directives, lines_of, signs_of_a_store, storing, vary_of
from tests.doctor.answering import reply

DATE = "Date: Sun, 22 Nov 2026 12:00:00 GMT"
F, A, U = Storing.FORBIDDEN, Storing.ALLOWED, Storing.UNSAID

SAID: list[tuple[Storing, tuple[str, ...]]] = [
    (F, ("Cache-Control: private, no-store",)),
    (F, ("cache-control: PRIVATE",)),
    (F, ("Cache-Control: no-store",)),
    (F, ("Cache-Control: no-cache",)),
    (F, ("Cache-Control: public", "Cache-Control: no-store")),
    (F, ("Cache-Control: private, max-age=60",)),
    (F, ("Cache-Control: s-maxage=0, max-age=60",)),
    (F, ("Cache-Control: max-age=0",)),
    (F, ("Cache-Control: public, max-age=0, must-revalidate",)),
    (F, ("Cache-Control: max-age=soon",)),
    (F, ("Cache-Control: max-age",)),
    (F, ("Vary: *",)),
    (F, ("Cache-Control: max-age=60", "Vary: Accept-Language, *")),
    (F, ("Expires: 0",)),
    (F, ("Expires: Sun, 22 Nov 2026 11:00:00 GMT", DATE)),
    (F, ("Cache-Control: no-store", "CDN-Cache-Control: no-store")),
    (A, ("Cache-Control: public",)),
    (A, ("Cache-Control: max-age=60",)),
    (A, ('Cache-Control: max-age="60"',)),
    (A, ("Cache-Control: max-age=0, s-maxage=60",)),
    (A, ("Cache-Control: max-age=0, stale-while-revalidate=60",)),
    (A, ("Cache-Control: max-age=60, stale-if-error=0",)),
    (A, ('Cache-Control: private="Set-Cookie", max-age=60',)),
    (A, ('Cache-Control: no-cache="Set-Cookie", max-age=60',)),
    (A, ("Expires: Sun, 22 Nov 2026 13:00:00 GMT", DATE)),
    (A, ("Expires: Sun, 22 Nov 2026 13:00:00 GMT",)),
    (A, ("Cache-Control: private, no-store", "CDN-Cache-Control: max-age=60")),
    (A, ("Cache-Control: no-store", "Surrogate-Control: max-age=3600")),
    (A, ("Cache-Control: max-age=60", "CDN-Cache-Control: no-store")),  # other caches do not read the second
    (U, ()),
    (U, ("Cache-Control: must-revalidate",)),
    (U, ("Cache-Control:",)),
    (U, ("Pragma: no-cache",)),
    (U, ("Vary: Accept-Language",)),
]


@pytest.mark.parametrize(("said", "headers"), SAID)
def test_headers_say_whether_a_cache_may_keep_an_answer(said: Storing, headers: tuple[str, ...]) -> None:
    assert storing(reply(307, *headers).headers) is said


some_directives = st.lists(
    st.sampled_from(["public", "max-age=60", "s-maxage=9", "must-revalidate", "x=y", 'z="a, b"'])
)


@given(some_directives, st.sampled_from(["private", "no-store", "no-cache"]), some_directives)
def test_what_forbids_storing_does_so_whatever_stands_beside_it(before: list[str], word: str, after: list[str]) -> None:
    assert storing((("Cache-Control", ", ".join([*before, word, *after])),)) is Storing.FORBIDDEN


@given(st.lists(st.tuples(st.sampled_from(["Cache-Control", "Expires", "Vary", "Age", "X-Cache", "Date"]), st.text())))
def test_any_text_is_read_as_something(headers: list[tuple[str, str]]) -> None:
    assert storing(tuple(headers)) in Storing
    assert set(signs_of_a_store(tuple(headers))) <= {f"{name}: {value}" for name, value in headers}
    assert all(name == name.lower() for name in vary_of(tuple(headers)))


def test_of_two_directives_of_a_name_the_first_counts() -> None:
    assert directives(["Max-Age=60, max-age=0", 'a = "b, c"; d']) == {"max-age": "60", "a": "b, c", "d": None}


SIGNS = [
    ("Age: 3", True),
    ("Age: 0", False),
    ("Age: ", False),
    ("X-Cache: HIT", True),
    ("X-Cache: MISS, HIT", True),
    ("X-Cache: Hit from cloudfront", True),
    ("X-Cache: RefreshHit from cloudfront", False),
    ("X-Cache: Miss from cloudfront", False),
    ("X-Cache: TCP_HIT from edge", True),
    ("X-Cache: TCP_MEM_HIT from edge", True),
    ("X-Cache: TCP_REFRESH_HIT from edge", False),
    ("X-Cache: TCP_MISS from edge", False),
    ("CF-Cache-Status: HIT", True),
    ("CF-Cache-Status: DYNAMIC", False),
    ("CF-Cache-Status: BYPASS", False),
    ("X-Cache-Status: STALE", True),
    ("X-Cache-Status: EXPIRED", False),
    ("Cache-Status: ExampleCache; hit; ttl=3", True),
    ("Cache-Status: ExampleCache; fwd=stale", False),
    ("X-Varnish: 32770 3", True),
    ("X-Varnish: 32770", False),
    ("Via: 1.1 varnish", False),
]


@pytest.mark.parametrize(("header", "is_sign"), SIGNS)
def test_some_headers_tell_that_an_answer_was_given_before(header: str, is_sign: bool) -> None:
    assert signs_of_a_store(reply(307, header).headers) == ((header,) if is_sign else ())


def test_accept_encoding_tells_no_visitors_apart() -> None:
    assert vary_of(reply(200, "Vary: Accept-Encoding, Accept-Language", "vary: COOKIE,").headers) == {
        *("accept-language", "cookie"),
    }


def test_lines_are_shown_in_one_order_and_of_a_cookie_only_the_name() -> None:
    headers = reply(
        200, "Via: 1.1 a", "Server: b", "set-cookie: session=secret; Secure", "cache-control: public"
    ).headers
    assert lines_of(headers) == ("Cache-Control: public", "Set-Cookie: session=...", "Via: 1.1 a")
