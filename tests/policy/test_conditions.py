"""Each condition of a rule, read from a policy and held against who asks: what holds, and what it says it saw."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from georedirect.place import Anonymity
from georedirect.policy.conditions import Below, Drawn, PathLike
from georedirect.sharing import position
from tests.askers import asker, place
from tests.policies import load_policy, policy

if TYPE_CHECKING:
    from georedirect.policy.asker import Asker
    from georedirect.policy.conditions import Condition

VPN, TOR = Anonymity.VPN, Anonymity.TOR
NOON = 1_796_040_000.0
"""2026-11-30 12:00:00 UTC, a Monday."""


def condition_of(text: str) -> Condition:
    """The first condition of a rule that has these."""
    groups = '[groups]\nnordics = ["DK", "FI"]\n'
    (rule,) = load_policy(policy(rest=f"{groups}[[rules]]\nstay = true\nwhen = {{ {text} }}")).rules.rules
    return rule.when[0]


def negated_form(text: str) -> str:
    """The same conditions about time, or the same single one, with `not_`."""
    is_span = text.startswith(("from", "until"))
    return re.sub(r"\b(from|until) =", r"not_\1 =", text) if is_span else f"not_{text}"


CASES: list[tuple[str, Asker, bool, str | None]] = [
    # condition, who asks, whether it holds, what it saw
    ('path = "/shop/*"', asker("/shop/a/b"), True, "/shop/a/b"),
    ('path = "/shop/*"', asker("/shop/"), True, "/shop/"),
    ('path = "/shop/*"', asker("/shop"), False, "/shop"),
    ('path = "/Shop/*"', asker("/shop/"), False, "/shop/"),
    ('path = ["/a", "/b*c"]', asker("/b/x/c"), True, "/b/x/c"),
    ('path = ["/a", "/b*c"]', asker("/b/x/cd"), False, "/b/x/cd"),
    ('path = "/a.b"', asker("/aXb"), False, "/aXb"),
    ('prefix = "/shop"', asker("/shop"), True, "/shop"),
    ('prefix = "/shop"', asker("/shop/a"), True, "/shop/a"),
    ('prefix = "/shop"', asker("/shopping"), False, "/shopping"),
    ('prefix = ["/a", "/b/c"]', asker("/b/c/"), True, "/b/c/"),
    ('host = "www.example.com"', asker(), True, "www.example.com"),
    ('host = "WWW.example.com."', asker(), True, "www.example.com"),
    ('host = "example.com"', asker(), False, "www.example.com"),
    ('host = "*.example.com"', asker(), True, "www.example.com"),
    ('host = "*.example.com"', asker(host="a.b.example.com"), True, "a.b.example.com"),
    ('host = "*.example.com"', asker(host="example.com"), False, "example.com"),
    ('host = "*.example.com"', asker(host="badexample.com"), False, "badexample.com"),
    ('host = ["a.example", "*.example.com"]', asker(host="a.example"), True, "a.example"),
    ('host = "www.example.com"', asker(host=None), False, "no host"),
    ('method = "GET"', asker(), True, "GET"),
    ('method = "GET"', asker(method="HEAD"), True, "HEAD"),
    ('method = "HEAD"', asker(), False, "GET"),
    ('method = ["POST", "PUT"]', asker(method="PUT"), True, "PUT"),
    ('query = { a = "1" }', asker(query="?b=2&a=1"), True, '"1"'),
    ('query = { a = "1" }', asker(query="?a=2&a=1"), False, '"2"'),
    ('query = { a = "1" }', asker(query="?A=1"), False, "absent"),
    ('query = { a = "1" }', asker(), False, "absent"),
    ("query = { a = true }", asker(query="?a"), True, '""'),
    ("query = { a = true }", asker(query="?a="), True, '""'),
    ("query = { a = true }", asker(query="?"), False, "absent"),
    ("query = { a = true }", asker(query="?ab=1"), False, "absent"),
    ('query = { a = "" }', asker(query="?a"), True, '""'),
    ('query = { a = "x=y" }', asker(query="?a=x=y"), True, '"x=y"'),
    ('query = { a = "b" }', asker(query="?a=%62"), False, '"%62"'),
    ('query = { a = ["1", "2"] }', asker(query="?a=2"), True, '"2"'),
    ('query = { a = ["1", "2"] }', asker(query="?a=3"), False, '"3"'),
    ('query = { a = ["1", ""] }', asker(query="?a"), True, '""'),
    ('query = { a = ["1", "2"] }', asker(query="?b=1"), False, "absent"),
    ('header = { X-Beta = "on" }', asker(said={"x-beta": "on"}), True, '"on"'),
    ('header = { X-Beta = "on" }', asker(said={"x-beta": "On"}), False, '"On"'),
    ("header = { X-Beta = true }", asker(said={"x-beta": ""}), True, '""'),
    ('header = { X-Beta = ["on", "1"] }', asker(said={"x-beta": "1"}), True, '"1"'),
    ('header = { X-Beta = ["on", "1"] }', asker(said={"x-beta": "on, 1"}), False, '"on, 1"'),
    ('header = { X-Beta = ["on", "1"] }', asker(), False, "absent"),
    ("header = { X-Beta = true }", asker(), False, "absent"),
    ('country = "DE"', asker(where=place("DE")), True, "DE"),
    ('country = ["DE", "AT"]', asker(where=place("AT")), True, "AT"),
    ('country = "DE"', asker(where=place("FR")), False, "FR"),
    ('country = "DE"', asker(), False, "not known"),
    ('group = "nordics"', asker(where=place("FI")), True, "FI"),
    ('group = "EU"', asker(where=place("NO")), False, "NO"),
    ('group = ["EEA", "nordics"]', asker(where=place("NO")), True, "NO"),
    ('continent = "EU"', asker(where=place("DE", "EU")), True, "EU"),
    ('continent = "EU"', asker(where=place(None, "AS")), False, "AS"),
    ('continent = "EU"', asker(), False, "not known"),
    ('subdivision = "DE-BY"', asker(where=place("DE", subdivision="BY")), True, "DE-BY"),
    ('subdivision = "DE-BY"', asker(where=place("AT", subdivision="BY")), False, "AT-BY"),
    ('subdivision = "DE-BY"', asker(where=place("DE")), False, "not known"),
    ("asn = 64500", asker(where=place(asn=64500)), True, "64500"),
    ("asn = [1, 4294967295]", asker(where=place(asn=4294967295)), True, "4294967295"),
    ("asn = 64500", asker(), False, "not known"),
    ("anonymous = true", asker(where=place(anonymous=frozenset({TOR}))), True, "tor"),
    ("anonymous = true", asker(), False, "not known to be"),
    ('anonymous = "vpn"', asker(where=place(anonymous=frozenset({TOR, VPN}))), True, "tor, vpn"),
    ('anonymous = ["vpn", "hosting"]', asker(where=place(anonymous=frozenset({TOR}))), False, "tor"),
    ('network = "192.0.2.0/24"', asker(), True, "192.0.2.1"),
    ('network = ["10.0.0.0/8", "2001:db8::/32"]', asker(address="2001:db8::1"), True, "2001:db8::1"),
    ('network = "192.0.2.0/25"', asker(address="192.0.2.128"), False, "192.0.2.128"),
    ('network = "0.0.0.0/0"', asker(address=None), False, "an unknown address"),
    ('language = "de"', asker(languages="de-CH, en;q=0.9"), True, "de-ch"),
    ('language = "de"', asker(languages="en, de;q=0.9"), False, "en"),
    ('language = "de"', asker(languages="en, de"), True, "en, de"),
    ('language = ["fr", "de"]', asker(languages="de"), True, "de"),
    ('language = "de"', asker(languages="*"), False, "not stated"),
    ('language = "de"', asker(), False, "not stated"),
    ('language = "zh-Hant"', asker(languages="zh-TW"), True, "zh-tw"),
    ("share = 100", asker(), True, None),
    ("share = 0", asker(), False, None),
    ("from = 2026-11-30T12:00:00Z", asker(time=NOON), True, "2026-11-30 12:00:00 UTC"),
    ("from = 2026-11-30T12:00:00Z", asker(time=NOON - 1), False, "2026-11-30 11:59:59 UTC"),
    ("from = 2026-11-30T13:00:00+01:00", asker(time=NOON), True, None),
    ("until = 2026-11-30T12:00:00Z", asker(time=NOON), False, None),
    ("until = 2026-11-30T12:00:00Z", asker(time=NOON - 1), True, None),
    ("from = 2026-11-30T12:00:00Z, until = 2026-11-30T12:00:01Z", asker(time=NOON), True, None),
    ('from = 2026-11-30T13:00:00, zone = "Europe/Berlin"', asker(time=NOON), True, None),
    ('from = 2026-11-30T13:00:00, zone = "Europe/Berlin"', asker(time=NOON - 1), False, None),
    ('until = 2026-11-30, zone = "Europe/Berlin"', asker(time=NOON - 13 * 3600), False, None),
    ('until = 2026-11-30, zone = "Europe/Berlin"', asker(time=NOON - 13 * 3600 - 1), True, None),
    ("until = 1970-01-01T00:00:00Z", asker(time=-1), True, None),
    ("until = 1970-01-01T00:00:00Z", asker(time=0), False, None),
    ('daily = { from = 13:00:00, until = 14:00:00 }, zone = "Europe/Berlin"', asker(time=NOON), True, None),
    (
        'daily = { from = 13:00:00, until = 14:00:00, days = "tue" }, zone = "Europe/Berlin"',
        asker(time=NOON),
        False,
        None,
    ),
]


@pytest.mark.parametrize(("text", "who", "holds", "seen"), CASES)
def test_a_condition_holds_for_whom_it_says_and_its_not_form_for_all_others(
    text: str, who: Asker, holds: bool, seen: str | None
) -> None:
    condition = condition_of(text)
    negated = condition_of(negated_form(text))
    assert condition.holds(who) is holds
    assert negated.holds(who) is not holds
    assert negated.name == f"not_{condition.name}"
    if seen is not None:
        assert condition.test.seen(who) == negated.test.seen(who) == seen


def test_why_a_condition_does_not_hold_is_told_with_what_was_wanted_and_seen() -> None:
    assert (
        condition_of('country = ["DE", "AT"]').why_not(asker(where=place("FR"))) == "country is DE, AT, and this is FR"
    )
    assert condition_of('not_query = { a = "1" }').why_not(asker(query="?a=1")) == 'not_query is a=1, and this is "1"'
    several = condition_of('query = { a = ["1", "2"] }').why_not(asker(query="?a=3"))
    assert several == 'query is a=1 or 2, and this is "3"'
    assert condition_of("share = 12.5").why_not(asker()).startswith("share is 12.5 %, and this is at ")


def test_what_was_wanted_is_not_shown_at_any_length() -> None:
    paths = [f"/a/path/number/{number}" for number in range(20)]
    wanted = condition_of(f"path = {paths}".replace("'", '"')).wanted
    assert len(wanted) == 80
    assert wanted.endswith("...")


def test_a_share_is_so_many_of_all_and_who_is_in_one_is_in_each_larger_one() -> None:
    small, large = (condition_of(f"share = {percent}") for percent in (10, 30))
    who = [asker(identity=b"%d" % number) for number in range(3000)]
    assert 240 < sum(small.holds(each) for each in who) < 360
    assert 810 < sum(large.holds(each) for each in who) < 990
    assert all(large.holds(each) for each in who if small.holds(each))
    assert isinstance(small.test, Drawn)
    at = position(small.test.key, b"0")
    assert small.test.seen(who[0]) == f"at {100 * at:.2f} %"


@pytest.mark.parametrize(
    ("globs", "path", "captured"),
    [
        (("/a/*",), "/a/b/c", ("b/c",)),
        (("/a/*",), "/a/", ("",)),
        (("/*/x/*",), "/a/x/b/x/c", ("a", "b/x/c")),
        (("/b", "/a*c"), "/abc", ("b",)),
        (("/a*", "/*"), "/ab", ("b",)),
        (("/a**",), "/ab", ("b",)),
        (("/a",), "/a", ()),
        (("/a",), "/b", ()),
    ],
)
def test_each_star_of_the_first_glob_that_matches_stands_for_something(
    globs: tuple[str, ...], path: str, captured: tuple[str, ...]
) -> None:
    assert PathLike.of(globs).captured(path) == captured


@pytest.mark.parametrize(
    ("path", "rest"), [("/a", ""), ("/a/", "/"), ("/a/b", "/b"), ("/b/c/d", "/d"), ("/ab", None), ("/b", None)]
)
def test_what_is_below_a_prefix_has_its_slash(path: str, rest: str | None) -> None:
    assert Below(("/a", "/b/c")).rest(path) == rest


def test_only_conditions_about_place_languages_and_time_read_nothing_of_the_request() -> None:
    of_place = ('country = "DE"', 'language = "de"', "asn = 1", "from = 2026-11-30T12:00:00Z", "anonymous = true")
    assert not any(condition_of(text).test.is_of_request for text in of_place)
    of_request = ('path = "/a"', 'host = "a.example"', "share = 1", 'network = "::/0"', "header = { a = true }")
    assert all(condition_of(text).test.is_of_request for text in of_request)
