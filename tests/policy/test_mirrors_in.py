"""Mirrors, checks and what is sticky are read as they are written; what is of no use is told of."""

from __future__ import annotations

import pytest

from georedirect.place import Coordinates
from georedirect.policy.mirror_model import MOST_CHECKS, Check, CheckMethod, Choosing, WhenDown
from georedirect.policy.rule_model import Sticky
from georedirect.sharing import Lot
from tests.policies import findings_of, load, load_policy, mistakes_of, policy, warnings_of

BEFORE = """\
[site]
default = "b"
when_down = "refuse"
[sticky]
key = "k"
[regions.b]
uri = "https://b.example{+path}"
[regions.a]
"""
TWO = """\
choose = "nearest"
fallback = ["b"]
[[regions.a.mirrors]]
uri = "https://one.example{+path}{+query}"
weight = 3
latitude = 35.7
longitude = -139
[regions.a.mirrors.check]
path = "/health?x=1"
method = "GET"
interval_seconds = 60
timeout_seconds = 5
fall = 1
rise = 9
status = [204, 200]
text = "ok"
[[regions.a.mirrors]]
uri = "https://two.example:8443/{region}{+path}"
latitude = 90
longitude = 180.0
"""


def test_mirrors_are_read_as_they_are_written() -> None:
    read = load_policy(BEFORE + TWO)
    region = read.regions["a"]
    assert read.when_down is WhenDown.REFUSE
    assert (region.choosing, region.fallback) == (Choosing.NEAREST, ("b",))
    one, two = region.mirrors
    assert (one.name, one.weight, one.coordinates) == ("https://one.example", 3, Coordinates(35.7, -139))
    assert one.check == Check("https://one.example/health?x=1", CheckMethod.GET, 60, 5, 1, 9, (200, 204), "ok")
    assert (two.name, two.weight, two.check) == ("https://two.example:8443/a", 1, None)
    assert region.lot == Lot.of([(one.name, 3), (two.name, 1)], "mirrors", "k", "a")
    assert two.holds("/a/x")
    assert not two.holds("/ab")


def test_a_region_with_one_uri_is_its_only_mirror() -> None:
    region = load_policy(policy(region='check = { path = "/", method = "HEAD", status = 301 }')).regions["a"]
    assert region.mirrors[0].check == Check("https://a.example/", CheckMethod.HEAD, statuses=(301,))
    assert region.lot == Lot()
    assert (region.choosing, region.fallback) == (Choosing.WEIGHT, ())


@pytest.mark.parametrize(
    ("check", "timeout"), [("", 2), (", interval_seconds = 1", 1), (", interval_seconds = 3, timeout_seconds = 3", 3)]
)
def test_an_answer_may_take_no_longer_than_the_interval(check: str, timeout: int) -> None:
    text = policy(region=f'check = {{ path = "/"{check} }}')
    (found,) = load(text).checks
    assert found.timeout_seconds == timeout


def test_equal_checks_are_one_whichever_file_has_them() -> None:
    one, other = (policy(f'hosts = ["{host}"]', 'check = { path = "/" }') for host in ("one.example", "other.example"))
    assert load(one, other).checks == (Check("https://a.example/"),)


def test_two_checks_that_ask_the_same_and_judge_otherwise_are_told_at_the_later_one() -> None:
    one = policy('hosts = ["one.example"]', 'check = { path = "/" }')
    other = policy('hosts = ["other.example"]', 'check = { path = "/", fall = 9 }')
    (line,) = mistakes_of(one, other)
    assert line.startswith("2.toml:6: regions.a.check: asks GET https://a.example/ as another check does")


def test_there_are_not_more_checks_than_anybody_can_ask() -> None:
    def mirrors(number: int) -> str:
        each = '[[regions.a.mirrors]]\nuri = "https://m{}.example/"\ncheck = {{ path = "/" }}\n'
        return BEFORE + "".join(each.format(n) for n in range(number))

    assert len(load(mirrors(MOST_CHECKS)).checks) == MOST_CHECKS
    (line,) = mistakes_of(mirrors(MOST_CHECKS + 1))
    assert line.startswith(f"1.toml:{8 + 3 * MOST_CHECKS + 3}: regions.a.mirrors.check: is one too many")


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (policy(region='choose = "first"'), "5: warning: regions.a.choose: is of no use without several mirrors"),
        (policy(region="latitude = 1\nlongitude = 1"), "5: warning: regions.a.latitude: is of no use without"),
        (
            policy(region='fallback = ["b"]', rest='[regions.b]\nuri = "https://b.example"'),
            "5: warning: regions.a.fallback: never serves",
        ),
        (BEFORE + TWO.replace("nearest", "first"), "13: warning: regions.a.mirrors.weight: is of no use with"),
        (BEFORE + TWO.replace("nearest", "weight"), "14: warning: regions.a.mirrors.latitude: is of no use without"),
    ],
)
def test_what_is_of_no_use_is_told_of(text: str, warning: str) -> None:
    assert any(line.startswith(warning) for line in warnings_of(text)), warnings_of(text)


def test_weights_beside_the_nearest_count_where_nobody_knows_where_a_visitor_is() -> None:
    assert not any("regions.a" in line for line in warnings_of(BEFORE + TWO))


def test_a_mirror_that_leads_back_is_told_by_its_own_line() -> None:
    text = (
        (BEFORE + TWO).replace('default = "b"', 'default = "b"\nhosts = ["two.example"]').replace(":8443/{region}", "")
    )
    (line,) = mistakes_of(text)
    assert line.startswith("1.toml:27: regions.a.mirrors.uri: leads back to two.example")


def test_a_region_where_all_stay_still_leads_somewhere_if_it_is_anothers_fallback() -> None:
    text = policy(
        'hosts = ["www.example.com"]',
        'check = { path = "/" }\nfallback = ["b"]',
        '[regions.b]\nmode = "stay"\nuri = "https://www.example.com{+path}{+query}"',
    )
    (line,) = mistakes_of(text)
    assert line.startswith("1.toml:10: regions.b.uri: leads back to www.example.com")
    assert load(text.replace('fallback = ["b"]\n', "")).policies


@pytest.mark.parametrize(("deed", "leads"), [('region = "b"', True), ('suggest = true\nregion = "b"', False)])
def test_a_rule_that_sends_to_a_region_where_all_stay_leads_there(deed: str, leads: bool) -> None:
    region = '[regions.b]\nmode = "stay"\nuri = "https://www.example.com{+path}{+query}"'
    text = policy('hosts = ["www.example.com"]', rest=f"{region}\n[[rules]]\n{deed}")
    if leads:
        assert "regions.b.uri: leads back to www.example.com" in findings_of(text)[-1]
    else:
        assert load(text).policies


@pytest.mark.parametrize(
    ("text", "sticky"),
    [
        ("", Sticky()),
        ('cookie = "__Host-session"', Sticky(cookie="__Host-session")),
        ('cookie = "_app.sid"\nkey = "ä b"', Sticky(cookie="_app.sid", key="ä b")),
        ("ipv4_prefix = 8\nipv6_prefix = 64", Sticky(ipv4_prefix=8, ipv6_prefix=64)),
    ],
)
def test_what_is_sticky_is_read_as_it_is_written(text: str, sticky: Sticky) -> None:
    assert load_policy(policy(rest=f"[sticky]\n{text}")).sticky == sticky


def test_sticky_that_is_no_table_is_a_mistake() -> None:
    assert mistakes_of("sticky = 1\n" + policy()) == ["1.toml:1: sticky: must be a table, [sticky], not 1"]
