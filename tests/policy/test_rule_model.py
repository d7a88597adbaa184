"""What a rule that was read says of itself, and by what a visitor is known when something is drawn for them."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import pytest

from georedirect.policy.rule_model import Deed, Sticky
from georedirect.visitor.address import parse_address
from tests.askers import asker, place
from tests.policies import load_policy, policy

if TYPE_CHECKING:
    from georedirect.policy.rule_model import Rule

_B = '[regions.b]\nuri = "https://b.example{+path}"\n'


def rule(text: str) -> Rule:
    (found,) = load_policy(policy(rest=f"{_B}[[rules]]\n{text}")).rules.rules
    return found


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ('region = "a"', ("a",)),
        ('suggest = true\nregion = "b"', ("b",)),
        ("split = { a = 1, b = 0 }", ("a", "b")),
        ('continue = "t"\nsplit = { a = 1, b = 0 }', ()),
        ("stay = true", ()),
    ],
)
def test_a_rule_knows_the_regions_that_it_may_send_somebody_to(text: str, regions: tuple[str, ...]) -> None:
    assert rule(text).regions == regions


def test_the_first_condition_that_fails_is_found() -> None:
    found = rule('stay = true\nwhen = { path = "/a", country = "DE" }')
    assert found.failing(asker("/a", where=place("DE"))) is None
    assert found.failing(asker("/b")) is found.when[0]
    assert found.failing(asker("/a")) is found.when[1]
    assert found.asks == found.when[:1]
    assert found.reads_request


def test_a_rule_about_places_alone_reads_nothing_of_the_request_unless_it_draws() -> None:
    assert not rule('stay = true\nwhen = { country = "DE" }').reads_request
    assert rule("split = { a = 1, b = 1 }").reads_request


def test_a_variant_is_drawn_by_weight_and_kept() -> None:
    found = rule('continue = "t"\nsplit = { x = 90, y = 10, z = 0 }')
    drawn = [found.variant(b"%d" % number) for number in range(2000)]
    assert drawn == [found.variant(b"%d" % number) for number in range(2000)]
    assert 1720 < drawn.count("x") < 1880
    assert drawn.count("z") == 0
    assert rule("stay = true").variant(b"") is None


def test_what_a_uri_may_be_filled_with_is_taken_from_the_path() -> None:
    found = rule(
        'uri = "https://x.example/{+1}/{2}{+rest}"\nwhen = { path = "/a/*/*", prefix = "/a", not_path = "/a/b*" }'
    )
    assert found.captured("/a/x/y/z") == {"1": "x", "2": "y/z", "rest": "/x/y/z"}
    assert rule('stay = true\nwhen = { country = "DE", not_prefix = "/b" }').captured("/a") == {}


def test_a_rule_ends_with_the_first_of_its_windows() -> None:
    found = rule(
        "status = 503\n"
        'when = { until = 1970-01-01T12:00:00Z, daily = { from = 00:00:00, until = 03:00:00 }, zone = "UTC" }'
    )
    assert found.end_after(0) == 3 * 3600
    assert rule("status = 503\nwhen = { until = 1970-01-01T12:00:00Z }").end_after(0) == 12 * 3600
    assert rule("status = 503\nwhen = { not_until = 1970-01-01T12:00:00Z }").end_after(0) == inf
    assert rule("status = 503").end_after(0) == inf


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("192.0.2.1", "192.0.2.254", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8:0:ff::1", "2001:db8:0:1::2", True),
        ("2001:db8:0:ff::1", "2001:db8:0:100::1", False),
        ("0.0.0.1", "::1", False),
    ],
)
def test_visitors_of_one_network_are_alike(one: str, other: str, alike: bool) -> None:
    first, second = (Sticky().identity(parse_address(text), None) for text in (one, other))
    assert (first == second) is alike


def test_a_cookie_counts_for_more_than_the_network_and_can_be_no_network() -> None:
    sticky = Sticky(ipv4_prefix=8)
    address = parse_address("10.1.2.3")
    assert sticky.identity(address, "x") == sticky.identity(None, "x") != sticky.identity(address, None)
    assert sticky.identity(address, "") == sticky.identity(parse_address("10.9.9.9"), None)
    assert sticky.identity(address, "10/32") != sticky.identity(address, None)
    assert sticky.identity(None, None) == b""
    assert sticky.identity(None, "\xff") == b"c\xff"


def test_each_outcome_is_called_by_its_key() -> None:
    assert list(Deed) == ["uri", "region", "split", "stay", "suggest", "status", "continue"]
