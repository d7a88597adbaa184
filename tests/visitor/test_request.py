from __future__ import annotations

import pytest

from georedirect.visitor.address import parse_address
from georedirect.visitor.client import Client, ClientReason
from georedirect.visitor.host import Host
from georedirect.visitor.languages import LanguageRange
from georedirect.visitor.networks import Networks
from georedirect.visitor.request import Malformed, Request, Visitor, recognise

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
