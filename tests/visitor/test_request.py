from __future__ import annotations

from dataclasses import replace

import pytest

from georedirect.visitor.address import parse_address
from georedirect.visitor.client import Client, ClientReason
from georedirect.visitor.host import Host
from georedirect.visitor.languages import LanguageRange
from georedirect.visitor.networks import Networks
from georedirect.visitor.request import Malformed, Request, Visitor, read_country, recognise, with_said

PROXY = parse_address("10.0.0.1")
TRUSTED = Networks.parse(["10.0.0.0/8"])
HOST = ("host", "www.example.com")


def meet(*headers: tuple[str, str], target: bytes = b"/a?b", version: str = "1.1") -> Visitor | Malformed:
    return recognise(Request("GET", target, headers, PROXY, version), "x-forwarded-for", TRUSTED)


def test_a_request_tells_who_is_asking_for_what() -> None:
    visitor = meet(
        HOST,
        ("x-forwarded-for", "203.0.113.7"),
        ("accept-language", "de"),
        ("x-forwarded-for", "10.0.0.2"),
        ("accept-language", "en;q=0.5"),
    )
    client = Client(parse_address("203.0.113.7"), ClientReason.HEADER)
    languages = (LanguageRange("de", 1000), LanguageRange("en", 500))
    assert visitor == Visitor(client, languages, Host("www.example.com", None), "/a", "?b")


def test_the_authority_of_an_absolute_target_counts_before_host() -> None:
    visitor = meet(HOST, target=b"http://other.example:81/")
    assert isinstance(visitor, Visitor)
    assert visitor.host == Host("other.example", 81)


def test_only_http_1_0_may_name_no_host() -> None:
    assert isinstance(meet(), Malformed)
    visitor = meet(version="1.0")
    assert isinstance(visitor, Visitor)
    assert visitor.host is None


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_two_hosts_a_bad_host_and_a_bad_target_are_malformed(version: str) -> None:
    assert isinstance(meet(HOST, HOST, version=version), Malformed)
    assert isinstance(meet(("host", "user@example.com"), version=version), Malformed)
    assert isinstance(meet(("host", ""), version=version), Malformed)
    assert isinstance(meet(HOST, target=b"*", version=version), Malformed)


COUNTRIES_SAID = [
    ([], None),
    (["DE"], "DE"),
    (["de"], "DE"),
    ([" cH\t"], "CH"),
    (["XK"], "XK"),
    (["XX"], ""),
    (["T1"], ""),
    (["EU"], ""),
    (["UK"], ""),
    ([""], ""),
    ([" "], ""),
    (["D"], ""),
    (["DEU"], ""),
    (["DE, CH"], ""),
    (["DE;q=1"], ""),
    (['"DE"'], ""),
    (["DE\n"], ""),
    (["d\xe9"], ""),
    (["\xdf"], ""),  # whose capital is SS
    (["\u0131t"], ""),  # whose capital is IT
    (["DE", "DE"], ""),
    (["DE", "CH"], ""),
    (["", "DE"], ""),
]


@pytest.mark.parametrize(("lines", "country"), COUNTRIES_SAID)
def test_one_line_with_a_country_says_it_and_anything_else_that_it_is_not_known(
    lines: list[str], country: str | None
) -> None:
    assert read_country(lines) == country
    headers = [HOST, *(("cf-ipcountry", line) for line in lines)]
    for peer, said in (("10.0.0.1", country), ("192.0.2.1", None), ("", None)):
        request = Request("GET", b"/", headers, parse_address(peer))
        visitor = recognise(request, "x-forwarded-for", TRUSTED, "cf-ipcountry")
        assert isinstance(visitor, Visitor)
        assert visitor.said_country == said, peer


def test_without_a_name_no_header_says_a_country() -> None:
    visitor = meet(HOST, ("cf-ipcountry", "DE"), ("x-country", "DE"))
    assert isinstance(visitor, Visitor)
    assert visitor.said_country is None


def test_of_what_else_a_request_says_that_is_known_which_was_asked_for_by_name() -> None:
    headers = (("x-a", "1"), ("x-b", "2"), ("x-a", " 3"), ("cookie", "group=; other=4"), ("cookie", "group=5"))
    request = Request("GET", b"/", (HOST, *headers), PROXY)
    visitor = recognise(request, "x-forwarded-for", TRUSTED)
    assert isinstance(visitor, Visitor)
    assert (visitor.said, visitor.sticky) == ({}, None)
    said = with_said(visitor, request, ["x-a", "x-c"], "other")
    assert said == replace(visitor, said={"x-a": "1,  3"}, sticky="4")
    for cookie in (None, "group", "none"):  # an empty one says nothing
        assert with_said(visitor, request, [], cookie).sticky is None


@pytest.mark.parametrize(
    ("peer", "said", "is_tls", "scheme"),
    [
        ("8.8.8.8", [], False, "http"),
        ("8.8.8.8", [], True, "https"),
        ("8.8.8.8", ["http"], True, "https"),
        ("8.8.8.8", ["https"], False, "http"),
        ("10.0.0.1", [], True, "https"),
        ("10.0.0.1", [""], True, "https"),
        ("10.0.0.1", [""], False, "http"),
        ("10.0.0.1", ["http"], True, "http"),
        ("10.0.0.1", ["https"], False, "https"),
        ("10.0.0.1", ["https", "https"], True, "http"),
        ("10.0.0.1", ["wss"], True, "http"),
    ],
)
def test_the_scheme_is_what_is_spoken_unless_a_trusted_proxy_says_otherwise(
    peer: str, said: list[str], is_tls: bool, scheme: str
) -> None:
    headers = [("host", "www.example.com"), *(("x-forwarded-proto", value) for value in said)]
    request = Request("GET", b"/", headers, parse_address(peer), is_tls=is_tls)
    visitor = recognise(request, "peer", Networks.parse(["10.0.0.0/8"]))
    assert isinstance(visitor, Visitor)
    assert visitor.scheme == scheme
