from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.visitor.address import parse_address
from georedirect.visitor.choice import Asked, read_choice, take_parameter, write_cookie
from georedirect.visitor.networks import Networks
from georedirect.visitor.request import Request, Visitor, recognise, with_choice


@pytest.mark.parametrize(
    ("query", "value", "left"),
    [
        (None, None, None),
        ("?", None, "?"),
        ("?a=1", None, "?a=1"),
        ("?region=x", "x", None),
        ("?region=", "", None),
        ("?region", None, "?region"),
        ("?a=1&region=x&b=2", "x", "?a=1&b=2"),
        ("?region=x&a", "x", "?a"),
        ("?a&region=x", "x", "?a"),
        ("?&region=x", "x", "?"),
        ("?region=x&", "x", "?"),
        ("?region=x&region=y", "x", None),
        ("?region=x&a=%2&region=y&&b", "x", "?a=%2&&b"),
        ("?Region=x", None, "?Region=x"),
        ("?myregion=x", None, "?myregion=x"),
        ("?a=region=x", None, "?a=region=x"),
        ("?a;region=x", None, "?a;region=x"),
        ("?%72egion=x", None, "?%72egion=x"),
        ("??region=x", None, "??region=x"),
        ("?region=x=y", "x=y", None),
        ("?region=x%00", "x%00", None),
    ],
)
def test_the_parameter_is_read_by_its_exact_name_and_taken_out(
    query: str | None, value: str | None, left: str | None
) -> None:
    assert take_parameter(query, "region") == Asked(value, left)


members = st.lists(st.sampled_from(["", "a=1", "region", "region=x", "region=y", "b=&", "%%", "?"]), max_size=6)


@given(members)
def test_all_but_the_parameter_is_left_octet_for_octet(members: list[str]) -> None:
    query = "?" + "&".join(members)
    asked = take_parameter(query, "region")
    assert (asked.query or "?")[1:].split("&") == (
        [member for member in query[1:].split("&") if not member.startswith("region=")] or [""]
    )
    assert take_parameter(asked.query, "region") == Asked(None, asked.query)


@pytest.mark.parametrize(
    ("lines", "scheme", "value"),
    [
        ([], "http", None),
        (["georedirect=de"], "http", "de"),
        (["georedirect=de"], "https", None),
        (["__Host-georedirect=de"], "https", "de"),
        (["__Host-georedirect=de"], "http", None),
        (["georedirect=fr; __Host-georedirect=de"], "https", "de"),
        (["a=b; georedirect=de; c=d"], "http", "de"),
        (["a=b;georedirect=de;c"], "http", "de"),
        (["a=b", "georedirect=de"], "http", "de"),
        (["georedirect=de; georedirect=fr"], "http", "de"),
        (["georedirect=; georedirect=fr"], "http", ""),
        (["georedirect=\t; georedirect=fr"], "http", ""),
        (["Georedirect=de"], "http", None),
        (["xgeoredirect=de"], "http", None),
        (["a=georedirect=de"], "http", None),
        (["georedirect = de"], "http", None),
        (["georedirect"], "http", None),
        (['georedirect="de"'], "http", '"de"'),
        (["a, georedirect=de"], "http", None),
        (["\tgeoredirect=de\t "], "http", "de"),
    ],
)
def test_the_cookie_is_read_by_its_exact_name_and_the_first_counts(
    lines: list[str], scheme: str, value: str | None
) -> None:
    assert read_choice(lines, "georedirect", scheme) == value


def test_a_cookie_is_as_strict_as_its_scheme_allows() -> None:
    assert write_cookie("c", "http", "de", 1) == "c=de; Max-Age=86400; Path=/; HttpOnly; SameSite=Lax"
    assert write_cookie("c", "https", "de", 1) == "__Host-c=de; Max-Age=86400; Path=/; Secure; HttpOnly; SameSite=Lax"
    assert write_cookie("c", "https", "", 0) == "__Host-c=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax"


def meet(*headers: tuple[str, str], target: bytes = b"/a?b", peer: str = "10.0.0.1") -> Visitor:
    request = Request("GET", target, [("host", "a.example"), *headers], parse_address(peer))
    visitor = recognise(request, "x-forwarded-for", Networks.parse(["10.0.0.0/8"]))
    assert isinstance(visitor, Visitor)
    return with_choice(visitor, request, "region", "c")


@pytest.mark.parametrize(
    ("peer", "lines", "scheme"),
    [
        ("10.0.0.1", [], "http"),
        ("10.0.0.1", ["https"], "https"),
        ("10.0.0.1", ["HTTPS"], "https"),
        ("10.0.0.1", ["http"], "http"),
        ("10.0.0.1", ["https, http"], "http"),
        ("10.0.0.1", ["https", "https"], "http"),
        ("10.0.0.1", ["wss"], "http"),
        ("10.0.0.1", [""], "http"),
        ("192.0.2.1", ["https"], "http"),
        ("", ["https"], "http"),
    ],
)
def test_only_a_trusted_proxy_says_that_the_visitor_came_by_https(peer: str, lines: list[str], scheme: str) -> None:
    assert meet(*(("x-forwarded-proto", line) for line in lines), peer=peer).scheme == scheme


@pytest.mark.parametrize(
    ("headers", "destination"),
    [
        ([], None),
        ([("sec-fetch-dest", "document")], None),
        ([("sec-fetch-dest", "empty")], None),
        ([("sec-fetch-dest", "iframe")], None),
        ([("sec-fetch-dest", "")], None),
        ([("sec-fetch-dest", "image")], "image"),
        ([("sec-fetch-dest", "Script")], "script"),
        ([("sec-fetch-dest", "of-tomorrow")], "of-tomorrow"),
        ([("sec-fetch-dest", "image"), ("sec-fetch-dest", "image")], None),
        ([("sec-purpose", "prefetch")], "prefetch"),
        ([("sec-purpose", "prefetch;prerender")], "prefetch"),
        ([("sec-fetch-dest", "document"), ("purpose", "Prefetch")], "prefetch"),
        ([("purpose", "preview")], None),
        ([("sec-purpose", "x-prefetch")], None),
    ],
)
def test_a_browser_says_what_it_wants_an_answer_for(headers: list[tuple[str, str]], destination: str | None) -> None:
    assert meet(*headers).destination == destination


def test_a_visitor_has_asked_and_chosen_as_it_stands_there() -> None:
    visitor = meet(("cookie", "c=de"), target=b"/a?x&region=%C3%A9\\&y")
    assert (visitor.asked, visitor.chosen, visitor.query) == ("%C3%A9%5C", "de", "?x&y")
